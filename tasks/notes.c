#include <stdlib.h>

#include "base/memory.h"
#include "job.h"

/* "A, B and 3 more": the tasks for which `applies` holds, as far as there is room; false: none. */
static bool list_tasks(const lc__job *jobs, size_t n, const lc__forecaster *forecaster,
                       bool (*applies)(const lc__job *, const lc__forecaster *), lc__buf *out) {
    size_t count = 0, shown = 0;
    for (size_t i = 0; i < n; i++) {
        if (!applies(&jobs[i], forecaster) || ++count > 4)
            continue;
        lc__buf_printf(out, "%s%s", shown++ ? ", " : "", jobs[i].task->name);
    }
    if (count > shown)
        lc__buf_printf(out, " and %zu more", count - shown);
    return count > 0;
}

static bool lacks(const lc__job *job, const lc__forecaster *forecaster) {
    return lc__forecaster_lacks(forecaster, job->task, job->data) != NULL;
}

static bool sourceless(const lc__job *job, const lc__forecaster *forecaster) {
    (void)forecaster;
    return job->task->sources.n == 0;
}

static void note_tasks(const lc__job *jobs, size_t n, const lc__forecaster *forecaster,
                       bool (*applies)(const lc__job *, const lc__forecaster *), const char *what,
                       lc__buf *notes) {
    lc__buf tasks = {0};
    if (list_tasks(jobs, n, forecaster, applies, &tasks))
        lc__buf_printf(notes, "%s%s: %s\n", forecaster ? forecaster->name : "", what,
                       tasks.text ? tasks.text : "");
    notes->failed |= tasks.failed;
    free(tasks.text);
}

static void note_data(const lc__job *jobs, size_t n, lc__buf *notes) {
    for (size_t i = 0; i < n; i++) {
        const lc__dataset *data = jobs[i].data;
        bool again = false;
        for (size_t k = 0; k < i; k++)
            again |= jobs[k].data == data;
        if (data->n_unused && !again)
            lc__buf_printf(notes,
                           "%zu nets of %s are not in the table and go unused, \"%s\" among "
                           "them\n",
                           data->n_unused, jobs[i].task->nets, data->one_unused);
        if (data->n_alike && !again)
            lc__buf_printf(notes,
                           "%zu nets of %s are others of it under another name: they may be "
                           "measured and scored at once\n",
                           data->n_alike, jobs[i].task->nets);
        for (size_t k = 0; k < jobs[i].task->missing.n; k++)
            lc__buf_printf(notes, "task %s runs without %s, which no public table has\n",
                           jobs[i].task->name, jobs[i].task->missing.item[k]);
    }
}

lc_status lc__take_notes(const lc__eval_options *o, const lc__job *jobs, size_t n, lc__buf *notes,
                         lc_error *err) {
    note_data(jobs, n, notes);
    note_tasks(jobs, n, NULL, sourceless, "no source devices, the nets alone are known", notes);
    for (size_t f = 0; f < o->n_forecasters; f++)
        note_tasks(jobs, n, o->forecasters[f], lacks, " lacks what it needs and is left out",
                   notes);
    for (size_t k = 0; k < o->n_samples; k++) {
        if (o->samples[k] < 3) {
            lc__buf_printf(notes, "fewer than 3 samples leave the scale of a device open: expect "
                                  "wide intervals\n");
            break;
        }
    }
    return notes->failed ? lc__no_memory(err) : LC_OK;
}
