/* Forecasts of every vector of a small space, made beforehand. */
#include <stdlib.h>
#include "choice.h"
#include "predictor/batch.h"

/* Vectors of the space, or 0 if there are too many. */
static size_t count_vectors(const lc_space *space) {
    size_t n = 1;
    for (int i = 0; i < space->n_positions && n > 0; i++) {
        n *= (size_t)space->n_options(i);
        n = n <= LC_CHOICE_TABLE_MAX ? n : 0;
    }
    return n;
}

/* The next vector, the last position fastest. */
static void advance(const lc_space *space, int *choices) {
    int i = space->n_positions - 1;
    while (i >= 0 && ++choices[i] == space->n_options(i))
        choices[i--] = 0;
}

static lc_status forecast(const lc_predictor *p, const lc_space *space, const int *choices,
                          lc_forecast *out, lc_error *err) {
    lc_net *net = NULL;
    lc_status st = lc_space_net(space, choices, space->n_positions, &net, err);
    if (st == LC_OK)
        st = lc_predictor_query(p, net, out, err);
    lc_net_free(net);
    return st;
}

lc_status lc__choice_table_make(const lc_predictor *p, const lc_space *space, lc_forecast **out,
                                lc_error *err) {
    size_t n = count_vectors(space);
    if (n == 0)
        return lc_error_set(err, LC_EUNSUPPORTED,
                            "%s has more than %d nets, and their features are no sums over its "
                            "positions, or some of its operators are neither in the pool nor in "
                            "the samples: forecast them net by net",
                            space->name, LC_CHOICE_TABLE_MAX);
    int choices[LC_NET_MAX_CHOICES] = {0};
    lc_status st = LC_OK;
    *out = calloc(n, sizeof **out);
    if (!*out)
        return lc_error_set(err, LC_ENOMEM, "out of memory for %zu forecasts", n);
    for (size_t k = 0; k < n && st == LC_OK; k++) {
        st = forecast(p, space, choices, &(*out)[k], err);
        advance(space, choices);
    }
    return st;
}

const lc_forecast *lc__choice_table_at(const lc_choice_predictor *c, const int *choices) {
    size_t at = 0;
    for (int i = 0; i < c->space->n_positions; i++)
        at = at * (size_t)c->space->n_options(i) + (size_t)choices[i];
    return &c->table[at];
}

/* An expectation in the making: the vectors that begin in one way, as a block of the table. */
typedef struct block {
    const lc_choice_predictor *c;
    const double *probability;
    double *gradient; /* may be NULL */
} block;

/* Expectation over the positions from `position` on, whose forecasts begin at `at`; `before` is the
 * probability of the choices before them. */
static double expect(const block *b, int position, size_t at, double before) {
    const size_t *place = b->c->place;
    size_t n = place[position + 1] - place[position];
    double sum = 0;
    for (size_t o = 0; o < n; o++) {
        size_t here = place[position] + o, next = at * n + o;
        double p = b->probability[here];
        double value = position + 1 < b->c->space->n_positions
                           ? expect(b, position + 1, next, before * p)
                           : b->c->table[next].latency;
        sum += p * value;
        if (b->gradient)
            b->gradient[here] += before * value;
    }
    return sum;
}

double lc__choice_table_relaxed(const lc_choice_predictor *c, const double *probability,
                                double *gradient) {
    block b = {c, probability, gradient};
    for (size_t i = 0; i < c->place[c->space->n_positions] && gradient; i++)
        gradient[i] = 0;
    return expect(&b, 0, 0, 1);
}
