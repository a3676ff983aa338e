/* Inside of a differentiable search. */
#ifndef NAS_SEARCH_H
#define NAS_SEARCH_H

#include "latcast/nas.h"

/* What a method is made of. */
typedef enum lc__path { LC__PATH_GUMBEL, LC__PATH_DRAWN, LC__PATH_MIXED } lc__path;
typedef enum lc__point_of_cost { LC__COST_AT_P, LC__COST_AT_H, LC__COST_AT_PATH } lc__point_of_cost;
typedef enum lc__rule { LC__RULE_MULTIPLIER, LC__RULE_PRODUCT, LC__RULE_SUM } lc__rule;

typedef struct lc__method {
    const char *name;
    lc__path path; /* which options run */
    bool soft;     /* gates are shares, not one path */
    bool gumbel;   /* h has noise and temperature; else it is p */
    lc__point_of_cost cost;
    lc__rule rule;
} lc__method;

const lc__method *lc__method_of(lc_nas_method method);

struct lc_nas_search {
    lc_nas_problem problem;
    lc_nas_options options;
    const lc__method *method;
    size_t places, n_state;
    uint64_t rng;
    uint64_t step;
    /* One block state[n_state], saved as it is. */
    double *state;
    double *logits, *first, *second; /* [places]; moments of Adam */
    double *usual;                   /* [n_positions] running mean of gradients by gate */
    double *usual_weight;            /* [n_positions] of that mean, for its start */
    double *lambda, *violation;      /* [LC_NAS_MAX_COSTS] */
    double *power;                   /* [POWERS] running squares of the gradients */
    /* Of this step; scratch[places] each. */
    double *p, *h, *at, *loss_slope, *cost_slope, *sum, *work;
    double *scratch;
};

enum { LC__POWER_LOSS, LC__POWER_COST, LC__POWERS };

/* Temperature of this step. */
double lc__temperature(const lc_nas_search *search);

/* out = softmax(logits / temperature) at every position. */
void lc__softmax_logits(const lc_nas_problem *problem, const double *logits, double temperature,
                        double *out);

/* Fills search->p and h, and the path; the random state after it. */
uint64_t lc__draw(lc_nas_search *search, int *path);

/* Gradient in the logits of a function whose gradient in s = softmax(logits / temperature) is
 * slope[places]: out, which may be slope. */
void lc__through_softmax(const lc_nas_problem *problem, const double *s, double temperature,
                         const double *slope, double *out);

/* What the multiplier of a limited cost acts as, in units of the gradients' ratio; and that ratio.
 */
double lc__pressure(const lc_nas_search *search, int cost);
double lc__gradient_ratio(const lc_nas_search *search);

/* A digest of problem and options: what a state belongs to. */
uint64_t lc__search_digest(const lc_nas_search *search);

#endif
