#include "openblas_lib.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define LIBRARY "libopenblas.so.0"

static struct {
    pthread_mutex_t lock;
    bool open;
    lc__openblas table;
    lc_backend_info info;
} process = {.lock = PTHREAD_MUTEX_INITIALIZER};

static lc_status find_functions(void *handle, lc__openblas *table, lc_error *err) {
    const struct {
        const char *name;
        void *slot;
    } functions[] = {
        {"openblas_set_num_threads", &table->set_num_threads},
        {"openblas_get_config", &table->get_config},
        {"openblas_get_corename", &table->get_corename},
        {"cblas_sgemm", &table->sgemm},
    };
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        void *address = dlsym(handle, functions[i].name);
        if (address == NULL) {
            return lc_error_set(err, LC_EUNSUPPORTED, "%s lacks %s: it is not OpenBLAS", LIBRARY,
                                functions[i].name);
        }
        memcpy(functions[i].slot, &address, sizeof address); /* POSIX: void * to function */
    }
    return LC_OK;
}

/* "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ..." to "0.3.21". */
static void copy_version(const char *config, char *version, size_t size) {
    const char *digits = strpbrk(config, "0123456789");
    if (digits != NULL) {
        snprintf(version, size, "%.*s", (int)strspn(digits, "0123456789."), digits);
    }
}

static void describe(const lc__openblas *table, lc_backend_info *info) {
    Dl_info where;
    void *address = NULL;
    memcpy(&address, &table->sgemm, sizeof address);
    bool found = dladdr(address, &where) != 0 && where.dli_fname != NULL;
    copy_version(table->get_config(), info->version, sizeof info->version);
    snprintf(info->library, sizeof info->library, "%s", found ? where.dli_fname : LIBRARY);
    snprintf(info->isa, sizeof info->isa, "%s", table->get_corename());
}

static lc_status open_locked(lc_error *err) {
    if (process.open) {
        return LC_OK;
    }
    void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        return lc_error_set(err, LC_EUNSUPPORTED,
                            "backend openblas needs %s, which is not on this machine (Debian: "
                            "apt install libopenblas0-pthread): %s",
                            LIBRARY, dlerror());
    }
    lc_status status = find_functions(handle, &process.table, err);
    if (status != LC_OK) {
        dlclose(handle);
        return status;
    }
    describe(&process.table, &process.info);
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
