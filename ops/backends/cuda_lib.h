/* NVIDIA's driver, NVRTC, cuBLAS and cuDNN, opened at run time. The few prototypes used are written
 * out here (CUDA driver, NVRTC, cuBLAS and cuDNN API references), since Debian has no headers of
 * them: nothing of NVIDIA's is needed to build. Handles are pointers, CUdeviceptr is uint64_t, and
 * every enumeration an int, as in the ABI of 64-bit Linux. */
#ifndef BACKENDS_CUDA_LIB_H
#define BACKENDS_CUDA_LIB_H

#include <stdint.h>

#include "latcast/backend.h"

/* X(member, name in the library, parameters); all return int, 0 for success. */
#define LC__CUDA_DRIVER_MAP(X)                                                                     \
    X(init, "cuInit", (unsigned flags))                                                            \
    X(driver_version, "cuDriverGetVersion", (int *version))                                        \
    X(error_string, "cuGetErrorString", (int error, const char **text))                            \
    X(device_count, "cuDeviceGetCount", (int *count))                                              \
    X(device_get, "cuDeviceGet", (int *device, int ordinal))                                       \
    X(device_name, "cuDeviceGetName", (char *name, int length, int device))                        \
    X(device_attribute, "cuDeviceGetAttribute", (int *value, int attribute, int device))           \
    X(context_retain, "cuDevicePrimaryCtxRetain", (void **context, int device))                    \
    X(context_use, "cuCtxSetCurrent", (void *context))                                             \
    X(stream_create, "cuStreamCreate", (void **stream, unsigned flags))                            \
    X(stream_wait, "cuStreamSynchronize", (void *stream))                                          \
    X(alloc, "cuMemAlloc_v2", (uint64_t * at, size_t bytes))                                       \
    X(free, "cuMemFree_v2", (uint64_t at))                                                         \
    X(memory_info, "cuMemGetInfo_v2", (size_t * free_bytes, size_t * total))                       \
    X(upload, "cuMemcpyHtoD_v2", (uint64_t to, const void *from, size_t bytes))                    \
    X(download, "cuMemcpyDtoH_v2", (void *to, uint64_t from, size_t bytes))                        \
    X(fill, "cuMemsetD8Async", (uint64_t to, unsigned char value, size_t bytes, void *stream))     \
    X(module_load, "cuModuleLoadData", (void **module, const void *image))                         \
    X(module_function, "cuModuleGetFunction", (void **function, void *module, const char *name))   \
    X(launch, "cuLaunchKernel",                                                                    \
      (void *function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x,        \
       unsigned block_y, unsigned block_z, unsigned shared_bytes, void *stream, void **arguments,  \
       void **extra))                                                                              \
    X(event_create, "cuEventCreate", (void **event, unsigned flags))                               \
    X(event_destroy, "cuEventDestroy_v2", (void *event))                                           \
    X(event_record, "cuEventRecord", (void *event, void *stream))                                  \
    X(event_wait, "cuEventSynchronize", (void *event))                                             \
    X(event_elapsed, "cuEventElapsedTime", (float *ms, void *start, void *end))

#define LC__CUDA_NVRTC_MAP(X)                                                                      \
    X(version, "nvrtcVersion", (int *major, int *minor))                                           \
    X(create, "nvrtcCreateProgram",                                                                \
      (void **program, const char *source, const char *name, int n_headers,                        \
       const char *const *headers, const char *const *header_names))                               \
    X(compile, "nvrtcCompileProgram", (void *program, int n_options, const char *const *options))  \
    X(ptx_size, "nvrtcGetPTXSize", (void *program, size_t *size))                                  \
    X(ptx, "nvrtcGetPTX", (void *program, char *ptx))                                              \
    X(log_size, "nvrtcGetProgramLogSize", (void *program, size_t *size))                           \
    X(log, "nvrtcGetProgramLog", (void *program, char *log))                                       \
    X(destroy, "nvrtcDestroyProgram", (void **program))

/* Column-major, as in Fortran; operations are 0 (as it is) and 1 (transposed). */
#define LC__CUDA_BLAS_MAP(X)                                                                       \
    X(create, "cublasCreate_v2", (void **handle))                                                  \
    X(version, "cublasGetVersion_v2", (void *handle, int *version))                                \
    X(set_stream, "cublasSetStream_v2", (void *handle, void *stream))                              \
    X(sgemm_batched, "cublasSgemmStridedBatched",                                                  \
      (void *handle, int operation_a, int operation_b, int m, int n, int k, const float *alpha,    \
       const float *a, int lda, long long stride_a, const float *b, int ldb, long long stride_b,   \
       const float *beta, float *c, int ldc, long long stride_c, int batch))

/* The result of cudnnGetConvolutionForwardAlgorithm_v7 (cuDNN 7 to 9). */
typedef struct lc__cudnn_perf {
    int algorithm, status;
    float time;
    size_t memory;
    int determinism, math_type, reserved[3];
} lc__cudnn_perf;

#define LC__CUDA_DNN_MAP(X)                                                                        \
    X(create, "cudnnCreate", (void **handle))                                                      \
    X(set_stream, "cudnnSetStream", (void *handle, void *stream))                                  \
    X(tensor_create, "cudnnCreateTensorDescriptor", (void **tensor))                               \
    X(tensor_set, "cudnnSetTensor4dDescriptor",                                                    \
      (void *tensor, int format, int type, int n, int c, int h, int w))                            \
    X(tensor_destroy, "cudnnDestroyTensorDescriptor", (void *tensor))                              \
    X(filter_create, "cudnnCreateFilterDescriptor", (void **filter))                               \
    X(filter_set, "cudnnSetFilter4dDescriptor",                                                    \
      (void *filter, int type, int format, int k, int c, int h, int w))                            \
    X(filter_destroy, "cudnnDestroyFilterDescriptor", (void *filter))                              \
    X(conv_create, "cudnnCreateConvolutionDescriptor", (void **conv))                              \
    X(conv_set, "cudnnSetConvolution2dDescriptor",                                                 \
      (void *conv, int pad_h, int pad_w, int stride_h, int stride_w, int dilation_h,               \
       int dilation_w, int mode, int type))                                                        \
    X(conv_groups, "cudnnSetConvolutionGroupCount", (void *conv, int groups))                      \
    X(conv_math, "cudnnSetConvolutionMathType", (void *conv, int type))                            \
    X(conv_destroy, "cudnnDestroyConvolutionDescriptor", (void *conv))                             \
    X(conv_algorithms, "cudnnGetConvolutionForwardAlgorithm_v7",                                   \
      (void *handle, void *x, void *w, void *conv, void *y, int wanted, int *found,                \
       lc__cudnn_perf *results))                                                                   \
    X(conv_forward, "cudnnConvolutionForward",                                                     \
      (void *handle, const void *alpha, void *x_tensor, const void *x, void *filter,               \
       const void *w, void *conv, int algorithm, void *workspace, size_t workspace_bytes,          \
       const void *beta, void *y_tensor, void *y))

/* NOLINTNEXTLINE(bugprone-macro-parentheses): a list of parameters cannot stand in parentheses */
#define LC__CUDA_MEMBER(member, name, parameters) int(*member) parameters;
typedef struct lc__cuda_driver {
    LC__CUDA_DRIVER_MAP(LC__CUDA_MEMBER)
} lc__cuda_driver;
typedef struct lc__cuda_nvrtc {
    LC__CUDA_NVRTC_MAP(LC__CUDA_MEMBER)
} lc__cuda_nvrtc;
typedef struct lc__cuda_blas {
    LC__CUDA_BLAS_MAP(LC__CUDA_MEMBER)
} lc__cuda_blas;
typedef struct lc__cuda_dnn {
    LC__CUDA_DNN_MAP(LC__CUDA_MEMBER)
} lc__cuda_dnn;
#undef LC__CUDA_MEMBER

/* The kernels of cuda_kernels.cu. */
#define LC__CUDA_KERNEL_MAP(X)                                                                     \
    X(conv_multiply)                                                                               \
    X(conv_adder)                                                                                  \
    X(conv_shift)                                                                                  \
    X(depthwise_multiply)                                                                          \
    X(depthwise_adder)                                                                             \
    X(depthwise_shift)                                                                             \
    X(activate)                                                                                    \
    X(add)                                                                                         \
    X(multiply)                                                                                    \
    X(place)                                                                                       \
    X(shuffle)                                                                                     \
    X(spatial_shift)                                                                               \
    X(pool)                                                                                        \
    X(global_avg_pool)                                                                             \
    X(product)                                                                                     \
    X(softmax)                                                                                     \
    X(layer_norm)

typedef enum lc__cuda_kernel {
#define LC__CUDA_ENUM(name) LC__CUDA_##name,
    LC__CUDA_KERNEL_MAP(LC__CUDA_ENUM)
#undef LC__CUDA_ENUM
        LC__CUDA_KERNELS
} lc__cuda_kernel;

/* The first card that CUDA_VISIBLE_DEVICES leaves, opened once per process. */
typedef struct lc__cuda {
    lc__cuda_driver driver;
    lc__cuda_blas blas;
    lc__cuda_dnn dnn;
    void *blas_handle, *dnn_handle; /* NULL: the library is absent, own kernels do its work */
    void *context, *stream;
    void *kernel[LC__CUDA_KERNELS];
} lc__cuda;

/* Opens the card, compiles the kernels for it, and describes both. *out stays valid for good.
 * LC_EUNSUPPORTED: no driver, no card, no NVRTC, with what to do. It is tried once per process:
 * later calls give the first one's error. */
lc_status lc__cuda_open(const lc__cuda **out, lc_backend_info *info, lc_error *err);

/* LC_ERUNTIME with the driver's words for `error`, unless it is 0. */
lc_status lc__cuda_check(const lc__cuda *cuda, int error, const char *doing, lc_error *err);

/* Compiles the kernels to PTX (free()) for compute capability major.minor, with the NVRTC of this
 * machine; needs no card. *nvrtc_version (of size 16) may be NULL. (cuda_compile.c) */
lc_status lc__cuda_compile(int major, int minor, char **ptx, char *nvrtc_version, lc_error *err);

/* Opens the first of these files (NULL-terminated) that there is, by the linker's rules, then in
 * the usual folders of CUDA. NULL: none. */
void *lc__cuda_find_library(const char *const *files);

#endif
