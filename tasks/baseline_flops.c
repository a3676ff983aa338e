/* The baseline that knows a net by its multiply-accumulates alone: a straight line over them. */
#include <stdlib.h>

#include "base/memory.h"
#include "baselines.h"

typedef struct line {
    double offset, slope; /* slope > 0: the line never turns the ranking round */
} line;

/* Least squares; a line through the origin where the shots leave the slope open or turn it
 * round. */
static void fit_line(const double *x, const double *y, size_t n, line *out) {
    double mx = 0, my = 0, xx = 0, xy = 0;
    for (size_t i = 0; i < n; i++) {
        mx += x[i] / (double)n;
        my += y[i] / (double)n;
    }
    for (size_t i = 0; i < n; i++) {
        xx += (x[i] - mx) * (x[i] - mx);
        xy += (x[i] - mx) * (y[i] - my);
    }
    out->slope = xx > 0 && xy > 0 ? xy / xx : my / (mx > 0 ? mx : 1);
    out->offset = xx > 0 && xy > 0 ? my - out->slope * mx : 0;
}

static lc_status adapt(const lc__lesson *lesson, const lc__measured *shots, void **fitted,
                       lc_error *err) {
    line *l = calloc(1, sizeof *l);
    double *x = malloc(shots->n * sizeof *x);
    lc_status s = l && x ? LC_OK : lc__no_memory(err);
    if (!s) {
        for (size_t i = 0; i < shots->n; i++)
            x[i] = lesson->data->costs[shots->rows[i]].macs;
        fit_line(x, shots->values, shots->n, l);
    }
    free(x);
    *fitted = l;
    return s;
}

static void forecast(const lc__lesson *lesson, const void *fitted, double *out) {
    const line *l = fitted;
    for (size_t i = 0; i < lesson->data->table.n_rows; i++)
        out[i] = l->offset + l->slope * lesson->data->costs[i].macs;
}

const lc__forecaster lc__flops = {.name = "flops",
                                  .about = "a line over multiply-accumulates",
                                  .adapt = adapt,
                                  .forecast = forecast,
                                  .release = free};
