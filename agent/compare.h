/* Whether two runs of the same plan differ, and by how much. */
#ifndef AGENT_COMPARE_H
#define AGENT_COMPARE_H

#include <cjson/cJSON.h>

#include "latcast/device.h"

typedef struct lc__compare_options {
    double repeatability; /* relative standard deviation of a latency between two runs of the same,
                             beyond what the interval of each says */
    double fdr;           /* share of false ones that is tolerated among the items said to differ */
} lc__compare_options;

/* An item that both have. Ratios are b / a, with a 95 % interval from the samples' own intervals
 * and the repeatability of both runs. */
typedef struct lc__compared {
    const lc_sample *a, *b;
    double a_ns, b_ns; /* their latencies */
    double ratio, low, high;
    double p; /* probability of a ratio as far from 1 if nothing differs */
    bool differs;
    bool doubtful; /* one of the samples is unsteady or was disturbed */
} lc__compared;

typedef struct lc__comparison {
    lc__compared *item; /* [n] in the order of a */
    size_t n, only_a, only_b, n_differing, n_doubtful;
    double ratio, low, high; /* median of the ratios: what is common to all, and its interval */
    bool common_differs;
    double spread;   /* relative standard deviation about it, by the ratios' median distance */
    double spearman; /* rank correlation of the latencies; NaN: of one item */
} lc__comparison;

/* Compares samples of equal nets; of several of one net, the last counts. Which items differ is
 * decided so that the expected share of false ones is at most `fdr` (Benjamini and Hochberg,
 * Controlling the false discovery rate, JRSS B 57, 1995). LC_EFORMAT when no net is in both,
 * LC_ENOMEM. `a` and `b` must outlive *out; release with lc__comparison_clear(). */
lc_status lc__compare(const lc_device *a, const lc_device *b, const lc__compare_options *options,
                      lc__comparison *out, lc_error *err);
void lc__comparison_clear(lc__comparison *comparison);

/* Members of two JSON objects (config_json, fingerprint_json) that differ, as an array of {"key",
 * "a", "b"}; those that change from moment to moment are left out. NULL when out of memory. */
cJSON *lc__differing_members(const char *a, const char *b);

#endif
