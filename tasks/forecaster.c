#include "tasks/forecaster.h"

#include <string.h>

#include "baselines.h"

static lc_status adapt(const lc__lesson *lesson, const lc__measured *shots, void **fitted,
                       lc_error *err) {
    lc_predictor *p = NULL;
    lc_status s = lc__predictor_adapt_points(lesson->model, lesson->data->points, shots->rows,
                                             shots->values, shots->n, NULL, &p, err);
    *fitted = p;
    return s;
}

static void forecast(const lc__lesson *lesson, const void *fitted, double *out) {
    lc__predictor_means(fitted, lesson->embedded, lesson->data->table.n_rows, out);
}

static lc_status query(const void *fitted, const lc__point *point, lc_forecast *out) {
    return lc__predictor_query_point(fitted, point, out);
}

static void release(void *fitted) {
    lc_predictor_free(fitted);
}

const lc__forecaster lc__ours = {.name = "ours",
                                 .about = "the predictor of this project",
                                 .needs_model = true,
                                 .adapt = adapt,
                                 .forecast = forecast,
                                 .query = query,
                                 .release = release};

const lc__forecaster *const *lc__forecasters(void) {
    static const lc__forecaster *const all[] = {
        &lc__ours, &lc__flops, &lc__scratch, &lc__lut, &lc__oneproxy, &lc__nearest_source, NULL};
    return all;
}

const lc__forecaster *lc__forecaster_find(const char *name) {
    for (const lc__forecaster *const *f = lc__forecasters(); *f; f++)
        if (!strcmp((*f)->name, name))
            return *f;
    return NULL;
}

const char *lc__forecaster_lacks(const lc__forecaster *forecaster, const lc__task *task,
                                 const lc__dataset *data) {
    if (forecaster->needs_sources && task->sources.n == 0)
        return "source devices";
    if (forecaster->needs_choices && data->n_choices == 0)
        return "nets of a search space";
    return NULL;
}
