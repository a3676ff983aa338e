/* XNNPACK and its pthreadpool, opened at run time. Types and prototypes come from xnnpack.h,
 * addresses from the library of this machine. */
#ifndef BACKENDS_XNNPACK_LIB_H
#define BACKENDS_XNNPACK_LIB_H

#include <xnnpack.h>

#include "latcast/backend.h"

/* The functions used, without their prefix. */
#define LC__XNN_MAP(X)                                                                             \
    X(initialize)                                                                                  \
    X(create_subgraph)                                                                             \
    X(delete_subgraph)                                                                             \
    X(define_tensor_value)                                                                         \
    X(define_quantized_tensor_value)                                                               \
    X(define_channelwise_quantized_tensor_value)                                                   \
    X(define_convert)                                                                              \
    X(define_convolution_2d)                                                                       \
    X(define_depthwise_convolution_2d)                                                             \
    X(define_fully_connected)                                                                      \
    X(define_global_average_pooling_2d)                                                            \
    X(define_average_pooling_2d)                                                                   \
    X(define_max_pooling_2d)                                                                       \
    X(define_add2)                                                                                 \
    X(define_multiply2)                                                                            \
    X(define_clamp)                                                                                \
    X(define_hardswish)                                                                            \
    X(define_sigmoid)                                                                              \
    X(define_softmax)                                                                              \
    X(create_runtime_v2)                                                                           \
    X(setup_runtime)                                                                               \
    X(invoke_runtime)                                                                              \
    X(delete_runtime)                                                                              \
    X(create_copy_nc_x32)                                                                          \
    X(setup_copy_nc_x32)                                                                           \
    X(create_copy_nc_x8)                                                                           \
    X(setup_copy_nc_x8)                                                                            \
    X(create_channel_shuffle_nc_x32)                                                               \
    X(setup_channel_shuffle_nc_x32)                                                                \
    X(create_channel_shuffle_nc_x8)                                                                \
    X(setup_channel_shuffle_nc_x8)                                                                 \
    X(run_operator)                                                                                \
    X(delete_operator)

/* Pointers to functions only, in the order of their names in xnnpack_lib.c. */
typedef struct lc__xnn {
#define LC__XNN_MEMBER(name) __typeof__(xnn_##name) *(name);
    LC__XNN_MAP(LC__XNN_MEMBER)
#undef LC__XNN_MEMBER
    __typeof__(pthreadpool_create) *pool_create;
    __typeof__(pthreadpool_destroy) *pool_destroy;
} lc__xnn;

/* Loads and initialises the library, once per process, and describes it; XNNPACK takes no cap on
 * the instruction set. *out stays valid for good. */
lc_status lc__xnn_open(const lc__xnn **out, lc_backend_info *info, lc_error *err);

#endif
