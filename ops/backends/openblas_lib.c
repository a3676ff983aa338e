#include "openblas_lib.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "impl.h"
#include "library.h"

static const lc__library library = {
    .backend = "openblas",
    .file = "libopenblas.so.0",
    .package = "libopenblas0-pthread",
    .product = "OpenBLAS",
    .wants = "OpenBLAS 0.3 with 32-bit integers",
};

static struct {
    pthread_mutex_t lock;
    bool open;
    lc__openblas table;
    lc_backend_info info;
} process = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ..." to "0.3.21". */
static void copy_version(const char *config, char *version, size_t size) {
    const char *digits = strpbrk(config, "0123456789");
    if (digits != NULL) {
        snprintf(version, size, "%.*s", (int)strspn(digits, "0123456789."), digits);
    }
}

static void describe(void *handle, const lc__openblas *table, lc_backend_info *info) {
    copy_version(table->get_config(), info->version, sizeof info->version);
    snprintf(info->isa, sizeof info->isa, "%s", table->get_corename());
    lc__library_path(handle, info->library, sizeof info->library);
}

static lc_status find_functions(void *handle, lc__openblas *table, lc_error *err) {
    static const char *const names[] = {"openblas_get_config", "openblas_get_corename",
                                        "openblas_set_num_threads", "cblas_sgemm"};
    char version[64] = "";
    char *(*get_config)(void) = NULL;
    LC__TRY(lc__library_functions(&library, handle, "", names, 1, &get_config, err));
    copy_version(get_config(), version, sizeof version);
    if (strstr(get_config(), "USE64BITINT") != NULL) {
        char is[120];
        snprintf(is, sizeof is, "OpenBLAS %s with 64-bit integers", version);
        return lc__library_refuse(&library, handle, is, err);
    }
    return lc__library_functions(&library, handle, version, names, sizeof names / sizeof names[0],
                                 table, err);
}

static lc_status open_locked(lc_error *err) {
    if (process.open) {
        return LC_OK;
    }
    void *handle = NULL;
    LC__TRY(lc__library_open(&library, &handle, err));
    lc_status status = find_functions(handle, &process.table, err);
    if (status != LC_OK) {
        dlclose(handle);
        return status;
    }
    describe(handle, &process.table, &process.info);
    process.open = true;
    return LC_OK;
}

lc_status lc__openblas_open(lc_backend_info *info, lc_error *err) {
    pthread_mutex_lock(&process.lock);
    lc_status status = open_locked(err);
    if (status == LC_OK) {
        *info = process.info;
    }
    pthread_mutex_unlock(&process.lock);
    return status;
}

const lc__openblas *lc__openblas_table(void) {
    return &process.table;
}
