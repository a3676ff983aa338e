/* Ways to choose which nets to measure on a device, in one list: `predict plan --method` and
 * `predict eval --selection` both take their names from here.
 *
 * The published ones are those that NASFLAT compares (arXiv:2403.02446): random draws, quantiles of
 * the multiply-accumulates, and clusters of alike nets.
 */
#ifndef PREDICTOR_SELECTION_H
#define PREDICTOR_SELECTION_H

#include "predictor/batch.h"

/* plan: the nets that tell most about all others, before any is measured; active: the same, one
 * after the other, given what was measured so far; random: a random draw; macs: evenly spaced
 * quantiles of the multiply-accumulates; kmeans: typical nets, the medoids of clusters. */
#define LC__METHOD_MAP(X) X(plan) X(active) X(random) X(macs) X(kmeans)

typedef enum lc__method {
#define LC__METHOD_ENUM(name) LC__METHOD_##name,
    LC__METHOD_MAP(LC__METHOD_ENUM)
#undef LC__METHOD_ENUM
        LC__METHODS
} lc__method;

const char *lc__method_name(lc__method method);
/* LC_EUSAGE, with the names that there are, if `name` is none of them; `option` is what gave it. */
lc_status lc__method_find(const char *option, const char *name, lc__method *out, lc_error *err);

/* What there is to choose from, and what was measured before. Rows are indices into `points`. */
typedef struct lc__selection {
    const lc_model *model;
    const lc__point *points;
    const size_t *measured; /* [n_measured] rows */
    const double *values;   /* [n_measured] latencies of these; NULL: not known */
    size_t n_measured;
    lc__shot_rows operators;  /* measured operators, which help a posterior along; may be none */
    const size_t *candidates; /* [n] rows, in random order: a random draw takes the first */
    size_t n;
    const lc_adapt_options *options; /* may be NULL */
    /* With a budget, `plan` and `active` choose what tells most per second, until nothing more can
     * be afforded. seconds[n]: what measuring a candidate takes, > 0; NULL: no budget. */
    const double *seconds;
    double budget_s;
} lc__selection;

/* Fills chosen[*k] with distinct indices into `candidates`, best first, and with a budget sets *k
 * to how many that affords. `active` without values is `plan`. LC_EUSAGE when *k > n; otherwise as
 * lc__predictor_adapt_points(). */
lc_status lc__select(const lc__selection *from, lc__method method, size_t *k, size_t *chosen,
                     lc_error *err);

/* What a choice is good for, net by net: as the design that `plan` (or, with values, `active`) goes
 * by sees it. */
typedef struct lc__pick {
    double tells;    /* share of the candidates' variance that it takes away, after those before */
    double latency;  /* expected, in the unit of the values; 0: nothing is known of the device */
    double half;     /* expected median over the candidates of half a 90 % interval, as a share of
                        the latency, once it is measured too: the occasion of the options included,
                        and no more than the one before; 0: nothing is known */
    double occasion; /* what half would be if nothing but the occasion were left to doubt */
} lc__pick;

/* Fills pick[k] for chosen[k]; *half_now is that median as forecasts have it now. */
lc_status lc__judge(const lc__selection *from, const size_t *chosen, size_t k, lc__pick *pick,
                    double *half_now, lc_error *err);

/* Single operators to choose from, each a net of one, and the nets that they are to tell of. Rows
 * are indices into `points`. */
typedef struct lc__operator_selection {
    const lc__point *points;
    const size_t *measured; /* [n_measured] operators measured before */
    size_t n_measured;
    const size_t *candidates; /* [n] operators */
    size_t n;
    const size_t *nets; /* [n_nets] at least one */
    size_t n_nets;
} lc__operator_selection;

/* Fills chosen[k] with distinct indices into `candidates`, best first, and tells[k]: the share of
 * the nets' variance that each takes away, as far as nets are sums of their operators
 * (operators.h). LC_EUSAGE when k > n. */
lc_status lc__select_operators(const lc__operator_selection *from, size_t k, size_t *chosen,
                               double *tells, lc_error *err);

#endif
