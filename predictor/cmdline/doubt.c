#include "cmdline/given.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

/* (2 / 4)^4: beyond four robust standard deviations (lc_predictor_trust()). */
#define LEAST_TRUST 0.0625
/* What fits in this well is not in doubt, however well the others do. */
#define FITS 0.1

lc_status lc__doubt_find(const lc_predictor *predictor, const lc__shot_file *shots, bool *doubtful,
                         lc_error *err) {
    double *trust = malloc((shots->n + 1) * sizeof *trust);
    if (!trust)
        return lc__no_memory(err);
    lc_status s = lc_predictor_trust(predictor, trust);
    for (size_t i = 0; i < shots->n && !s; i++) {
        lc_forecast f;
        if (trust[i] >= LEAST_TRUST)
            continue;
        s = lc_predictor_query(predictor, shots->nets[i], &f, err);
        doubtful[i] = !s && fabs(shots->values[i] / f.latency - 1) > FITS;
    }
    free(trust);
    return s;
}

void lc__doubt_warn(const lc_predictor *predictor, const lc__shot_file *shots,
                    const bool *doubtful) {
    size_t n = 0, first = 0;
    char measured[40], expected[40], others[48] = "";
    lc_forecast forecast;
    for (size_t i = shots->n; i-- > 0;) {
        if (doubtful[i]) {
            n++;
            first = i;
        }
    }
    if (n == 0 || lc_predictor_query(predictor, shots->nets[first], &forecast, NULL))
        return;
    if (n > 1)
        snprintf(others, sizeof others, " and %zu other%s", n - 1, n > 2 ? "s" : "");
    lc__warn("warning: sample %s%s (%s, where the rest say %s) lies far from what the rest say and "
             "hardly counts: the device was in another state; measure again what is in doubt",
             shots->samples[first]->id, others,
             shots->target->format(shots->values[first], measured, sizeof measured),
             shots->target->format(forecast.latency, expected, sizeof expected));
}
