#include "tasks/score.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "base/memory.h"
#include "base/rank.h"
#include "base/stats.h"

#define FIRST_NETS 128
#define TRIM 0.1

/* Processor time of this thread: what other trials do meanwhile does not count. */
static double thread_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Forecasts and truth side by side, of the nets that were not measured. */
typedef struct pairing {
    const size_t *rows;
    double *forecast, *truth; /* [n] */
    double *some;             /* [2][n] scratch */
    size_t n;
} pairing;

static lc_status pair_up(const double *forecast, const double *column, const lc__rows *rows,
                         size_t k, pairing *p, lc_error *err) {
    p->rows = rows->row + k;
    p->n = rows->n - k;
    p->forecast = lc__gather(forecast, p->rows, p->n);
    p->truth = lc__gather(column, p->rows, p->n);
    p->some = malloc((2 * p->n + 1) * sizeof *p->some);
    return p->forecast && p->truth && p->some ? LC_OK : lc__no_memory(err);
}

static void clear_pairing(pairing *p) {
    free(p->forecast);
    free(p->truth);
    free(p->some);
}

/* Spearman over the nets whose truth lies in [low, high] and whose row is at most `last`; NaN for
 * fewer than two. */
static double partial_spearman(const pairing *p, double low, double high, size_t last) {
    size_t n = 0;
    for (size_t i = 0; i < p->n; i++) {
        if (p->truth[i] >= low && p->truth[i] <= high && p->rows[i] <= last) {
            p->some[n] = p->forecast[i];
            p->some[p->n + n++] = p->truth[i];
        }
    }
    return n < 2 ? NAN : lc__spearman(p->some, p->some + p->n, n);
}

/* What others publish: over a part of the nets. */
static lc_status score_parts(const pairing *p, const double *column, const lc__rows *rows,
                             double *score, lc_error *err) {
    double *sorted = lc__gather(column, rows->row, rows->n);
    if (!sorted)
        return lc__no_memory(err);
    lc__sort(sorted, rows->n);
    score[LC__METRIC_SPEARMAN_TRIMMED] = partial_spearman(
        p, lc__quantile(sorted, rows->n, TRIM), lc__quantile(sorted, rows->n, 1 - TRIM), SIZE_MAX);
    free(sorted);
    score[LC__METRIC_SPEARMAN_FIRST128] = partial_spearman(p, -INFINITY, INFINITY, FIRST_NETS - 1);
    return LC_OK;
}

static lc_status score_all(const pairing *p, double *score, lc_error *err) {
    score[LC__METRIC_SPEARMAN] = lc__spearman(p->forecast, p->truth, p->n);
    score[LC__METRIC_KENDALL] = lc__kendall(p->forecast, p->truth, p->n);
    score[LC__METRIC_WITHIN5] = lc__within(p->forecast, p->truth, p->n, 0.05);
    score[LC__METRIC_WITHIN10] = lc__within(p->forecast, p->truth, p->n, 0.10);
    score[LC__METRIC_MAPE] = lc__mape(p->forecast, p->truth, p->n);
    if (isnan(score[LC__METRIC_SPEARMAN]) || isnan(score[LC__METRIC_KENDALL]))
        return lc__no_memory(err);
    return LC_OK;
}

/* Asks about nets spread evenly over the table, one by one. */
static lc_status score_queries(const lc__forecaster *f, const void *fitted,
                               const lc__lesson *lesson, const pairing *p, double *score,
                               lc__scatter *out) {
    out->n = p->n < LC__SCATTER_NETS ? p->n : LC__SCATTER_NETS;
    double started = thread_seconds();
    for (size_t i = 0; i < out->n && f->query; i++) {
        lc_forecast answer;
        lc_status s = f->query(fitted, &lesson->data->points[p->rows[i * p->n / out->n]], &answer);
        if (s)
            return s;
        out->forecast[i] = answer.latency;
        out->low[i] = answer.low;
        out->high[i] = answer.high;
    }
    if (f->query)
        score[LC__METRIC_QUERY_US] = 1e6 * (thread_seconds() - started) / (double)out->n;
    for (size_t i = 0; i < out->n; i++) {
        out->truth[i] = p->truth[i * p->n / out->n];
        if (!f->query)
            out->low[i] = out->high[i] = out->forecast[i] = p->forecast[i * p->n / out->n];
    }
    score[LC__METRIC_COVERAGE90] =
        f->query ? lc__coverage(out->low, out->high, out->truth, out->n) : NAN;
    return LC_OK;
}

/* Fits and forecasts all nets, by the clock. */
static lc_status fit(const lc__forecaster *f, const lc__lesson *lesson, const double *column,
                     const lc__rows *rows, size_t k, void **fitted, double *forecast, double *score,
                     lc_error *err) {
    double *values = lc__gather(column, rows->row, k);
    if (!values)
        return lc__no_memory(err);
    lc__measured shots = {rows->row, values, k};
    double started = thread_seconds();
    lc_status s = f->adapt(lesson, &shots, fitted, err);
    double adapted = thread_seconds();
    free(values);
    if (s)
        return s;
    score[LC__METRIC_ADAPT_MS] = 1e3 * (adapted - started);
    f->forecast(lesson, *fitted, forecast);
    score[LC__METRIC_QUERY_US] =
        1e6 * (thread_seconds() - adapted) / (double)lesson->data->table.n_rows;
    return LC_OK;
}

lc_status lc__score(const lc__forecaster *forecaster, const lc__lesson *lesson,
                    const lc__task *task, const char *device, const lc__rows *rows, size_t k,
                    double *scratch, double *score, lc__scatter *scatter, lc_error *err) {
    const double *column = lc__table_column(&lesson->data->table, device);
    void *fitted = NULL;
    pairing p = {0};
    scatter->n = 0;
    if (lc__forecaster_lacks(forecaster, task, lesson->data)) {
        for (int m = 0; m < LC__N_METRICS; m++)
            score[m] = NAN;
        return LC_OK;
    }
    lc_status s = fit(forecaster, lesson, column, rows, k, &fitted, scratch, score, err);
    if (!s)
        s = pair_up(scratch, column, rows, k, &p, err);
    if (!s)
        s = score_all(&p, score, err);
    if (!s)
        s = score_parts(&p, column, rows, score, err);
    if (!s)
        s = score_queries(forecaster, fitted, lesson, &p, score, scatter);
    clear_pairing(&p);
    forecaster->release(fitted);
    return s;
}
