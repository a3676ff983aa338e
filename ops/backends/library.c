#include "library.h"

#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <string.h>

lc_status lc__library_open(const lc__library *library, void **handle, lc_error *err) {
    *handle = dlopen(library->file, RTLD_NOW | RTLD_LOCAL);
    if (*handle == NULL) {
        const char *why = dlerror();
        return lc_error_set(err, LC_EUNSUPPORTED,
                            "backend %s needs %s (Debian: apt install %s): %s", library->backend,
                            library->file, library->package,
                            why != NULL ? why : "cannot be opened");
    }
    return LC_OK;
}

void *lc__library_find(void *handle, const char *name) {
    return dlsym(handle, name);
}

void lc__library_path(void *handle, char *path, size_t size) {
    struct link_map *map = NULL;
    bool found = dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0 && map != NULL;
    snprintf(path, size, "%s", found ? map->l_name : "");
}

lc_status lc__library_refuse(const lc__library *library, void *handle, const char *is,
                             lc_error *err) {
    char path[256];
    lc__library_path(handle, path, sizeof path);
    return lc_error_set(err, LC_EUNSUPPORTED, "%s is %s: backend %s needs %s (Debian 12: %s)", path,
                        is, library->backend, library->wants, library->package);
}

lc_status lc__library_functions(const lc__library *library, void *handle, const char *version,
                                const char *const *names, size_t n, void *table, lc_error *err) {
    /* POSIX has dlsym() give functions as void *: copied, not cast, to please ISO C. */
    char *to = table;
    for (size_t i = 0; i < n; i++, to += sizeof(void *)) {
        void *address = dlsym(handle, names[i]);
        if (address == NULL) {
            char is[160];
            snprintf(is, sizeof is, "%s %s without %s", library->product,
                     version[0] ? version : "of an unknown version", names[i]);
            return lc__library_refuse(library, handle, is, err);
        }
        memcpy(to, &address, sizeof address);
    }
    return LC_OK;
}
