/* The bare command: adapt to a device, forecast nets. */
#include "cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "cmdline/digests.h"
#include "ops/net_called.h"
#include "cmdline/options.h"

#define FEW_SAMPLES 5

typedef struct request {
    const char *device, *model, *target;
    lc__list arch, without;
    double repeatability;
    bool json;
} request;

/* What a request opens, closed by close_all(). */
typedef struct session {
    lc__net_list nets;
    lc__shot_file shots;
    lc_model *model;
    lc_adapt_options options;
    lc_predictor *predictor;
    lc__answers answers;
} session;

static void close_all(session *s) {
    for (size_t i = 0; i < s->answers.n; i++)
        free(s->answers.answer[i].share);
    free(s->answers.answer);
    free(s->answers.doubtful);
    free(s->answers.weight);
    lc_predictor_free(s->predictor);
    lc__pool_without_clear(&s->options);
    lc_model_free(s->model);
    lc__shot_file_clear(&s->shots);
    lc__net_list_clear(&s->nets);
}

/* Says what is missing: samples at all, or the target in those there are. */
static lc_status fail_without_shots(const lc__shot_file *shots, const char *file, lc_error *err) {
    const char *name = shots->device.name, *key = shots->target->key;
    size_t n = shots->device.n_samples;
    if (n == 0)
        lc_error_set(err, LC_EFORMAT,
                     "device %.80s has no samples, so nothing is known of its speed; measure a few "
                     "nets (predict plan, then profagent run)",
                     name);
    else
        lc_error_set(err, LC_EFORMAT,
                     "none of the %zu samples of device %.80s has \"%s\" (\"%s_absent\" may "
                     "say why), so there is nothing to forecast --target %s from",
                     n, name, key, key, shots->target->name);
    lc_error_in_file(err, file);
    return LC_EFORMAT;
}

static lc_status open_all(const request *r, session *s, lc_error *err) {
    const lc__target *target;
    lc_status status = lc__target_find(r->target, &target, err);
    if (!status)
        status = lc__shot_file_load_target(r->device, target, &s->shots, err);
    for (size_t i = 0; i < r->arch.n && !status; i++)
        status = lc__net_list_add(&s->nets, r->arch.item[i], err);
    if (!status && s->shots.n + s->shots.n_ops == 0)
        status = fail_without_shots(&s->shots, r->device, err);
    if (!status)
        status = lc__readings_check(&s->shots, r->device, err);
    if (!status)
        status = lc__pool_open(r->model, &s->model, err);
    if (!status)
        status = lc__pool_without(s->model, &r->without, &s->options, err);
    s->options.repeatability = r->repeatability;
    s->options.reading = lc__shot_file_reading(&s->shots);
    return status;
}

static bool left_out(const lc_adapt_options *options, const char *name) {
    for (size_t i = 0; i < options->n_without; i++)
        if (!strcmp(options->without[i], name))
            return true;
    return false;
}

/* The pool's own measurements of the device would make the forecast look better than it is on a
 * board that nobody has seen. */
static void note_same_device(const session *s) {
    const char *name = s->shots.device.name;
    for (size_t i = 0; i < lc_model_n_devices(s->model); i++)
        if (!strcmp(lc_model_device_name(s->model, i), name) && !left_out(&s->options, name))
            lc__warn("note: %s itself is in the pool, so the forecast leans on its pool "
                     "measurements; --without %s leaves them out",
                     name, name);
}

static void warn_strange(const session *s, const lc__answer *a, const char *others) {
    char name[LC__SHOWN];
    lc__warn("warning: %s%s: %s was never measured on %s nor in the pool, so its part is a rate "
             "estimate by size (novelty %.3g; 1 is the edge); measure some nets that have it: "
             "`predict plan --arch NET ... --out plan.json`, then `profagent run --plan plan.json "
             "--out ...`",
             lc__net_called(a->net, name, sizeof name), others, a->uncertainty.family,
             s->shots.device.name, a->forecast.novelty);
}

/* One warning however many nets it holds for; the answers mark each. */
static void warn_novel(const session *s) {
    const lc__answer *most = NULL;
    size_t n = 0;
    for (size_t i = 0; i < s->answers.n; i++) {
        const lc__answer *a = &s->answers.answer[i];
        if (!a->forecast.out_of_range)
            continue;
        if (!most || a->forecast.novelty > most->forecast.novelty)
            most = a;
        n++;
    }
    if (!most)
        return;
    char others[64] = "", name[LC__SHOWN];
    if (n > 1)
        snprintf(others, sizeof others, " and %zu other%s", n - 1, n > 2 ? "s" : "");
    if (most->uncertainty.family) {
        warn_strange(s, most, others);
        return;
    }
    bool far = most->forecast.novelty >= LC_NOVELTY_FAR;
    lc__warn("warning: %s%s: unlike the nets seen so far (novelty %.3g; 1 is the edge), so the "
             "figure is %s; measure some nets like it: `predict plan --arch NET ... --out "
             "plan.json`, then `profagent run --plan plan.json --out ...`",
             lc__net_called(most->net, name, sizeof name), others, most->forecast.novelty,
             !s->shots.target->grows ? "a guess by size, which this hardly depends on"
             : far ? "a rate estimate by size (right to a factor of some 4), not a forecast"
                   : "in part a rate estimate by size, not a forecast");
}

/* Some boards have a meter at times only. */
static void note_missing(const lc__shot_file *shots) {
    if (shots->n_missing > 0)
        lc__warn("note: %zu of the %zu samples of %s have no \"%s\" and are left aside",
                 shots->n_missing, shots->device.n_samples, shots->device.name, shots->target->key);
}

/* Repeats of a net tell nothing of others. Out of memory all count, and the adaptation says so. */
static size_t count_different(const lc__shot_file *shots) {
    lc__digests seen = {0};
    size_t n = 0;
    for (size_t i = 0; i < shots->n; i++) {
        bool added = true;
        if (lc__digests_add(&seen, lc_net_digest(shots->nets[i]), &added, NULL))
            added = true;
        n += added;
    }
    lc__digests_clear(&seen);
    return n;
}

static void warn(const session *s) {
    size_t different = count_different(&s->shots);
    note_missing(&s->shots);
    note_same_device(s);
    if (!lc__readings_warn_rounded(&s->shots)) /* else rounding is why samples do not fit in */
        lc__doubt_warn(s->predictor, &s->shots, s->answers.doubtful);
    if (s->shots.n == 0)
        lc__warn("warning: only operators of %s were measured, no net: forecasts rank nets, but "
                 "what comes on top of the operators is a guess; `predict plan --space ... --n 5` "
                 "says which nets to measure",
                 s->shots.device.name);
    else if (different < FEW_SAMPLES)
        lc__warn("warning: only %zu %ssample%s of %s: the interval is wide; `predict plan "
                 "--space ... --n 20 --device ...` says what to measure next",
                 different, different < s->shots.n ? "different " : "", different == 1 ? "" : "s",
                 s->shots.device.name);
    warn_novel(s);
}

static lc_status answer(session *s, lc_error *err) {
    lc_shots shots = {s->shots.nets, s->shots.values, s->shots.n + s->shots.n_ops, s->shots.kinds};
    lc_status status = lc_predictor_adapt(s->model, &shots, &s->options, &s->predictor, err);
    if (status)
        return status;
    lc__answers *a = &s->answers;
    *a =
        (lc__answers){.shots = &s->shots, .model = s->model, .many = s->nets.many || s->nets.n > 1};
    a->doubtful = calloc(s->shots.n + 1, sizeof *a->doubtful);
    a->weight = malloc((lc_model_n_devices(s->model) + 1) * sizeof *a->weight);
    a->answer = calloc(s->nets.n, sizeof *a->answer);
    if (!a->doubtful || !a->weight || !a->answer)
        return lc__no_memory(err);
    status = lc__doubt_find(s->predictor, &s->shots, a->doubtful, err);
    if (!status)
        status = lc_predictor_sources(s->predictor, a->weight, &a->physical);
    for (size_t i = 0; i < s->nets.n && !status; i++) {
        lc__answer *one = &a->answer[a->n++];
        one->net = s->nets.net[i];
        one->share = calloc((size_t)lc_net_size(one->net) + 1, sizeof *one->share);
        if (!one->share)
            return lc__no_memory(err);
        status = lc_predictor_query(s->predictor, one->net, &one->forecast, err);
        if (!status)
            status = lc_predictor_uncertainty(s->predictor, one->net, &one->uncertainty, err);
        if (!status)
            status =
                lc_predictor_breakdown(s->predictor, one->net, one->share, &one->overhead, err);
    }
    return status;
}

static int run(const request *r) {
    session s = {0};
    lc_error err;
    lc_status status = open_all(r, &s, &err);
    if (!status)
        status = answer(&s, &err);
    if (!status) {
        warn(&s);
        if (r->json)
            status = lc__answers_json(&s.answers, &err);
        else
            lc__answers_show(&s.answers);
    }
    int code = status ? lc__cli_fail("predict", &err) : lc__finish_output("predict");
    close_all(&s);
    return code;
}

int lc__predict_forecast(int argc, char **argv) {
    request r = {.target = "latency", .repeatability = LC__REPEATABILITY};
    const lc__opt table[] = {
        lc__option_device(&r.device, "device.json with the samples measured on the device", true),
        {.name = "arch",
         .kind = LC__OPT_LIST,
         .value = &r.arch,
         .arg = "NET",
         .help = "what to forecast: net.json, plan.json, a .jsonl of nets,\n"
                 "zoo:mobilenet_v2, fbnet:7-8-..., nasbench201:|...|;\nmay be given several times",
         .required = true},
        lc__option_model(&r.model),
        lc__option_without(&r.without),
        {.name = "target",
         .kind = LC__OPT_STR,
         .value = &r.target,
         .arg = "T",
         .help = "latency (default), energy or peak_power, where the device's samples\n"
                 "carry energy_uj or peak_power_mw"},
        lc__option_repeatability(&r.repeatability),
        lc__option_json(&r.json, "machine-readable: an object, or an array for several nets"),
        {0}};
    int code;
    if (!lc__options_parse("predict",
                           "Forecasts the latency, energy or peak power of nets on a device.", NULL,
                           table, argc, argv, &code))
        return code;
    return run(&r);
}
