#include "optimiser.h"

#include <math.h>
#include "sums.h"

enum { SMALL = 16384 }; /* floats that are not worth waking threads for */

lc__optimiser lc__optimiser_init(lc__method method) {
    return (lc__optimiser){.method = method,
                           .momentum = 0.9,
                           .beta1 = 0.9,
                           .beta2 = 0.999,
                           .epsilon = 1e-8,
                           .local_rate = 0.1};
}

/* What the gradient of a slot is to be multiplied by before anything else, and its norm then. */
static double local_scale(const lc__optimiser *o, const lc__slot *slot, double *norm) {
    *norm = sqrt(lc__sum_products(slot->gradient, slot->gradient, slot->n));
    if (!slot->adaptive || *norm == 0 || !isfinite(*norm))
        return 1;
    double wanted = o->local_rate * sqrt((double)slot->n), scale = wanted / *norm;
    *norm = wanted;
    return scale;
}

/* The norm of all gradients together but those whose norm is set anyway. */
static lc_status measure(const lc__optimiser *o, const lc__store *store, lc__when when,
                         double *total, lc_error *err) {
    double squares = 0;
    for (size_t i = 0; i < lc__store_size(store); i++) {
        const lc__slot *slot = lc__store_at(store, i);
        double norm;
        if (!slot->touched)
            continue;
        local_scale(o, slot, &norm);
        if (!isfinite(norm)) {
            lc_error_set(err, LC_ERUNTIME,
                         "training diverges: epoch %d, step %lld: the gradient of \"%.120s\" is "
                         "not finite: go on from the last checkpoint with a lower rate",
                         when.epoch, (long long)when.step, slot->key);
            return LC_ERUNTIME;
        }
        squares += slot->adaptive ? 0 : norm * norm;
    }
    *total = sqrt(squares);
    return LC_OK;
}

static void step_sgd(const lc__optimiser *o, double rate, double scale, lc__slot *slot) {
    float *w = slot->value, *m = slot->moments[0];
    const float *g = slot->gradient;
    float times = (float)scale, mu = (float)o->momentum, eta = (float)rate;
    float decay = slot->kind == LC__SLOT_WEIGHTS ? (float)o->decay : 0.0F;
#pragma omp parallel for simd if (slot->n > SMALL)
    for (size_t i = 0; i < slot->n; i++) {
        float d = times * g[i] + decay * w[i];
        m[i] = mu * m[i] + d;
        w[i] -= eta * (d + mu * m[i]);
    }
}

static void step_adam(const lc__optimiser *o, double rate, double scale, lc__slot *slot) {
    float *w = slot->value, *m = slot->moments[0], *v = slot->moments[1];
    const float *g = slot->gradient;
    double t = (double)slot->updates;
    double first = 1 - pow(o->beta1, t), second = sqrt(1 - pow(o->beta2, t));
    float times = (float)scale, b1 = (float)o->beta1, b2 = (float)o->beta2;
    float eta = (float)(rate * second / first), epsilon = (float)(o->epsilon * second);
    float keep = slot->kind == LC__SLOT_WEIGHTS ? (float)(1 - rate * o->decay) : 1.0F;
#pragma omp parallel for simd if (slot->n > SMALL)
    for (size_t i = 0; i < slot->n; i++) {
        float d = times * g[i];
        m[i] = b1 * m[i] + (1 - b1) * d;
        v[i] = b2 * v[i] + (1 - b2) * d * d;
        w[i] = keep * w[i] - eta * m[i] / (sqrtf(v[i]) + epsilon);
    }
}

static lc_status reserve(const lc__optimiser *o, const lc__store *store, lc_error *err) {
    lc_status st = LC_OK;
    for (size_t i = 0; i < lc__store_size(store) && st == LC_OK; i++) {
        lc__slot *slot = lc__store_at(store, i);
        if (slot->touched)
            st = lc__slot_reserve(slot, o->method == LC__ADAM ? 2 : 1, err);
    }
    return st;
}

lc_status lc__optimiser_step(const lc__optimiser *o, double rate, lc__store *store, lc__when when,
                             lc_error *err) {
    double total;
    lc_status st = measure(o, store, when, &total, err);
    if (st == LC_OK)
        st = reserve(o, store, err);
    if (st != LC_OK)
        return st;
    double clip = o->clip > 0 && total > o->clip ? o->clip / total : 1;
    for (size_t i = 0; i < lc__store_size(store); i++) {
        lc__slot *slot = lc__store_at(store, i);
        double norm;
        if (!slot->touched)
            continue;
        double scale = local_scale(o, slot, &norm) * (slot->adaptive ? 1 : clip);
        slot->updates++;
        if (o->method == LC__ADAM)
            step_adam(o, rate, scale, slot);
        else
            step_sgd(o, rate, scale, slot);
        slot->touched = false;
    }
    return LC_OK;
}

void lc__optimiser_drop(lc__store *store) {
    for (size_t i = 0; i < lc__store_size(store); i++)
        lc__store_at(store, i)->touched = false;
}

double lc__schedule_rate(const lc__schedule *s, int64_t step) {
    if (step < s->warmup)
        return s->peak * (double)(step + 1) / (double)s->warmup;
    if (step >= s->steps)
        return s->floor;
    double part = (double)(step - s->warmup) / (double)(s->steps - s->warmup);
    return s->floor + (s->peak - s->floor) * 0.5 * (1 + cos(M_PI * part));
}
