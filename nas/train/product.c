#include "product.h"

#include <dnnl.h>
#include <string.h>

void lc__product(size_t m, size_t n, size_t k, float scale, lc__view a, lc__view b, bool add,
                 float *c, size_t stride) {
    dnnl_status_t status =
        dnnl_sgemm(a.turned ? 'T' : 'N', b.turned ? 'T' : 'N', (dnnl_dim_t)m, (dnnl_dim_t)n,
                   (dnnl_dim_t)k, scale, a.data, (dnnl_dim_t)a.stride, b.data, (dnnl_dim_t)b.stride,
                   add ? 1.0F : 0.0F, c, (dnnl_dim_t)stride);
    for (size_t r = 0; status != dnnl_success && r < m; r++)
        memset(c + r * stride, 0xff, n * sizeof *c);
}
