/* Forecasts for searching a space: a predictor compiled for all choice vectors of one space.
 *
 *   lc_choice_predictor_new(predictor, lc_space_find("fbnet"), &compiled, &err);
 *   lc_choice_predictor_query(compiled, choices, &forecast, &err);
 *   lc_choice_predictor_free(compiled);
 *
 * It gives what lc_predictor_query() gives for the net of the vector, without making the net.
 * Where the features of a net are sums over its positions (FBNet), everything a forecast needs is a
 * sum of table entries, one per position. That they are is checked when compiling, on random
 * vectors. Other spaces are forecast vector by vector beforehand, if they are small
 * (NAS-Bench-201).
 *
 * A compiled predictor never changes: all functions but new and free may be called on it by many
 * threads at once, and allocate nothing. It refers to the space and no longer to the predictor.
 * Choice vectors are as in lc_space; a choice out of range is LC_EFORMAT, naming the position.
 */
#ifndef LATCAST_CHOICE_H
#define LATCAST_CHOICE_H

#include "latcast/predictor.h"
#include "latcast/space.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct lc_choice_predictor lc_choice_predictor;

/* Spaces of at most so many vectors are forecast vector by vector when sums do not do. */
#define LC_CHOICE_TABLE_MAX 65536

/* Compiles a predictor for a space: milliseconds where sums do (about one net per option), as long
 * as forecasting every net where they do not (seconds for the 15,625 of NAS-Bench-201).
 * LC_EUNSUPPORTED: sums do not do, which they neither do where operators of the space are of
 * families that pool and shots lack, and the space is too large for a table. Free with
 * lc_choice_predictor_free(). */
lc_status lc_choice_predictor_new(const lc_predictor *predictor, const lc_space *space,
                                  lc_choice_predictor **out, lc_error *err);
void lc_choice_predictor_free(lc_choice_predictor *compiled);

/* Forecasts the net of choices[n_positions]. The latency agrees with lc_predictor_query() to 1e-9
 * of itself, low and high to 1e-6, the novelty to 1e-6. */
lc_status lc_choice_predictor_query(const lc_choice_predictor *compiled, const int *choices,
                                    lc_forecast *out, lc_error *err);

/* Forecasts choices[n][n_positions], row major: latency[n], and low[n] and high[n] where they are
 * not NULL (both or neither; they take longer). */
lc_status lc_choice_predictor_batch(const lc_choice_predictor *compiled, const int *choices,
                                    size_t n, double *latency, double *low, double *high,
                                    lc_error *err);

/* Option o of position i has place lc_choice_predictor_place(compiled, i) + o in arrays that have
 * one number per option; their length is the place of position n_positions. */
size_t lc_choice_predictor_place(const lc_choice_predictor *compiled, int position);

/* Latency of a net whose choices are mixed by probability[places], which are >= 0 and sum to 1 at
 * every position (LC_EUSAGE if they are off by more than 1e-3), and, where it is not NULL, its
 * gradient[places]. With one option per position it is the latency that a query gives. In between:
 * where sums do, the features of the mixed net are mixed (the supernet of a differentiable search,
 * arXiv:1812.03443) and forecast like those of a net; else it is the expectation of the latency
 * over independent choices. Of the gradient only differences between the options of a position mean
 * something. */
lc_status lc_choice_predictor_relaxed(const lc_choice_predictor *compiled,
                                      const double *probability, double *latency, double *gradient,
                                      lc_error *err);

/* What each choice contributes: latency[places] of the nets that differ from choices[n_positions]
 * in one choice at most. */
lc_status lc_choice_predictor_neighbours(const lc_choice_predictor *compiled, const int *choices,
                                         double *latency, lc_error *err);

#ifdef __cplusplus
}
#endif
#endif
