/* One proxy device for a target, after One-Proxy (Lu et al., One Proxy Device Is Enough for
 * Hardware-Aware Neural Architecture Search, arXiv:2111.01203).
 *
 * Where the ranking of nets by latency agrees between two devices ("latency monotonicity"), a model
 * of one serves for the other. Where it does not, the model is adapted: with f = sum of parts p_k
 * over the operators, the target's latency is taken to be
 *
 *   sum_k (scale + change_k) p_k + constant,
 *
 * one common scale and, for each kind of operator, a change of its own under an L1 penalty, so that
 * few changes remain (the paper's AdaProxy; its operators are choices of a search space, here they
 * are families of operators, so that any net can be asked about and 10 samples are enough).
 */
#ifndef PREDICTOR_PROXY_H
#define PREDICTOR_PROXY_H

#include "latcast/predictor.h"
#include "predictor/point.h"

/* Parts of a forecast: one for each family, then what is of the whole net. */
enum { LC__PROXY_WEIGHTS = LC__FAMILIES, LC__PROXY_ROOFS, LC__PROXY_PATHS, LC__PROXY_PARTS };

typedef enum lc__proxy_fit {
    LC__PROXY_RAW,    /* the proxy's ranking as it is: a scale and a constant */
    LC__PROXY_ADAPTED /* changes of the parts too, from 6 shots on */
} lc__proxy_fit;

typedef struct lc__proxy {
    size_t source;                  /* which of the model's devices is the proxy */
    double rank;                    /* Spearman correlation of its forecasts with the shots */
    double scale;                   /* target's time by the proxy's time in units of its mean */
    double change[LC__PROXY_PARTS]; /* added to the scale of a part */
    double constant, floor;         /* latency = max(constant + slope . x, floor) */
    double slope[LC__FEATURES];
} lc__proxy;

/* Takes as proxy the device of the model whose forecasts rank the shots values[n] of
 * points[rows[n]] best (of equals the one nearest to proportion), and fits it to them. The penalty
 * is chosen by cross-validation over the shots. LC_EUSAGE: no shots, or a model without devices;
 * LC_EFORMAT: a value that is not finite and positive. */
lc_status lc__proxy_make(const lc_model *model, const lc__point *points, const size_t *rows,
                         const double *values, size_t n, lc__proxy_fit how, lc__proxy *out,
                         lc_error *err);

/* What the model's device number `device` is taken to need for a net by itself, in units of its
 * mean over the nets it was learned from; not kept above 0. */
double lc__source_forecast(const lc_model *model, size_t device, const lc__point *point);

/* The part that feature i < LC__FEATURES belongs to. */
size_t lc__proxy_part(size_t i);

/* The forecast for a net, in the unit of the shots; > 0. */
double lc__proxy_latency(const lc__proxy *proxy, const lc__point *point);

#endif
