/* predict plan: which nets to measure: some of a space, or those that are named. */
#include "plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "cmdline/options.h"

#define MAX_CANDIDATES 20000 /* each takes some 20 KiB */

static void close_all(lc__plan_session *s) {
    lc__digests_clear(&s->known);
    lc__shot_file_clear(&s->shots);
    lc__net_list_clear(&s->candidate);
    lc__net_list_clear(&s->crowd);
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
        if (s->shots.device.samples[i].kind ==
            (r->operators || r->cover ? LC_SAMPLE_OP : LC_SAMPLE_NET))
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

/* The chosen candidates make the plan. */
static lc_status take_chosen(lc__plan_session *s, lc_sample_kind kind, const char *name,
                             lc_error *err) {
    lc_status status = name_plan(s, name, err);
    for (size_t i = 0; i < s->n_chosen && !status; i++) {
        lc_net **net = &s->candidate.net[s->chosen[i]];
        status = lc_plan_add(&s->plan, kind, *net, err);
        *net = NULL; /* taken over */
    }
    return status;
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
    return take_chosen(s, LC_SAMPLE_NET, name, err);
}

static lc_status plan_of_operators(const lc__plan_request *r, lc__plan_session *s, lc_error *err) {
    lc_status status = LC_OK;
    for (size_t i = 0; i < r->arch.n && !status; i++)
        status = lc__net_list_add(&s->candidate, r->arch.item[i], err);
    if (r->arch.n == 0 && !r->all)
        status = lc__plan_draw(s, r->seed, (size_t)r->candidates, 1, err);
    if (!status)
        status = r->all ? lc__plan_all_operators(r, s, err) : lc__plan_operators(r, s, err);
    if (status)
        return status;
    char name[160], of[100] = "nets by name";
    if (r->arch.n == 0)
        snprintf(of, sizeof of, r->all ? "%s" : "%s, seed %lld", r->space, (long long)r->seed);
    snprintf(name, sizeof name, "%s%zu operators of %s", r->all ? "all " : "", s->n_chosen, of);
    return take_chosen(s, LC_SAMPLE_OP, name, err);
}

static lc_status plan_cover(const lc__plan_request *r, lc__plan_session *s, lc_error *err) {
    lc_status status = lc__plan_cover(r, s, err);
    if (status)
        return status;
    char name[160];
    snprintf(name, sizeof name, "%zu operators that cover %.80s, seed %lld", s->n_chosen, r->cover,
             (long long)r->seed);
    return take_chosen(s, LC_SAMPLE_OP, name, err);
}

static lc_status make_plan(const lc__plan_request *r, lc__plan_session *s, lc_error *err) {
    if (r->cover)
        return plan_cover(r, s, err);
    if (r->operators)
        return plan_of_operators(r, s, err);
    return r->arch.n > 0 ? plan_named(r, s, err) : plan_of_space(r, s, err);
}

static lc_status write_plan(const lc__plan_request *r, const lc__plan_session *s, lc_error *err) {
    if (s->plan.n_items == 0)
        lc__warn("nothing is left to measure: the interval is +-%.1f %% already, and the plan is "
                 "empty",
                 100 * s->half_now);
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

/* The plan is good as far as it goes; whoever runs it should know that it does not go far
 * enough. */
static lc_status check_reached(const lc__plan_request *r, const lc__plan_session *s,
                               lc_error *err) {
    if (r->until <= 0 || s->within)
        return LC_OK;
    double best = 100 * s->half_best, alone = 100 * s->half_occasion;
    char why[160] = "noise and what the features do not know may leave it out of reach";
    if (s->half_occasion >= r->until)
        snprintf(why, sizeof why,
                 "another occasion alone makes it +-%.1f %% (--repeatability %g says how steady "
                 "the device is)",
                 alone, r->repeatability);
    lc_error_set(err, LC_EINFEASIBLE,
                 "--until %g %% is not expected within %zu more measurements: +-%.1f %% now, "
                 "+-%.1f %% then; %s; the plan has the first %zu",
                 100 * r->until, s->until_n, 100 * s->half_now, best, why, s->n_chosen);
    return LC_EINFEASIBLE;
}

static int run(lc__plan_request *r) {
    lc__plan_session s = {0};
    lc_error err;
    lc_status status = lc__plan_settle(r, &s, &err);
    if (!status)
        status = read_known(r, &s, &err);
    if (!status)
        status = make_plan(r, &s, &err);
    if (!status)
        status = write_plan(r, &s, &err);
    if (!status && r->out && s.chosen)
        status = lc__plan_show(r, &s, &err);
    if (!status)
        status = check_reached(r, &s, &err);
    close_all(&s);
    return status ? lc__cli_fail("predict plan", &err) : lc__finish_output("predict plan");
}

int lc__predict_plan(int argc, char **argv) {
    lc__plan_request r = {
        .n = -1, .seed = -1, .candidates = -1, .repeats = -1, .repeatability = -1};
    const lc__opt table[] = {
        {.name = "space",
         .kind = LC__OPT_STR,
         .value = &r.space,
         .arg = "NAME",
         .help = "choose nets of this search space: fbnet, nasbench201,\n"
                 "ofa_mbv3, hat, flexibert, nasa"},
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
         .hi = LC__PLAN_MAX},
        {.name = "operators",
         .kind = LC__OPT_FLAG,
         .value = &r.operators,
         .help = "plan single operators instead: those of the space or of --arch NET,\neach once, "
                 "that tell most of the nets they are part of"},
        {.name = "all",
         .kind = LC__OPT_FLAG,
         .value = &r.all,
         .help = "with --operators: every one of them, as a lookup table takes"},
        {.name = "cover",
         .kind = LC__OPT_STR,
         .value = &r.cover,
         .arg = "KINDS",
         .help = "plan N operators of whatever shapes nets have, far from each other;\nkinds "
                 "parted by commas (dense,depthwise,adder,...), or all"},
        {.name = "max-work",
         .kind = LC__OPT_NUM,
         .value = &r.most_work,
         .arg = "N",
         .help = "with --cover: most operations of one (default 2e8)",
         .lo = 1e3,
         .hi = 1e12},
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
         .help = "stop where the 90 % interval of most nets is expected to be +-P %\n"
                 "(exit code 4: not within 100 more)"},
        {.name = "candidates",
         .kind = LC__OPT_INT,
         .value = &r.candidates,
         .arg = "N",
         .help = "random nets to select from (default 2000, with --operators 300)",
         .lo = 1,
         .hi = MAX_CANDIDATES},
        lc__option_seed(&r.seed, "seed", "of the random draw (default 1)"),
        {.name = "exclude",
         .kind = LC__OPT_LIST,
         .value = &r.exclude,
         .arg = "FILE",
         .help = "nets not to plan (plan.json, net.json, .jsonl); may be given several times"},
        lc__option_repeatability(&r.repeatability),
        lc__option_model(&r.model),
        lc__option_without(&r.without),
        lc__option_out(
            &r.out,
            "write the plan there and say what it is for (default, as with -:\nprint the plan)",
            false),
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
