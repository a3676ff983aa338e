#include "sweep.h"

#include <math.h>
#include <stdlib.h>

#include "base/stats.h"

#define NS_PER_MS 1e6
#define LARGEST_MS 1e9
#define BUDGETS 6 /* unless told otherwise */

static lc_status bad_list(const lc__sweep *s, lc_error *err) {
    lc_error_set(err, LC_EUSAGE,
                 "--latency-ms takes up to %d different numbers above 0 with commas between, "
                 "e.g. 2,3.5,5, not \"%.80s\"",
                 LC__SWEEP_MOST, s->list);
    return LC_EUSAGE;
}

lc_status lc__sweep_parse(lc__sweep *s, bool some, lc_error *err) {
    if (!s->list) {
        s->n = s->n ? s->n : BUDGETS;
        if (!some || (s->from_ms > 0 && s->to_ms > 0))
            return LC_OK;
        lc_error_set(err, LC_EUSAGE,
                     "with --choose say what to spread the budgets over, --latency-ms-from and "
                     "--latency-ms-to, or list them by --latency-ms");
        return LC_EUSAGE;
    }
    if (s->n || s->from_ms > 0 || s->to_ms > 0) {
        lc_error_set(err, LC_EUSAGE,
                     "--latency-ms lists the budgets, so --latency-ms-from, --latency-ms-to and "
                     "--budgets have nothing to say");
        return LC_EUSAGE;
    }
    const char *at = s->list;
    for (char *end;; at = end + 1) {
        double ms = strtod(at, &end);
        if (end == at || (*end && *end != ',') || !(ms > 0) || ms > LARGEST_MS ||
            s->n == LC__SWEEP_MOST)
            return bad_list(s, err);
        s->limit[s->n++] = ms * NS_PER_MS;
        if (!*end)
            break;
    }
    lc__sort(s->limit, (size_t)s->n);
    for (int64_t i = 1; i < s->n; i++)
        if (s->limit[i] <= s->limit[i - 1])
            return bad_list(s, err);
    return LC_OK;
}

lc_status lc__sweep_spread(lc__sweep *s, const lc_nas_extreme range[2], lc_error *err) {
    if (s->list)
        return LC_OK;
    double least = range[0].value.upper, most = range[1].value.upper;
    double step = (most - least) / (double)(s->n + 1);
    double from = s->from_ms > 0 ? s->from_ms * NS_PER_MS : least + step;
    double to = s->to_ms > 0 ? s->to_ms * NS_PER_MS : most - step;
    if (s->n > 1 && !(to > from)) {
        lc_error_set(err, LC_EUSAGE,
                     "budgets go up from %.6g ms to %.6g ms; nets of this space take %.6g to %.6g "
                     "ms",
                     from / NS_PER_MS, to / NS_PER_MS, least / NS_PER_MS, most / NS_PER_MS);
        return LC_EUSAGE;
    }
    for (int64_t i = 0; i < s->n; i++)
        s->limit[i] = from + (to - from) * (double)i / fmax((double)(s->n - 1), 1);
    return LC_OK;
}
