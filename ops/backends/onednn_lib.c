#include "onednn_lib.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "onednn_isa.h"

#define LIBRARY "libdnnl.so.2"

/* One per process: the library keeps its cap for good. */
static struct {
    pthread_mutex_t lock;
    bool open;
    char isa[32]; /* the cap in force, "" = none */
    lc__dnnl table;
    lc_backend_info info;
} process = {.lock = PTHREAD_MUTEX_INITIALIZER};

static lc_status find_functions(void *handle, lc__dnnl *table, lc_error *err) {
    static const char *const names[] = {
#define LC__DNNL_NAME(name) "dnnl_" #name,
        LC__DNNL_MAP(LC__DNNL_NAME)
#undef LC__DNNL_NAME
            "omp_set_num_threads",
    };
    /* POSIX has dlsym() give functions as void *: copied, not cast, to please ISO C. The table
     * holds nothing but function pointers, in the order of the names. */
    char *to = (char *)table;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++, to += sizeof(void *)) {
        void *address = dlsym(handle, names[i]);
        if (address == NULL) {
            return lc_error_set(err, LC_EUNSUPPORTED,
                                "%s lacks %s: backend onednn needs oneDNN 2.6 or a later 2.x built "
                                "with OpenMP (Debian: libdnnl2)",
                                LIBRARY, names[i]);
        }
        memcpy(to, &address, sizeof address);
    }
    return LC_OK;
}

static void describe(const lc__dnnl *table, lc_backend_info *info) {
    const dnnl_version_t *v = table->version();
    snprintf(info->version, sizeof info->version, "%d.%d.%d", v->major, v->minor, v->patch);
    snprintf(info->isa, sizeof info->isa, "%s", lc__dnnl_isa_name(table->get_effective_cpu_isa()));
    Dl_info where;
    void *address = NULL;
    memcpy(&address, &table->version, sizeof address);
    bool found = dladdr(address, &where) != 0 && where.dli_fname != NULL;
    snprintf(info->library, sizeof info->library, "%s", found ? where.dli_fname : LIBRARY);
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
    void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) {
        return lc_error_set(err, LC_EUNSUPPORTED,
                            "backend onednn needs %s, which is not on this machine (Debian: "
                            "apt install libdnnl2): %s",
                            LIBRARY, dlerror());
    }
    status = find_functions(handle, &process.table, err);
    if (status == LC_OK && isa[0] != '\0') {
        status = apply_cap(&process.table, isa, cap, err);
    }
    if (status != LC_OK) {
        dlclose(handle);
        return status;
    }
    describe(&process.table, &process.info);
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
