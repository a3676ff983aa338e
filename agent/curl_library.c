#include "curl_library.h"

#if defined(LATCAST_STATIC)

lc_status lc__curl_open(lc__curl *out, lc_error *err) {
    (void)err;
#define FILL(name) out->name = curl_##name;
    LC__CURL_FUNCTIONS(FILL)
#undef FILL
    return LC_OK;
}

#else

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

#define LIBRARY "libcurl.so.4"

/* POSIX has dlsym() give functions as void *: copied, not cast, to please ISO C. */
static bool find(void *handle, const char *name, void *function) {
    void *address = dlsym(handle, name);
    memcpy(function, &address, sizeof address);
    return address != NULL;
}

lc_status lc__curl_open(lc__curl *out, lc_error *err) {
    void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    bool all = handle != NULL;
#define FIND(name) all = all && find(handle, "curl_" #name, &out->name);
    LC__CURL_FUNCTIONS(FIND)
#undef FIND
    if (all)
        return LC_OK;
    const char *why = dlerror();
    lc_error_set(err, LC_EUNSUPPORTED,
                 "uploading needs " LIBRARY " (Debian: apt install libcurl4): %s",
                 why ? why : "cannot be opened");
    return LC_EUNSUPPORTED;
}

#endif
