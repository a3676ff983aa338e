/* predict plan: which nets to measure: some of a space, or those that are named. */
#include "cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/progress.h"
#include "digests.h"
#include "options.h"

#define MAX_PLAN 100000
/* Choosing takes time in proportion to the nets chosen, and beyond some hundreds it makes no
 * difference which they are. */
#define MAX_CHOSEN 500
/* From here on choosing may take a while on a small board. */
#define MANY_CHOSEN 100
#define MAX_CANDIDATES 20000 /* each takes some 20 KiB */
#define DEFAULT_N 20
#define DEFAULT_CANDIDATES 2000
/* Draws in a row that are known already before a space counts as used up. */
#define PATIENCE 20000

typedef struct request {
    const char *space, *device, *model, *method, *out;
    lc__list arch, exclude, without;
    int64_t n, seed, candidates; /* -1: not given, until settle() fills in what holds then */
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
    if ((double)r->n > size) {
        lc_error_set(err, LC_EUSAGE, "--n %lld: space %s has only %.0f nets", (long long)r->n,
                     s->space->name, size);
        return LC_EUSAGE;
    }
    s->candidate.net = calloc(wanted, sizeof(lc_net *));
    if (!s->candidate.net)
        return lc__no_memory(err);
    lc_status status = LC_OK;
    lc__progress progress;
    lc__progress_start(&progress, "drawing nets", wanted, false);
    for (size_t missed = 0; s->candidate.n < wanted && missed < PATIENCE && !status;) {
        status = draw_one(s, &rng, &missed, err);
        lc__progress_step(&progress, s->candidate.n, NULL);
    }
    lc__progress_clear(&progress);
    if (!status && s->candidate.n < (size_t)r->n)
        status = lc_error_set(err, LC_EUSAGE,
                              "only %zu nets of %s are left to choose %lld from; ask for fewer",
                              s->candidate.n, s->space->name, (long long)r->n);
    return status;
}

/* The model to choose by; without one, the physical features alone, scaled by the candidates. */
static lc_status open_model(const request *r, const session *s, lc_model **out, lc_error *err) {
    lc_status status = lc__pool_open(r->model, out, err);
    if (status != LC_EIO || r->model || lc__pool_named())
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
    if (!status && r->n >= MANY_CHOSEN)
        lc__warn("choosing %lld of %zu nets ...", (long long)r->n, s->candidate.n);
    if (!status)
        status = lc_model_select(model, s->shots.nets, s->shots.n,
                                 (const lc_net *const *)s->candidate.net, s->candidate.n,
                                 (size_t)r->n, &options, s->chosen, err);
    lc__pool_without_clear(&options);
    lc_model_free(model);
    return status;
}

static lc_status name_plan(session *s, const char *name, lc_error *err) {
    s->plan.name = strdup(name);
    return s->plan.name ? LC_OK : lc__no_memory(err);
}

/* A plan of the nets that --arch names, in their order, without those that are known. */
static lc_status plan_named(const request *r, session *s, lc_error *err) {
    lc_status status = LC_OK;
    for (size_t i = 0; i < r->arch.n && !status; i++)
        status = lc__net_list_add(&s->candidate, r->arch.item[i], err);
    for (size_t i = 0; i < s->candidate.n && !status; i++) {
        bool added = false;
        status = make_known(s, s->candidate.net[i], &added, err);
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

static lc_status plan_of_space(const request *r, session *s, bool random, lc_error *err) {
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
    if (!status)
        status = name_plan(s, name, err);
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

/* Options that say how to choose are refused where the nets are named. */
static lc_status check_named(const request *r, lc_error *err) {
    const struct {
        const char *name;
        bool given;
    } choice[] = {{"space", r->space != NULL},   {"n", r->n >= 0},
                  {"seed", r->seed >= 0},        {"candidates", r->candidates >= 0},
                  {"method", r->method != NULL}, {"without", r->without.n > 0},
                  {"model", r->model != NULL}};
    for (size_t i = 0; i < sizeof choice / sizeof *choice; i++)
        if (choice[i].given)
            return lc_error_set(err, LC_EUSAGE,
                                "--arch plans just the nets it names: --%s does not go with it",
                                choice[i].name);
    return LC_OK;
}

/* Checks what goes together, fills in what was not given; *random: the method. */
static lc_status settle(request *r, session *s, bool *random, lc_error *err) {
    if (r->arch.n > 0)
        return check_named(r, err);
    if (!r->space) {
        lc_error_set(err, LC_EUSAGE,
                     "--space or --arch is required: a search space to choose nets of, or the nets "
                     "themselves");
        return LC_EUSAGE;
    }
    if (!r->method)
        r->method = "select";
    *random = !strcmp(r->method, "random");
    if (!*random && strcmp(r->method, "select") != 0) {
        lc_error_set(err, LC_EUSAGE, "--method is select or random, not \"%.40s\"", r->method);
        return LC_EUSAGE;
    }
    r->n = r->n < 0 ? DEFAULT_N : r->n;
    r->seed = r->seed < 0 ? 1 : r->seed;
    r->candidates = r->candidates < 0 ? DEFAULT_CANDIDATES : r->candidates;
    lc_status status = lc__space_named(r->space, &s->space, err);
    if (!status && !*random && r->n > MAX_CHOSEN)
        status = lc_error_set(err, LC_EUSAGE,
                              "--n %lld: at most %d nets are chosen one by one, and among so many "
                              "the choice hardly matters; --method random draws up to %d",
                              (long long)r->n, MAX_CHOSEN, MAX_PLAN);
    return status;
}

static int run(request *r) {
    session s = {0};
    lc_error err;
    bool random = false;
    lc_status status = settle(r, &s, &random, &err);
    if (!status)
        status = read_known(r, &s, &err);
    if (!status)
        status = r->arch.n > 0 ? plan_named(r, &s, &err) : plan_of_space(r, &s, random, &err);
    if (!status)
        status = write_plan(r, &s, &err);
    close_all(&s);
    return status ? lc__cli_fail("predict plan", &err) : lc__finish_output("predict plan");
}

int lc__predict_plan(int argc, char **argv) {
    request r = {.n = -1, .seed = -1, .candidates = -1};
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
         .help = "how many nets (default 20; at most 500 unless --method random)",
         .lo = 1,
         .hi = MAX_PLAN},
        lc__option_device(&r.device, "what was measured already (device.json): the plan adds to it",
                          false),
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
         .hi = MAX_CANDIDATES},
        lc__option_seed(&r.seed, "seed", "of the random draw (default 1)"),
        {.name = "exclude",
         .kind = LC__OPT_LIST,
         .value = &r.exclude,
         .arg = "FILE",
         .help = "nets not to plan (plan.json, net.json, .jsonl); may be given several times"},
        lc__option_model(&r.model),
        lc__option_without(&r.without),
        lc__option_out(&r.out, "write the plan there (default: standard output)", false),
        {0}};
    int code;
    if (!lc__options_parse("predict plan",
                           "Chooses which nets of a space to measure next on a device, or plans "
                           "the nets that\n--arch names.",
                           NULL, table, argc, argv, &code))
        return code;
    return run(&r);
}
