#include "columns.h"

/* Columns that a thread takes at a time: a cache line of every row. */
enum { STRIP = 16 };

/* Rows that are summed in f32 before their sum is added in f64. */
enum { RUN = 64 };

/* Of columns first .. first + n-1. b NULL: ones. */
static void sum_strip(const float *a, const float *b, size_t rows, size_t columns, size_t n,
                      float *sums) {
    double total[STRIP] = {0};
    for (size_t begin = 0; begin < rows; begin += RUN) {
        size_t end = rows - begin < RUN ? rows : begin + RUN;
        float run[STRIP] = {0};
        for (size_t r = begin; r < end; r++) {
            const float *x = a + r * columns, *y = b ? b + r * columns : NULL;
            for (size_t c = 0; c < n; c++)
                run[c] += y ? x[c] * y[c] : x[c];
        }
        for (size_t c = 0; c < n; c++)
            total[c] += (double)run[c];
    }
    for (size_t c = 0; c < n; c++)
        sums[c] = (float)total[c];
}

void lc__column_products(const float *a, const float *b, size_t rows, size_t columns, float *sums) {
#pragma omp parallel for schedule(static)
    for (size_t first = 0; first < columns; first += STRIP) {
        size_t n = columns - first < STRIP ? columns - first : STRIP;
        sum_strip(a + first, b ? b + first : NULL, rows, columns, n, sums + first);
    }
}

void lc__column_sums(const float *x, size_t rows, size_t columns, float *sums) {
    lc__column_products(x, NULL, rows, columns, sums);
}
