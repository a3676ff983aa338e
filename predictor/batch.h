/* The predictor over precomputed features: what include/latcast/predictor.h does net by net, for
 * evaluations that ask about the same thousands of nets again and again.
 *
 *   lc__point *points = ...;                      // one per net of the table, featurised once
 *   lc__featurise(net, &points[i], &err);
 *   for each seed:
 *     lc__model_train_points(points, pool, n_pool, NULL, 0, &model, &err);
 *     lc__model_embed(model, points, n, table);   // once per model, shared by its targets
 *     for each target:
 *       lc__predictor_adapt_points(model, points, rows, values, 20, NULL, &predictor, &err);
 *       lc__predictor_means(predictor, table, n, latency);
 *
 * Rows are indices into `points`. Results equal those of the public functions on the nets.
 */
#ifndef PREDICTOR_BATCH_H
#define PREDICTOR_BATCH_H

#include "latcast/predictor.h"
#include "predictor/point.h"

/* A source device: values[n] are the latencies of points[rows[n]]. */
typedef struct lc__pool_rows {
    const char *name;
    const size_t *rows;
    const double *values;
    size_t n;
} lc__pool_rows;

/* lc_model_train(); reference[n_reference] are rows, may be NULL with 0. Everything is borrowed
 * during the call only. */
lc_status lc__model_train_points(const lc__point *points, const lc__pool_rows *devices,
                                 size_t n_devices, const size_t *reference, size_t n_reference,
                                 lc_model **out, lc_error *err);

/* lc_predictor_adapt() from values[n] of points[rows[n]]. */
lc_status lc__predictor_adapt_points(const lc_model *model, const lc__point *points,
                                     const size_t *rows, const double *values, size_t n,
                                     const lc_adapt_options *options, lc_predictor **out,
                                     lc_error *err);

/* values[n] measured of points[rows[n]]; n may be 0. */
typedef struct lc__shot_rows {
    const size_t *rows;
    const double *values;
    size_t n;
} lc__shot_rows;

/* The same from samples of nets and of operators, at least one of either. */
lc_status lc__predictor_adapt_mixed(const lc_model *model, const lc__point *points,
                                    const lc__shot_rows *nets, const lc__shot_rows *operators,
                                    const lc_adapt_options *options, lc_predictor **out,
                                    lc_error *err);

/* lc_predictor_query() of one point: forecast, interval and novelty. Thread-safe, allocates
 * nothing. */
lc_status lc__predictor_query_point(const lc_predictor *predictor, const lc__point *point,
                                    lc_forecast *out);

/* lc_predictor_uncertainty() of one point. */
lc_status lc__predictor_uncertainty_point(const lc_predictor *predictor, const lc__point *point,
                                          lc_uncertainty *out);

/* Length of one row of the table that lc__model_embed() fills, in doubles. */
size_t lc__model_embed_size(const lc_model *model);

/* table[n][lc__model_embed_size()], row major: what predictors adapted from this model need of
 * points[n], the source devices' forecasts and the distance from the pool's nets included. */
lc_status lc__model_embed(const lc_model *model, const lc__point *points, size_t n, double *table,
                          lc_error *err);

/* Forecast latencies (no intervals) of an embedded table's n rows: latency[n]. The table must come
 * from the model that the predictor was adapted from. Of operators of families that neither the
 * model's nets nor the shots have it tells little: ask lc__predictor_query_point() about such nets.
 * A matter of milliseconds for 15,625 nets. */
void lc__predictor_means(const lc_predictor *predictor, const double *table, size_t n,
                         double *latency);

#endif
