#include "tasks/dataset.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "latcast/space.h"

static lc_status featurise(const lc_space *space, const char *arch, lc__point *out, lc_error *err) {
    int choices[LC_NET_MAX_CHOICES];
    lc_net *net;
    lc_status s = space->parse(arch, choices, err);
    if (!s)
        s = lc_space_net(space, choices, space->n_positions, &net, err);
    if (s)
        return s;
    s = lc__featurise(net, out, err);
    lc_net_free(net);
    return s;
}

static lc_status load(lc__dataset *data, const char *space_name, lc_error *err) {
    const lc_space *space = lc_space_find(space_name);
    if (!space)
        return lc_error_set(err, LC_EUNSUPPORTED, "unknown space \"%.60s\"", space_name);
    data->space = space->name;
    lc_status s = lc__table_load(data->path, &data->table, err);
    if (s)
        return s;
    data->points = malloc(data->table.n_rows * sizeof *data->points);
    if (!data->points)
        return lc__no_memory(err);
    for (size_t i = 0; i < data->table.n_rows && !s; i++) {
        s = featurise(space, data->table.archs[i], &data->points[i], err);
        if (s && err)
            err->line = (int)i + 2; /* rows follow the header line */
    }
    return s;
}

lc_status lc__dataset_load(const char *path, const char *space, lc__dataset *out, lc_error *err) {
    memset(out, 0, sizeof *out);
    if (snprintf(out->path, sizeof out->path, "%s", path) >= (int)sizeof out->path)
        return lc_error_set(err, LC_EUSAGE, "path is too long: %.100s...", path);
    lc_status s = load(out, space, err);
    if (s) {
        lc_error_in_file(err, path);
        lc__dataset_clear(out);
    }
    return s;
}

void lc__dataset_clear(lc__dataset *data) {
    lc__table_clear(&data->table);
    free(data->points);
    data->points = NULL;
}

lc_status lc__dataset_measured(const lc__dataset *data, const char *device, size_t **rows,
                               size_t *n, lc_error *err) {
    const double *ms = lc__table_column(&data->table, device);
    if (!ms) {
        lc_error_set(err, LC_EFORMAT, "no column \"%.80s\"; the suite names it", device);
        return lc_error_in_file(err, data->path);
    }
    *n = 0;
    *rows = malloc(data->table.n_rows * sizeof **rows);
    if (!*rows)
        return lc__no_memory(err);
    for (size_t i = 0; i < data->table.n_rows; i++)
        if (!isnan(ms[i]))
            (*rows)[(*n)++] = i;
    return LC_OK;
}
