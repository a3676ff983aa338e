/* Bits under a forecast latency: of a made-up device on which weights take long to read. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "latcast/nas.h"
#include "ops/build.h"
#include "synthetic.h"

enum { SHOTS = 12 };

/* Nanoseconds; of a byte of weights also one. */
static const made_up device = {1e-2, 3e-2, 900, 1e4};

/* Layers of very different sizes. */
static lc_nas_bits *some_bits(void) {
    lc__build b = {.net = lc_net_new("wide")};
    lc_nas_bits *bits = NULL;
    int x = lc__build_input(&b, (lc_shape){1, 4, 4, 3});
    x = lc__build_conv(&b, "stem", x, (lc__conv){.channels = 64, .act = LC_ACT_RELU});
    x = lc__build_conv(&b, "middle", x, (lc__conv){.channels = 256, .act = LC_ACT_RELU});
    x = lc__build_plain(&b, "pool", LC_OP_GLOBAL_AVG_POOL, x);
    lc__build_linear(&b, "last", x, 128, LC_ACT_NONE);
    cr_assert_eq(b.status, LC_OK);
    cr_assert_eq(lc_nas_bits_new(b.net, &bits, NULL), LC_OK);
    lc_net_free(b.net);
    return bits;
}

static lc_predictor *predictor_of(const lc_nas_bits *bits) {
    const lc_nas_problem *p = lc_nas_bits_problem(bits);
    lc_net *nets[SHOTS];
    lc_model *model = NULL;
    double values[SHOTS];
    uint64_t rng = 5;
    for (int n = 0; n < SHOTS; n++) {
        int choices[LC_NAS_MAX_POSITIONS];
        for (int i = 0; i < p->n_positions; i++)
            choices[i] = (int)lc__rng_below(&rng, (uint64_t)p->n_options[i]);
        cr_assert_eq(lc_nas_bits_net(bits, choices, &nets[n], NULL), LC_OK);
        values[n] = made_up_latency(&device, nets[n]) + lc_net_cost(nets[n]).weight_bytes;
    }
    cr_assert_eq(lc_model_train(NULL, 0, NULL, 0, &model, NULL), LC_OK);
    lc_predictor *predictor = must_adapt(model, nets, values, SHOTS);
    lc_model_free(model);
    for (int n = 0; n < SHOTS; n++)
        lc_net_free(nets[n]);
    return predictor;
}

/* Half the bytes of the largest layers' weights must go; the forecast of the net is what a query
 * says, and no bits are taken where they cost nothing. */
Test(bits_device, latency_is_a_cost) {
    lc_nas_bits *bits = some_bits();
    lc_predictor *predictor = predictor_of(bits);
    lc_nas_bits_forecast forecast = {bits, predictor};
    lc_nas_measure measure = lc_nas_bits_measure(&forecast);
    lc_nas_problem p = *lc_nas_bits_problem(bits);
    double *score = calloc(lc_nas_place(&p, p.n_positions), sizeof *score);
    int choices[LC_NAS_MAX_POSITIONS];
    lc_nas_extreme least, most;
    lc_nas_proof proof;
    lc_nas_value value;
    lc_error err = {0};
    for (int i = 0; i < p.n_positions; i++)
        for (int o = 0; o < p.n_options[i]; o++) {
            lc_nas_width w = lc_nas_bits_width(bits, i, o);
            score[lc_nas_place(&p, i) + (size_t)o] = -pow(4, -w.weight) - pow(4, -w.activation);
        }
    p.costs[p.n_costs++] =
        (lc_nas_cost){.name = "latency", .unit = "ns", .measure = &measure, .weight = 0};
    cr_assert_eq(lc_nas_extremes(&p, 0, &least, &most, &err), LC_OK, "%s", err.message);
    cr_assert(least.value.mean < 0.8 * most.value.mean, "%g to %g", least.value.mean,
              most.value.mean);
    p.costs[0].limit = 0.5 * (least.value.mean + most.value.mean);
    cr_assert_eq(lc_nas_assign(&p, score, 0, choices, &proof, &err), LC_OK, "%s", err.message);
    cr_assert_eq(lc_nas_cost_of(&p, 0, choices, &value, NULL), LC_OK);
    cr_expect(value.mean <= p.costs[0].limit);
    lc_net *net = NULL;
    cr_assert_eq(lc_nas_bits_net(bits, choices, &net, NULL), LC_OK);
    cr_expect_eq(must_forecast(predictor, net).latency, value.mean);
    bool narrow = false;
    for (int i = 0; i < p.n_positions; i++) {
        lc_nas_width w = lc_nas_bits_width(bits, i, choices[i]);
        narrow = narrow || w.weight == 4;
        cr_expect(w.weight == 4 || w.weight == 8, "%d bits", w.weight);
        cr_expect_eq(w.activation, 8);
    }
    cr_expect(narrow);
    lc_net_free(net);
    free(score);
    lc_predictor_free(predictor);
    lc_nas_bits_free(bits);
}
