#include "tasks/check.h"

#include <math.h>

#include "base/text.h"

/* Measured nets of a column, and whether any two of them differ. */
typedef struct reading {
    size_t n, first;
    bool varies;
} reading;

static reading read_column(const double *column, size_t n) {
    reading r = {0};
    for (size_t i = 0; i < n; i++) {
        if (isnan(column[i]))
            continue;
        if (r.n++ == 0)
            r.first = i;
        else if (column[i] < column[r.first] || column[i] > column[r.first])
            r.varies = true;
    }
    return r;
}

static lc_status fail(const lc__dataset *data, lc_error *err) {
    lc_error_in_file(err, data->path);
    return LC_EFORMAT;
}

static lc_status no_device(const lc__task *task, const lc__dataset *data, const char *device,
                           lc_error *err) {
    const char *near = lc__nearest(device, data->table.devices, data->table.n_devices);
    lc_error_set(err, LC_EFORMAT,
                 "task %.60s names device \"%.80s\", which the table lacks%s%.80s%s", task->name,
                 device, near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    if (err)
        err->line = lc__table_line(&data->table, 0) - 1; /* the header, if there is one */
    if (err && err->line < 0)
        err->line = 0;
    return fail(data, err);
}

/* A device that reads the same for every net can neither teach nor be ranked. */
static lc_status check_device(const lc__task *task, const lc__dataset *data, const char *device,
                              size_t needed, lc_error *err) {
    const double *column = lc__table_column(&data->table, device);
    if (!column)
        return no_device(task, data, device, err);
    reading r = read_column(column, data->table.n_rows);
    if (r.n < needed) {
        lc_error_set(err, LC_EFORMAT,
                     "device \"%.80s\" of task %.60s has %zu measured nets, %zu are needed; %s",
                     device, task->name, r.n, needed,
                     lc__named(&task->sources, device) ? "measure more, or drop this source"
                                                       : "ask for fewer samples or measure more");
        return fail(data, err);
    }
    if (r.varies)
        return LC_OK;
    lc_error_set(err, LC_EFORMAT,
                 "column \"%.80s\" reads %.6g for every net: there is nothing to rank or to learn; "
                 "measure again with a finer clock, or drop it from the %s (task %.60s)",
                 device, column[r.first], lc__named(&task->sources, device) ? "sources" : "targets",
                 task->name);
    if (err)
        err->line = lc__table_line(&data->table, r.first);
    return fail(data, err);
}

lc_status lc__task_check(const lc__task *task, const lc__dataset *data, const int *samples,
                         size_t n_samples, lc_error *err) {
    int most = 0;
    for (size_t i = 0; i < n_samples; i++)
        most = samples[i] > most ? samples[i] : most;
    lc_status s = LC_OK;
    for (size_t i = 0; i < task->sources.n && !s; i++)
        s = check_device(task, data, task->sources.item[i], 2, err);
    for (size_t i = 0; i < task->targets.n && !s; i++)
        s = check_device(task, data, task->targets.item[i], (size_t)most + 2, err);
    return s;
}
