#include "tasks/suite.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"

#define SUITE_VERSION 1
#define MAX_SOURCE_SAMPLES 1000000

bool lc__named(const lc__names *names, const char *name) {
    for (size_t i = 0; i < names->n; i++)
        if (!strcmp(names->item[i], name))
            return true;
    return false;
}

static lc_status read_name(const lc__cur *task, const char *key, char **out, lc_error *err) {
    const char *text;
    lc_status s = lc__json_need_str(task, key, &text, err);
    if (s)
        return s;
    *out = lc__strdup(text);
    return *out ? LC_OK : lc__no_memory(err);
}

/* As read_name(), but `otherwise` (may be NULL) where there is no such key. */
static lc_status read_option(const lc__cur *task, const char *key, const char *otherwise,
                             char **out, lc_error *err) {
    lc__cur value;
    if (lc__json_get(task, key, &value))
        return read_name(task, key, out, err);
    *out = lc__strdup(otherwise);
    return *out || !otherwise ? LC_OK : lc__no_memory(err);
}

/* Where the measurements and their nets come from. */
static lc_status read_origin(const lc__cur *cur, lc__task *task, lc_error *err) {
    lc_status s = read_name(cur, "table", &task->table, err);
    if (!s)
        s = read_option(cur, "format", "csv", &task->format, err);
    if (!s)
        s = read_option(cur, "quantity", "latency", &task->quantity, err);
    if (!s)
        s = read_option(cur, "space", NULL, &task->space, err);
    if (!s)
        s = read_option(cur, "nets", NULL, &task->nets, err);
    return s;
}

static lc_status read_names(const lc__cur *array, lc__names *out, lc_error *err) {
    lc_status s = lc__json_array(array, err);
    if (s)
        return s;
    out->item = calloc((size_t)lc__json_size(array) + 1, sizeof *out->item);
    if (!out->item)
        return lc__no_memory(err);
    lc__cur e;
    for (bool ok = lc__json_first(array, &e); ok; ok = lc__json_next(&e)) {
        const char *text;
        s = lc__json_str(&e, &text, err);
        if (s)
            return s;
        if (lc__named(out, text))
            return lc__json_fail(&e, err, LC_EFORMAT, "device \"%.80s\" is listed twice", text);
        out->item[out->n] = lc__strdup(text);
        if (!out->item[out->n++])
            return lc__no_memory(err);
    }
    return LC_OK;
}

static lc_status need_names(const lc__cur *task, const char *key, lc__names *out, lc_error *err) {
    lc__cur array;
    lc_status s = lc__json_need(task, key, &array, err);
    return s ? s : read_names(&array, out, err);
}

/* A target among the sources would be forecast from its own measurements. */
static lc_status check_devices(const lc__cur *cur, const lc__task *task, lc_error *err) {
    if (task->targets.n == 0)
        return lc__json_fail(cur, err, LC_EFORMAT, "task %.60s has no targets", task->name);
    for (size_t i = 0; i < task->targets.n; i++)
        if (lc__named(&task->sources, task->targets.item[i]))
            return lc__json_fail(cur, err, LC_EFORMAT,
                                 "device \"%.80s\" is a source and a target of task %.60s",
                                 task->targets.item[i], task->name);
    return LC_OK;
}

static lc_status read_task(const lc__cur *cur, lc__task *task, lc_error *err) {
    int64_t samples = 0;
    lc_status s = lc__json_object(cur, err);
    if (!s)
        s = read_name(cur, "name", &task->name, err);
    if (!s)
        s = read_origin(cur, task, err);
    if (!s)
        s = lc__json_need_int(cur, "source_samples", 1, MAX_SOURCE_SAMPLES, &samples, err);
    task->source_samples = (int)samples;
    if (!s)
        s = need_names(cur, "sources", &task->sources, err);
    if (!s)
        s = need_names(cur, "targets", &task->targets, err);
    lc__cur missing;
    if (!s && lc__json_get(cur, "missing", &missing))
        s = read_names(&missing, &task->missing, err);
    return s ? s : check_devices(cur, task, err);
}

static lc_status read_tasks(const lc__cur *array, lc__suite *suite, lc_error *err) {
    lc_status s = lc__json_array(array, err);
    if (s)
        return s;
    if (lc__json_size(array) == 0)
        return lc__json_fail(array, err, LC_EFORMAT, "the suite has no tasks");
    suite->n_tasks = 0;
    suite->tasks = calloc((size_t)lc__json_size(array), sizeof *suite->tasks);
    if (!suite->tasks)
        return lc__no_memory(err);
    lc__cur e;
    for (bool ok = lc__json_first(array, &e); ok; ok = lc__json_next(&e)) {
        lc__task *task = &suite->tasks[suite->n_tasks++];
        s = read_task(&e, task, err);
        if (s)
            return s;
        for (size_t i = 0; i + 1 < suite->n_tasks; i++)
            if (!strcmp(suite->tasks[i].name, task->name))
                return lc__json_fail(&e, err, LC_EFORMAT, "two tasks are called \"%.60s\"",
                                     task->name);
    }
    return LC_OK;
}

/* ---- published figures ---- */

/* Finds "TASK" or "TASK/DEVICE" among the suite's tasks and their targets. */
static bool find_place(const lc__suite *suite, const char *key, lc__published *out) {
    const char *slash = strchr(key, '/');
    size_t length = slash ? (size_t)(slash - key) : strlen(key);
    for (size_t i = 0; i < suite->n_tasks; i++) {
        const lc__task *task = &suite->tasks[i];
        if (strncmp(task->name, key, length) != 0 || task->name[length])
            continue;
        out->task = task->name;
        for (size_t d = 0; slash && d < task->targets.n; d++)
            if (!strcmp(task->targets.item[d], slash + 1))
                out->device = task->targets.item[d];
        return !slash || out->device;
    }
    return false;
}

/* One figure of a published method: `cur` is its number. */
static lc_status read_figure(const lc__cur *entry, const lc__cur *cur, lc__suite *suite,
                             lc_error *err) {
    lc__published *p = &suite->published[suite->n_published++];
    int64_t samples = 0;
    if (!find_place(suite, cur->key, p))
        return lc__json_fail(cur, err, LC_EFORMAT,
                             "\"%.80s\" is no task of the suite, nor TASK/TARGET", cur->key);
    lc_status s = read_name(entry, "method", &p->method, err);
    if (!s)
        s = read_name(entry, "from", &p->from, err);
    if (!s)
        s = lc__json_need_int(entry, "samples", 1, MAX_SOURCE_SAMPLES, &samples, err);
    p->samples = (int)samples;
    return s ? s : lc__json_num(cur, -1, 1, &p->spearman, err);
}

static lc_status read_method(const lc__cur *entry, lc__suite *suite, lc_error *err) {
    lc__cur figures;
    lc_status s = lc__json_object(entry, err);
    if (!s)
        s = lc__json_need(entry, "spearman", &figures, err);
    if (!s)
        s = lc__json_object(&figures, err);
    if (s)
        return s;
    size_t room = suite->n_published + (size_t)lc__json_size(&figures) + 1;
    lc__published *more = realloc(suite->published, room * sizeof *more);
    if (!more)
        return lc__no_memory(err);
    suite->published = more;
    memset(more + suite->n_published, 0, (room - suite->n_published) * sizeof *more);
    lc__cur figure = figures;
    for (const cJSON *v = figures.v->child; v && !s; v = v->next) {
        lc__json_get(&figures, v->string, &figure);
        s = read_figure(entry, &figure, suite, err);
    }
    return s;
}

static lc_status read_published(const lc__cur *root, lc__suite *suite, lc_error *err) {
    lc__cur list, e;
    if (!lc__json_get(root, "published", &list))
        return LC_OK;
    lc_status s = lc__json_array(&list, err);
    for (bool ok = !s && lc__json_first(&list, &e); ok && !s; ok = lc__json_next(&e))
        s = read_method(&e, suite, err);
    return s;
}

lc_status lc__suite_load(const char *path, lc__suite *out, lc_error *err) {
    memset(out, 0, sizeof *out);
    lc__doc doc;
    lc_status s = lc__doc_load(&doc, path, err);
    if (s)
        return s;
    lc__cur root = lc__doc_root(&doc), tasks;
    s = lc__json_object(&root, err);
    if (!s)
        s = lc__json_version(&root, SUITE_VERSION, err);
    if (!s)
        s = read_name(&root, "name", &out->name, err);
    if (!s)
        s = lc__json_need(&root, "tasks", &tasks, err);
    if (!s)
        s = read_tasks(&tasks, out, err);
    if (!s)
        s = read_published(&root, out, err);
    lc__doc_clear(&doc);
    if (s)
        lc__suite_clear(out);
    return s;
}

static void clear_names(lc__names *names) {
    for (size_t i = 0; i < names->n; i++)
        free(names->item[i]);
    free(names->item);
}

void lc__suite_clear(lc__suite *suite) {
    for (size_t i = 0; i < suite->n_tasks; i++) {
        lc__task *task = &suite->tasks[i];
        free(task->name);
        free(task->table);
        free(task->format);
        free(task->quantity);
        free(task->space);
        free(task->nets);
        clear_names(&task->sources);
        clear_names(&task->targets);
        clear_names(&task->missing);
    }
    for (size_t i = 0; i < suite->n_published; i++) {
        free(suite->published[i].method);
        free(suite->published[i].from);
    }
    free(suite->published);
    free(suite->tasks);
    free(suite->name);
    memset(suite, 0, sizeof *suite);
}

const lc__task *lc__suite_find(const lc__suite *suite, const char *name) {
    for (size_t i = 0; i < suite->n_tasks; i++)
        if (!strcmp(suite->tasks[i].name, name))
            return &suite->tasks[i];
    return NULL;
}
