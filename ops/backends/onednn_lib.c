#include "onednn_lib.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "impl.h"
#include "library.h"
#include "onednn_isa.h"

static const lc__library library = {
    .backend = "onednn",
    .file = "libdnnl.so.2",
    .package = "libdnnl2",
    .product = "oneDNN",
    .wants = "oneDNN 2.6 or a later 2.x built with OpenMP",
};

/* One per process: the library keeps its cap for good. */
static struct {
    pthread_mutex_t lock;
    bool open;
    char isa[32]; /* the cap in force, "" = none */
    lc__dnnl table;
    lc_backend_info info;
} process = {.lock = PTHREAD_MUTEX_INITIALIZER};

static lc_status find_functions(void *handle, lc__dnnl *table, lc_error *err) {
    /* In the order of the table, which holds nothing but pointers to functions. */
    static const char *const names[] = {
#define LC__DNNL_NAME(name) "dnnl_" #name,
        LC__DNNL_MAP(LC__DNNL_NAME)
#undef LC__DNNL_NAME
            "omp_set_num_threads",
    };
    const dnnl_version_t *(*version)(void) = NULL;
    char text[64] = "";
    LC__TRY(lc__library_functions(&library, handle, "", (const char *const[]){"dnnl_version"}, 1,
                                  &version, err));
    const dnnl_version_t *v = version();
    snprintf(text, sizeof text, "%d.%d.%d", v->major, v->minor, v->patch);
    if (v->major != 2 || v->minor < 6) {
        char is[80];
        snprintf(is, sizeof is, "oneDNN %s", text);
        return lc__library_refuse(&library, handle, is, err);
    }
    return lc__library_functions(&library, handle, text, names, sizeof names / sizeof names[0],
                                 table, err);
}

static void describe(void *handle, const lc__dnnl *table, lc_backend_info *info) {
    const dnnl_version_t *v = table->version();
    snprintf(info->version, sizeof info->version, "%d.%d.%d", v->major, v->minor, v->patch);
    snprintf(info->isa, sizeof info->isa, "%s", lc__dnnl_isa_name(table->get_effective_cpu_isa()));
    lc__library_path(handle, info->library, sizeof info->library);
}

static lc_status apply_cap(const lc__dnnl *table, const char *name, dnnl_cpu_isa_t isa,
                           lc_error *err) {
    if (table->set_max_cpu_isa(isa) != dnnl_success) {
        return lc_error_set(err, LC_EUNSUPPORTED,
                            "oneDNN refused the cap \"%s\": it was built without caps", name);
    }
    dnnl_cpu_isa_t effective = table->get_effective_cpu_isa();
    if (effective != isa) {
        return lc_error_set(err, LC_EUNSUPPORTED,
                            "oneDNN uses %s at most on this machine, not %s: the kernel may not "
                            "have enabled it",
                            lc__dnnl_isa_name(effective), name);
    }
    return LC_OK;
}

static lc_status open_locked(const char *isa, lc_error *err) {
    dnnl_cpu_isa_t cap = dnnl_cpu_isa_all;
    lc_status status = isa[0] == '\0' ? LC_OK : lc__dnnl_isa_find(isa, &cap, err);
    if (status != LC_OK) {
        return status;
    }
    if (process.open) {
        return strcmp(isa, process.isa) == 0
                   ? LC_OK
                   : lc_error_set(err, LC_EUNSUPPORTED,
                                  "oneDNN takes one cap on the instruction set per process: it is "
                                  "\"%s\" already, \"%s\" needs another process",
                                  process.isa[0] ? process.isa : "none", isa[0] ? isa : "none");
    }
    void *handle = NULL;
    LC__TRY(lc__library_open(&library, &handle, err));
    status = find_functions(handle, &process.table, err);
    if (status == LC_OK && isa[0] != '\0') {
        status = apply_cap(&process.table, isa, cap, err);
    }
    if (status != LC_OK) {
        dlclose(handle);
        return status;
    }
    describe(handle, &process.table, &process.info);
    snprintf(process.isa, sizeof process.isa, "%s", isa);
    process.open = true;
    return LC_OK;
}

lc_status lc__dnnl_open(const char *isa, const lc__dnnl **out, lc_backend_info *info,
                        lc_error *err) {
    pthread_mutex_lock(&process.lock);
    lc_status status = open_locked(isa == NULL ? "" : isa, err);
    if (status == LC_OK) {
        *out = &process.table;
        *info = process.info;
    }
    pthread_mutex_unlock(&process.lock);
    return status;
}
