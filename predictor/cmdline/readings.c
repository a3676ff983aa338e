/* What the values of a device's nets give away of the clock that took them. */
#include "cmdline/given.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cmdline/digests.h"

/* So many nets that compute different things do not take equally long by chance. */
#define LEAST_ALIKE 3
/* From so many nets on it tells that most values are repeated, where a step between them matters
 * beside an interval: a share of the median. */
#define LEAST_ROUNDED 8
#define STEP 0.02
/* A sample that is off by more than this is no net that is somewhat slow. */
#define FAR_OFF 100

static lc_status count_nets(const lc__shot_file *shots, size_t *n, lc_error *err) {
    lc__digests seen = {0};
    lc_status s = LC_OK;
    *n = 0;
    for (size_t i = 0; i < shots->n && !s; i++) {
        bool added = false;
        s = lc__digests_add(&seen, lc_net_digest(shots->nets[i]), &added, err);
        *n += added;
    }
    lc__digests_clear(&seen);
    return s;
}

lc_status lc__readings_check(const lc__shot_file *shots, const char *file, lc_error *err) {
    for (size_t i = 0; i < shots->n; i++)
        if (!shots->target->grows || shots->values[i] < shots->values[0] ||
            shots->values[i] > shots->values[0])
            return LC_OK;
    size_t n;
    lc_status s = count_nets(shots, &n, err);
    if (s || n < LEAST_ALIKE)
        return s;
    char value[40];
    lc_error_set(err, LC_EFORMAT,
                 "all %zu nets of device %.80s read the same (%s), which says nothing of others: "
                 "the clock was too coarse, the runtime ran nothing (--backend null), or one net "
                 "was measured under many names; measure again",
                 n, shots->device.name,
                 shots->target->format(shots->values[0], value, sizeof value));
    lc_error_in_file(err, file);
    return LC_EFORMAT;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static bool rounded(const lc__shot_file *shots, size_t *n_values, double *step) {
    double *sorted = malloc((shots->n + 1) * sizeof *sorted);
    *n_values = shots->n > 0;
    *step = INFINITY;
    if (!sorted || shots->n < LEAST_ROUNDED || !shots->target->grows) {
        free(sorted);
        return false;
    }
    memcpy(sorted, shots->values, shots->n * sizeof *sorted);
    qsort(sorted, shots->n, sizeof *sorted, by_value);
    for (size_t i = 1; i < shots->n; i++) {
        if (sorted[i] > sorted[i - 1]) {
            ++*n_values;
            *step = fmin(*step, sorted[i] - sorted[i - 1]);
        }
    }
    double median = sorted[shots->n / 2];
    free(sorted);
    return *n_values > 1 && 2 * *n_values <= shots->n && *step > STEP * median;
}

bool lc__readings_warn_rounded(const lc__shot_file *shots) {
    size_t n_values;
    double step;
    char text[40];
    if (!rounded(shots, &n_values, &step))
        return false;
    lc__warn("warning: the %zu samples of %s have only %zu different values, %s or more apart: "
             "readings look rounded, and intervals know nothing of that; measure with a finer "
             "clock, or time many runs at once and divide",
             shots->n, shots->device.name, n_values,
             shots->target->format(step, text, sizeof text));
    return true;
}

/* What a net takes for the work it has. */
static double rate_of(const lc__shot_file *shots, size_t i) {
    lc_cost c = lc_net_cost(shots->nets[i]);
    return shots->values[i] / (1 + c.macs + c.bytes_read + c.bytes_written);
}

static double middle(const double *values, size_t n, double *room) {
    memcpy(room, values, n * sizeof *room);
    qsort(room, n, sizeof *room, by_value);
    return room[n / 2];
}

static bool far_off(double value, double middle) {
    return value > FAR_OFF * middle || value * FAR_OFF < middle;
}

lc_status lc__readings_far_off(const lc__shot_file *shots, size_t *n, size_t *first,
                               lc_error *err) {
    double *rate = malloc((shots->n + 1) * sizeof *rate);
    double *room = malloc((shots->n + 1) * sizeof *room);
    *n = 0;
    for (size_t i = 0; i < shots->n && rate; i++)
        rate[i] = rate_of(shots, i);
    if (rate && room && shots->n > 2) {
        double usual = middle(shots->values, shots->n, room), pace = middle(rate, shots->n, room);
        for (size_t i = shots->n; i-- > 0;) {
            if (far_off(shots->values[i], usual) && far_off(rate[i], pace)) {
                ++*n;
                *first = i;
            }
        }
    }
    lc_status s = rate && room ? LC_OK : lc__no_memory(err);
    free(rate);
    free(room);
    return s;
}
