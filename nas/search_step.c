/* A step: gradients of loss and costs in the logits, Adam, and the multipliers' ascent. */
#include <math.h>
#include <string.h>
#include "cost.h"
#include "search.h"
#include "vectors.h"

#define ADAM_FIRST                                                                                 \
    0.5 /* as searches for nets have it since DARTS (arXiv:1806.09055, section 3)                  \
         */
#define ADAM_SECOND 0.999
#define ADAM_FLOOR 1e-12
/* Memory of running means, in steps. */
#define USUAL_STEPS 50
#define POWER_STEPS 100

void lc__through_softmax(const lc_nas_problem *p, const double *s, double temperature,
                         const double *slope, double *out) {
    for (int i = 0; i < p->n_positions; i++) {
        double mean = 0;
        int n = p->n_options[i];
        for (int o = 0; o < n; o++)
            mean += s[o] * slope[o];
        for (int o = 0; o < n; o++)
            out[o] = s[o] * (slope[o] - mean) / temperature;
        s += n;
        slope += n;
        out += n;
    }
}

/* The loss's gradient by gate, with the position's running mean where none is known; updates that.
 */
static void complete_gates(lc_nas_search *s, const double *gradient, double *out) {
    for (int i = 0; i < s->problem.n_positions; i++) {
        int n = s->problem.n_options[i], known = 0;
        double sum = 0;
        for (int o = 0; o < n; o++)
            if (!isnan(gradient[o])) {
                sum += gradient[o];
                known++;
            }
        double usual = s->usual_weight[i] > 0 ? s->usual[i] / s->usual_weight[i]
                       : known                ? sum / known
                                              : 0;
        for (int o = 0; o < n; o++)
            out[o] = isnan(gradient[o]) ? usual : gradient[o];
        if (known) {
            s->usual[i] += (sum / known - s->usual[i]) / USUAL_STEPS;
            s->usual_weight[i] += (1 - s->usual_weight[i]) / USUAL_STEPS;
        }
        gradient += n;
        out += n;
    }
}

/* Where and through what the costs are taken: s->at, and the softmax that leads there. */
typedef struct cost_point {
    const double *through;
    double temperature;
} cost_point;

static cost_point find_point(lc_nas_search *s, const int *path) {
    double temperature = lc__temperature(s);
    if (s->method->cost == LC__COST_AT_PATH) {
        lc__one_hot(&s->problem, path, s->at);
        return (cost_point){s->h, temperature};
    }
    if (s->method->cost == LC__COST_AT_H) {
        memcpy(s->at, s->h, s->places * sizeof *s->at);
        return (cost_point){s->h, temperature};
    }
    /* Sharpened as the search goes on: in the end it is the cost of the most probable net. */
    double sharp = s->method->rule == LC__RULE_MULTIPLIER ? fmin(temperature, 1) : 1;
    lc__softmax_logits(&s->problem, s->logits, sharp, s->at);
    return (cost_point){s->at, sharp};
}

/* s->cost_slope = gradient of the cost in the logits. */
static lc_status cost_gradient(lc_nas_search *s, const cost_point *point, int cost, double *value,
                               lc_error *err) {
    lc_status st = lc__cost_relaxed(&s->problem, cost, s->at, value, s->work, err);
    if (st == LC_OK)
        lc__through_softmax(&s->problem, point->through, point->temperature, s->work,
                            s->cost_slope);
    return st;
}

double lc__pressure(const lc_nas_search *s, int cost) {
    double x = s->lambda[cost] + s->options.damping * s->violation[cost];
    return cost == lc__target(&s->problem) ? x : fmax(x, 0);
}

/* Gradients of the loss over those of the limited costs: makes the multiplier one number for losses
 * and costs of any unit. */
double lc__gradient_ratio(const lc_nas_search *s) {
    return s->power[LC__POWER_COST] > 0 ? sqrt(s->power[LC__POWER_LOSS] / s->power[LC__POWER_COST])
                                        : 0;
}

static double mean_square(const double *x, size_t n) {
    double sum = 0;
    for (size_t k = 0; k < n; k++)
        sum += x[k] * x[k];
    return sum / (double)n;
}

static void add(double *sum, double factor, const double *x, size_t n) {
    for (size_t k = 0; k < n; k++)
        sum[k] += factor * x[k];
}

/* Running means, both of one age, so that their ratio needs no correction for the start. */
static void update_power(lc_nas_search *s, double cost) {
    double loss = mean_square(s->loss_slope, s->places);
    s->power[LC__POWER_LOSS] += (loss - s->power[LC__POWER_LOSS]) / POWER_STEPS;
    s->power[LC__POWER_COST] += (cost - s->power[LC__POWER_COST]) / POWER_STEPS;
}

/* L + sum lambda (c / limit - 1) + sum weight c. */
static lc_status by_multipliers(lc_nas_search *s, const cost_point *point, lc_error *err) {
    double values[LC_NAS_MAX_COSTS] = {0}, power = 0;
    lc_status st = LC_OK;
    for (int pass = 0; pass < 2 && st == LC_OK; pass++) {
        for (int k = 0; k < s->problem.n_costs && st == LC_OK; k++) {
            const lc_nas_cost *c = &s->problem.costs[k];
            st = cost_gradient(s, point, k, &values[k], err);
            if (st != LC_OK)
                break;
            if (pass == 0 && c->limit > 0) {
                s->violation[k] = values[k] / c->limit - 1;
                power = fmax(power, mean_square(s->cost_slope, s->places) / (c->limit * c->limit));
            } else if (pass == 1) {
                double limited =
                    c->limit > 0 ? lc__pressure(s, k) * lc__gradient_ratio(s) / c->limit : 0;
                add(s->sum, c->weight + limited, s->cost_slope, s->places);
            }
        }
        if (pass == 0)
            update_power(s, power);
    }
    for (int k = 0; k < s->problem.n_costs && st == LC_OK; k++) {
        s->lambda[k] += s->options.multiplier_rate * s->violation[k];
        if (k != lc__target(&s->problem))
            s->lambda[k] = fmax(s->lambda[k], 0);
    }
    return st;
}

/* L * alpha log(c / log_unit)^beta. */
static lc_status by_product(lc_nas_search *s, const cost_point *point, double loss, lc_error *err) {
    const lc_nas_options *o = &s->options;
    double value;
    if (s->problem.n_costs == 0)
        return LC_OK;
    lc_status st = cost_gradient(s, point, 0, &value, err);
    if (st != LC_OK)
        return st;
    double logarithm = fmax(log(value / o->log_unit), 1e-6);
    double factor = o->alpha * pow(logarithm, o->beta);
    double slope = o->alpha * o->beta * pow(logarithm, o->beta - 1) / value;
    for (size_t k = 0; k < s->places; k++)
        s->sum[k] = factor * s->sum[k] + loss * slope * s->cost_slope[k];
    return LC_OK;
}

/* L + sum weight c. */
static lc_status by_sum(lc_nas_search *s, const cost_point *point, lc_error *err) {
    lc_status st = LC_OK;
    for (int k = 0; k < s->problem.n_costs && st == LC_OK; k++) {
        const lc_nas_cost *c = &s->problem.costs[k];
        double value, weight = c->weight;
        if (weight <= 0 && c->limit > 0)
            weight = s->options.strength / c->limit;
        st = cost_gradient(s, point, k, &value, err);
        if (st == LC_OK)
            add(s->sum, weight, s->cost_slope, s->places);
    }
    return st;
}

static void descend(lc_nas_search *s) {
    double t = (double)s->step + 1, first = 1 - pow(ADAM_FIRST, t),
           second = 1 - pow(ADAM_SECOND, t);
    for (size_t k = 0; k < s->places; k++) {
        double g = s->sum[k];
        s->first[k] += (1 - ADAM_FIRST) * (g - s->first[k]);
        s->second[k] += (1 - ADAM_SECOND) * (g * g - s->second[k]);
        double size = sqrt(s->second[k] / second);
        if (size > 0)
            s->logits[k] -= s->options.rate * s->first[k] / first / (size + ADAM_FLOOR);
    }
}

static lc_status check_loss(const lc_nas_search *s, double loss, const double *gradient,
                            lc_error *err) {
    bool good = isfinite(loss);
    for (size_t k = 0; k < s->places; k++)
        good = good && !isinf(gradient[k]);
    if (good)
        return LC_OK;
    lc_error_set(err, LC_ERUNTIME,
                 "step %llu: the loss or its gradient is not finite (loss %g): training has "
                 "diverged; go back to the last checkpoint and lower the supernet's rate",
                 (unsigned long long)s->step, loss);
    return LC_ERUNTIME;
}

lc_status lc_nas_step(lc_nas_search *search, double loss, const double *gradient, lc_error *err) {
    lc_nas_search *s = search;
    int path[LC_NAS_MAX_POSITIONS];
    lc_status st = check_loss(s, loss, gradient, err);
    if (st != LC_OK)
        return st;
    uint64_t rng = lc__draw(s, path);
    complete_gates(s, gradient, s->work);
    lc__through_softmax(&s->problem, s->h, s->method->gumbel ? lc__temperature(s) : 1, s->work,
                        s->loss_slope);
    memcpy(s->sum, s->loss_slope, s->places * sizeof *s->sum);
    cost_point point = find_point(s, path);
    if (s->method->rule == LC__RULE_MULTIPLIER)
        st = by_multipliers(s, &point, err);
    else if (s->method->rule == LC__RULE_PRODUCT)
        st = by_product(s, &point, loss, err);
    else
        st = by_sum(s, &point, err);
    if (st != LC_OK)
        return st;
    descend(s);
    s->rng = rng;
    s->step++;
    return LC_OK;
}
