/* predict eval: the predictor and its rivals on a suite of tasks, or on one's own table. */
#include "eval.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/memory.h"
#include "base/out.h"
#include "base/progress.h"
#include "cmdline/options.h"
#include "tasks/report.h"

#define MAX_TASKS 64
#define MAX_METHODS 16
#define DEFAULT_SOURCE_SAMPLES 800

/* ---- what is asked for ---- */

static bool among(const char *word, const char *const *item, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (!strcmp(item[i], word))
            return true;
    return false;
}

/* Cuts a copy of `text` at its commas into item[limit], which differ; the copy is *store
 * (free()). */
static lc_status split(const char *text, const char *option, char **store, const char **item,
                       size_t limit, size_t *n, lc_error *err) {
    *store = strdup(text);
    if (!*store)
        return lc__no_memory(err);
    char *rest = *store;
    for (char *word; (word = strsep(&rest, ","));) {
        if (!*word || *n == limit) {
            lc_error_set(err, LC_EUSAGE, "--%s takes up to %zu entries parted by commas", option,
                         limit);
            return LC_EUSAGE;
        }
        if (among(word, item, *n)) {
            lc_error_set(err, LC_EUSAGE, "--%s lists %.60s twice", option, word);
            return LC_EUSAGE;
        }
        item[(*n)++] = word;
    }
    return LC_OK;
}

static lc_status read_samples(const char *text, lc__eval_options *o, lc_error *err) {
    const char *word[LC__EVAL_MAX_SIZES];
    char *store;
    lc_status s = split(text, "samples", &store, word, LC__EVAL_MAX_SIZES, &o->n_samples, err);
    for (size_t i = 0; i < o->n_samples && !s; i++) {
        size_t digits = strspn(word[i], "0123456789");
        long n = strtol(word[i], NULL, 10);
        if (word[i][digits] || *word[i] == '0' || n < 1 || n > 1000000)
            s = lc_error_set(err, LC_EUSAGE, "--samples: \"%.40s\" is not a number of nets",
                             word[i]);
        o->samples[i] = (int)n;
    }
    free(store);
    return s;
}

static lc_status no_such_method(const char *name, lc_error *err) {
    char list[200] = "";
    for (const lc__forecaster *const *f = lc__forecasters(); *f; f++)
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", *list ? ", " : "",
                 (*f)->name);
    lc_error_set(err, LC_EUSAGE, "--baseline is of %s, not \"%.40s\"", list, name);
    return LC_EUSAGE;
}

/* method[*n]: what --baseline lists, without it ours alone. */
static lc_status read_methods(const char *text, const lc__forecaster **method, size_t *n,
                              lc_error *err) {
    const char *word[MAX_METHODS];
    char *store = NULL;
    lc_status s = split(text ? text : "ours", "baseline", &store, word, MAX_METHODS, n, err);
    for (size_t i = 0; i < *n && !s; i++) {
        method[i] = lc__forecaster_find(word[i]);
        if (!method[i])
            s = no_such_method(word[i], err);
    }
    free(store);
    return s;
}

/* A suite of one task from the options --table, --nets and so on. */
static lc_status own_suite(const lc__eval_request *r, lc__suite *suite, lc_error *err) {
    const char *name = r->format ? r->format : "csv";
    const lc__format *format = lc__format_find(name);
    if (!r->targets)
        return lc_error_set(err, LC_EUSAGE, "--table needs --target: the devices to forecast");
    if (format && !format->net && !r->nets == !r->space)
        return lc_error_set(err, LC_EUSAGE,
                            "--table needs the nets of its rows: either --nets FILE or --space "
                            "NAME");
    lc__origin origin = {.table = r->table,
                         .format = name,
                         .quantity = r->quantity ? r->quantity : "latency",
                         .space = r->space,
                         .nets = r->nets};
    int source_samples = r->source_samples ? (int)r->source_samples : DEFAULT_SOURCE_SAMPLES;
    return lc__suite_make(&origin, r->sources, r->targets, source_samples, suite, err);
}

/* An option that would be passed over is refused: its user expects it to do something. */
static lc_status check_options(const lc__eval_request *r, lc_error *err) {
    const struct {
        const char *option;
        bool given, of_suite;
    } options[] = {{"data", r->data, true},
                   {"task", r->tasks, true},
                   {"nets", r->nets, false},
                   {"space", r->space, false},
                   {"source", r->sources, false},
                   {"target", r->targets, false},
                   {"source-samples", r->source_samples, false},
                   {"format", r->format, false},
                   {"quantity", r->quantity, false}};
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        if (!options[i].given || options[i].of_suite == !r->table)
            continue;
        lc_error_set(err, LC_EUSAGE, "--%s goes with --%s, not with --%s", options[i].option,
                     r->table ? "suite" : "table", r->table ? "table" : "suite");
        return LC_EUSAGE;
    }
    return LC_OK;
}

static lc_status read_suite(const lc__eval_request *r, lc__suite *suite, lc_error *err) {
    if (!r->suite == !r->table)
        return lc_error_set(err, LC_EUSAGE, "either --suite FILE or --table FILE is needed");
    lc_status s = check_options(r, err);
    if (s)
        return s;
    if (r->suite && !r->data)
        return lc_error_set(err, LC_EUSAGE, "--suite needs --data: the folder of its tables");
    return r->suite ? lc__suite_load(r->suite, suite, err) : own_suite(r, suite, err);
}

/* A page must not take the place of what it tells of. */
static lc_status check_report(const lc__eval_request *r, const lc__suite *suite, lc_error *err) {
    const lc__input named[] = {{"--suite", r->suite}, {"--table", r->table}, {"--nets", r->nets}};
    lc_status s = lc__out_check("--report", r->report, named, sizeof named / sizeof *named, err);
    for (size_t i = 0; i < suite->n_tasks && r->data && !s; i++) {
        char table[4096], nets[4096];
        const lc__task *t = &suite->tasks[i];
        snprintf(table, sizeof table, "%s/%s", r->data, t->table);
        snprintf(nets, sizeof nets, "%s/%s", r->data, t->nets ? t->nets : "");
        const lc__input of_task[] = {{"the suite", table}, {"the suite", nets}};
        s = lc__out_check("--report", r->report, of_task, 2, err);
    }
    return s;
}

/* ---- the run ---- */

static void step(void *user, size_t done, size_t total, const char *task) {
    lc__progress *p = user;
    p->total = total;
    lc__progress_step(p, done, task);
}

static lc_status run_trials(const lc__suite *suite, lc__eval_options *o, lc__eval *eval,
                            lc_error *err) {
    lc__progress progress;
    lc__progress_start(&progress, "trials", 0, false);
    o->progress = step;
    o->user = &progress;
    o->stop = lc__interrupts_catch();
    lc_status s = lc__eval_run(suite, o, eval, err);
    lc__progress_end(&progress);
    return s;
}

static void show_notes(const char *notes) {
    for (const char *at = notes ? notes : ""; *at;) {
        size_t length = strcspn(at, "\n");
        lc__warn("note: %.*s", (int)length, at);
        at += length + (at[length] == '\n');
    }
}

static lc_status write_report(const lc__eval_request *r, const lc__suite *suite,
                              const lc__eval_options *o, const lc__eval *eval, lc_error *err) {
    lc__buf page = {0};
    lc_status s = lc__report(suite, o, eval, &page, err);
    if (!s)
        s = lc__file_write(r->report, page.text, page.length, err);
    free(page.text);
    return s;
}

static lc_status print(const lc__eval_request *r, const lc__suite *suite, const lc__eval *eval,
                       lc_error *err) {
    show_notes(eval->notes);
    lc_status s = LC_OK;
    if (r->json)
        s = lc__eval_json(r, suite->name, eval, err);
    else
        lc__eval_show(eval);
    if (s || eval->done == eval->total)
        return s;
    lc_error_set(err, LC_ERUNTIME,
                 "stopped after %zu of %zu trials; what is shown above covers only these",
                 eval->done, eval->total);
    return LC_ERUNTIME;
}

static lc_status evaluate(const lc__eval_request *r, const lc__suite *suite, lc__eval_options o,
                          lc_error *err) {
    const char *task[MAX_TASKS];
    const lc__forecaster *method[MAX_METHODS];
    char *store = NULL;
    lc__eval eval = {0};
    lc_status s = read_methods(r->baselines, method, &o.n_forecasters, err);
    if (!s && r->tasks)
        s = split(r->tasks, "task", &store, task, MAX_TASKS, &o.n_tasks, err);
    o.tasks = task;
    o.forecasters = method;
    o.scatter = r->report != NULL;
    if (!s)
        s = run_trials(suite, &o, &eval, err);
    bool ran = !s;
    if (ran)
        s = print(r, suite, &eval, err);
    if (ran && r->report && eval.n_rows) { /* last: a page that cannot be written takes nothing */
        lc_status written = write_report(r, suite, &o, &eval, err);
        s = written ? written : s;
    }
    lc__eval_clear(&eval);
    free(store);
    return s;
}

static int run(const lc__eval_request *r) {
    lc__eval_options o = {.data_dir = r->suite ? r->data : NULL,
                          .first_seed = (uint64_t)r->first_seed,
                          .seeds = (size_t)r->seeds,
                          .threads = (int)r->threads};
    lc__suite suite = {0};
    lc_error err;
    lc_status s = read_samples(r->samples, &o, &err);
    if (!s)
        s = lc__method_find("selection", r->selection, &o.selection, &err);
    if (!s)
        s = read_suite(r, &suite, &err);
    if (!s && r->report)
        s = check_report(r, &suite, &err);
    if (!s)
        s = evaluate(r, &suite, o, &err);
    lc__suite_clear(&suite);
    int code = s ? lc__cli_fail("predict eval", &err) : 0,
        written = lc__finish_output("predict eval");
    return code ? code : written;
}

static lc__opt text(const char *name, const char **value, const char *arg, const char *help) {
    return (lc__opt){.name = name, .kind = LC__OPT_STR, .value = value, .arg = arg, .help = help};
}

static lc__opt count(const char *name, int64_t *value, const char *help, double least,
                     double most) {
    return (lc__opt){.name = name,
                     .kind = LC__OPT_INT,
                     .value = value,
                     .arg = "N",
                     .help = help,
                     .lo = least,
                     .hi = most};
}

int lc__predict_eval(int argc, char **argv) {
    lc__eval_request r = {.samples = "20", .selection = "random", .seeds = 5, .threads = 2};
    const lc__opt table[] = {
        text("suite", &r.suite, "FILE", "task suite, e.g. tasks/nasflat.json; needs --data"),
        text("data", &r.data, "DIR", "folder with the tables that the suite names"),
        text("task", &r.tasks, "A,B", "only these tasks of the suite (default: all)"),
        text("table", &r.table, "FILE",
             "your own table instead of a suite: arch,device1,device2,..."),
        text("nets", &r.nets, "FILE",
             "its nets, a net.json object a line, named as in column arch"),
        text("space", &r.space, "NAME", "or the search space whose strings column arch holds"),
        text("source", &r.sources, "A,B", "its devices to learn from (default: none)"),
        text("target", &r.targets, "A,B", "its devices to forecast"),
        count("source-samples", &r.source_samples, "nets drawn of each source (default 800)", 1,
              1e6),
        text("format", &r.format, "NAME", "format of the table: csv (default), hat or edgetran"),
        text("quantity", &r.quantity, "NAME", "latency (default), energy or peak_power"),
        text("samples", &r.samples, "N,M", "nets measured on each target (default 20)"),
        count("seeds", &r.seeds, "random repetitions (default 5)", 1, 1000),
        lc__option_seed(&r.first_seed, "first-seed", "the first repetition's seed (default 0)"),
        text("selection", &r.selection, "HOW",
             "how the nets to measure are chosen, among 2000 drawn:\nrandom (default), plan, "
             "macs, kmeans, active, as by `predict plan --method`"),
        text("baseline", &r.baselines, "A,B",
             "methods to run on the same draws, of ours (default),\nflops, scratch, lut, oneproxy, "
             "nearest"),
        text("report", &r.report, "FILE", "also write a page with tables and plots (HTML)"),
        count("threads", &r.threads, "trials at a time (default 2)", 1, 64),
        lc__option_json(&r.json, NULL),
        {0}};
    int code;
    return lc__options_parse("predict eval",
                             "Scores the predictor: learns each task's source devices, adapts to "
                             "each target from a\nfew nets, forecasts all its other nets.",
                             NULL, table, argc, argv, &code)
               ? run(&r)
               : code;
}
