#include "synthetic.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/rng.h"
#include "base/stats.h"
#include "latcast/space.h"

lc_net **random_nets(const char *name, size_t n, uint64_t seed) {
    const lc_space *space = lc_space_find(name);
    lc_net **nets = calloc(n, sizeof(lc_net *));
    cr_assert(space && nets);
    for (size_t i = 0; i < n; i++) {
        int choices[LC_NET_MAX_CHOICES];
        lc_space_random(space, &seed, choices);
        cr_assert_eq(lc_space_net(space, choices, space->n_positions, &nets[i], NULL), LC_OK);
    }
    return nets;
}

void free_nets(lc_net **nets, size_t n) {
    for (size_t i = 0; i < n; i++)
        lc_net_free(nets[i]);
    free(nets);
}

double made_up_latency(const made_up *d, const lc_net *net) {
    lc_cost c = lc_net_cost(net);
    return d->fixed_ns + d->ns_per_mac * c.macs +
           d->ns_per_byte * (c.bytes_read + c.bytes_written) + d->ns_per_op * lc_net_size(net);
}

void made_up_values(const made_up *d, lc_net *const *nets, size_t n, double *values) {
    for (size_t i = 0; i < n; i++)
        values[i] = made_up_latency(d, nets[i]);
}

lc_model *made_up_model(size_t n_devices, size_t n, bool random) {
    lc_pool_device pool[8];
    char names[8][32];
    double *values = calloc(8 * n, sizeof *values);
    lc_net **nets = random_nets("fbnet", n, 77);
    uint64_t seed = 5;
    for (size_t d = 0; d < n_devices; d++) {
        made_up device = {1e-2 * (double)(d + 1), 1e-2 * (double)(8 - d), 500 * (double)d, 1e5};
        made_up_values(&device, nets, n, values + d * n);
        for (size_t i = 0; i < n && random; i++)
            values[d * n + i] = 1e6 * exp(lc__rng_unit(&seed));
        snprintf(names[d], sizeof names[d], "device%zu", d);
        pool[d] = (lc_pool_device){names[d], (const lc_net *const *)nets, values + d * n, n};
    }
    lc_model *model = NULL;
    lc_error err = {0};
    lc_status st = lc_model_train(pool, n_devices, (const lc_net *const *)nets, n, &model, &err);
    cr_assert_eq(st, LC_OK, "%s", err.message);
    free_nets(nets, n);
    free(values);
    return model;
}

lc_predictor *must_adapt(const lc_model *model, lc_net *const *nets, const double *values,
                         size_t n) {
    lc_shots shots = {(const lc_net *const *)nets, values, n, NULL};
    lc_predictor *p = NULL;
    lc_error err = {0};
    cr_assert_eq(lc_predictor_adapt(model, &shots, NULL, &p, &err), LC_OK, "%s", err.message);
    return p;
}

lc_forecast must_forecast(const lc_predictor *p, const lc_net *net) {
    lc_forecast f;
    cr_assert_eq(lc_predictor_query(p, net, &f, NULL), LC_OK);
    cr_assert(isfinite(f.latency) && isfinite(f.low) && isfinite(f.high) && isfinite(f.novelty));
    cr_assert(0 < f.low && f.low <= f.latency && f.latency <= f.high);
    return f;
}

void must_score(const lc_predictor *p, lc_net *const *nets, const double *truth, size_t n,
                double *median, double *covered) {
    double *e = calloc(n, sizeof *e);
    *covered = 0;
    for (size_t i = 0; i < n; i++) {
        lc_forecast f = must_forecast(p, nets[i]);
        e[i] = fabs(f.latency / truth[i] - 1);
        *covered += (f.low <= truth[i] && truth[i] <= f.high) / (double)n;
    }
    *median = lc__median(e, n);
    free(e);
}
