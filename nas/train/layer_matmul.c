/* matmul: for every (n, h) a product of two matrices, the second as it lies or transposed. */
#include "layer.h"
#include "product.h"

typedef struct sizes {
    size_t products, m, n, k;
} sizes;

static sizes sizes_of(const lc__geometry *g) {
    return (sizes){(size_t)g->out.n * (size_t)g->out.h, (size_t)g->out.w, (size_t)g->out.c,
                   (size_t)g->in[0].c};
}

static lc__view view(const float *data, size_t stride, bool turned) {
    return (lc__view){data, stride, turned};
}

static void forward(const lc__geometry *g, void *state, const float *const *x, const float *w,
                    float *z, float *saved) {
    (void)state, (void)w, (void)saved;
    sizes s = sizes_of(g);
    bool turned = g->op->transpose_b;
#pragma omp parallel for
    for (size_t i = 0; i < s.products; i++)
        lc__product(s.m, s.n, s.k, 1.0F, view(x[0] + i * s.m * s.k, s.k, false),
                    view(x[1] + i * s.k * s.n, turned ? s.k : s.n, turned), false,
                    z + i * s.m * s.n, s.n);
}

/* dA = dZ B^T, dB = A^T dZ, or dZ^T A where B lies transposed. */
static void backward(const lc__geometry *g, void *state, const float *const *x, const float *w,
                     const float *z, const float *saved, const float *dz, float *const *dx,
                     float *dw) {
    (void)state, (void)w, (void)z, (void)saved, (void)dw;
    sizes s = sizes_of(g);
    bool turned = g->op->transpose_b;
#pragma omp parallel for
    for (size_t i = 0; i < s.products; i++) {
        const float *a = x[0] + i * s.m * s.k, *b = x[1] + i * s.k * s.n;
        const float *d = dz + i * s.m * s.n;
        if (dx[0])
            lc__product(s.m, s.k, s.n, 1.0F, view(d, s.n, false),
                        view(b, turned ? s.k : s.n, !turned), false, dx[0] + i * s.m * s.k, s.k);
        if (dx[1] && turned)
            lc__product(s.n, s.k, s.m, 1.0F, view(d, s.n, true), view(a, s.k, false), false,
                        dx[1] + i * s.k * s.n, s.k);
        if (dx[1] && !turned)
            lc__product(s.k, s.n, s.m, 1.0F, view(a, s.k, true), view(d, s.n, false), false,
                        dx[1] + i * s.k * s.n, s.n);
    }
}

const lc__layer lc__layer_matmul = {.type = LC_OP_MATMUL, .forward = forward, .backward = backward};
