/* What the options of `predict plan` mean together. */
#include <stdlib.h>
#include <string.h>

#include "base/out.h"
#include "cmdline/options.h"
#include "plan.h"

/* Nets whose operators are planned. */
#define OPERATOR_NETS 300
#define DEFAULT_CANDIDATES 2000
/* Operations of an operator that --cover draws: some 10 ms on a slow board. */
#define MOST_WORK 2e8
/* From so many measured nets of the space on, the posterior says what to measure next. */
#define ENOUGH_TO_ADAPT 5

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
                  {"repeatability", r->repeatability >= 0},
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
        return lc_error_set(
            err, LC_EUSAGE,
            "--until takes a percentage above 0 and at most 100, as 5%%, not \"%.40s\"",
            r->until_text);
    r->until = percent / 100;
    return LC_OK;
}

/* Operators are chosen by what nets add up to, or by their shapes, whatever the pool says of
 * nets. */
static lc_status check_operators(const lc__plan_request *r, const char *mode, lc_error *err) {
    const struct {
        const char *name;
        bool given;
    } other[] = {{"method", r->method_name != NULL},
                 {"budget-s", r->budget_s > 0},
                 {"until", r->until_text != NULL},
                 {"repeats", r->repeats >= 0},
                 {"model", r->model != NULL},
                 {"without", r->without.n > 0},
                 {"repeatability", r->repeatability >= 0}};
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        if (other[i].given)
            return lc_error_set(err, LC_EUSAGE, "%s and --%s do not go together", mode,
                                other[i].name);
    if (r->arch.n > 0 && (r->space || r->seed >= 0 || r->candidates >= 0))
        return lc_error_set(err, LC_EUSAGE,
                            "--operators of the nets that --arch names: --space, --seed and "
                            "--candidates do not go with it");
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
    r->repeatability = r->repeatability < 0 ? LC__REPEATABILITY : r->repeatability;
    if (r->n < 0)
        r->n = r->budget_s > 0 ? LC__PLAN_MAX_CHOSEN : LC__PLAN_DEFAULT_N;
    if (r->method != LC__METHOD_random && r->n > LC__PLAN_MAX_CHOSEN)
        return lc_error_set(err, LC_EUSAGE,
                            "--n %lld: at most %d nets are chosen one by one, and among so many "
                            "the choice hardly matters; --method random draws up to %d",
                            (long long)r->n, LC__PLAN_MAX_CHOSEN, LC__PLAN_MAX);
    return LC_OK;
}

static lc_status settle_operators(lc__plan_request *r, lc__plan_session *s, lc_error *err) {
    lc_status status = check_operators(r, "--operators", err);
    if (!status && r->all && (r->n > 0 || r->candidates > 0))
        status = lc_error_set(err, LC_EUSAGE,
                              "--all takes every operator: --n and --candidates do not go with it");
    if (!status && r->space)
        status = lc__space_named(r->space, &s->space, err);
    r->seed = r->seed < 0 ? 1 : r->seed;
    r->candidates = r->candidates < 0 ? OPERATOR_NETS : r->candidates;
    r->method_name = "operators";
    if (!status && r->n > LC__PLAN_MAX_CHOSEN)
        status = lc_error_set(err, LC_EUSAGE, "--n %lld: at most %d operators are chosen",
                              (long long)r->n, LC__PLAN_MAX_CHOSEN);
    return status;
}

static lc_status settle_cover(lc__plan_request *r, lc_error *err) {
    lc_status status = check_operators(r, "--cover", err);
    if (!status && (r->space || r->arch.n > 0 || r->operators || r->candidates > 0))
        status =
            lc_error_set(err, LC_EUSAGE,
                         "--cover draws operators of its own: --space, --arch, --operators and "
                         "--candidates do not go with it");
    r->seed = r->seed < 0 ? 1 : r->seed;
    r->n = r->n < 0 ? LC__PLAN_DEFAULT_N : r->n;
    r->most_work = r->most_work > 0 ? r->most_work : MOST_WORK;
    r->method_name = "cover";
    return status;
}

/* Options that mean something with others only. */
static lc_status check_companions(const lc__plan_request *r, lc_error *err) {
    if (r->all && !r->operators)
        return lc_error_set(err, LC_EUSAGE,
                            "--all goes with --operators: a space has too many "
                            "nets to measure them all");
    if (r->most_work > 0 && !r->cover)
        return lc_error_set(err, LC_EUSAGE, "--max-work goes with --cover");
    return LC_OK;
}

static size_t add_inputs(lc__input *inputs, size_t n, const char *option, const lc__list *list) {
    for (size_t i = 0; i < list->n; i++)
        inputs[n++] = (lc__input){option, list->item[i]};
    return n;
}

/* Some name files, others nets. */
static lc_status check_out(const lc__plan_request *r, lc_error *err) {
    lc__input inputs[3 + 2 * LC__LIST_MAX] = {{"--device", r->device},
                                              {"--model", r->model},
                                              {"$LATCAST_MODEL", getenv("LATCAST_MODEL")}};
    size_t n = add_inputs(inputs, 3, "--arch", &r->arch);
    n = add_inputs(inputs, n, "--exclude", &r->exclude);
    return lc__out_check("--out", r->out, inputs, n, err);
}

lc_status lc__plan_settle(lc__plan_request *r, lc__plan_session *s, lc_error *err) {
    lc_status status = check_companions(r, err);
    if (r->out && !strcmp(r->out, "-"))
        r->out = NULL; /* as without: the plan is printed */
    if (!status && r->out)
        status = check_out(r, err);
    if (!status && r->device)
        status = lc__shot_file_load(r->device, &s->shots, err);
    if (!status && r->device)
        status = lc__readings_check(&s->shots, r->device, err);
    if (!status && r->arch.n > 0 && !r->operators && !r->cover)
        return check_named(r, err);
    if (!status && !r->space && r->arch.n == 0 && !r->cover) {
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
    if (!status && r->cover)
        return settle_cover(r, err);
    if (status || r->operators)
        return status ? status : settle_operators(r, s, err);
    status = read_until(r, err);
    if (!status)
        status = lc__space_named(r->space, &s->space, err);
    if (!status)
        status = settle_method(r, s, err);
    return status ? status : settle_numbers(r, err);
}
