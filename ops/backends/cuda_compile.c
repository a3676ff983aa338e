/* The kernels' source to PTX by NVRTC. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cuda_lib.h"
#include "library.h"

/* cuda_args.h and cuda_kernels.cu, put in by the build. */
extern const char lc__cuda_args_source[], lc__cuda_kernels_source[];

/* Newest first; 10.2 is that of the Jetson Nano. */
static const char *const files[] = {
    "libnvrtc.so.13",   "libnvrtc.so.12",   "libnvrtc.so.11.2", "libnvrtc.so.11.1",
    "libnvrtc.so.11.0", "libnvrtc.so.10.2", "libnvrtc.so",      NULL};

static const lc__library library = {.backend = "cuda",
                                    .file = "libnvrtc.so",
                                    .package = "libnvrtc11.2 or NVIDIA's CUDA toolkit",
                                    .product = "NVRTC",
                                    .wants = "NVRTC 10.2 or later"};

void *lc__cuda_find_library(const char *const *names) {
    static const char *const folders[] = {"", "/usr/local/cuda/lib64/", "/usr/local/cuda/lib/",
                                          "/usr/local/cuda/targets/aarch64-linux/lib/"};
    char path[256];
    for (size_t f = 0; f < sizeof folders / sizeof *folders; f++) {
        for (const char *const *name = names; *name != NULL; name++) {
            snprintf(path, sizeof path, "%s%s", folders[f], *name);
            void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
            if (handle != NULL) {
                return handle;
            }
        }
    }
    return NULL;
}

static lc_status open_nvrtc(lc__cuda_nvrtc *table, lc_error *err) {
    static const char *const names[] = {
#define NAME(member, name, parameters) name,
        LC__CUDA_NVRTC_MAP(NAME)
#undef NAME
    };
    void *handle = lc__cuda_find_library(files);
    if (handle == NULL) {
        return lc_error_set(err, LC_EUNSUPPORTED,
                            "backend cuda compiles its kernels with libnvrtc.so, which is neither "
                            "where the linker looks nor in /usr/local/cuda: install %s, or set "
                            "LD_LIBRARY_PATH",
                            library.package);
    }
    return lc__library_functions(&library, handle, "", names, sizeof names / sizeof *names, table,
                                 err);
}

/* What NVRTC says is wrong, in one line. */
static lc_status complain(const lc__cuda_nvrtc *nvrtc, void *program, int code, lc_error *err) {
    char log[4096] = "";
    size_t size = 0;
    if (nvrtc->log_size(program, &size) == 0 && size <= sizeof log) {
        nvrtc->log(program, log);
    }
    log[strcspn(log, "\n")] = '\0';
    return lc_error_set(err, LC_ERUNTIME, "NVRTC cannot compile the kernels (error %d): %.250s",
                        code, log);
}

static lc_status compile(const lc__cuda_nvrtc *nvrtc, void *program, int major, int minor,
                         char **ptx, lc_error *err) {
    char architecture[48];
    const char *const options[] = {architecture};
    size_t size = 0;
    snprintf(architecture, sizeof architecture, "--gpu-architecture=compute_%d%d", major, minor);
    int code = nvrtc->compile(program, 1, options);
    if (code != 0) {
        return complain(nvrtc, program, code, err);
    }
    if (nvrtc->ptx_size(program, &size) != 0 || (*ptx = malloc(size + 1)) == NULL) {
        return lc_error_set(err, LC_ENOMEM, "no memory for the kernels");
    }
    (*ptx)[size] = '\0';
    return nvrtc->ptx(program, *ptx) == 0 ? LC_OK : complain(nvrtc, program, 0, err);
}

lc_status lc__cuda_compile(int major, int minor, char **ptx, char *nvrtc_version, lc_error *err) {
    static lc__cuda_nvrtc nvrtc; /* filled alike each time */
    void *program = NULL;
    const char *const headers[] = {lc__cuda_args_source}, *const names[] = {"cuda_args.h"};
    *ptx = NULL;
    lc_status status = open_nvrtc(&nvrtc, err);
    if (status != LC_OK) {
        return status;
    }
    int version[2] = {0, 0};
    nvrtc.version(&version[0], &version[1]);
    if (nvrtc_version != NULL) {
        snprintf(nvrtc_version, 16, "%d.%d", version[0], version[1]);
    }
    if (nvrtc.create(&program, lc__cuda_kernels_source, "cuda_kernels.cu", 1, headers, names)) {
        return lc_error_set(err, LC_ERUNTIME, "NVRTC does not take the kernels");
    }
    status = compile(&nvrtc, program, major, minor, ptx, err);
    nvrtc.destroy(&program);
    if (status != LC_OK) {
        free(*ptx);
        *ptx = NULL;
    }
    return status;
}
