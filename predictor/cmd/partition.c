/* predict partition: makes tasks of a table, each with sources and targets that rank nets
 * differently. */
#include "cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/out.h"
#include "base/text.h"
#include "columns.h"
#include "cmdline/json_out.h"
#include "cmdline/options.h"
#include "tasks/partition.h"

#define MAX_TASKS 64
#define DEFAULT_SIDE 5
#define DEFAULT_SOURCE_SAMPLES 512

typedef struct request {
    const char *table, *space, *out, *name;
    lc__list without;
    int64_t tasks, sources, targets, seed, least,
        source_samples; /* sources, targets -1: not said */
    bool json;
} request;

typedef struct session {
    lc__columns columns;
    lc__agreement agreement;
    lc__partition partition;
} session;

static void close_all(session *s) {
    lc__partition_clear(&s->partition);
    lc__agreement_clear(&s->agreement);
    lc__columns_clear(&s->columns);
}

/* A device that ranks nothing has no correlation to part it by. */
static lc_status check_constant(const session *s, lc_error *err) {
    for (size_t i = 0; i < s->columns.n; i++) {
        if (!s->agreement.constant[i])
            continue;
        lc_error_set(err, LC_EFORMAT,
                     "%.80s takes the same time for every net, so it ranks nothing; --without "
                     "%.80s leaves it out",
                     s->columns.name[i], s->columns.name[i]);
        return LC_EFORMAT;
    }
    return LC_OK;
}

static lc_status find_splits(const request *r, session *s, lc_error *err) {
    size_t half = s->columns.n / 2, side = half < DEFAULT_SIDE ? half : DEFAULT_SIDE;
    side = side ? side : 1; /* a lone device is refused in words by the search */
    lc__partition_options o = {.n_sources = r->sources < 0 ? side : (size_t)r->sources,
                               .n_targets = r->targets < 0 ? side : (size_t)r->targets,
                               .n_splits = (size_t)r->tasks,
                               .seed = (uint64_t)r->seed};
    return lc__partition_find(&s->agreement, &o, &s->partition, err);
}

static lc_status work(const request *r, session *s, lc_error *err) {
    lc_status st = lc__columns_of_table(r->table, r->space, &r->without, &s->columns, err);
    if (!st)
        st = lc__columns_agree(&s->columns, (size_t)r->least, &s->agreement, err);
    if (!st)
        st = check_constant(s, err);
    if (!st)
        st = find_splits(r, s, err);
    return st ? lc_error_in_file(err, r->table) : LC_OK;
}

/* ---- output ---- */

static const char *file_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool add_side(cJSON *task, const char *key, const session *s, const lc__split *split,
                     lc__side side) {
    cJSON *list = cJSON_AddArrayToObject(task, key);
    for (size_t i = 0; list && i < s->columns.n; i++) {
        if (split->side[i] != side)
            continue;
        cJSON *name = cJSON_CreateString(s->columns.name[i]);
        if (!name || !cJSON_AddItemToArray(list, name)) {
            cJSON_Delete(name);
            return false;
        }
    }
    return list != NULL;
}

static bool add_task(cJSON *list, const request *r, const session *s, size_t k) {
    const lc__split *split = &s->partition.split[k];
    char name[32];
    snprintf(name, sizeof name, "P%zu", k + 1);
    cJSON *task = lc__append_object(list), *figures = NULL;
    return task && cJSON_AddStringToObject(task, "name", name) &&
           cJSON_AddStringToObject(task, "space", r->space) &&
           cJSON_AddStringToObject(task, "table", file_name(r->table)) &&
           lc__json_add_num(task, "source_samples", (double)r->source_samples) &&
           add_side(task, "sources", s, split, LC__SIDE_SOURCE) &&
           add_side(task, "targets", s, split, LC__SIDE_TARGET) &&
           (figures = cJSON_AddObjectToObject(task, "correlation")) &&
           lc__json_add_num(figures, "between", split->between) &&
           lc__json_add_num(figures, "within_sources", split->within_sources) &&
           lc__json_add_num(figures, "within_targets", split->within_targets);
}

/* The suite as JSON, pretty-printed (free()). */
static char *suite_text(const request *r, const session *s) {
    const lc__partition *p = &s->partition;
    cJSON *o = cJSON_CreateObject(), *random = NULL, *tasks = NULL;
    bool ok = o && lc__json_add_num(o, "schema_version", LC_SCHEMA_VERSION) &&
              cJSON_AddStringToObject(o, "name", r->name) &&
              cJSON_AddStringToObject(o, "about",
                                      "Made by predict partition: sources and targets that rank "
                                      "nets differently.") &&
              lc__json_add_num(o, "seed", (double)r->seed) &&
              (random = cJSON_AddObjectToObject(o, "random_splits")) &&
              lc__json_add_num(random, "between_mean", p->random_mean) &&
              lc__json_add_num(random, "between_least", p->random_least) &&
              (tasks = cJSON_AddArrayToObject(o, "tasks"));
    for (size_t k = 0; k < p->n_splits && ok; k++)
        ok = add_task(tasks, r, s, k);
    char *text = ok ? cJSON_Print(o) : NULL;
    cJSON_Delete(o);
    return text;
}

static void print_names(const session *s, const lc__split *split, lc__side side) {
    size_t column = 0;
    for (size_t i = 0; i < s->columns.n; i++) {
        if (split->side[i] != side)
            continue;
        char name[LC__SHOWN];
        size_t length = strlen(lc__printable(s->columns.name[i], name, sizeof name)) + 1;
        if (column && column + length > 84) {
            printf("\n%11s", "");
            column = 0;
        }
        printf(" %s", name);
        column += length;
    }
    putchar('\n');
}

static void print_splits(const session *s) {
    const lc__partition *p = &s->partition;
    for (size_t k = 0; k < p->n_splits; k++) {
        const lc__split *split = &p->split[k];
        printf("P%zu: rank correlation %.3f between sources and targets, %.3f among the sources, "
               "%.3f among the targets\n  sources:",
               k + 1, split->between, split->within_sources, split->within_targets);
        print_names(s, split, LC__SIDE_SOURCE);
        printf("  targets:");
        print_names(s, split, LC__SIDE_TARGET);
    }
    printf("random splits of the same sizes: %.3f between on average, %.3f at the least of 1000\n",
           p->random_mean, p->random_least);
}

static lc_status output(const request *r, const session *s, lc_error *err) {
    char *text = suite_text(r, s);
    if (!text)
        return lc__no_memory(err);
    lc_status st = r->out ? lc__file_write(r->out, text, strlen(text), err) : LC_OK;
    if (!st && r->json)
        puts(text);
    else if (!st)
        print_splits(s);
    free(text);
    return st;
}

static int run(const request *r) {
    session s = {0};
    lc_error err;
    lc_status st = LC_OK;
    if (r->out)
        st = lc__out_check("--out", r->out, &(lc__input){"--table", r->table}, 1, &err);
    if (!st)
        st = work(r, &s, &err);
    if (!st)
        st = output(r, &s, &err);
    close_all(&s);
    return st ? lc__cli_fail("predict partition", &err) : lc__finish_output("predict partition");
}

/* --NAME N */
static lc__opt count_option(int64_t *value, const char *name, const char *help, double lo,
                            double hi) {
    return (lc__opt){.name = name,
                     .kind = LC__OPT_INT,
                     .value = value,
                     .arg = "N",
                     .help = help,
                     .lo = lo,
                     .hi = hi};
}

int lc__predict_partition(int argc, char **argv) {
    request r = {.name = "partition",
                 .tasks = 4,
                 .sources = -1,
                 .targets = -1,
                 .seed = 1,
                 .least = LC__LEAST_COMMON,
                 .source_samples = DEFAULT_SOURCE_SAMPLES};
    const lc__opt table[] = {
        lc__option_table(&r.table, true),
        {.name = "space",
         .kind = LC__OPT_STR,
         .value = &r.space,
         .arg = "NAME",
         .help = "search space of the table's nets (fbnet, nasbench201, ...)",
         .required = true},
        count_option(&r.tasks, "tasks", "how many different splits (default 4)", 1, MAX_TASKS),
        count_option(&r.sources, "sources", "source devices of a split (default 5, half at most)",
                     1, 1000),
        count_option(&r.targets, "targets", "target devices of a split (default 5, half at most)",
                     1, 1000),
        lc__option_without(&r.without),
        lc__option_seed(&r.seed, "seed", "of the search (default 1)"),
        lc__option_least(&r.least),
        count_option(&r.source_samples, "source-samples",
                     "nets that a source is learned from, noted in the suite (default 512)", 1,
                     1000000),
        {.name = "name",
         .kind = LC__OPT_STR,
         .value = &r.name,
         .arg = "NAME",
         .help = "of the suite (default: partition)"},
        lc__option_out(&r.out, "write the suite there, for `predict eval --suite FILE`", false),
        lc__option_json(&r.json, "the suite with its figures, instead of a text"),
        {0}};
    int code;
    if (!lc__options_parse(
            "predict partition",
            "Splits the devices of a table into sources and targets whose rankings of nets agree\n"
            "little: hard tasks for a predictor (NASFLAT's way, by graph partitioning).",
            "example:\n"
            "  predict partition --table tables/latency_ms.csv --space fbnet --out hard.json\n"
            "  predict eval --suite hard.json --data tables",
            table, argc, argv, &code))
        return code;
    return run(&r);
}
