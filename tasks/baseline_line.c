/* Baselines that scale one number per net to the target by a straight line: multiply-accumulates
 * (flops), or what one source device's predictor says of the net. Which device, decides the method:
 *
 *   nearest   the one whose forecasts rank the measured nets most like the target does
 *   oneproxy  one fixed device, chosen without the target: the one whose ranking agrees best with
 *             the other sources' (Lu et al., One Proxy Device Is Enough, arXiv:2111.01203)
 */
#include <stdlib.h>

#include "base/memory.h"
#include "baselines.h"
#include "base/rank.h"

/* Nets that the source devices' rankings are compared over. */
#define PROXY_NETS 500

typedef struct line {
    double offset, slope; /* slope > 0: the line never turns the ranking round */
    size_t source;        /* whose forecasts are scaled */
} line;

/* Least squares; a line through the origin where the shots leave the slope open or turn it round.
 */
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

/* ---- multiply-accumulates ---- */

static lc_status adapt_flops(const lc__lesson *lesson, const lc__measured *shots, void **fitted,
                             lc_error *err) {
    line *l = calloc(1, sizeof *l);
    double *x = malloc(shots->n * sizeof *x);
    if (l && x) {
        for (size_t i = 0; i < shots->n; i++)
            x[i] = lesson->data->costs[shots->rows[i]].macs;
        fit_line(x, shots->values, shots->n, l);
    }
    lc_status s = l && x ? LC_OK : lc__no_memory(err);
    free(x);
    *fitted = l;
    return s;
}

static void forecast_flops(const lc__lesson *lesson, const void *fitted, double *out) {
    const line *l = fitted;
    for (size_t i = 0; i < lesson->data->table.n_rows; i++)
        out[i] = l->offset + l->slope * lesson->data->costs[i].macs;
}

const lc__forecaster lc__flops = {.name = "flops",
                                  .about = "a line over multiply-accumulates",
                                  .adapt = adapt_flops,
                                  .forecast = forecast_flops,
                                  .release = free};

/* ---- a source device ---- */

/* What the predictor of source `source` says of row `row`, in units of the device's mean. */
static double said(const lc__lesson *lesson, size_t source, size_t row) {
    return lc__model_embedded_source(lesson->model, lesson->embedded, row, source);
}

static lc_status need_sources(const lc__lesson *lesson, const char *name, lc_error *err) {
    if (lc_model_n_devices(lesson->model))
        return LC_OK;
    lc_error_set(err, LC_EUNSUPPORTED, "baseline %s needs source devices", name);
    return LC_EUNSUPPORTED;
}

/* The line from the forecasts of one source to the shots. x is scratch, [shots->n]. */
static void scale_source(const lc__lesson *lesson, const lc__measured *shots, size_t source,
                         double *x, line *l) {
    for (size_t i = 0; i < shots->n; i++)
        x[i] = said(lesson, source, shots->rows[i]);
    fit_line(x, shots->values, shots->n, l);
    l->source = source;
}

static lc_status adapt_nearest(const lc__lesson *lesson, const lc__measured *shots, void **fitted,
                               lc_error *err) {
    lc_status s = need_sources(lesson, "nearest", err);
    if (s)
        return s;
    line *l = calloc(1, sizeof *l);
    double *x = malloc(shots->n * sizeof *x), best = -2;
    size_t nearest = 0;
    for (size_t d = 0; l && x && d < lc_model_n_devices(lesson->model); d++) {
        for (size_t i = 0; i < shots->n; i++)
            x[i] = said(lesson, d, shots->rows[i]);
        double rho = lc__spearman(x, shots->values, shots->n);
        if (rho > best) {
            best = rho;
            nearest = d;
        }
    }
    if (l && x)
        scale_source(lesson, shots, nearest, x, l);
    s = l && x ? LC_OK : lc__no_memory(err);
    free(x);
    *fitted = l;
    return s;
}

/* The source whose ranking of nets agrees best with those of all others. x is [2][PROXY_NETS]. */
static size_t choose_proxy(const lc__lesson *lesson, double *x) {
    size_t n = lc_model_n_devices(lesson->model), rows = lesson->data->table.n_rows, best = 0;
    size_t nets = rows < PROXY_NETS ? rows : PROXY_NETS;
    double most = -2;
    for (size_t a = 0; a < n; a++) {
        double sum = 0;
        for (size_t b = 0; b < n; b++) {
            for (size_t i = 0; i < nets; i++) {
                x[i] = said(lesson, a, i * rows / nets);
                x[PROXY_NETS + i] = said(lesson, b, i * rows / nets);
            }
            sum += lc__spearman(x, x + PROXY_NETS, nets) / (double)n;
        }
        if (sum > most) {
            most = sum;
            best = a;
        }
    }
    return best;
}

static lc_status adapt_oneproxy(const lc__lesson *lesson, const lc__measured *shots, void **fitted,
                                lc_error *err) {
    lc_status s = need_sources(lesson, "oneproxy", err);
    if (s)
        return s;
    size_t room = shots->n > 2 * PROXY_NETS ? shots->n : 2 * PROXY_NETS;
    line *l = calloc(1, sizeof *l);
    double *x = malloc(room * sizeof *x);
    if (l && x)
        scale_source(lesson, shots, choose_proxy(lesson, x), x, l);
    s = l && x ? LC_OK : lc__no_memory(err);
    free(x);
    *fitted = l;
    return s;
}

static void forecast_source(const lc__lesson *lesson, const void *fitted, double *out) {
    const line *l = fitted;
    for (size_t i = 0; i < lesson->data->table.n_rows; i++)
        out[i] = l->offset + l->slope * said(lesson, l->source, i);
}

const lc__forecaster lc__nearest_source = {
    .name = "nearest",
    .about = "the source device that ranks the measured nets most alike, scaled",
    .needs_model = true,
    .adapt = adapt_nearest,
    .forecast = forecast_source,
    .release = free};

const lc__forecaster lc__oneproxy = {.name = "oneproxy",
                                     .about = "one proxy device for all targets, scaled",
                                     .needs_model = true,
                                     .adapt = adapt_oneproxy,
                                     .forecast = forecast_source,
                                     .release = free};
