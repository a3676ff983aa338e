/* Choosing among the candidates, and what the choice is good for. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/stats.h"
#include "plan.h"

/* From here on choosing may take a while on a small board. */
#define MANY_CHOSEN 100
/* --until looks so many measurements ahead. */
#define FAR_AHEAD 100
/* A run takes this long beside the net itself: what keeps the cheapest nets from costing
 * nothing. */
#define RUN_OVERHEAD_S 2e-5

/* The model to choose by; without one, the physical features alone, scaled by the candidates. */
static lc_status open_model(const lc__plan_request *r, const lc__plan_session *s, lc_model **out,
                            lc_error *err) {
    lc_status status = lc__pool_open(r->model, out, err);
    if (status != LC_EIO || r->model || lc__pool_named())
        return status;
    lc__warn("note: no pool model is installed; choosing by physical features alone");
    return lc_model_train(NULL, 0, (const lc_net *const *)s->candidate.net, s->candidate.n, out,
                          err);
}

static lc_status featurise(lc__plan_session *s, size_t **rows, lc_error *err) {
    size_t n = s->candidate.n, total = n + s->shots.n + s->shots.n_ops;
    lc_status status = LC_OK;
    s->points = malloc((total + 1) * sizeof *s->points);
    *rows = malloc((total + 1) * sizeof **rows);
    if (!s->points || !*rows)
        return lc__no_memory(err);
    for (size_t i = 0; i < total && !status; i++) {
        (*rows)[i] = i;
        status =
            lc__featurise(i < n ? s->candidate.net[i] : s->shots.nets[i - n], &s->points[i], err);
    }
    return status;
}

/* ---- what measuring takes ---- */

/* The median number of runs that the device's samples of nets had. */
static double usual_repeats(const lc__shot_file *shots) {
    double *runs = malloc((shots->device.n_samples + 1) * sizeof *runs), median = 0;
    size_t n = 0;
    for (size_t i = 0; runs && i < shots->device.n_samples; i++)
        if (shots->device.samples[i].kind == LC_SAMPLE_NET)
            runs[n++] = (double)shots->device.samples[i].n;
    if (n > 0)
        median = lc__median(runs, n);
    free(runs);
    return median;
}

static double seconds_of(const lc__plan_session *s, double latency_ns) {
    return s->repeats * (latency_ns * 1e-9 + RUN_OVERHEAD_S);
}

/* Expected seconds for every candidate. */
static lc_status expect_seconds(lc__plan_session *s, const lc__selection *from, lc_error *err) {
    lc_predictor *predictor = NULL;
    lc__shot_rows nets = {from->measured, from->values, from->n_measured};
    s->seconds = malloc((from->n + 1) * sizeof *s->seconds);
    if (!s->seconds)
        return lc__no_memory(err);
    lc_status status = lc__predictor_adapt_mixed(from->model, from->points, &nets, &from->operators,
                                                 from->options, &predictor, err);
    for (size_t i = 0; i < from->n && !status; i++) {
        lc_forecast f;
        status = lc__predictor_query_point(predictor, &from->points[from->candidates[i]], &f);
        s->seconds[i] = seconds_of(s, f.latency);
    }
    lc_predictor_free(predictor);
    return status;
}

/* ---- how many ---- */

/* Picks up to which the expected interval is as narrow as wanted. */
static void settle_until(const lc__plan_request *r, lc__plan_session *s) {
    s->half_best = s->n_chosen > 0 ? s->pick[s->n_chosen - 1].half : s->half_now;
    s->half_occasion = s->n_chosen > 0 ? s->pick[s->n_chosen - 1].occasion : 0;
    s->within = s->half_now <= r->until;
    s->until_n = 0;
    while (!s->within && s->until_n < s->n_chosen)
        s->within = s->pick[s->until_n++].half <= r->until;
    if (!s->within)
        s->until_n = s->n_chosen;
    s->n_chosen = s->until_n < (size_t)r->n ? s->until_n : (size_t)r->n;
}

static size_t how_many(const lc__plan_request *r, const lc__plan_session *s) {
    size_t n = r->until > 0 ? FAR_AHEAD : (size_t)r->n;
    return n < s->candidate.n ? n : s->candidate.n;
}

static lc_status choose(const lc__plan_request *r, lc__plan_session *s, const lc__selection *from,
                        lc_error *err) {
    s->n_chosen = how_many(r, s);
    s->chosen = malloc((s->n_chosen + 1) * sizeof *s->chosen);
    s->pick = calloc(s->n_chosen + 1, sizeof *s->pick);
    if (!s->chosen || !s->pick)
        return lc__no_memory(err);
    if (s->n_chosen >= MANY_CHOSEN && r->until <= 0 && !from->seconds)
        lc__warn("choosing %zu of %zu nets ...", s->n_chosen, s->candidate.n);
    lc_status status = lc__select(from, r->method, &s->n_chosen, s->chosen, err);
    if (!status && s->n_chosen == 0)
        status = lc_error_set(err, LC_EINFEASIBLE,
                              "--budget-s %g: no net is expected to be measured in that time",
                              r->budget_s);
    if (!status)
        status = lc__judge(from, s->chosen, s->n_chosen, s->pick, &s->half_now, err);
    if (!status && r->until > 0)
        settle_until(r, s);
    return status;
}

static lc_status choose_by_model(const lc__plan_request *r, lc__plan_session *s,
                                 const lc_model *model, const lc_adapt_options *options,
                                 lc_error *err) {
    size_t n = s->candidate.n, *rows = NULL;
    lc_status status = featurise(s, &rows, err);
    lc__selection from = {.model = model,
                          .points = s->points,
                          .measured = rows + n,
                          .values = s->shots.values,
                          .n_measured = s->shots.n,
                          .candidates = rows,
                          .n = n,
                          .options = options};
    if (s->shots.n_ops > 0)
        from.operators =
            (lc__shot_rows){rows + n + s->shots.n, s->shots.values + s->shots.n, s->shots.n_ops};
    s->repeats = r->repeats > 0 ? (double)r->repeats : usual_repeats(&s->shots);
    if (!status && r->budget_s > 0) {
        status = expect_seconds(s, &from, err);
        from.seconds = s->seconds;
        from.budget_s = r->budget_s;
    }
    if (!status)
        status = choose(r, s, &from, err);
    free(rows);
    return status;
}

/* The first n candidates: of a random draw, or all. */
static lc_status choose_first(lc__plan_session *s, size_t n, lc_error *err) {
    s->n_chosen = n;
    s->chosen = malloc((n + 1) * sizeof *s->chosen);
    if (!s->chosen)
        return lc__no_memory(err);
    for (size_t i = 0; i < n; i++)
        s->chosen[i] = i;
    return LC_OK;
}

lc_status lc__plan_take_all(lc__plan_session *s, lc_error *err) {
    if (s->candidate.n == 0)
        return lc_error_set(err, LC_EUSAGE,
                            "nothing is left to plan: every operator is measured in --device or "
                            "named by --exclude already");
    return choose_first(s, s->candidate.n, err);
}

lc_status lc__plan_choose(const lc__plan_request *r, lc__plan_session *s, lc_error *err) {
    if (r->method == LC__METHOD_random)
        return choose_first(s, (size_t)r->n, err);
    lc_model *model = NULL;
    lc_adapt_options options = {0};
    lc_status status = open_model(r, s, &model, err);
    if (!status)
        status = lc__pool_without(model, &r->without, &options, err);
    options.repeatability = r->repeatability;
    if (!status)
        status = choose_by_model(r, s, model, &options, err);
    lc__pool_without_clear(&options);
    lc_model_free(model);
    return status;
}
