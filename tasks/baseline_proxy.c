/* Baselines that carry one source device's predictor over to the target: the source whose forecasts
 * rank the measured nets best, scaled (nearest), or with the weights of its parts adapted as well
 * (oneproxy; predictor/proxy.h says how). */
#include <stdlib.h>

#include "base/memory.h"
#include "baselines.h"
#include "predictor/proxy.h"

static lc_status adapt(const lc__lesson *lesson, const lc__measured *shots, lc__proxy_fit how,
                       void **fitted, lc_error *err) {
    lc__proxy *proxy = malloc(sizeof *proxy);
    *fitted = proxy;
    if (!proxy)
        return lc__no_memory(err);
    return lc__proxy_make(lesson->model, lesson->data->points, shots->rows, shots->values, shots->n,
                          how, proxy, err);
}

static lc_status adapt_nearest(const lc__lesson *lesson, const lc__measured *shots, void **fitted,
                               lc_error *err) {
    return adapt(lesson, shots, LC__PROXY_RAW, fitted, err);
}

static lc_status adapt_oneproxy(const lc__lesson *lesson, const lc__measured *shots, void **fitted,
                                lc_error *err) {
    return adapt(lesson, shots, LC__PROXY_ADAPTED, fitted, err);
}

static void forecast(const lc__lesson *lesson, const void *fitted, double *out) {
    for (size_t i = 0; i < lesson->data->table.n_rows; i++)
        out[i] = lc__proxy_latency(fitted, &lesson->data->points[i]);
}

const lc__forecaster lc__nearest_source = {
    .name = "nearest",
    .about = "the source device that ranks the measured nets most alike, scaled",
    .needs_model = true,
    .needs_sources = true,
    .adapt = adapt_nearest,
    .forecast = forecast,
    .release = free};

const lc__forecaster lc__oneproxy = {.name = "oneproxy",
                                     .about =
                                         "that source device with the weights of its parts adapted",
                                     .needs_model = true,
                                     .needs_sources = true,
                                     .adapt = adapt_oneproxy,
                                     .forecast = forecast,
                                     .release = free};
