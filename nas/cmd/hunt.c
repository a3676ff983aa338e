#include "hunt.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/memory.h"
#include "base/now.h"
#include "base/text.h"
#include "choose.h"
#include "cmdline/options.h"
#include "train/positions.h"

#define STEPS 600
#define EVALUATIONS 300
#define IMAGES 512

static const struct {
    const char *target, *unit;
} costs[LC__COSTS] = {{"latency", "ns"}, {"energy", "uJ"}};

lc__hunt_options lc__hunt_init(void) {
    return (lc__hunt_options){.source.repeatability = LC__REPEATABILITY,
                              .tolerance = NAN,
                              .steps = STEPS,
                              .evaluations = EVALUATIONS,
                              .images = IMAGES,
                              .course = lc__course_init()};
}

void lc__hunt_table(lc__hunt_options *o, lc__opt *out) {
    const lc__opt table[LC__HUNT_OPTIONS - LC__COURSE_OPTIONS] = {
        lc__option_device(&o->source.device, "what was measured on the device (device.json)", true),
        {.name = "space",
         .kind = LC__OPT_STR,
         .value = &o->space,
         .arg = "NAME",
         .help = "search space: fbnet, nasbench201, nasa, ofa_mbv3",
         .required = true},
        {.name = "method",
         .kind = LC__OPT_STR,
         .value = &o->method,
         .arg = "HOW",
         .help = "lightnas (default), fbnet, proxyless, gdas, ehdnas: by gradients;\nlana: integer "
                 "program; nsga2, random, exhaustive (default with\n--accuracies)"},
        {.name = "supernet",
         .kind = LC__OPT_STR,
         .value = &o->supernet,
         .arg = "FILE",
         .help = "weights of `nas train --space`; trained first if not there\n(default: beside "
                 "--out)"},
        {.name = "accuracies",
         .kind = LC__OPT_STR,
         .value = &o->accuracies,
         .arg = "FILE",
         .help = "instead of training: CSV, arch,accuracy"},
        lc__option_choose(&o->choose),
        {.name = "confidence",
         .kind = LC__OPT_NUM,
         .value = &o->confidence,
         .arg = "P",
         .help = "probability that the net keeps the budget, 0.5 to 0.999\n(default: the forecast "
                 "itself keeps it)",
         .lo = 0.5,
         .hi = 0.999},
        {.name = "tolerance",
         .kind = LC__OPT_NUM,
         .value = &o->tolerance,
         .arg = "T",
         .help = "the net is to take at least 1 - T of the budget (default 0.01 by\ngradients and "
                 "lana, else any less will do)",
         .lo = 0,
         .hi = 0.99},
        {.name = "steps",
         .kind = LC__OPT_INT,
         .value = &o->steps,
         .arg = "N",
         .help = "of a search by gradients (default 600)",
         .lo = 1,
         .hi = 1e8},
        {.name = "evaluations",
         .kind = LC__OPT_INT,
         .value = &o->evaluations,
         .arg = "N",
         .help = "nets that nsga2 or random look at (default 300)",
         .lo = 1,
         .hi = 1e6},
        {.name = "images",
         .kind = LC__OPT_INT,
         .value = &o->images,
         .arg = "N",
         .help = "that a net's accuracy is taken on (default 512, 0: all set apart)",
         .lo = 0,
         .hi = 1e9},
        lc__option_model(&o->source.model),
        lc__option_without(&o->source.without),
    };
    memcpy(out, table, sizeof table);
    lc__course_table(&o->course, out + LC__HUNT_OPTIONS - LC__COURSE_OPTIONS);
}

/* ---- opening ---- */

static lc_status find_method(lc__hunt *h, lc_error *err) {
    const char *name = h->options->method;
    lc_error ignored;
    if (!name)
        name = h->options->accuracies ? "exhaustive" : "lightnas";
    h->way = LC__WAY_GRADIENT;
    if (!strcmp(name, "lana"))
        h->way = LC__WAY_LANA;
    else if (!lc_nas_selection_find(name, &h->selection, &ignored))
        h->way = LC__WAY_SELECT;
    else if (lc_nas_method_find(name, &h->method, &ignored)) {
        lc_error_set(err, LC_EUSAGE,
                     "--method is lightnas, fbnet, proxyless, gdas, ehdnas, lana, nsga2, random or "
                     "exhaustive, not \"%.40s\"",
                     name);
        return LC_EUSAGE;
    }
    h->method_name = name;
    if (h->way == LC__WAY_GRADIENT && h->options->accuracies) {
        lc_error_set(err, LC_EUSAGE,
                     "--method %s takes gradients of a supernet's loss, which --accuracies has "
                     "not; take lana, nsga2, random or exhaustive",
                     name);
        return LC_EUSAGE;
    }
    return LC_OK;
}

static lc_status check_images(const lc__hunt_options *o, lc_error *err) {
    if (o->accuracies || o->course.validation > 0)
        return LC_OK;
    lc_error_set(err, LC_EUSAGE,
                 "--validation 0 sets no images apart, by which a search goes; give a share of "
                 "them, e.g. 0.2");
    return LC_EUSAGE;
}

static lc_status open_costs(lc__hunt *h, const bool wanted[LC__COSTS], lc_error *err) {
    const lc__hunt_options *o = h->options;
    lc_status st = lc_nas_problem_init(&h->problem, h->space, err);
    for (int i = 0; i < LC__COSTS && !st; i++) {
        if (!wanted[i])
            continue;
        st = lc__forecasts_open(&o->source, costs[i].target, h->space, &h->forecasts[i], err);
        h->cost_of[h->n_forecasts++] = i;
        h->problem.costs[h->problem.n_costs++] =
            (lc_nas_cost){.name = costs[i].target,
                          .unit = costs[i].unit,
                          .predictor = h->forecasts[i].compiled,
                          .confidence = o->confidence};
    }
    return st;
}

static lc_status open_table(lc__hunt *h, lc_error *err) {
    lc_status st = lc_nas_accuracies_new(&h->problem, &h->table, err);
    if (!st)
        st = lc_nas_accuracies_read(h->table, h->options->accuracies, err);
    return st;
}

lc_status lc__hunt_open(const lc__hunt_options *options, const bool wanted[LC__COSTS],
                        const char *supernet, lc__hunt *out, lc_error *err) {
    *out = (lc__hunt){.options = options,
                      .supernet = options->supernet ? options->supernet : supernet};
    lc_status st = find_method(out, err);
    if (!st)
        st = check_images(options, err);
    if (!st)
        st = lc__space_named(options->space, &out->space, err);
    if (!st && out->way == LC__WAY_GRADIENT)
        st = lc__positions_check(out->space, err);
    if (!st)
        st = open_costs(out, wanted, err);
    if (!st && options->choose)
        st = lc__choice_open(out, err);
    if (!st && options->accuracies)
        st = open_table(out, err);
    return st;
}

void lc__hunt_close(lc__hunt *h) {
    lc__training_free(h->training);
    lc__images_close(h->images);
    lc_nas_accuracies_free(h->table);
    free(h->forbidden);
    lc_nas_accuracies_free(h->judged);
    lc_nas_result_clear(&h->looked);
    for (int i = 0; i < LC__COSTS; i++)
        lc__forecasts_close(&h->forecasts[i]);
}

/* ---- the supernet ---- */

static lc_status digest_weights(lc__hunt *h, lc_error *err) {
    lc__map map;
    lc_status st = lc__map_file(h->supernet, LC__WEIGHTS_LARGEST, &map, err);
    if (!st) {
        h->weights = lc__fnv1a(LC__FNV_START, map.data, map.length);
        lc__map_close(&map);
    }
    return st;
}

/* One that --supernet names may have been trained otherwise (more epochs, other images). */
static lc_status open_supernet(lc__hunt *h, lc_error *err) {
    lc__training_options o;
    lc_status st = lc__course_open(&h->options->course, &h->images, &o, err);
    o.space = h->space;
    if (!st)
        st = lc__training_new(&o, &h->training, err);
    if (!st)
        st = lc__course_run(&h->options->course, h->training, h->supernet, err);
    if (st == LC_EUSAGE && h->options->supernet && h->training)
        st = lc__training_adopt(h->training, h->supernet, err);
    return st ? st : digest_weights(h, err);
}

/* ---- searching ---- */

lc_status lc__hunt_costs(const lc__hunt *h, lc__found *found, lc_error *err) {
    lc_status st = LC_OK;
    for (int i = 0; i < h->n_forecasts && !st; i++) {
        int cost = h->cost_of[i];
        st = lc_nas_cost_of(&h->problem, i, found->choices, &found->value[cost], err);
        if (!st)
            st = lc_choice_predictor_query(h->forecasts[cost].compiled, found->choices,
                                           &found->forecast[cost], err);
    }
    return st;
}

static lc_status conclude(lc__hunt *h, lc__found *out, lc_error *err) {
    lc_status st = lc__hunt_costs(h, out, err);
    if (st)
        return st;
    if (!h->table)
        return lc__hunt_judge(h, out->choices, &out->accuracy, err);
    if (!lc_nas_accuracies_find(h->table, out->choices, &out->accuracy))
        out->accuracy = NAN;
    return LC_OK;
}

/* A budget that the dearest net keeps is no target. */
static lc_status aim(lc__hunt *h, lc_error *err) {
    const lc__hunt_options *o = h->options;
    double tolerance = h->way == LC__WAY_SELECT ? 0 : 0.01;
    h->problem.tolerance = isnan(o->tolerance) ? tolerance : o->tolerance;
    lc_status st = lc_nas_check(&h->problem, err);
    lc_nas_extreme *ends = calloc(2, sizeof *ends);
    if (!st && !ends)
        st = lc__no_memory(err);
    if (!st && h->problem.tolerance > 0)
        st = lc_nas_extremes(&h->problem, 0, &ends[0], &ends[1], err);
    const lc_nas_cost *first = &h->problem.costs[0];
    if (!st && h->problem.tolerance > 0 &&
        ends[1].value.upper < (1 - h->problem.tolerance) * first->limit) {
        char most[40], limit[40];
        const lc__target *t = h->forecasts[h->cost_of[0]].target;
        lc__warn(
            "note: every net keeps a %s of %s: the most is %s; the best net of all is searched",
            first->name, t->format(first->limit, limit, sizeof limit),
            t->format(ends[1].value.upper, most, sizeof most));
        h->problem.tolerance = 0;
    }
    free(ends);
    return st ? st : lc__hunt_feasible(h, err);
}

/* Sets the limits and has accuracies to go by. */
static lc_status get_ready(lc__hunt *h, const lc__budget *budget, lc_error *err) {
    for (int i = 0; i < h->n_forecasts; i++)
        h->problem.costs[i].limit = budget->limit[h->cost_of[i]];
    lc_status st = aim(h, err);
    if (!st && !h->table && !h->training)
        st = open_supernet(h, err);
    return st;
}

lc_status lc__hunt_search(lc__hunt *h, const lc__budget *budget, const char *state, lc__found *out,
                          lc_error *err) {
    *out = (lc__found){0};
    lc_status st = get_ready(h, budget, err);
    double started = lc__now();
    if (!st)
        st = h->way == LC__WAY_GRADIENT ? lc__hunt_gradient(h, state, out, err)
                                        : lc__hunt_select(h, state, out, err);
    out->seconds = lc__now() - started;
    return st ? st : conclude(h, out, err);
}

lc_status lc__hunt_survey(lc__hunt *h, const lc__budget *most, const char *state, lc_error *err) {
    lc_status st = get_ready(h, most, err);
    return st ? st : lc__hunt_select(h, state, NULL, err);
}
