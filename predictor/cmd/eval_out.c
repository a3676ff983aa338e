#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "eval.h"
#include "cmdline/json_out.h"

/* ---- JSON ---- */

static bool add_row(cJSON *list, const lc__eval_row *row) {
    cJSON *o = lc__append_object(list);
    if (!o || !cJSON_AddStringToObject(o, "task", row->task) ||
        (row->device && !cJSON_AddStringToObject(o, "device", row->device)) ||
        !cJSON_AddStringToObject(o, "method", row->method) ||
        !lc__json_add_num(o, "samples", row->samples) ||
        !lc__json_add_num(o, "seeds", (double)row->seeds))
        return false;
    for (int m = 0; m < LC__N_METRICS; m++) {
        const char *key = lc__metric_key((lc__metric)m);
        if (isnan(row->mean[m])) { /* the figure does not exist */
            if (!cJSON_AddNullToObject(o, key))
                return false;
            continue;
        }
        cJSON *figure = cJSON_AddObjectToObject(o, key);
        if (!figure || !lc__json_add_num(figure, "mean", row->mean[m]) ||
            !lc__json_add_num(figure, "std", row->std[m]))
            return false;
    }
    return true;
}

static bool add_notes(cJSON *o, const char *notes) {
    cJSON *list = cJSON_AddArrayToObject(o, "notes");
    for (const char *at = notes ? notes : ""; list && *at;) {
        size_t length = strcspn(at, "\n");
        char *line = strndup(at, length);
        if (!line)
            return false;
        cJSON *text = cJSON_CreateString(line);
        free(line);
        if (!text || !cJSON_AddItemToArray(list, text)) {
            cJSON_Delete(text);
            return false;
        }
        at += length + (at[length] == '\n');
    }
    return list != NULL;
}

lc_status lc__eval_json(const lc__eval_request *r, const char *suite, const lc__eval *eval,
                        lc_error *err) {
    cJSON *o = cJSON_CreateObject();
    cJSON *list = NULL;
    bool ok = o && lc__json_add_num(o, "schema_version", LC_SCHEMA_VERSION) &&
              cJSON_AddStringToObject(o, "suite", suite) &&
              lc__json_add_num(o, "first_seed", (double)r->first_seed) &&
              lc__json_add_num(o, "seeds", (double)r->seeds) &&
              cJSON_AddStringToObject(o, "selection", r->selection) &&
              cJSON_AddBoolToObject(o, "complete", eval->done == eval->total) &&
              add_notes(o, eval->notes) && (list = cJSON_AddArrayToObject(o, "results"));
    for (size_t i = 0; ok && i < eval->n_rows; i++)
        ok = add_row(list, &eval->rows[i]);
    return lc__print_object(o, ok, "", err);
}

/* ---- for people ---- */

/* A column of the table. */
static const struct {
    lc__metric metric;
    const char *title;
    bool spread;
    int digits;
} columns[] = {{LC__METRIC_SPEARMAN, "spearman", true, 3},
               {LC__METRIC_WITHIN10, "within 10 %", true, 3},
               {LC__METRIC_WITHIN5, "5 %", false, 3},
               {LC__METRIC_MAPE, "mape", false, 3},
               {LC__METRIC_KENDALL, "kendall", false, 3},
               {LC__METRIC_COVERAGE90, "cover", false, 3},
               {LC__METRIC_SPEARMAN_TRIMMED, "trimmed", false, 3},
               {LC__METRIC_SPEARMAN_FIRST128, "first128", false, 3},
               {LC__METRIC_ADAPT_MS, "adapt ms", false, 2},
               {LC__METRIC_QUERY_US, "query us", false, 2}};

static void print_cell(const lc__eval_row *row, size_t c) {
    double mean = row->mean[columns[c].metric], std = row->std[columns[c].metric];
    char text[40] = "-";
    if (!isnan(mean) && columns[c].spread)
        snprintf(text, sizeof text, "%.*f +- %.3f", columns[c].digits, mean, std);
    else if (!isnan(mean))
        snprintf(text, sizeof text, "%.*f", columns[c].digits, mean);
    printf(" %-*s", columns[c].spread ? 14 : 8, text);
}

/* Width of the column that takes `text`. */
static int widen(int width, const char *text) {
    char shown[LC__SHOWN];
    int length = (int)strlen(lc__printable(text, shown, sizeof shown));
    return length > width ? length : width;
}

void lc__eval_show(const lc__eval *eval) {
    int task = 4, device = 6;
    for (size_t i = 0; i < eval->n_rows; i++) {
        task = widen(task, eval->rows[i].task);
        device = widen(device, eval->rows[i].device ? eval->rows[i].device : "");
    }
    printf("%-*s %-*s %-8s %4s", task, "task", device, "device", "method", "n");
    for (size_t c = 0; c < sizeof columns / sizeof *columns; c++)
        printf(" %-*s", columns[c].spread ? 14 : 8, columns[c].title);
    putchar('\n');
    for (size_t i = 0; i < eval->n_rows; i++) {
        const lc__eval_row *row = &eval->rows[i];
        char of[LC__SHOWN], on[LC__SHOWN];
        printf("%-*s %-*s %-8s %4d", task, lc__printable(row->task, of, sizeof of), device,
               lc__printable(row->device ? row->device : "(mean)", on, sizeof on), row->method,
               row->samples);
        for (size_t c = 0; c < sizeof columns / sizeof *columns; c++)
            print_cell(row, c);
        putchar('\n');
    }
}
