/* oneDNN, opened at run time. Types and prototypes come from dnnl.h, addresses from the library of
 * this machine.
 */
#ifndef BACKENDS_ONEDNN_LIB_H
#define BACKENDS_ONEDNN_LIB_H

#include <dnnl.h>

#include "latcast/backend.h"

/* The functions used, without their prefix. */
#define LC__DNNL_MAP(X)                                                                            \
    X(version)                                                                                     \
    X(set_max_cpu_isa)                                                                             \
    X(get_effective_cpu_isa)                                                                       \
    X(engine_create)                                                                               \
    X(engine_destroy)                                                                              \
    X(stream_create)                                                                               \
    X(stream_wait)                                                                                 \
    X(stream_destroy)                                                                              \
    X(memory_desc_init_by_tag)                                                                     \
    X(memory_desc_init_by_strides)                                                                 \
    X(memory_desc_init_submemory)                                                                  \
    X(memory_desc_equal)                                                                           \
    X(memory_desc_get_size)                                                                        \
    X(memory_create)                                                                               \
    X(memory_set_data_handle)                                                                      \
    X(memory_destroy)                                                                              \
    X(primitive_attr_create)                                                                       \
    X(primitive_attr_destroy)                                                                      \
    X(primitive_attr_set_scratchpad_mode)                                                          \
    X(primitive_attr_set_output_scales)                                                            \
    X(primitive_attr_set_scales)                                                                   \
    X(primitive_attr_set_post_ops)                                                                 \
    X(post_ops_create)                                                                             \
    X(post_ops_destroy)                                                                            \
    X(post_ops_append_eltwise)                                                                     \
    X(post_ops_append_sum)                                                                         \
    X(post_ops_append_binary)                                                                      \
    X(primitive_desc_create)                                                                       \
    X(primitive_desc_destroy)                                                                      \
    X(primitive_desc_query_md)                                                                     \
    X(primitive_create)                                                                            \
    X(primitive_execute)                                                                           \
    X(primitive_destroy)                                                                           \
    X(reorder_primitive_desc_create)                                                               \
    X(concat_primitive_desc_create)                                                                \
    X(binary_desc_init)                                                                            \
    X(convolution_forward_desc_init)                                                               \
    X(eltwise_forward_desc_init)                                                                   \
    X(inner_product_forward_desc_init)                                                             \
    X(layer_normalization_forward_desc_init)                                                       \
    X(matmul_desc_init)                                                                            \
    X(pooling_forward_desc_init)                                                                   \
    X(shuffle_forward_desc_init)                                                                   \
    X(softmax_v2_forward_desc_init)

typedef struct lc__dnnl {
#define LC__DNNL_MEMBER(name) __typeof__(dnnl_##name) *(name);
    LC__DNNL_MAP(LC__DNNL_MEMBER)
#undef LC__DNNL_MEMBER
    void (*omp_set_num_threads)(int); /* of the OpenMP that the library uses */
} lc__dnnl;

/* Loads the library, caps it at `isa` (NULL or "" = no cap) and describes it. The first call of a
 * process decides on the cap; one that asks for another is LC_EUNSUPPORTED, since oneDNN fixes its
 * kernels once. *out stays valid for good. */
lc_status lc__dnnl_open(const char *isa, const lc__dnnl **out, lc_backend_info *info,
                        lc_error *err);

#endif
