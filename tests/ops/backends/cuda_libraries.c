/* cuBLAS and cuDNN for the emulated card, from the definitions in their references. */
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include "backends/cuda_lib.h"

#define EXPORT __attribute__((visibility("default")))

EXPORT int cublasCreate_v2(void **handle) {
    static int card;
    *handle = &card;
    return 0;
}

EXPORT int cublasGetVersion_v2(void *handle, int *version) {
    (void)handle;
    *version = 120600;
    return 0;
}

EXPORT int cublasSetStream_v2(void *handle, void *stream) {
    (void)handle;
    return stream == NULL;
}

/* C = alpha op(A) op(B) + beta C, column-major. */
EXPORT int cublasSgemmStridedBatched(void *handle, int ta, int tb, int m, int n, int k,
                                     const float *alpha, const float *a, int lda,
                                     long long stride_a, const float *b, int ldb,
                                     long long stride_b, const float *beta, float *c, int ldc,
                                     long long stride_c, int batch) {
    (void)handle;
    if (lda < (ta ? k : m) || ldb < (tb ? n : k) || ldc < m)
        return 7;
    for (int i = 0; i < batch; i++, a += stride_a, b += stride_b, c += stride_c)
        for (int row = 0; row < m; row++)
            for (int column = 0; column < n; column++) {
                double sum = 0;
                for (int j = 0; j < k; j++)
                    sum += (double)a[ta ? j + row * lda : row + j * lda] *
                           (double)b[tb ? column + j * ldb : j + column * ldb];
                float *to = &c[row + column * ldc];
                *to = *alpha * (float)sum + (*beta != 0 ? *beta * *to : 0);
            }
    return 0;
}

/* A descriptor of any kind: its numbers in the order of the call that sets it. */
typedef struct descriptor {
    int v[8], groups;
} descriptor;

static int make(void **to) {
    *to = calloc(1, sizeof(descriptor));
    return *to == NULL;
}

static int drop(void *made) {
    free(made);
    return 0;
}

EXPORT size_t cudnnGetVersion(void) {
    return 90300;
}

EXPORT int cudnnCreate(void **handle) {
    return cublasCreate_v2(handle);
}

EXPORT int cudnnSetStream(void *handle, void *stream) {
    (void)handle;
    return stream == NULL;
}

EXPORT int cudnnCreateTensorDescriptor(void **tensor) {
    return make(tensor);
}

EXPORT int cudnnCreateFilterDescriptor(void **filter) {
    return make(filter);
}

EXPORT int cudnnCreateConvolutionDescriptor(void **conv) {
    return make(conv);
}

EXPORT int cudnnDestroyTensorDescriptor(void *tensor) {
    return drop(tensor);
}

EXPORT int cudnnDestroyFilterDescriptor(void *filter) {
    return drop(filter);
}

EXPORT int cudnnDestroyConvolutionDescriptor(void *conv) {
    return drop(conv);
}

enum { NHWC = 1 };

EXPORT int cudnnSetTensor4dDescriptor(void *tensor, int format, int type, int n, int c, int h,
                                      int w) {
    *(descriptor *)tensor = (descriptor){.v = {n, c, h, w}};
    return format != NHWC || type != 0;
}

EXPORT int cudnnSetFilter4dDescriptor(void *filter, int type, int format, int k, int c, int h,
                                      int w) {
    *(descriptor *)filter = (descriptor){.v = {k, c, h, w}};
    return format != NHWC || type != 0;
}

EXPORT int cudnnSetConvolution2dDescriptor(void *conv, int pad_h, int pad_w, int stride_h,
                                           int stride_w, int dilation_h, int dilation_w, int mode,
                                           int type) {
    *(descriptor *)conv = (descriptor){.v = {pad_h, pad_w, stride_h, stride_w}, .groups = 1};
    return dilation_h != 1 || dilation_w != 1 || mode != 1 || type != 0;
}

EXPORT int cudnnSetConvolutionGroupCount(void *conv, int groups) {
    ((descriptor *)conv)->groups = groups;
    return 0;
}

EXPORT int cudnnSetConvolutionMathType(void *conv, int type) {
    (void)conv;
    return type != 3;
}

/* The first is promised and not there, as happens; depthwise ones have none. */
EXPORT int cudnnGetConvolutionForwardAlgorithm_v7(void *handle, void *x, void *w, void *conv,
                                                  void *y, int wanted, int *found,
                                                  lc__cudnn_perf *results) {
    (void)handle, (void)w, (void)y;
    bool depthwise = ((descriptor *)conv)->groups == ((descriptor *)x)->v[1];
    results[0] = (lc__cudnn_perf){.algorithm = 0, .status = 9};
    results[1] = (lc__cudnn_perf){.algorithm = 1, .memory = depthwise ? 0 : 4096};
    *found = depthwise && ((descriptor *)conv)->groups > 1 ? 1 : 2;
    return wanted < 2;
}

static float value_at(const descriptor *x, const float *data, int n, int h, int w, int c) {
    bool inside = h >= 0 && h < x->v[2] && w >= 0 && w < x->v[3];
    return inside ? data[((n * x->v[2] + h) * x->v[3] + w) * x->v[1] + c] : 0;
}

static float one_output(const descriptor *x, const float *data, const descriptor *f,
                        const float *weights, const descriptor *conv, const int at[4]) {
    int per_group = f->v[1], group = at[3] / (f->v[0] / conv->groups);
    double sum = 0;
    for (int i = 0; i < f->v[2]; i++)
        for (int j = 0; j < f->v[3]; j++)
            for (int c = 0; c < per_group; c++)
                sum +=
                    (double)value_at(x, data, at[0], at[1] * conv->v[2] - conv->v[0] + i,
                                     at[2] * conv->v[3] - conv->v[1] + j, group * per_group + c) *
                    (double)weights[((at[3] * f->v[2] + i) * f->v[3] + j) * per_group + c];
    return (float)sum;
}

EXPORT int cudnnConvolutionForward(void *handle, const void *alpha, void *x_tensor, const void *x,
                                   void *filter, const void *w, void *conv, int algorithm,
                                   void *workspace, size_t workspace_bytes, const void *beta,
                                   void *y_tensor, void *y) {
    const descriptor *to = y_tensor;
    float *out = y;
    (void)handle;
    if (algorithm != 1 || *(const float *)alpha != 1 || *(const float *)beta != 0 ||
        (workspace_bytes > 0 && workspace == NULL))
        return 3;
    for (int n = 0; n < to->v[0]; n++)
        for (int h = 0; h < to->v[2]; h++)
            for (int v = 0; v < to->v[3]; v++)
                for (int c = 0; c < to->v[1]; c++)
                    *out++ = one_output(x_tensor, x, filter, w, conv, (const int[]){n, h, v, c});
    return 0;
}
