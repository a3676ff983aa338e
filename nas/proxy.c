#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "cost.h"
#include "predictor/sparse.h"
#include "vectors.h"

/* Samples from which on parts are changed. */
#define ENOUGH 6
/* Where the forecast ends below: this share of the smallest sample. */
#define FLOOR 0.05
/* Random nets about which the options' parts of the proxy's cost are taken. */
#define BASES 4

struct lc_nas_proxy {
    lc_nas_problem problem;
    int cost;
    size_t n_parts; /* the most options of a position */
    double *part;   /* [places] what an option adds to the proxy's cost, above the least */
    double *change; /* [2][n_parts]: of those parts, and for each time that an option is taken */
    double scale, constant, least;
};

static lc_status fill_parts(lc_nas_proxy *x, lc_error *err) {
    const lc_nas_problem *p = &x->problem;
    size_t places = lc_nas_place(p, p->n_positions);
    int choices[LC_NAS_MAX_POSITIONS];
    uint64_t rng = 1;
    double *upper = calloc(places, sizeof *upper);
    lc_status st = upper ? LC_OK : lc__no_memory(err);
    for (int n = 0; n < BASES && st == LC_OK; n++) {
        lc__random_vector(p, &rng, choices);
        st = lc__cost_neighbours(p, x->cost, choices, upper, err);
        for (size_t i = 0, place = 0; i < (size_t)p->n_positions && st == LC_OK; i++) {
            size_t options = (size_t)p->n_options[i];
            double least = INFINITY;
            for (size_t o = 0; o < options; o++)
                least = fmin(least, upper[place + o]);
            for (size_t o = 0; o < options; o++)
                x->part[place + o] += (upper[place + o] - least) / BASES;
            place += options;
        }
    }
    free(upper);
    return st;
}

/* sums[2][n_parts]: what the options of each number add to the proxy's cost of a net, and how many
 * positions take them, each counted as `unit`. */
static void add_parts(const lc_nas_proxy *x, const int *choices, double unit, double *sums,
                      size_t stride) {
    const double *part = x->part;
    for (int i = 0; i < x->problem.n_positions; i++) {
        sums[(size_t)choices[i] * stride] += part[choices[i]];
        sums[((size_t)choices[i] + x->n_parts) * stride] += unit;
        part += x->problem.n_options[i];
    }
}

static lc_status proxy_value(void *ctx, const int *choices, double *value, lc_error *err) {
    const lc_nas_proxy *x = ctx;
    const double *part = x->part;
    lc_nas_value v = {0, 0};
    lc_status st = lc__cost_value(&x->problem, x->cost, choices, &v, err);
    *value = x->constant + x->scale * v.upper;
    for (int i = 0; i < x->problem.n_positions; i++) {
        *value +=
            x->change[choices[i]] * part[choices[i]] + x->change[(size_t)choices[i] + x->n_parts];
        part += x->problem.n_options[i];
    }
    *value = fmax(*value, x->least);
    return st;
}

lc_nas_measure lc_nas_proxy_measure(lc_nas_proxy *proxy) {
    return (lc_nas_measure){.ctx = proxy, .value = proxy_value};
}

/* Shots in units of their mean; the proxy's costs and parts in units of the costs' mean. */
static lc_status fill_shots(const lc_nas_proxy *x, const int *choices, const double *values,
                            lc__sparse *shots, double *unit, double *proxy_unit, lc_error *err) {
    size_t n = shots->n, width = (size_t)x->problem.n_positions;
    lc_status st = LC_OK;
    *unit = *proxy_unit = 0;
    for (size_t i = 0; i < n && st == LC_OK; i++) {
        lc_nas_value v = {0, 0};
        st = lc_nas_cost_of(&x->problem, x->cost, choices + i * width, &v, err);
        if (st != LC_OK)
            break;
        shots->y[i] = values[i];
        shots->f[i] = v.upper;
        *unit += values[i] / (double)n;
        *proxy_unit += v.upper / (double)n;
    }
    *proxy_unit = *proxy_unit > 0 ? *proxy_unit : 1;
    for (size_t i = 0; i < n; i++) {
        shots->y[i] /= *unit;
        shots->f[i] /= *proxy_unit;
    }
    for (size_t i = 0; i < n && st == LC_OK; i++)
        add_parts(x, choices + i * width, *proxy_unit / (double)width, shots->part + i, n);
    for (size_t i = 0; i < n * shots->parts; i++)
        shots->part[i] /= *proxy_unit;
    return st;
}

static lc_status fit(lc_nas_proxy *x, const int *choices, const double *values, size_t n, bool raw,
                     lc_error *err) {
    lc__sparse shots;
    lc__sparse_line line = {0, 0};
    double unit = 1, proxy_unit = 1;
    lc_status st = lc__sparse_alloc(n, 2 * x->n_parts, &shots, err);
    if (st == LC_OK)
        st = fill_shots(x, choices, values, &shots, &unit, &proxy_unit, err);
    if (st == LC_OK && !raw && n >= ENOUGH) {
        st = lc__sparse_fit(&shots, x->change, &line, err);
    } else if (st == LC_OK) {
        line = lc__nearest_line(shots.f, shots.y, n);
        if (n <= 2 || line.scale <= 0) /* a line makes no sense */
            line = (lc__sparse_line){1, 0};
    }
    x->scale = line.scale * unit / proxy_unit;
    x->constant = line.constant * unit;
    for (size_t k = 0; k < x->n_parts; k++) {
        x->change[k] *= unit / proxy_unit;
        x->change[k + x->n_parts] *= unit / (double)x->problem.n_positions;
    }
    lc__sparse_clear(&shots);
    return st;
}

static lc_status check_values(const double *values, size_t n, double *least, lc_error *err) {
    *least = INFINITY;
    if (n == 0)
        return lc_error_set(err, LC_EUSAGE, "adapting a proxy needs a sample of the target");
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(values[i]) || values[i] <= 0)
            return lc_error_set(err, LC_EFORMAT, "sample %zu is %g: it must be finite and above 0",
                                i, values[i]);
        *least = fmin(*least, values[i]);
    }
    return LC_OK;
}

lc_status lc_nas_proxy_new(const lc_nas_problem *problem, int cost, const int *choices,
                           const double *values, size_t n, bool raw, lc_nas_proxy **out,
                           lc_error *err) {
    double least = 0;
    lc_status st = lc_nas_check(problem, err);
    if (st == LC_OK && (cost < 0 || cost >= problem->n_costs))
        st = lc_error_set(err, LC_EUSAGE, "there is no cost %d", cost);
    if (st == LC_OK)
        st = check_values(values, n, &least, err);
    lc_nas_proxy *x = st == LC_OK ? calloc(1, sizeof *x) : NULL;
    if (st != LC_OK)
        return st;
    if (!x)
        return lc__no_memory(err);
    x->problem = *problem;
    x->cost = cost;
    x->least = FLOOR * least;
    for (int i = 0; i < problem->n_positions; i++)
        if ((size_t)problem->n_options[i] > x->n_parts)
            x->n_parts = (size_t)problem->n_options[i];
    x->part = calloc(lc_nas_place(problem, problem->n_positions), sizeof *x->part);
    x->change = calloc(2 * x->n_parts, sizeof *x->change);
    st = x->part && x->change ? fill_parts(x, err) : lc__no_memory(err);
    if (st == LC_OK)
        st = fit(x, choices, values, n, raw, err);
    if (st == LC_OK)
        *out = x;
    else
        lc_nas_proxy_free(x);
    return st;
}

void lc_nas_proxy_free(lc_nas_proxy *proxy) {
    if (!proxy)
        return;
    free(proxy->part);
    free(proxy->change);
    free(proxy);
}
