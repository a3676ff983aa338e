/* nas pareto: the best nets within several budgets. */
#include "cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/now.h"
#include "base/out.h"
#include "cmdline/json_out.h"
#include "cmdline/options.h"
#include "curve.h"
#include "folder.h"
#include "found.h"
#include "settings.h"
#include "sweep.h"

#define PATH_MAX_OF_OURS 4096

typedef struct request {
    lc__hunt_options hunt;
    lc__sweep sweep;
    double energy_mj;
    const char *out;
    bool json;
} request;

typedef struct session {
    const request *request;
    lc__hunt hunt;
    lc__sweep sweep;
    lc_nas_extreme *range; /* [2] */
    cJSON *settings;       /* before the first search */
    char supernet[PATH_MAX_OF_OURS];
    lc__budget budget[LC__SWEEP_MOST]; /* [sweep.n] */
    lc__found *found;                  /* [sweep.n] */
    bool there[LC__SWEEP_MOST];        /* found by an earlier run */
    size_t left;                       /* to be found */
    double started;
} session;

/* "<out>/<name>" */
static const char *in_folder(const session *s, const char *name, char path[PATH_MAX_OF_OURS]) {
    snprintf(path, PATH_MAX_OF_OURS, "%s/%s", s->request->out, name);
    return path;
}

static const char *net_path(const session *s, size_t i, char path[PATH_MAX_OF_OURS]) {
    char name[32];
    snprintf(name, sizeof name, "net-%zu.json", i + 1);
    return in_folder(s, name, path);
}

/* Selection keeps one state for all budgets: the accuracies that are known. */
static const char *state_path(const session *s, size_t i, char path[PATH_MAX_OF_OURS]) {
    char name[48] = "front.search";
    if (s->hunt.way == LC__WAY_GRADIENT)
        snprintf(name, sizeof name, "net-%zu.json.search", i + 1);
    return in_folder(s, name, path);
}

/* ---- before ---- */

/* None of what is written may be what is read. */
static lc_status check_out(const session *s, lc_error *err) {
    const lc__hunt_options *o = &s->request->hunt;
    const lc__input inputs[] = {{"--device", o->source.device},
                                {"--model", o->source.model},
                                {"--supernet", o->supernet},
                                {"--accuracies", o->accuracies}};
    char path[PATH_MAX_OF_OURS];
    if (strlen(s->request->out) > PATH_MAX_OF_OURS - 64) {
        lc_error_set(err, LC_EUSAGE, "--out is too long");
        return LC_EUSAGE;
    }
    lc_status st = lc__out_check("--out", in_folder(s, "front.csv", path), inputs, 4, err);
    if (!st)
        st = lc__out_check("--out", in_folder(s, "front.svg", path), inputs, 4, err);
    for (size_t i = 0; i < LC__SWEEP_MOST && !st; i++)
        st = lc__out_check("--out", net_path(s, i, path), inputs, 4, err);
    return st;
}

/* The budgets, each of which some net keeps. */
static lc_status settle_budgets(session *s, lc_error *err) {
    lc_nas_problem *p = &s->hunt.problem;
    s->range = malloc(2 * sizeof *s->range);
    lc_status st =
        s->range ? lc_nas_extremes(p, 0, &s->range[0], &s->range[1], err) : lc__no_memory(err);
    if (!st)
        st = lc__sweep_spread(&s->sweep, s->range, err);
    for (int64_t i = 0; i < s->sweep.n && !st; i++) {
        s->budget[i] = (lc__budget){{s->sweep.limit[i], s->request->energy_mj * 1e3}};
        for (int k = 0; k < s->hunt.n_forecasts; k++)
            p->costs[k].limit = s->budget[i].limit[s->hunt.cost_of[k]];
        st = lc__hunt_feasible(&s->hunt, err);
    }
    return st;
}

/* Nets that an earlier run found. */
static lc_status recall(session *s, lc_error *err) {
    lc_status st = LC_OK;
    size_t n = (size_t)s->sweep.n;
    char path[PATH_MAX_OF_OURS];
    s->settings = lc__settings_json(&s->hunt, s->range);
    s->found = calloc(n, sizeof *s->found);
    if (!s->settings || !s->found)
        return lc__no_memory(err);
    for (size_t i = 0; i < n && !st; i++) {
        st = lc__found_read(&s->hunt, &s->budget[i], s->settings, net_path(s, i, path),
                            &s->there[i], &s->found[i], err);
        s->left += !s->there[i];
    }
    if (!st && s->left < n)
        lc__warn("%zu of the %zu nets are there already; they are not searched again", n - s->left,
                 n);
    return st;
}

static lc_status prepare(session *s, lc_error *err) {
    const request *r = s->request;
    const bool wanted[LC__COSTS] = {true, r->energy_mj > 0};
    lc_status st = lc__sweep_parse(&s->sweep, r->hunt.choose != NULL, err);
    if (!st)
        st = check_out(s, err);
    if (!st)
        st = lc__hunt_open(&r->hunt, wanted, NULL, &s->hunt, err);
    if (!st)
        st = settle_budgets(s, err);
    if (!st)
        st = lc__folder_make(r->out, err);
    if (!st)
        st = lc__folder_claim(r->out, err);
    if (st)
        return st;
    if (!s->hunt.supernet)
        s->hunt.supernet = in_folder(s, "supernet", s->supernet);
    return recall(s, err);
}

/* ---- at work ---- */

static void tell(const session *s, size_t i, size_t done) {
    char limit[40], left[60] = "";
    double took = lc__now() - s->started;
    if (s->request->hunt.course.quiet)
        return;
    if (done > 0)
        snprintf(left, sizeof left, "; about %.0f s left for all",
                 took / (double)done * (double)(s->left - done));
    lc__warn("budget %zu of %lld: %s%s", i + 1, (long long)s->sweep.n,
             lc__format_ns(s->budget[i].limit[LC__COST_LATENCY], limit, sizeof limit), left);
}

static lc_status find_one(session *s, size_t i, lc_error *err) {
    char path[PATH_MAX_OF_OURS], state[PATH_MAX_OF_OURS];
    cJSON *settings = NULL;
    state_path(s, i, state);
    lc_status st = lc__hunt_search(&s->hunt, &s->budget[i], state, &s->found[i], err);
    if (st)
        return st;
    settings = lc__settings_json(&s->hunt, s->range); /* with the supernet that is there now */
    st = settings ? lc__found_write(&s->hunt, &s->budget[i], &s->found[i], settings,
                                    net_path(s, i, path), err)
                  : lc__no_memory(err);
    cJSON_Delete(settings);
    if (!st && s->hunt.way == LC__WAY_GRADIENT)
        unlink(state);
    return st;
}

static lc_status find_all(session *s, lc_error *err) {
    size_t n = (size_t)s->sweep.n, done = 0;
    char state[PATH_MAX_OF_OURS];
    lc_status st = LC_OK;
    s->started = lc__now();
    if (s->left > 0 && s->hunt.way == LC__WAY_SELECT)
        st = lc__hunt_survey(&s->hunt, &s->budget[n - 1], state_path(s, 0, state), err);
    for (size_t i = 0; i < n && !st; i++) {
        if (s->there[i])
            continue;
        tell(s, i, done++);
        st = find_one(s, i, err);
    }
    if (!st && s->hunt.way != LC__WAY_GRADIENT)
        unlink(state_path(s, 0, state));
    return st;
}

/* ---- after ---- */

static lc_status write_text(const session *s, const char *name, lc__buf *text, lc_error *err) {
    char path[PATH_MAX_OF_OURS];
    lc_status st = text->failed
                       ? lc__no_memory(err)
                       : lc__file_write(in_folder(s, name, path), text->text, text->length, err);
    free(text->text);
    return st;
}

static lc_status print_json(const session *s, lc_error *err) {
    cJSON *o = cJSON_CreateObject(), *front = o ? cJSON_AddArrayToObject(o, "front") : NULL;
    char path[PATH_MAX_OF_OURS];
    bool ok = front && lc__json_add_num(o, "schema_version", LC_SCHEMA_VERSION) &&
              cJSON_AddStringToObject(o, "csv", in_folder(s, "front.csv", path)) &&
              cJSON_AddStringToObject(o, "svg", in_folder(s, "front.svg", path));
    for (size_t i = 0; i < (size_t)s->sweep.n && ok; i++) {
        cJSON *one = lc__found_json(&s->hunt, &s->budget[i], &s->found[i]);
        ok = one && cJSON_AddItemToArray(front, one) &&
             cJSON_AddStringToObject(one, "net", net_path(s, i, path));
    }
    return lc__print_object(o, ok, "", err);
}

static lc_status conclude(const session *s, lc_error *err) {
    lc__curve curve = {&s->hunt, s->budget, s->found, (size_t)s->sweep.n};
    lc__buf csv = {0}, svg = {0}, nets = {0};
    char path[2][PATH_MAX_OF_OURS];
    lc__curve_csv(&curve, &csv);
    lc__curve_svg(&curve, &svg);
    lc_status st = write_text(s, "front.csv", &csv, err);
    if (st)
        free(svg.text);
    else
        st = write_text(s, "front.svg", &svg, err);
    /* With a table there is one already; and of nets that were all there no others are known. */
    if (!st && !s->hunt.table && s->left > 0) {
        lc__curve_nets(&curve, &nets);
        st = write_text(s, "nets.csv", &nets, err);
    }
    if (st || s->request->json)
        return st ? st : print_json(s, err);
    lc__curve_show(&curve);
    printf("written: %s, %s\n", in_folder(s, "front.csv", path[0]),
           in_folder(s, "front.svg", path[1]));
    return LC_OK;
}

static int run(const request *r) {
    session s = {.request = r, .sweep = r->sweep};
    lc_error err;
    lc_status st = prepare(&s, &err);
    if (!st)
        st = find_all(&s, &err);
    if (!st)
        st = conclude(&s, &err);
    lc__hunt_close(&s.hunt);
    cJSON_Delete(s.settings);
    free(s.range);
    free(s.found);
    return st ? lc__cli_fail("nas pareto", &err) : lc__finish_output("nas pareto");
}

int lc__nas_pareto(int argc, char **argv) {
    request r = {.hunt = lc__hunt_init()};
    lc__opt table[LC__HUNT_OPTIONS + 9] = {
        {.name = "latency-ms",
         .kind = LC__OPT_STR,
         .value = &r.sweep.list,
         .arg = "A,B,...",
         .help = "budgets in milliseconds; or spread them:"},
        {.name = "latency-ms-from",
         .kind = LC__OPT_NUM,
         .value = &r.sweep.from_ms,
         .arg = "A",
         .help = "the smallest budget (default: a step above the fastest net)",
         .lo = 1e-6,
         .hi = 1e9},
        {.name = "latency-ms-to",
         .kind = LC__OPT_NUM,
         .value = &r.sweep.to_ms,
         .arg = "B",
         .help = "the largest (default: a step below the slowest net)",
         .lo = 1e-6,
         .hi = 1e9},
        {.name = "budgets",
         .kind = LC__OPT_INT,
         .value = &r.sweep.n,
         .arg = "N",
         .help = "how many, evenly spread (default 6)",
         .lo = 1,
         .hi = LC__SWEEP_MOST},
        {.name = "energy-mj",
         .kind = LC__OPT_NUM,
         .value = &r.energy_mj,
         .arg = "E",
         .help = "millijoules that none of the nets may take more than",
         .lo = 1e-6,
         .hi = 1e9},
        lc__option_out(&r.out, "folder for net-1.json, ..., front.csv, front.svg and nets.csv",
                       true),
        {.name = "quiet",
         .kind = LC__OPT_FLAG,
         .value = &r.hunt.course.quiet,
         .help = "no progress on stderr"},
        lc__option_json(&r.json, NULL)};
    int code;
    lc__hunt_table(&r.hunt, table + 8);
    if (!lc__options_parse(
            "nas pareto",
            "Searches a space once for each of several budgets, all with the same settings, and "
            "writes the\nnets and the front that they make. nsga2, random and exhaustive look at "
            "nets once for all\nbudgets. After an interruption the same command goes on; nets "
            "that are there are not\nsearched again.",
            NULL, table, argc, argv, &code))
        return code;
    return run(&r);
}
