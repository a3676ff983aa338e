#include "xnnpack_lib.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

#include "impl.h"
#include "kernels/isa.h"
#include "library.h"

static const lc__library library = {
    .backend = "xnnpack",
    .file = "libXNNPACK.so.0",
    .package = "libxnnpack0",
    .product = "XNNPACK",
    .wants = "a snapshot of 2022, before operators were reshaped apart from being set up",
};

static struct {
    pthread_mutex_t lock;
    bool open;
    lc__xnn table;
    lc_backend_info info;
} process = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* XNNPACK states no version. Of what is used here, its interface changed in 2023, when the
 * functions called xnn_reshape_... came. */
static lc_status find_functions(void *handle, lc__xnn *table, lc_error *err) {
    static const char *const names[] = {
#define LC__XNN_NAME(name) "xnn_" #name,
        LC__XNN_MAP(LC__XNN_NAME)
#undef LC__XNN_NAME
            "pthreadpool_create",
        "pthreadpool_destroy",
    };
    if (lc__library_find(handle, "xnn_reshape_copy_nc_x32") != NULL) {
        return lc__library_refuse(&library, handle, "XNNPACK of 2023 or later", err);
    }
    return lc__library_functions(&library, handle, "", names, sizeof names / sizeof names[0], table,
                                 err);
}

/* What the kernels of that snapshot are written for, of what the CPU has: its int8 ones use no
 * VNNI, those for ARM use SDOT. */
static const char *best_isa(void) {
    const lc__isa known = LC__ISA_SSE41 | LC__ISA_AVX | LC__ISA_AVX2 | LC__ISA_AVX512 |
                          LC__ISA_NEON | LC__ISA_DOTPROD;
    return lc__isa_name(lc__isa_detect() & known);
}

static lc_status initialise(void *handle, lc_error *err) {
    LC__TRY(find_functions(handle, &process.table, err));
    enum xnn_status status = process.table.initialize(NULL);
    if (status != xnn_status_success) {
        return lc_error_set(err, LC_EUNSUPPORTED, "XNNPACK does not run on this CPU: status %d",
                            (int)status);
    }
    return LC_OK;
}

static lc_status open_locked(lc_error *err) {
    void *handle = NULL;
    if (process.open) {
        return LC_OK;
    }
    LC__TRY(lc__library_open(&library, &handle, err));
    lc_status status = initialise(handle, err);
    if (status != LC_OK) {
        dlclose(handle);
        return status;
    }
    lc__library_path(handle, process.info.library, sizeof process.info.library);
    lc__library_build(handle, process.info.version, sizeof process.info.version);
    snprintf(process.info.isa, sizeof process.info.isa, "%s", best_isa());
    process.open = true;
    return LC_OK;
}

lc_status lc__xnn_open(const lc__xnn **out, lc_backend_info *info, lc_error *err) {
    pthread_mutex_lock(&process.lock);
    lc_status status = open_locked(err);
    if (status == LC_OK) {
        *out = &process.table;
        *info = process.info;
    }
    pthread_mutex_unlock(&process.lock);
    return status;
}
