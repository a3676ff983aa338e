/* predict eval: the predictor on a suite of tasks. */
#include "cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/progress.h"
#include "json_out.h"
#include "options.h"
#include "tasks/harness.h"

#define MAX_TASKS 64

typedef struct request {
    const char *suite, *data, *tasks, *samples, *selection;
    int64_t seeds, first_seed, threads;
    bool json;
} request;

/* Cuts a copy of `text` at its commas into item[limit]; the copy is *store (free()). */
static lc_status split(const char *text, const char *option, char **store, const char **item,
                       size_t limit, size_t *n, lc_error *err) {
    *store = strdup(text);
    if (!*store)
        return lc__no_memory(err);
    char *rest = *store;
    for (char *word; (word = strsep(&rest, ","));) {
        if (!*word || *n == limit)
            return lc_error_set(err, LC_EUSAGE, "--%s takes up to %zu entries parted by commas",
                                option, limit);
        item[(*n)++] = word;
    }
    return LC_OK;
}

static lc_status read_samples(const char *text, lc__eval_options *o, lc_error *err) {
    const char *word[LC__EVAL_MAX_SIZES];
    char *store;
    lc_status s = split(text, "samples", &store, word, LC__EVAL_MAX_SIZES, &o->n_samples, err);
    for (size_t i = 0; i < o->n_samples && !s; i++) {
        char *end;
        long n = strtol(word[i], &end, 10);
        if (*end || n < 1 || n > 1000000)
            s = lc_error_set(err, LC_EUSAGE, "--samples: \"%.40s\" is not a number of nets",
                             word[i]);
        o->samples[i] = (int)n;
    }
    free(store);
    return s;
}

static void step(void *user, size_t done, size_t total, const char *task) {
    lc__progress *p = user;
    p->total = total;
    lc__progress_step(p, done, task);
}

/* ---- output ---- */

static bool add_row(cJSON *list, const lc__eval_row *row) {
    cJSON *o = lc__append_object(list);
    if (!o || !cJSON_AddStringToObject(o, "task", row->task) ||
        (row->device && !cJSON_AddStringToObject(o, "device", row->device)) ||
        !lc__json_add_num(o, "samples", row->samples))
        return false;
    for (int m = 0; m < LC__N_METRICS; m++) {
        cJSON *figure = cJSON_AddObjectToObject(o, lc__metric_key((lc__metric)m));
        if (!figure || !lc__json_add_num(figure, "mean", row->mean[m]) ||
            !lc__json_add_num(figure, "std", row->std[m]))
            return false;
    }
    return true;
}

static lc_status print_json(const request *r, const char *suite, const lc__eval *eval,
                            lc_error *err) {
    cJSON *o = cJSON_CreateObject();
    cJSON *list = NULL;
    bool ok = o && lc__json_add_num(o, "schema_version", LC_SCHEMA_VERSION) &&
              cJSON_AddStringToObject(o, "suite", suite) &&
              lc__json_add_num(o, "first_seed", (double)r->first_seed) &&
              lc__json_add_num(o, "seeds", (double)r->seeds) &&
              cJSON_AddStringToObject(o, "selection", r->selection) &&
              (list = cJSON_AddArrayToObject(o, "results"));
    for (size_t i = 0; ok && i < eval->n_rows; i++)
        ok = add_row(list, &eval->rows[i]);
    return lc__print_object(o, ok, "", err);
}

static void print_table(const lc__eval *eval) {
    printf("%-5s %-44s %4s  %-13s %-13s %-6s %-6s %-6s %-6s %8s %8s\n", "task", "device", "n",
           "spearman", "within 10 %", "kendall", "5 %", "mape", "cover", "adapt", "query");
    for (size_t i = 0; i < eval->n_rows; i++) {
        const lc__eval_row *row = &eval->rows[i];
        const double *m = row->mean, *d = row->std;
        printf("%-5s %-44s %4d  %.3f +- %.3f %.3f +- %.3f %-6.3f  %-6.3f %-6.3f %-6.3f %5.1f ms "
               "%5.1f us\n",
               row->task, row->device ? row->device : "(mean)", row->samples,
               m[LC__METRIC_SPEARMAN], d[LC__METRIC_SPEARMAN], m[LC__METRIC_WITHIN10],
               d[LC__METRIC_WITHIN10], m[LC__METRIC_KENDALL], m[LC__METRIC_WITHIN5],
               m[LC__METRIC_MAPE], m[LC__METRIC_COVERAGE90], m[LC__METRIC_ADAPT_MS],
               m[LC__METRIC_QUERY_US]);
    }
}

/* Figures of a task that lacks devices are not quite those of the published task. */
static void note_missing(const lc__suite *suite, const lc__eval *eval) {
    for (size_t i = 0; i < eval->n_rows; i++) {
        const lc__eval_row *row = &eval->rows[i];
        const lc__task *task = lc__suite_find(suite, row->task);
        if (row->device || (i > 0 && !strcmp(eval->rows[i - 1].task, row->task)))
            continue;
        for (size_t k = 0; k < task->missing.n; k++)
            lc__warn("note: task %s runs without %s, which no public table has", task->name,
                     task->missing.item[k]);
    }
}

static lc_status evaluate(const request *r, const lc__suite *suite, lc__eval_options o,
                          lc_error *err) {
    const char *task[MAX_TASKS];
    char *store = NULL;
    lc__progress progress;
    lc__eval eval = {0};
    lc_status s = LC_OK;
    if (r->tasks)
        s = split(r->tasks, "task", &store, task, MAX_TASKS, &o.n_tasks, err);
    o.tasks = task;
    if (!s) {
        lc__progress_start(&progress, "trials", 0, false);
        o.progress = step;
        o.user = &progress;
        s = lc__eval_run(suite, &o, &eval, err);
        lc__progress_end(&progress);
    }
    if (!s)
        note_missing(suite, &eval);
    if (!s && r->json)
        s = print_json(r, suite->name, &eval, err);
    else if (!s)
        print_table(&eval);
    lc__eval_clear(&eval);
    free(store);
    return s;
}

static int run(const request *r) {
    lc__eval_options o = {.data_dir = r->data,
                          .first_seed = (uint64_t)r->first_seed,
                          .seeds = (size_t)r->seeds,
                          .threads = (int)r->threads};
    lc__suite suite = {0};
    lc_error err;
    lc_status s = read_samples(r->samples, &o, &err);
    if (!s)
        s = lc__method_find("selection", r->selection, &o.selection, &err);
    if (!s)
        s = lc__suite_load(r->suite, &suite, &err);
    if (!s)
        s = evaluate(r, &suite, o, &err);
    lc__suite_clear(&suite);
    return s ? lc__cli_fail("predict eval", &err) : lc__finish_output("predict eval");
}

int lc__predict_eval(int argc, char **argv) {
    request r = {.samples = "20", .selection = "random", .seeds = 5, .threads = 2};
    const lc__opt table[] = {
        {.name = "suite",
         .kind = LC__OPT_STR,
         .value = &r.suite,
         .arg = "FILE",
         .help = "task suite, e.g. tasks/nasflat.json",
         .required = true},
        {.name = "data",
         .kind = LC__OPT_STR,
         .value = &r.data,
         .arg = "DIR",
         .help = "folder with the latency tables that the suite names",
         .required = true},
        {.name = "task",
         .kind = LC__OPT_STR,
         .value = &r.tasks,
         .arg = "A,B",
         .help = "only these tasks (default: all)"},
        {.name = "samples",
         .kind = LC__OPT_STR,
         .value = &r.samples,
         .arg = "N,M",
         .help = "nets measured on each target (default 20)"},
        {.name = "seeds",
         .kind = LC__OPT_INT,
         .value = &r.seeds,
         .arg = "N",
         .help = "random repetitions (default 5)",
         .lo = 1,
         .hi = 1000},
        lc__option_seed(&r.first_seed, "first-seed", "the first repetition's seed (default 0)"),
        {.name = "selection",
         .kind = LC__OPT_STR,
         .value = &r.selection,
         .arg = "HOW",
         .help = "how the nets to measure are chosen, among 2000 drawn:\nrandom (default), plan, "
                 "macs, kmeans, as by `predict plan --method`"},
        {.name = "threads",
         .kind = LC__OPT_INT,
         .value = &r.threads,
         .arg = "N",
         .help = "trials at a time (default 2)",
         .lo = 1,
         .hi = 64},
        lc__option_json(&r.json, NULL),
        {0}};
    int code;
    if (!lc__options_parse(
            "predict eval",
            "Scores the predictor: learns each task's source devices, adapts to each "
            "target from a\nfew nets, forecasts all its other nets.",
            NULL, table, argc, argv, &code))
        return code;
    return run(&r);
}
