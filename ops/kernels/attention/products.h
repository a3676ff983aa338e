/* Attention, sdpa, wma and matmul by a micro-kernel for f32 and a softmax: LC__PRODUCTS(ISA, isa,
 * tile) defines the four kernels of an instruction set. */
#ifndef KERNELS_ATTENTION_PRODUCTS_H
#define KERNELS_ATTENTION_PRODUCTS_H

#include "kernels/attention/fused.h"
#include "kernels/conv/micro.h"
#include "kernels/linear/panel.h"

static size_t lc__product_bytes(const lc__call *call, const lc__micro *m) {
    return lc__panel_scratch(m, (size_t)call->in_shape[0].w, (size_t)call->in_shape[0].c,
                             (size_t)call->out_shape.c, lc__team_size(call->team));
}

#define LC__PRODUCTS(UPPER, lower, tile)                                                           \
    static const lc__attention_means means_##lower = {&lc__micro_f32_##lower,                      \
                                                      lc__softmax_row_##lower};                    \
    static void product_##lower(const lc__product *p, float *scratch, lc__team *team) {            \
        lc__panel_run(p, &lc__micro_f32_##lower, scratch, team);                                   \
    }                                                                                              \
    static size_t matmul_scratch_##lower(const lc__call *call) {                                   \
        return lc__product_bytes(call, &lc__micro_f32_##lower);                                    \
    }                                                                                              \
    static void matmul_##lower(const lc__call *call) {                                             \
        lc__matmul_run(call, product_##lower);                                                     \
    }                                                                                              \
    static size_t attention_packed_##lower(const lc__call *call) {                                 \
        return lc__fused_attention_packed(call, &means_##lower);                                   \
    }                                                                                              \
    static void attention_pack_##lower(const lc__call *call, const float *weights, void *packed) { \
        lc__fused_attention_pack(call, &means_##lower, weights, packed);                           \
    }                                                                                              \
    static size_t attention_scratch_##lower(const lc__call *call) {                                \
        return lc__fused_attention_scratch(call, &means_##lower);                                  \
    }                                                                                              \
    static void attention_##lower(const lc__call *call) {                                          \
        lc__fused_attention_run(call, &means_##lower);                                             \
    }                                                                                              \
    static size_t sdpa_scratch_##lower(const lc__call *call) {                                     \
        return lc__fused_sdpa_scratch(call, &means_##lower);                                       \
    }                                                                                              \
    static void sdpa_##lower(const lc__call *call) {                                               \
        lc__fused_sdpa_run(call, &means_##lower);                                                  \
    }                                                                                              \
    static size_t wma_packed_##lower(const lc__call *call) {                                       \
        return lc__fused_wma_packed(call, &means_##lower);                                         \
    }                                                                                              \
    static void wma_pack_##lower(const lc__call *call, const float *weights, void *packed) {       \
        lc__fused_wma_pack(call, &means_##lower, weights, packed);                                 \
    }                                                                                              \
    static size_t wma_scratch_##lower(const lc__call *call) {                                      \
        return lc__fused_wma_scratch(call, &means_##lower);                                        \
    }                                                                                              \
    static void wma_##lower(const lc__call *call) {                                                \
        lc__fused_wma_run(call, &means_##lower);                                                   \
    }                                                                                              \
    const lc__kernel lc__kernel_f32_matmul_##lower = {                                             \
        .name = "f32_matmul__" #lower "_" tile,                                                    \
        .type = LC_OP_MATMUL,                                                                      \
        .dtype = LC_DTYPE_F32,                                                                     \
        .isa = LC__ISA_##UPPER,                                                                    \
        .scratch_size = matmul_scratch_##lower,                                                    \
        .run = matmul_##lower,                                                                     \
    };                                                                                             \
    const lc__kernel lc__kernel_f32_attention_##lower = {                                          \
        .name = "f32_attention__" #lower "_" tile,                                                 \
        .type = LC_OP_ATTENTION,                                                                   \
        .dtype = LC_DTYPE_F32,                                                                     \
        .isa = LC__ISA_##UPPER,                                                                    \
        .packed_size = attention_packed_##lower,                                                   \
        .pack = attention_pack_##lower,                                                            \
        .scratch_size = attention_scratch_##lower,                                                 \
        .run = attention_##lower,                                                                  \
    };                                                                                             \
    const lc__kernel lc__kernel_f32_wma_##lower = {                                                \
        .name = "f32_wma__" #lower "_" tile,                                                       \
        .type = LC_OP_WMA,                                                                         \
        .dtype = LC_DTYPE_F32,                                                                     \
        .isa = LC__ISA_##UPPER,                                                                    \
        .packed_size = wma_packed_##lower,                                                         \
        .pack = wma_pack_##lower,                                                                  \
        .scratch_size = wma_scratch_##lower,                                                       \
        .run = wma_##lower,                                                                        \
    };                                                                                             \
    const lc__kernel lc__kernel_f32_sdpa_##lower = {                                               \
        .name = "f32_sdpa__" #lower "_" tile,                                                      \
        .type = LC_OP_SDPA,                                                                        \
        .dtype = LC_DTYPE_F32,                                                                     \
        .isa = LC__ISA_##UPPER,                                                                    \
        .scratch_size = sdpa_scratch_##lower,                                                      \
        .run = sdpa_##lower,                                                                       \
    };

#endif
