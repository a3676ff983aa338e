#include "sums.h"

#include "base/wide.h"

enum {
    SHARES = 64,
    RUN = 256 /* products whose sums are f32; beyond that they are doubles */
};

LC__WIDE static float dot_run(const float *a, const float *b, size_t n) {
    float lanes[16] = {0}, sum = 0;
    size_t i = 0;
    for (; i + 16 <= n; i += 16)
        for (size_t k = 0; k < 16; k++)
            lanes[k] += a[i + k] * b[i + k];
    for (; i < n; i++)
        sum += a[i] * b[i];
    for (size_t k = 0; k < 16; k++)
        sum += lanes[k];
    return sum;
}

double lc__sum_products(const float *a, const float *b, size_t n) {
    double sums[SHARES], sum = 0;
#pragma omp parallel for if (n > 65536)
    for (size_t s = 0; s < SHARES; s++) {
        size_t end = n * (s + 1) / SHARES;
        sums[s] = 0;
        for (size_t i = n * s / SHARES; i < end; i += RUN)
            sums[s] += (double)dot_run(a + i, b + i, end - i < RUN ? end - i : RUN);
    }
    for (size_t s = 0; s < SHARES; s++)
        sum += sums[s];
    return sum;
}
