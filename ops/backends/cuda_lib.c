#include "cuda_lib.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "library.h"

/* Device attributes of the driver's API. */
enum { CLOCK_KHZ = 13, PROCESSORS = 16, MEMORY_CLOCK_KHZ = 36, MAJOR = 75, MINOR = 76 };
#define NON_BLOCKING 1u /* a stream of its own: it waits for no other */

static const lc__library driver_library = {.backend = "cuda",
                                           .file = "libcuda.so.1",
                                           .package = "libcuda1 of non-free, or NVIDIA's driver",
                                           .product = "NVIDIA's driver",
                                           .wants = "a driver for CUDA 10.2 or later"};

/* One per process, whether it opened or not: a plan asks for it before every item, and a driver
 * that would not open leaves contexts behind each time. */
static struct {
    pthread_mutex_t lock;
    bool tried;
    lc_status status;
    lc_error err; /* of a status that is not LC_OK */
    lc__cuda cuda;
    lc_backend_info info;
} process = {.lock = PTHREAD_MUTEX_INITIALIZER};

lc_status lc__cuda_check(const lc__cuda *cuda, int error, const char *doing, lc_error *err) {
    const char *words = NULL;
    if (error == 0) {
        return LC_OK;
    }
    cuda->driver.error_string(error, &words);
    return lc_error_set(err, LC_ERUNTIME, "CUDA failed at %s: error %d, %s", doing, error,
                        words != NULL ? words : "unknown");
}

static lc_status open_driver(lc__cuda *cuda, lc_backend_info *info, lc_error *err) {
    static const char *const names[] = {
#define NAME(member, name, parameters) name,
        LC__CUDA_DRIVER_MAP(NAME)
#undef NAME
    };
    void *handle = NULL;
    lc_status status = lc__library_open(&driver_library, &handle, err);
    if (status == LC_OK) {
        lc__library_path(handle, info->library, sizeof info->library);
        status = lc__library_functions(&driver_library, handle, "", names,
                                       sizeof names / sizeof *names, &cuda->driver, err);
    }
    return status;
}

static lc_status open_card(lc__cuda *cuda, int *card, lc_error *err) {
    const lc__cuda_driver *d = &cuda->driver;
    int count = 0, code = d->init(0);
    if (code == 0) {
        code = d->device_count(&count);
    }
    if (code != 0 || count == 0) {
        const char *words = NULL;
        d->error_string(code, &words);
        return lc_error_set(err, LC_EUNSUPPORTED,
                            "backend cuda found NVIDIA's driver but no card it can use (%s): look "
                            "at nvidia-smi, CUDA_VISIBLE_DEVICES and the permissions of "
                            "/dev/nvidia*",
                            code != 0 && words != NULL ? words : "none is there");
    }
    lc_status s = lc__cuda_check(cuda, d->device_get(card, 0), "choosing a card", err);
    if (s == LC_OK) {
        s = lc__cuda_check(cuda, d->context_retain(&cuda->context, *card), "opening the card", err);
    }
    if (s == LC_OK) {
        s = lc__cuda_check(cuda, d->context_use(cuda->context), "opening the card", err);
    }
    return s != LC_OK ? s
                      : lc__cuda_check(cuda, d->stream_create(&cuda->stream, NON_BLOCKING),
                                       "making a stream", err);
}

static lc_status load_kernels(lc__cuda *cuda, const char *ptx, lc_error *err) {
    static const char *const names[] = {
#define NAME(name) #name,
        LC__CUDA_KERNEL_MAP(NAME)
#undef NAME
    };
    void *module = NULL;
    lc_status s = lc__cuda_check(cuda, cuda->driver.module_load(&module, ptx),
                                 "loading the kernels (is the driver older than NVRTC?)", err);
    for (int k = 0; k < LC__CUDA_KERNELS && s == LC_OK; k++) {
        s = lc__cuda_check(cuda, cuda->driver.module_function(&cuda->kernel[k], module, names[k]),
                           names[k], err);
    }
    return s;
}

/* cuBLAS and cuDNN are welcome, not needed: a handle stays NULL without a word, and the version
 * that info tells lacks the name. */
static void open_blas(lc__cuda *cuda, char *version, size_t size) {
    static const char *const files[] = {"libcublas.so.13", "libcublas.so.12", "libcublas.so.11",
                                        "libcublas.so.10", NULL};
    static const char *const names[] = {
#define NAME(member, name, parameters) name,
        LC__CUDA_BLAS_MAP(NAME)
#undef NAME
    };
    const lc__library library = {.backend = "cuda", .product = "cuBLAS"};
    void *handle = lc__cuda_find_library(files);
    int number = 0;
    if (handle == NULL ||
        lc__library_functions(&library, handle, "", names, sizeof names / sizeof *names,
                              &cuda->blas, NULL) != LC_OK ||
        cuda->blas.create(&cuda->blas_handle) != 0) {
        cuda->blas_handle = NULL;
        return;
    }
    cuda->blas.set_stream(cuda->blas_handle, cuda->stream);
    cuda->blas.version(cuda->blas_handle, &number);
    size_t n = strlen(version);
    snprintf(version + n, size - n, " cublas %d", number);
}

static void open_dnn(lc__cuda *cuda, char *version, size_t size) {
    static const char *const files[] = {"libcudnn.so.9", "libcudnn.so.8", NULL};
    static const char *const names[] = {
#define NAME(member, name, parameters) name,
        LC__CUDA_DNN_MAP(NAME)
#undef NAME
    };
    const lc__library library = {.backend = "cuda", .product = "cuDNN"};
    void *handle = lc__cuda_find_library(files);
    if (handle == NULL ||
        lc__library_functions(&library, handle, "", names, sizeof names / sizeof *names, &cuda->dnn,
                              NULL) != LC_OK ||
        cuda->dnn.create(&cuda->dnn_handle) != 0) {
        cuda->dnn_handle = NULL;
        return;
    }
    cuda->dnn.set_stream(cuda->dnn_handle, cuda->stream);
    size_t (*number)(void) = NULL;
    void *address = lc__library_find(handle, "cudnnGetVersion");
    memcpy(&number, &address, sizeof address);
    size_t n = strlen(version);
    snprintf(version + n, size - n, " cudnn %zu", number != NULL ? number() : 0);
}

static int attribute(const lc__cuda *cuda, int which, int card) {
    int value = 0;
    return cuda->driver.device_attribute(&value, which, card) == 0 ? value : 0;
}

/* "NVIDIA Orin, 8 processors, at most 1300 MHz, memory 3200 MHz". */
static void describe(const lc__cuda *cuda, int card, char *detail, size_t size) {
    char name[100] = "";
    cuda->driver.device_name(name, (int)sizeof name, card);
    snprintf(detail, size, "%s, %d processors, at most %d MHz, memory %d MHz", name,
             attribute(cuda, PROCESSORS, card), attribute(cuda, CLOCK_KHZ, card) / 1000,
             attribute(cuda, MEMORY_CLOCK_KHZ, card) / 1000);
}

static lc_status open_all(lc_error *err) {
    lc__cuda *cuda = &process.cuda;
    lc_backend_info *info = &process.info;
    int card = 0, version = 0;
    char *ptx = NULL, nvrtc[16];
    lc_status s = open_driver(cuda, info, err);
    if (s == LC_OK) {
        s = open_card(cuda, &card, err);
    }
    int major = s == LC_OK ? attribute(cuda, MAJOR, card) : 0;
    int minor = s == LC_OK ? attribute(cuda, MINOR, card) : 0;
    if (s == LC_OK) {
        s = lc__cuda_compile(major, minor, &ptx, nvrtc, err);
    }
    if (s == LC_OK) {
        s = load_kernels(cuda, ptx, err);
    }
    free(ptx);
    if (s != LC_OK) {
        return s;
    }
    cuda->driver.driver_version(&version);
    snprintf(info->version, sizeof info->version, "driver %d.%d nvrtc %s", version / 1000,
             version % 1000 / 10, nvrtc);
    snprintf(info->isa, sizeof info->isa, "sm_%d%d", major, minor);
    open_blas(cuda, info->version, sizeof info->version);
    open_dnn(cuda, info->version, sizeof info->version);
    describe(cuda, card, info->detail, sizeof info->detail);
    return LC_OK;
}

lc_status lc__cuda_open(const lc__cuda **out, lc_backend_info *info, lc_error *err) {
    pthread_mutex_lock(&process.lock);
    if (!process.tried) {
        process.tried = true;
        process.status = open_all(&process.err);
    }
    lc_status status = process.status;
    pthread_mutex_unlock(&process.lock);
    if (status != LC_OK && err != NULL) {
        *err = process.err;
    }
    if (status == LC_OK) {
        *out = &process.cuda;
        *info = process.info;
        /* the context is current per thread */
        status = lc__cuda_check(*out, (*out)->driver.context_use((*out)->context), "using the card",
                                err);
    }
    return status;
}
