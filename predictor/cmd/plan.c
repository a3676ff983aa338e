/* predict plan: which nets to measure: some of a space, or those that are named. */
#include "plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "options.h"

#define MAX_PLAN 100000
#define MAX_CANDIDATES 20000 /* each takes some 20 KiB */
#define DEFAULT_N 20
#define DEFAULT_CANDIDATES 2000
/* From so many measured nets of the space on, the posterior says what to measure next. */
#define ENOUGH_TO_ADAPT 5

static void close_all(lc__plan_session *s) {
    lc__digests_clear(&s->known);
    lc__shot_file_clear(&s->shots);
    lc__net_list_clear(&s->candidate);
    free(s->points);
    free(s->seconds);
    free(s->chosen);
    free(s->pick);
    lc_plan_clear(&s->plan);
}

/* Nets measured already and nets of --exclude are not planned again. */
static lc_status read_known(const lc__plan_request *r, lc__plan_session *s, lc_error *err) {
    lc__net_list excluded = {0};
    lc_status status = LC_OK;
    bool added;
    for (size_t i = 0; i < s->shots.device.n_samples && !status; i++)
        if (s->shots.device.samples[i].kind == LC_SAMPLE_NET)
            status = lc__plan_know(s, s->shots.device.samples[i].net, &added, err);
    for (size_t i = 0; i < r->exclude.n && !status; i++)
        status = lc__net_list_add(&excluded, r->exclude.item[i], err);
    for (size_t i = 0; i < excluded.n && !status; i++)
        status = lc__plan_know(s, excluded.net[i], &added, err);
    lc__net_list_clear(&excluded);
    return status;
}

static lc_status name_plan(lc__plan_session *s, const char *name, lc_error *err) {
    s->plan.name = strdup(name);
    return s->plan.name ? LC_OK : lc__no_memory(err);
}

/* A plan of the nets that --arch names, in their order, without those that are known. */
static lc_status plan_named(const lc__plan_request *r, lc__plan_session *s, lc_error *err) {
    lc_status status = LC_OK;
    for (size_t i = 0; i < r->arch.n && !status; i++)
        status = lc__net_list_add(&s->candidate, r->arch.item[i], err);
    for (size_t i = 0; i < s->candidate.n && !status; i++) {
        bool added = false;
        status = lc__plan_know(s, s->candidate.net[i], &added, err);
        if (!added)
            continue;
        status = lc_plan_add(&s->plan, LC_SAMPLE_NET, s->candidate.net[i], err);
        s->candidate.net[i] = NULL; /* taken over */
    }
    if (status)
        return status;
    size_t left = s->candidate.n - s->plan.n_items;
    if (s->plan.n_items == 0)
        return lc_error_set(err, LC_EUSAGE,
                            "nothing is left to plan: all %zu nets of --arch are measured in "
                            "--device or named by --exclude already",
                            left);
    if (left)
        lc__warn("note: %zu of the nets named left out: measured, excluded or named twice", left);
    char name[64];
    snprintf(name, sizeof name, "%zu nets by name", s->plan.n_items);
    return name_plan(s, name, err);
}

static lc_status plan_of_space(const lc__plan_request *r, lc__plan_session *s, lc_error *err) {
    size_t least = r->until > 0 || r->budget_s > 0 ? 1 : (size_t)r->n, wanted = (size_t)r->n;
    if (r->method != LC__METHOD_random && wanted < (size_t)r->candidates)
        wanted = (size_t)r->candidates;
    lc_status status = lc__plan_draw(s, r->seed, wanted, least, err);
    if (!status)
        status = lc__plan_choose(r, s, err);
    if (status)
        return status;
    char name[160];
    snprintf(name, sizeof name, "%s, %zu nets, %s, seed %lld", r->space, s->n_chosen,
             r->method_name, (long long)r->seed);
    status = name_plan(s, name, err);
    for (size_t i = 0; i < s->n_chosen && !status; i++) {
        lc_net **net = &s->candidate.net[s->chosen[i]];
        status = lc_plan_add(&s->plan, LC_SAMPLE_NET, *net, err);
        *net = NULL; /* taken over */
    }
    return status;
}

static lc_status write_plan(const lc__plan_request *r, const lc__plan_session *s, lc_error *err) {
    if (s->plan.n_items == 0) {
        lc__warn("nothing is left to measure: the expected interval is +-%.1f %% already",
                 100 * s->half_now);
        return LC_OK;
    }
    char *text = lc_plan_to_json(&s->plan);
    if (!text)
        return lc__no_memory(err);
    lc_status status = LC_OK;
    if (r->out)
        status = lc__file_write(r->out, text, strlen(text), err);
    else
        fputs(text, stdout);
    free(text);
    return status;
}

/* ---- what goes together ---- */

/* Options that say how to choose are refused where the nets are named. */
static lc_status check_named(const lc__plan_request *r, lc_error *err) {
    const struct {
        const char *name;
        bool given;
    } choice[] = {{"space", r->space != NULL},
                  {"n", r->n >= 0},
                  {"seed", r->seed >= 0},
                  {"candidates", r->candidates >= 0},
                  {"method", r->method_name != NULL},
                  {"without", r->without.n > 0},
                  {"model", r->model != NULL},
                  {"budget-s", r->budget_s > 0},
                  {"until", r->until_text != NULL},
                  {"repeats", r->repeats >= 0},
                  {"json", r->json}};
    for (size_t i = 0; i < sizeof choice / sizeof *choice; i++)
        if (choice[i].given)
            return lc_error_set(err, LC_EUSAGE,
                                "--arch plans just the nets it names: --%s does not go with it",
                                choice[i].name);
    return LC_OK;
}

/* Reads --until, which takes a share of the latency: "5%". */
static lc_status read_until(lc__plan_request *r, lc_error *err) {
    if (!r->until_text)
        return LC_OK;
    char *end;
    double percent = strtod(r->until_text, &end);
    if (end == r->until_text || (*end == '%' ? end[1] : *end) || !(percent > 0 && percent <= 100))
        return lc_error_set(err, LC_EUSAGE,
                            "--until takes a percentage above 0, as 5%%, not "
                            "\"%.40s\"",
                            r->until_text);
    r->until = percent / 100;
    return LC_OK;
}

static size_t measured_of_space(const lc__plan_session *s) {
    size_t n = 0;
    for (size_t i = 0; i < s->shots.n; i++) {
        const char *space = lc_net_space(s->shots.nets[i]);
        n += space && !strcmp(space, s->space->name);
    }
    return n;
}

/* The method that was asked for, or the best there is for what was measured. */
static lc_status settle_method(lc__plan_request *r, const lc__plan_session *s, lc_error *err) {
    bool far_sighted = r->until > 0 || r->budget_s > 0;
    size_t own = measured_of_space(s);
    if (far_sighted && s->shots.n == 0)
        return lc_error_set(err, LC_EUSAGE,
                            "--%s needs --device with measured nets: nothing is known of how long "
                            "nets take",
                            r->until > 0 ? "until" : "budget-s");
    if (!r->method_name)
        r->method_name = lc__method_name(far_sighted || own >= ENOUGH_TO_ADAPT ? LC__METHOD_active
                                                                               : LC__METHOD_plan);
    if (lc__method_find("method", r->method_name, &r->method, err))
        return LC_EUSAGE;
    bool by_worth = r->method == LC__METHOD_active || r->method == LC__METHOD_plan;
    if (far_sighted && !by_worth)
        return lc_error_set(err, LC_EUSAGE, "--%s does not go with --method %s",
                            r->until > 0 ? "until" : "budget-s", r->method_name);
    if (r->device && r->method == LC__METHOD_active && own == 0)
        lc__warn("note: none of the %zu net samples of %s is of %s: what they say of its nets may "
                 "be far off",
                 s->shots.n, s->shots.device.name, s->space->name);
    return LC_OK;
}

static lc_status settle_numbers(lc__plan_request *r, lc_error *err) {
    r->seed = r->seed < 0 ? 1 : r->seed;
    r->candidates = r->candidates < 0 ? DEFAULT_CANDIDATES : r->candidates;
    if (r->n < 0)
        r->n = r->budget_s > 0 ? LC__PLAN_MAX_CHOSEN : DEFAULT_N;
    if (r->method != LC__METHOD_random && r->n > LC__PLAN_MAX_CHOSEN)
        return lc_error_set(err, LC_EUSAGE,
                            "--n %lld: at most %d nets are chosen one by one, and among so many "
                            "the choice hardly matters; --method random draws up to %d",
                            (long long)r->n, LC__PLAN_MAX_CHOSEN, MAX_PLAN);
    return LC_OK;
}

/* Checks what goes together, fills in what was not given. */
static lc_status settle(lc__plan_request *r, lc__plan_session *s, lc_error *err) {
    lc_status status = LC_OK;
    if (r->device)
        status = lc__shot_file_load(r->device, &s->shots, err);
    if (!status && r->arch.n > 0)
        return check_named(r, err);
    if (!status && !r->space) {
        lc_error_set(err, LC_EUSAGE,
                     "--space or --arch is required: a search space to choose nets of, or the nets "
                     "themselves");
        return LC_EUSAGE;
    }
    if (!status && r->json && !r->out)
        return lc_error_set(
            err, LC_EUSAGE,
            "--json explains the plan that --out FILE takes; without --out the plan "
            "itself is printed, which is JSON");
    if (!status)
        status = read_until(r, err);
    if (!status)
        status = lc__space_named(r->space, &s->space, err);
    if (!status)
        status = settle_method(r, s, err);
    return status ? status : settle_numbers(r, err);
}

static int run(lc__plan_request *r) {
    lc__plan_session s = {0};
    lc_error err;
    lc_status status = settle(r, &s, &err);
    if (!status)
        status = read_known(r, &s, &err);
    if (!status)
        status = r->arch.n > 0 ? plan_named(r, &s, &err) : plan_of_space(r, &s, &err);
    if (!status)
        status = write_plan(r, &s, &err);
    if (!status && r->out && r->arch.n == 0)
        status = lc__plan_show(r, &s, &err);
    close_all(&s);
    return status ? lc__cli_fail("predict plan", &err) : lc__finish_output("predict plan");
}

int lc__predict_plan(int argc, char **argv) {
    lc__plan_request r = {.n = -1, .seed = -1, .candidates = -1, .repeats = -1};
    const lc__opt table[] = {
        {.name = "space",
         .kind = LC__OPT_STR,
         .value = &r.space,
         .arg = "NAME",
         .help = "choose nets of this search space: fbnet, nasbench201"},
        {.name = "arch",
         .kind = LC__OPT_LIST,
         .value = &r.arch,
         .arg = "NET",
         .help = "instead of choosing, plan this net (net.json, .jsonl,\nzoo:mobilenet_v2, "
                 "fbnet:7-8-...); may be given several times"},
        {.name = "n",
         .kind = LC__OPT_INT,
         .value = &r.n,
         .arg = "N",
         .help = "how many nets at most (default 20, with --budget-s 500;\nup to 500 unless "
                 "--method random)",
         .lo = 1,
         .hi = MAX_PLAN},
        lc__option_device(&r.device, "what was measured already (device.json): the plan adds to it",
                          false),
        {.name = "method",
         .kind = LC__OPT_STR,
         .value = &r.method_name,
         .arg = "HOW",
         .help = "plan: the nets that tell the predictor most (default);\nactive: the same given "
                 "what was measured (default from 5 nets of the\nspace on); random, macs: a "
                 "draw, quantiles of the work; kmeans: typical nets"},
        {.name = "budget-s",
         .kind = LC__OPT_NUM,
         .value = &r.budget_s,
         .arg = "S",
         .help = "choose what tells most per second of measuring, until this is used up",
         .lo = 1e-6,
         .hi = 1e9},
        {.name = "repeats",
         .kind = LC__OPT_INT,
         .value = &r.repeats,
         .arg = "N",
         .help = "runs of a net to reckon with (default: the median of the device's samples)",
         .lo = 1,
         .hi = 1e9},
        {.name = "until",
         .kind = LC__OPT_STR,
         .value = &r.until_text,
         .arg = "P%",
         .help = "stop where the 90 % interval of most nets is expected to be +-P %"},
        {.name = "candidates",
         .kind = LC__OPT_INT,
         .value = &r.candidates,
         .arg = "N",
         .help = "random nets to select from (default 2000)",
         .lo = 1,
         .hi = MAX_CANDIDATES},
        lc__option_seed(&r.seed, "seed", "of the random draw (default 1)"),
        {.name = "exclude",
         .kind = LC__OPT_LIST,
         .value = &r.exclude,
         .arg = "FILE",
         .help = "nets not to plan (plan.json, net.json, .jsonl); may be given several times"},
        lc__option_model(&r.model),
        lc__option_without(&r.without),
        lc__option_out(
            &r.out, "write the plan there and say what it is for (default: print the plan)", false),
        lc__option_json(&r.json, "with --out: say what the plan is for as JSON"),
        {0}};
    int code;
    if (!lc__options_parse("predict plan",
                           "Chooses which nets of a space to measure next on a device, or plans "
                           "the nets that\n--arch names.",
                           NULL, table, argc, argv, &code))
        return code;
    return run(&r);
}
