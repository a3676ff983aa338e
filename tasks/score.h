/* How good the forecasts of one method for one target are. */
#ifndef TASKS_SCORE_H
#define TASKS_SCORE_H

#include "tasks/draw.h"
#include "tasks/forecaster.h"
#include "tasks/metrics.h"

/* So many nets are asked about one by one, for intervals, the time of a query, and plots. */
#define LC__SCATTER_NETS 256

/* Forecast and truth of some nets of a target. */
typedef struct lc__scatter {
    const char *task, *device; /* the suite's strings */
    const char *unit;
    int samples;
    double truth[LC__SCATTER_NETS], forecast[LC__SCATTER_NETS];
    double low[LC__SCATTER_NETS], high[LC__SCATTER_NETS]; /* equal to forecast without intervals */
    size_t n;
} lc__scatter;

/* Adapts to the first k rows and scores the others, untrimmed: score[LC__N_METRICS], NaN where a
 * figure does not exist (the interval of a method that gives none, the ranking of fewer than two
 * nets, all of a method that lacks what it rests on). `scratch` is [n_rows]. Fills the values of
 * *scatter. */
lc_status lc__score(const lc__forecaster *forecaster, const lc__lesson *lesson,
                    const lc__task *task, const char *device, const lc__rows *rows, size_t k,
                    double *scratch, double *score, lc__scatter *scatter, lc_error *err);

#endif
