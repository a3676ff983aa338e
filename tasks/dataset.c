#include "tasks/dataset.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "tasks/netfile.h"

lc_status lc__dataset_set(lc__dataset *data, size_t row, const lc_net *net, lc_error *err) {
    data->costs[row] = lc_net_cost(net);
    int n;
    const int *choices = lc_net_choices(net, &n);
    for (size_t i = 0; i < data->n_choices && i < (size_t)n; i++)
        data->choices[row * data->n_choices + i] = (unsigned char)choices[i];
    return lc__featurise(net, &data->points[row], err);
}

static lc_status net_of_space(const lc_space *space, const char *arch, lc_net **net,
                              lc_error *err) {
    int choices[LC_NET_MAX_CHOICES];
    lc_status s = space->parse(arch, choices, err);
    return s ? s : lc_space_net(space, choices, space->n_positions, net, err);
}

/* The nets that the table's own names describe, in a space or by its format. */
static lc_status featurise(lc__dataset *data, const lc__format *format, lc_error *err) {
    for (size_t i = 0; i < data->table.n_rows; i++) {
        const char *arch = data->table.archs[i];
        lc_net *net = NULL;
        lc_status s =
            data->space ? net_of_space(data->space, arch, &net, err) : format->net(arch, &net, err);
        if (!s)
            s = lc__dataset_set(data, i, net, err);
        lc_net_free(net);
        if (s) {
            if (err && data->table.first_line)
                err->line = lc__table_line(&data->table, i);
            else if (err)
                snprintf(err->path, sizeof err->path, "%s", arch);
            return s;
        }
    }
    return LC_OK;
}

static lc_status unknown_format(const char *name, lc_error *err) {
    char list[100] = "";
    for (const lc__format *const *f = lc__formats(); *f; f++)
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", *list ? ", " : "",
                 (*f)->name);
    lc_error_set(err, LC_EUNSUPPORTED, "unknown format \"%.60s\"; there are %s", name, list);
    return LC_EUNSUPPORTED;
}

static lc_status check_origin(const lc__origin *o, const lc__format **format,
                              const lc_space **space, lc_error *err) {
    *format = lc__format_find(o->format);
    if (!*format)
        return unknown_format(o->format, err);
    if (!lc__quantity_known(o->quantity))
        return lc_error_set(err, LC_EUNSUPPORTED,
                            "unknown quantity \"%.60s\"; there are latency, energy, peak_power",
                            o->quantity);
    *space = o->space ? lc_space_find(o->space) : NULL;
    if (o->space && !*space)
        return lc_error_set(err, LC_EUNSUPPORTED, "unknown space \"%.60s\"", o->space);
    if ((*format)->net && (o->space || o->nets))
        return lc_error_set(err, LC_EFORMAT,
                            "a table of format %s describes its nets itself; drop space and nets",
                            o->format);
    if (!(*format)->net && !o->space == !o->nets)
        return lc_error_set(err, LC_EFORMAT,
                            "a table of format %s needs the space of its nets or a file of them, "
                            "one of the two",
                            o->format);
    return LC_OK;
}

static lc_status load(lc__dataset *data, const lc__origin *origin, lc_error *err) {
    const lc__format *format;
    lc_status s = check_origin(origin, &format, &data->space, err);
    if (!s)
        s = format->load(data->path, origin->quantity, &data->table, err);
    if (s)
        return s;
    data->points = malloc(data->table.n_rows * sizeof *data->points);
    data->costs = malloc(data->table.n_rows * sizeof *data->costs);
    data->n_choices = data->space ? (size_t)data->space->n_positions : 0;
    data->choices = calloc(data->table.n_rows * data->n_choices + 1, 1);
    if (!data->points || !data->costs || !data->choices)
        return lc__no_memory(err);
    return origin->nets ? lc__netfile_load(origin->nets, data, err) : featurise(data, format, err);
}

lc_status lc__dataset_load(const lc__origin *origin, lc__dataset *out, lc_error *err) {
    memset(out, 0, sizeof *out);
    if (snprintf(out->path, sizeof out->path, "%s", origin->table) >= (int)sizeof out->path)
        return lc_error_set(err, LC_EUSAGE, "path is too long: %.100s...", origin->table);
    lc_status s = load(out, origin, err);
    if (s) {
        lc_error_in_file(err, out->path);
        lc__dataset_clear(out);
    }
    return s;
}

void lc__dataset_clear(lc__dataset *data) {
    lc__table_clear(&data->table);
    free(data->points);
    free(data->costs);
    free(data->choices);
    data->points = NULL;
    data->costs = NULL;
    data->choices = NULL;
}

lc_status lc__dataset_measured(const lc__dataset *data, const char *device, size_t **rows,
                               size_t *n, lc_error *err) {
    const double *value = lc__table_column(&data->table, device);
    if (!value) {
        const char *near = lc__nearest(device, data->table.devices, data->table.n_devices);
        lc_error_set(err, LC_EFORMAT, "no device \"%.80s\" in the table%s%.80s%s", device,
                     near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
        return lc_error_in_file(err, data->path);
    }
    *n = 0;
    *rows = malloc(data->table.n_rows * sizeof **rows);
    if (!*rows)
        return lc__no_memory(err);
    for (size_t i = 0; i < data->table.n_rows; i++)
        if (!isnan(value[i]))
            (*rows)[(*n)++] = i;
    return LC_OK;
}
