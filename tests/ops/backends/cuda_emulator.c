/* A card that is not there: the calls of NVIDIA's driver, NVRTC, cuBLAS and cuDNN that the backend
 * makes, on the CPU, so that its kernels and its use of the libraries are tested on machines
 * without a card. The kernels are those of the backend, compiled for the CPU; the threads of a
 * block are threads. Under the names of the libraries this file is found by way of LD_LIBRARY_PATH.
 */
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

/* ---- CUDA's words for C ---- */

typedef struct dim {
    unsigned x, y, z;
} dim;
static dim threadIdx, blockIdx, blockDim;
static ucontext_t scheduler, *current;
static int card; /* what handles point to */

static float __int_as_float(int i) {
    float f;
    memcpy(&f, &i, sizeof f);
    return f;
}

static int __float_as_int(float f) {
    int i;
    memcpy(&i, &f, sizeof i);
    return i;
}

static void __syncthreads(void) {
    swapcontext(current, &scheduler);
}

#define __device__
#define __shared__ static
#define KERNEL static
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunknown-pragmas"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include "cuda_kernels.cu"
#pragma GCC diagnostic pop

#define EXPORT __attribute__((visibility("default")))

static const struct {
    const char *name;
    void (*run)(lc__cuda_args);
} kernels[] = {{"conv_multiply", conv_multiply},
               {"conv_adder", conv_adder},
               {"conv_shift", conv_shift},
               {"depthwise_multiply", depthwise_multiply},
               {"depthwise_adder", depthwise_adder},
               {"depthwise_shift", depthwise_shift},
               {"activate", activate},
               {"add", add},
               {"multiply", multiply},
               {"place", place},
               {"shuffle", shuffle},
               {"spatial_shift", spatial_shift},
               {"pool", pool},
               {"global_avg_pool", global_avg_pool},
               {"product", product},
               {"softmax", softmax},
               {"layer_norm", layer_norm}};

/* ---- the driver ---- */

EXPORT int cuInit(unsigned flags) {
    (void)flags;
    return getenv("EMULATOR_NO_CARD") != NULL ? 100 : 0;
}

EXPORT int cuGetErrorString(int error, const char **text) {
    *text = error == 100 ? "no CUDA-capable device is detected" : "emulated error";
    return 0;
}

EXPORT int cuDriverGetVersion(int *version) {
    *version = 12060;
    return 0;
}

EXPORT int cuDeviceGetCount(int *count) {
    *count = 1;
    return 0;
}

EXPORT int cuDeviceGet(int *device, int ordinal) {
    *device = ordinal;
    return 0;
}

EXPORT int cuDeviceGetName(char *name, int length, int device) {
    (void)device;
    snprintf(name, (size_t)length, "emulated card");
    return 0;
}

EXPORT int cuDeviceGetAttribute(int *value, int attribute, int device) {
    (void)device;
    *value = attribute == 75 ? 8 : attribute == 76 ? 7 : 1000000;
    return 0;
}

EXPORT int cuDevicePrimaryCtxRetain(void **context, int device) {
    (void)device;
    *context = &card;
    return 0;
}

EXPORT int cuCtxSetCurrent(void *context) {
    return context == &card ? 0 : 201;
}

EXPORT int cuStreamCreate(void **stream, unsigned flags) {
    (void)flags;
    *stream = &card;
    return 0;
}

EXPORT int cuStreamSynchronize(void *stream) {
    (void)stream;
    return 0;
}

/* Filled with what no test expects: memory of a card holds anything. */
EXPORT int cuMemAlloc_v2(uint64_t *at, size_t bytes) {
    void *memory = bytes < (size_t)1 << 32 ? malloc(bytes) : NULL;
    if (memory == NULL)
        return 2;
    memset(memory, 0xff, bytes);
    *at = (uint64_t)(uintptr_t)memory;
    return 0;
}

EXPORT int cuMemFree_v2(uint64_t at) {
    free((void *)(uintptr_t)at);
    return 0;
}

EXPORT int cuMemGetInfo_v2(size_t *free_bytes, size_t *total) {
    *free_bytes = *total = (size_t)1 << 32;
    return 0;
}

EXPORT int cuMemcpyHtoD_v2(uint64_t to, const void *from, size_t bytes) {
    memcpy((void *)(uintptr_t)to, from, bytes);
    return 0;
}

EXPORT int cuMemcpyDtoH_v2(void *to, uint64_t from, size_t bytes) {
    memcpy(to, (const void *)(uintptr_t)from, bytes);
    return 0;
}

EXPORT int cuMemsetD8Async(uint64_t to, unsigned char value, size_t bytes, void *stream) {
    (void)stream;
    memset((void *)(uintptr_t)to, value, bytes);
    return 0;
}

EXPORT int cuModuleLoadData(void **module, const void *image) {
    *module = (void *)(uintptr_t)image;
    return 0;
}

EXPORT int cuModuleGetFunction(void **function, void *module, const char *name) {
    (void)module;
    for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++)
        if (strcmp(kernels[i].name, name) == 0) {
            *function = (void *)(uintptr_t)&kernels[i];
            return 0;
        }
    return 500;
}

typedef void kernel_fn(lc__cuda_args);

/* A thread of a block. */
typedef struct thread {
    ucontext_t context;
    char *stack;
    bool done;
} thread;

enum { STACK_BYTES = 128 << 10 };
static thread threads[TILE];
static kernel_fn *running;
static lc__cuda_args arguments_of_run;

static void run_thread(void) {
    thread *self = &threads[threadIdx.x];
    running(arguments_of_run);
    self->done = true;
}

static void start_thread(thread *t) {
    if (t->stack == NULL && (t->stack = malloc(STACK_BYTES)) == NULL)
        abort();
    t->done = false;
    getcontext(&t->context);
    t->context.uc_stack.ss_sp = t->stack;
    t->context.uc_stack.ss_size = STACK_BYTES;
    t->context.uc_link = &scheduler;
    makecontext(&t->context, run_thread, 0);
}

/* All threads of a block in turn, from one wait to the next, until they are done. */
static void run_block(void) {
    for (unsigned t = 0; t < TILE; t++)
        start_thread(&threads[t]);
    for (bool busy = true; busy;) {
        busy = false;
        for (unsigned t = 0; t < TILE; t++) {
            if (threads[t].done)
                continue;
            threadIdx.x = t;
            current = &threads[t].context;
            swapcontext(&scheduler, current);
            busy = true;
        }
    }
}

/* Blocks of TILE threads wait for each other; in others each thread is on its own. */
static void run_grid(dim grid, unsigned block) {
    for (unsigned z = 0; z < grid.z; z++)
        for (unsigned y = 0; y < grid.y; y++)
            for (unsigned x = 0; x < grid.x; x++) {
                blockIdx = (dim){x, y, z};
                if (block == TILE)
                    run_block();
                for (threadIdx.x = 0; block != TILE && threadIdx.x < block; threadIdx.x++)
                    running(arguments_of_run);
            }
}

EXPORT int cuLaunchKernel(void *function, unsigned grid_x, unsigned grid_y, unsigned grid_z,
                          unsigned block_x, unsigned block_y, unsigned block_z,
                          unsigned shared_bytes, void *stream, void **arguments, void **extra) {
    (void)block_y, (void)block_z, (void)shared_bytes, (void)stream, (void)extra;
    running = ((__typeof__(&kernels[0]))function)->run;
    memcpy(&arguments_of_run, arguments[0], sizeof arguments_of_run);
    blockDim = (dim){block_x, 1, 1};
    run_grid((dim){grid_x, grid_y, grid_z}, block_x);
    return 0;
}

EXPORT int cuEventCreate(void **event, unsigned flags) {
    (void)flags;
    *event = &card;
    return 0;
}

EXPORT int cuEventDestroy_v2(void *event) {
    return event == &card ? 0 : 1;
}

EXPORT int cuEventRecord(void *event, void *stream) {
    (void)event, (void)stream;
    return 0;
}

EXPORT int cuEventSynchronize(void *event) {
    (void)event;
    return 0;
}

EXPORT int cuEventElapsedTime(float *ms, void *start, void *end) {
    (void)start, (void)end;
    *ms = 1.5F;
    return 0;
}

/* ---- NVRTC: what it compiles was compiled with this file ---- */

EXPORT int nvrtcVersion(int *major, int *minor) {
    *major = 12;
    *minor = 6;
    return 0;
}

EXPORT int nvrtcCreateProgram(void **program, const char *source, const char *name, int n_headers,
                              const char *const *headers, const char *const *header_names) {
    (void)name, (void)headers;
    bool whole = strstr(source, "conv_adder") != NULL && n_headers == 1 &&
                 strcmp(header_names[0], "cuda_args.h") == 0;
    *program = &card;
    return whole ? 0 : 3;
}

EXPORT int nvrtcCompileProgram(void *program, int n_options, const char *const *options) {
    (void)program;
    return n_options == 1 && strcmp(options[0], "--gpu-architecture=compute_87") == 0 ? 0 : 5;
}

EXPORT int nvrtcGetPTXSize(void *program, size_t *size) {
    (void)program;
    *size = 1;
    return 0;
}

EXPORT int nvrtcGetPTX(void *program, char *ptx) {
    (void)program;
    *ptx = '\0';
    return 0;
}

EXPORT int nvrtcGetProgramLogSize(void *program, size_t *size) {
    (void)program;
    *size = 1;
    return 0;
}

EXPORT int nvrtcGetProgramLog(void *program, char *log) {
    (void)program;
    *log = '\0';
    return 0;
}

EXPORT int nvrtcDestroyProgram(void **program) {
    *program = NULL;
    return 0;
}
