/* Embeddings: near for one device measured on other nets, apart for unlike devices, and said in
 * terms of what devices were made of. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "latcast/embedding.h"
#include "synthetic.h"

#define REFERENCE 64
#define SHOTS 20

typedef struct scene {
    lc_model *model;
    lc_net **nets;
    lc_embedding_frame *frame;
} scene;

static scene open_scene(size_t n_devices) {
    lc_error err = {0};
    scene s = {.model = made_up_model(n_devices, 80, false),
               .nets = random_nets("fbnet", REFERENCE, 21)};
    cr_assert_eq(lc_embedding_frame_new(s.model, (const lc_net *const *)s.nets, REFERENCE, NULL,
                                        &s.frame, &err),
                 LC_OK, "%s", err.message);
    return s;
}

static void close_scene(scene *s) {
    lc_embedding_frame_free(s->frame);
    lc_model_free(s->model);
    free_nets(s->nets, REFERENCE);
}

/* The embedding of a made-up device from SHOTS random nets. */
static lc_embedding *embed(const scene *s, made_up device, uint64_t seed) {
    double values[SHOTS];
    lc_net **nets = random_nets("fbnet", SHOTS, seed);
    made_up_values(&device, nets, SHOTS, values);
    lc_shots shots = {.nets = (const lc_net *const *)nets, .values = values, .n = SHOTS};
    lc_predictor *p = NULL;
    lc_embedding *e = NULL;
    cr_assert_eq(lc_predictor_adapt(s->model, &shots, NULL, &p, NULL), LC_OK);
    cr_assert_eq(lc_embedding_of_predictor(s->frame, p, &e, NULL), LC_OK);
    lc_predictor_free(p);
    free_nets(nets, SHOTS);
    return e;
}

static double share_of(const scene *s, const lc_embedding *e, const char *name) {
    size_t i = 0;
    while (i < lc_embedding_n_shares(s->frame) &&
           strcmp(lc_embedding_share_name(s->frame, i), name) != 0)
        i++;
    cr_assert_lt(i, lc_embedding_n_shares(s->frame), "no share is called %s", name);
    return lc_embedding_shares(e)[i].value;
}

/* Two disjoint sets of samples of one device, and a device bound by something else. */
Test(embedding, one_device_is_near_itself) {
    scene s = open_scene(4);
    made_up by_macs = {5e-2, 1e-3, 100, 1e5}, by_ops = {1e-3, 1e-3, 20000, 1e5};
    lc_embedding *a = embed(&s, by_macs, 1), *b = embed(&s, by_macs, 2), *c = embed(&s, by_ops, 3);
    double same = lc_embedding_distance(a, b), other = lc_embedding_distance(a, c), rho;
    cr_expect(same < 0.02 && other > 5 * same, "%g from itself, %g from the other", same, other);
    cr_assert_eq(lc_embedding_rank(a, b, &rho, NULL), LC_OK);
    cr_expect_gt(rho, 0.99);
    cr_expect(fabs(lc_embedding_distance(a, a)) <= 0);
    lc_embedding_free(a);
    lc_embedding_free(b);
    lc_embedding_free(c);
    close_scene(&s);
}

/* How fast a device is altogether is none of its embedding. */
Test(embedding, speed_does_not_matter) {
    scene s = open_scene(4);
    lc_embedding *a = embed(&s, (made_up){5e-2, 1e-2, 100, 1e5}, 1);
    lc_embedding *b = embed(&s, (made_up){5, 1, 10000, 1e7}, 1);
    cr_expect_lt(lc_embedding_distance(a, b), 1e-6);
    lc_embedding_free(a);
    lc_embedding_free(b);
    close_scene(&s);
}

/* A device that takes the same time for every operator, one that spends it all on arithmetic, and
 * one on a fixed time. */
Test(embedding, shares_name_what_binds_a_device) {
    scene s = open_scene(4);
    lc_embedding *launches = embed(&s, (made_up){0, 0, 20000, 0}, 1);
    lc_embedding *work = embed(&s, (made_up){5e-2, 0, 0, 0}, 1);
    lc_embedding *fixed = embed(&s, (made_up){1e-3, 0, 0, 3e6}, 1);
    cr_expect_gt(share_of(&s, launches, "launches"), 0.5);
    cr_expect_lt(share_of(&s, work, "launches"), 0.1);
    cr_expect_gt(share_of(&s, work, "pointwise"), 0.7);
    cr_expect_gt(share_of(&s, fixed, "fixed"), 0.8);
    double sum = 0;
    for (size_t i = 0; i < lc_embedding_n_shares(s.frame); i++) {
        cr_expect_geq(lc_embedding_shares(work)[i].value, 0);
        cr_expect(isfinite(lc_embedding_shares(work)[i].std));
        sum += lc_embedding_shares(work)[i].value;
    }
    cr_expect(fabs(sum - 1) < 1e-9);
    lc_embedding_free(launches);
    lc_embedding_free(work);
    lc_embedding_free(fixed);
    close_scene(&s);
}

/* The axes' part and what is outside of them make up the distance from the middle of the pool; pool
 * devices are known for certain and lie on the axes. */
Test(embedding, axes_and_outside) {
    scene s = open_scene(5);
    size_t n = lc_embedding_n_axes(s.frame);
    cr_assert(n >= 1 && n <= 4);
    cr_expect_eq(lc_embedding_n_devices(s.frame), 5u);
    cr_expect_str_eq(lc_embedding_device_name(s.frame, 1), "device1");
    cr_expect_null(lc_embedding_device_name(s.frame, 5));
    cr_expect(strstr(lc_embedding_axis_name(s.frame, 0), " - ") != NULL);
    lc_embedding *pool = NULL, *own = embed(&s, (made_up){3e-2, 3e-2, 500, 1e5}, 4);
    cr_assert_eq(lc_embedding_of_device(s.frame, 0, &pool, NULL), LC_OK);
    cr_expect_lt(lc_embedding_outside(pool), 0.02);
    for (size_t i = 0; i < n; i++) {
        cr_expect(fabs(lc_embedding_axes(pool)[i].std) <= 0);
        double std = lc_embedding_axes(own)[i].std;
        cr_expect(isfinite(std) && std > 0, "axis %zu +- %g", i, std);
    }
    cr_expect_eq(lc_embedding_of_device(s.frame, 5, &pool, NULL), LC_EUSAGE);
    lc_embedding_free(pool);
    lc_embedding_free(own);
    close_scene(&s);
}

/* One pool device gives no axes, a device left out is not in the frame, few nets are refused. */
Test(embedding, small_frames) {
    scene s = open_scene(1);
    cr_expect_eq(lc_embedding_n_axes(s.frame), 0u);
    lc_embedding *own = embed(&s, (made_up){3e-2, 3e-2, 500, 1e5}, 4);
    cr_expect(lc_embedding_outside(own) > 0);
    lc_embedding_free(own);
    const char *without[] = {"device0"};
    lc_adapt_options options = {.without = without, .n_without = 1};
    lc_embedding_frame *none = NULL;
    const lc_net *const *nets = (const lc_net *const *)s.nets;
    cr_assert_eq(lc_embedding_frame_new(s.model, nets, REFERENCE, &options, &none, NULL), LC_OK);
    cr_expect_eq(lc_embedding_n_devices(none), 0u);
    lc_embedding_frame_free(none);
    cr_expect_eq(lc_embedding_frame_new(s.model, nets, 3, NULL, &none, NULL), LC_EUSAGE);
    close_scene(&s);
}
