/* Inside of compiled predictors (latcast/choice.h). */
#ifndef PREDICTOR_CHOICE_H
#define PREDICTOR_CHOICE_H

#include "latcast/choice.h"
#include "forecast.h"

/* n numbers, each `base` plus one entry per position: row[places][n]. n is a multiple of LC__LANES,
 * filled up with zeros. */
typedef struct lc__sums {
    size_t n;
    double *base, *row;
} lc__sums;

/* The numbers of lc__choice_sums.mean. */
enum {
    LC__SUM_LINKS, /* means under the links, without what logarithms add */
    LC__SUM_SIZE = LC__SUM_LINKS + LC__LINKS, /* as rates take it */
    LC__SUM_LOGS                              /* n_logs arguments of logarithms */
};

/* Novelty^2 = (off + |sums|^2) / radius^2. */
typedef struct lc__choice_region {
    lc__sums sums;
    double off, radius;
} lc__choice_region;

/* Forecasts by sums. A link's mean is its sum + slope . l, its variance noise + |spread + slope
 * l|^2 with l[n_logs] = log(max(argument, floor)). */
typedef struct lc__choice_sums {
    lc__sums mean;
    size_t n_logs, n_regions;
    double *floor;                   /* [n_logs] */
    double *slope[LC__LINKS];        /* [n_logs] */
    lc__sums spread[LC__LINKS];      /* n 0: the link has no mass */
    double *spread_slope[LC__LINKS]; /* [n_logs][spread.n] */
    lc__choice_region *region;       /* [n_regions], the nearest first */
} lc__choice_sums;

struct lc_choice_predictor {
    const lc_space *space;
    lc_predictor tail; /* the predictor's numbers, for lc__conclude(); it owns nothing */
    size_t place[LC_NET_MAX_CHOICES + 1];
    lc__choice_sums sums;
    lc_forecast *table; /* of every vector, the last position fastest; NULL: sums */
};

/* Compiles sums. LC_EUNSUPPORTED: the features of this space are no sums. To be cleared also on
 * failure. */
lc_status lc__choice_sums_make(const lc_predictor *p, const lc_space *space, const size_t *place,
                               lc__choice_sums *out, lc_error *err);
void lc__choice_sums_clear(lc__choice_sums *sums);

/* Forecasts from the vector's places[n_positions]; the mean alone is quicker. */
void lc__choice_sums_query(const lc_choice_predictor *c, const size_t *places, lc_forecast *out);
double lc__choice_sums_mean(const lc_choice_predictor *c, const size_t *places);

/* Latency and, unless NULL, its gradient for probabilities. */
double lc__choice_sums_relaxed(const lc_choice_predictor *c, const double *probability,
                               double *gradient);

/* Forecasts every vector of the space. LC_EUNSUPPORTED: there are too many. */
lc_status lc__choice_table_make(const lc_predictor *p, const lc_space *space, lc_forecast **out,
                                lc_error *err);
const lc_forecast *lc__choice_table_at(const lc_choice_predictor *c, const int *choices);
double lc__choice_table_relaxed(const lc_choice_predictor *c, const double *probability,
                                double *gradient);

#endif
