/* A suite made of command-line options. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "tasks/suite.h"

static lc_status split_names(const char *text, const char *what, lc__names *out, lc_error *err) {
    size_t room = 1;
    for (const char *c = text; *c; c++)
        room += *c == ',';
    out->item = calloc(room, sizeof *out->item);
    if (!out->item)
        return lc__no_memory(err);
    while (*text) {
        size_t length = strcspn(text, ",");
        char *name = strndup(text, length);
        if (!name)
            return lc__no_memory(err);
        bool twice = lc__named(out, name);
        out->item[out->n++] = name;
        if (!*name || twice)
            return lc_error_set(err, LC_EUSAGE, "--%s: %s\"%.80s\"", what,
                                twice ? "named twice: " : "not a device: ", name);
        text += length + (text[length] == ',');
    }
    return LC_OK;
}

static lc_status set(char **field, const char *text, lc_error *err) {
    *field = lc__strdup(text);
    return *field || !text ? LC_OK : lc__no_memory(err);
}

static lc_status make_task(const lc__origin *origin, const char *sources, const char *targets,
                           lc__task *task, lc_error *err) {
    lc_status s = set(&task->name, "own", err);
    if (!s)
        s = set(&task->table, origin->table, err);
    if (!s)
        s = set(&task->format, origin->format, err);
    if (!s)
        s = set(&task->quantity, origin->quantity, err);
    if (!s)
        s = set(&task->space, origin->space, err);
    if (!s)
        s = set(&task->nets, origin->nets, err);
    if (!s)
        s = split_names(sources ? sources : "", "source", &task->sources, err);
    if (!s)
        s = split_names(targets, "target", &task->targets, err);
    if (!s && task->targets.n == 0)
        s = lc_error_set(err, LC_EUSAGE, "--target names no device");
    for (size_t i = 0; i < task->targets.n && !s; i++)
        if (lc__named(&task->sources, task->targets.item[i]))
            s = lc_error_set(err, LC_EUSAGE, "device \"%.80s\" is a source and a target",
                             task->targets.item[i]);
    return s;
}

lc_status lc__suite_make(const lc__origin *origin, const char *sources, const char *targets,
                         int source_samples, lc__suite *out, lc_error *err) {
    memset(out, 0, sizeof *out);
    out->name = lc__strdup("own");
    out->tasks = calloc(1, sizeof *out->tasks);
    if (!out->name || !out->tasks) {
        lc__suite_clear(out);
        return lc__no_memory(err);
    }
    out->n_tasks = 1;
    out->tasks[0].source_samples = source_samples;
    lc_status s = make_task(origin, sources, targets, &out->tasks[0], err);
    if (s)
        lc__suite_clear(out);
    return s;
}
