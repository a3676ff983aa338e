/* predict plan: which nets of a space to measure. */
#include "cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "digests.h"
#include "latcast/space.h"

#define MAX_PLAN 100000
/* Draws in a row that are known already before a space counts as used up. */
#define PATIENCE 20000

typedef struct request {
    const char *space, *device, *model, *method, *out;
    lc__list exclude, without;
    int64_t n, seed, candidates;
} request;

typedef struct session {
    const lc_space *space;
    lc__digests known;      /* digests that must not be drawn (again) */
    lc__shot_file shots;    /* of --device, or empty */
    lc__net_list candidate; /* distinct nets of the space */
    size_t *chosen;         /* [n] indices into candidate */
    lc_plan plan;
} session;

static void close_all(session *s) {
    lc__digests_clear(&s->known);
    lc__shot_file_clear(&s->shots);
    lc__net_list_clear(&s->candidate);
    free(s->chosen);
    lc_plan_clear(&s->plan);
}

static lc_status make_known(session *s, const lc_net *net, bool *added, lc_error *err) {
    return lc__digests_add(&s->known, lc_net_digest(net), added, err);
}

/* Nets measured already and nets of --exclude are not planned again. */
static lc_status read_known(const request *r, session *s, lc_error *err) {
    lc__net_list excluded = {0};
    lc_status status = LC_OK;
    bool added;
    if (r->device)
        status = lc__shot_file_load(r->device, &s->shots, err);
    for (size_t i = 0; i < s->shots.n && !status; i++)
        status = make_known(s, s->shots.nets[i], &added, err);
    for (size_t i = 0; i < r->exclude.n && !status; i++)
        status = lc__net_list_add(&excluded, r->exclude.item[i], err);
    for (size_t i = 0; i < excluded.n && !status; i++)
        status = make_known(s, excluded.net[i], &added, err);
    lc__net_list_clear(&excluded);
    return status;
}

/* Nets of a space, HUGE_VAL at most. */
static double space_size(const lc_space *space) {
    double size = 1;
    for (int i = 0; i < space->n_positions; i++)
        size *= space->n_options(i);
    return size;
}

/* Draws the next candidate; *missed counts the known ones met in a row. */
static lc_status draw_one(session *s, uint64_t *rng, size_t *missed, lc_error *err) {
    int choices[LC_NET_MAX_CHOICES];
    lc_net *net;
    lc_space_random(s->space, rng, choices);
    lc_status status = lc_space_net(s->space, choices, s->space->n_positions, &net, err);
    if (status)
        return status;
    bool added = false;
    status = make_known(s, net, &added, err);
    if (added) {
        s->candidate.net[s->candidate.n++] = net;
        *missed = 0;
    } else {
        lc_net_free(net);
        ++*missed;
    }
    return status;
}

/* Draws until there are `wanted` distinct candidates, or the space seems used up. */
static lc_status draw(const request *r, session *s, size_t wanted, lc_error *err) {
    uint64_t rng = (uint64_t)r->seed;
    double size = space_size(s->space);
    if ((double)r->n > size)
        return lc_error_set(err, LC_EUSAGE, "--n %lld: space %s has only %.0f nets",
                            (long long)r->n, s->space->name, size);
    s->candidate.net = calloc(wanted, sizeof(lc_net *));
    if (!s->candidate.net)
        return lc__no_memory(err);
    lc_status status = LC_OK;
    for (size_t missed = 0; s->candidate.n < wanted && missed < PATIENCE && !status;)
        status = draw_one(s, &rng, &missed, err);
    if (!status && s->candidate.n < (size_t)r->n)
        status = lc_error_set(err, LC_EUSAGE,
                              "only %zu nets of %s are left to choose %lld from; ask for fewer",
                              s->candidate.n, s->space->name, (long long)r->n);
    return status;
}

/* The model to choose by; without one, the physical features alone, scaled by the candidates. */
static lc_status open_model(const request *r, const session *s, lc_model **out, lc_error *err) {
    lc_status status = lc__pool_open(r->model, out, err);
    if (status != LC_EIO || r->model || getenv("LATCAST_MODEL"))
        return status;
    lc__warn("note: no pool model is installed; choosing by physical features alone");
    return lc_model_train(NULL, 0, (const lc_net *const *)s->candidate.net, s->candidate.n, out,
                          err);
}

static lc_status select_by_model(const request *r, session *s, lc_error *err) {
    lc_model *model = NULL;
    lc_adapt_options options = {0};
    lc_status status = open_model(r, s, &model, err);
    if (!status)
        status = lc__pool_without(model, &r->without, &options, err);
    if (!status)
        status = lc_model_select(model, s->shots.nets, s->shots.n,
                                 (const lc_net *const *)s->candidate.net, s->candidate.n,
                                 (size_t)r->n, &options, s->chosen, err);
    lc__pool_without_clear(&options);
    lc_model_free(model);
    return status;
}

static lc_status make_plan(const request *r, session *s, bool random, lc_error *err) {
    size_t n = (size_t)r->n;
    size_t wanted = random || (size_t)r->candidates < n ? n : (size_t)r->candidates;
    lc_status status = draw(r, s, wanted, err);
    if (status)
        return status;
    s->chosen = malloc(n * sizeof *s->chosen);
    if (!s->chosen)
        return lc__no_memory(err);
    for (size_t i = 0; i < n; i++)
        s->chosen[i] = i;
    if (!random)
        status = select_by_model(r, s, err);
    char name[160];
    snprintf(name, sizeof name, "%s, %zu nets, %s, seed %lld", r->space, n, r->method,
             (long long)r->seed);
    s->plan.name = strdup(name);
    if (!status && !s->plan.name)
        status = lc__no_memory(err);
    for (size_t i = 0; i < n && !status; i++) {
        lc_net **net = &s->candidate.net[s->chosen[i]];
        status = lc_plan_add(&s->plan, LC_SAMPLE_NET, *net, err);
        *net = NULL; /* taken over */
    }
    return status;
}

static lc_status write_plan(const request *r, const session *s, lc_error *err) {
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

static lc_status find_space(const char *name, const lc_space **out, lc_error *err) {
    *out = lc_space_find(name);
    if (*out)
        return LC_OK;
    char list[200] = "";
    for (const lc_space *const *s = lc_spaces(); *s; s++)
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", *list ? ", " : "",
                 (*s)->name);
    return lc_error_set(err, LC_EUNSUPPORTED, "unknown space \"%.60s\"; there are %s", name, list);
}

static int run(const request *r) {
    session s = {0};
    lc_error err;
    bool random = !strcmp(r->method, "random");
    lc_status status = LC_OK;
    if (!random && strcmp(r->method, "select") != 0)
        status =
            lc_error_set(&err, LC_EUSAGE, "--method is select or random, not \"%.40s\"", r->method);
    if (!status)
        status = find_space(r->space, &s.space, &err);
    if (!status)
        status = read_known(r, &s, &err);
    if (!status)
        status = make_plan(r, &s, random, &err);
    if (!status)
        status = write_plan(r, &s, &err);
    close_all(&s);
    return status ? lc__cli_fail("predict plan", &err) : lc__finish_output("predict plan");
}

int lc__predict_plan(int argc, char **argv) {
    request r = {.method = "select", .n = 20, .seed = 1, .candidates = 2000};
    const lc__opt table[] = {
        {.name = "space",
         .kind = LC__OPT_STR,
         .value = &r.space,
         .arg = "NAME",
         .help = "search space of the nets: fbnet, nasbench201",
         .required = true},
        {.name = "n",
         .kind = LC__OPT_INT,
         .value = &r.n,
         .arg = "N",
         .help = "how many nets (default 20)",
         .lo = 1,
         .hi = MAX_PLAN},
        {.name = "device",
         .kind = LC__OPT_STR,
         .value = &r.device,
         .arg = "FILE",
         .help = "what was measured already (device.json): the plan adds to it"},
        {.name = "method",
         .kind = LC__OPT_STR,
         .value = &r.method,
         .arg = "HOW",
         .help = "select: the nets that tell the predictor most (default);\nrandom: a random draw"},
        {.name = "candidates",
         .kind = LC__OPT_INT,
         .value = &r.candidates,
         .arg = "N",
         .help = "random nets to select from (default 2000)",
         .lo = 1,
         .hi = MAX_PLAN},
        {.name = "seed",
         .kind = LC__OPT_INT,
         .value = &r.seed,
         .arg = "S",
         .help = "of the random draw (default 1)",
         .lo = 0,
         .hi = 9007199254740991.0},
        {.name = "exclude",
         .kind = LC__OPT_LIST,
         .value = &r.exclude,
         .arg = "FILE",
         .help = "nets not to plan (plan.json, net.json, .jsonl); may be given several times"},
        {.name = "model",
         .kind = LC__OPT_STR,
         .value = &r.model,
         .arg = "FILE",
         .help = "pool model (default: $LATCAST_MODEL, else the one that ships)"},
        {.name = "without",
         .kind = LC__OPT_LIST,
         .value = &r.without,
         .arg = "NAME",
         .help = "leave this pool device out; * and ? make a pattern"},
        {.name = "out",
         .kind = LC__OPT_STR,
         .value = &r.out,
         .arg = "FILE",
         .help = "write the plan there (default: standard output)"},
        {0}};
    switch (lc__cli_parse("predict plan", "Chooses which nets to measure next on a device.", NULL,
                          table, argc, argv, NULL)) {
    case LC__CLI_DONE:
        return 0;
    case LC__CLI_BAD:
        return lc_status_exit_code(LC_EUSAGE);
    case LC__CLI_RUN:
        break;
    }
    return run(&r);
}
