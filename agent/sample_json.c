#include "sample_json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/json.h"

static bool add_ns(cJSON *object, const char *key, double ns) {
    return lc__json_add_num(object, key, round(ns * 1000) / 1000);
}

/* Per run, or null and the reason. */
static bool add_counters(cJSON *object, const lc__measurement *m, const lc__perf *perf) {
    double least_share = 1;
    cJSON *counters = cJSON_CreateObject();
    for (int i = 0; i < LC__PERF_COUNT; i++) {
        double share = 1, value = lc__perf_value(&m->counts, i, &share);
        if (value < 0)
            continue;
        lc__json_add_num(counters, lc__perf_name(i), round(value / (double)m->n));
        least_share = fmin(least_share, share);
    }
    if (!counters || !counters->child) {
        cJSON_Delete(counters);
        cJSON_AddNullToObject(object, "counters");
        return cJSON_AddStringToObject(object, "counters_absent",
                                       perf->available ? "the kernel never ran the counters"
                                                       : perf->absent);
    }
    cJSON_AddStringToObject(counters, "counts", perf->counts);
    if (least_share < 1) /* the kernel took turns between events: the values are scaled */
        lc__json_add_num(counters, "running_share", least_share);
    return cJSON_AddItemToObject(object, "counters", counters);
}

/* In all timed runs together. */
static bool add_usage(cJSON *object, const lc__measurement *m) {
    cJSON *usage = cJSON_AddObjectToObject(object, "rusage");
    return usage && lc__json_add_num(usage, "page_faults", m->page_faults) &&
           lc__json_add_num(usage, "voluntary_switches", m->voluntary_switches) &&
           lc__json_add_num(usage, "involuntary_switches", m->involuntary_switches);
}

static bool add_raw(cJSON *object, const double *raw, size_t n) {
    cJSON *list = cJSON_AddArrayToObject(object, "raw_ns");
    char text[40];
    for (size_t i = 0; list && i < n; i++) {
        snprintf(text, sizeof text, "%.1f", raw[i]);
        if (!cJSON_AddItemToArray(list, cJSON_CreateRaw(text)))
            return false;
    }
    return list != NULL;
}

static bool add_statistics(cJSON *o, const lc__measurement *m) {
    return add_ns(o, "latency_ns", m->latency) && add_ns(o, "ci_low_ns", m->ci_low) &&
           add_ns(o, "ci_high_ns", m->ci_high) && add_ns(o, "median_ns", m->median) &&
           add_ns(o, "p95_ns", m->p95) && add_ns(o, "min_ns", m->min) &&
           add_ns(o, "mean_ns", m->mean) && add_ns(o, "stddev_ns", m->stddev) &&
           lc__json_add_num(o, "n", (double)m->n) &&
           lc__json_add_num(o, "runs_per_block", (double)m->block) &&
           cJSON_AddBoolToObject(o, "steady", m->steady);
}

/* Whether the turns behind the statistics were disturbed, and what disturbed any. */
static bool add_disturbance(cJSON *o, const lc__measurement *m) {
    bool ok = cJSON_AddBoolToObject(o, "disturbed", m->disturbed) &&
              lc__json_add_num(o, "turns", m->turns) &&
              lc__json_add_num(o, "disturbed_turns", m->disturbed_turns) &&
              lc__json_add_num(o, "placements", m->placements);
    if (ok && m->clock_errors > 0)
        ok = lc__json_add_num(o, "clock_errors", (double)m->clock_errors);
    if (!ok || m->why == 0)
        return ok;
    cJSON *list = cJSON_AddArrayToObject(o, "disturbed_by");
    for (int i = 0; list && i < LC__DISTURBANCES; i++)
        if (m->why >> i & 1)
            cJSON_AddItemToArray(list, cJSON_CreateString(lc__disturbance_name(i)));
    return list != NULL;
}

/* To three places; what would be 0 with them, or is less, is no reading. */
static bool add_or_absent(cJSON *o, const char *key, double value, const char *why) {
    char absent[40];
    snprintf(absent, sizeof absent, "%s_absent", key);
    double rounded = round(value * 1000) / 1000;
    if (rounded > 0)
        return lc__json_add_num(o, key, rounded);
    return cJSON_AddNullToObject(o, key) &&
           cJSON_AddStringToObject(o, absent, why ? why : "within the meter's error");
}

static bool add_energy(cJSON *o, const lc__measurement *m) {
    return add_or_absent(o, "energy_uj", m->energy_uj, m->energy_absent) &&
           (m->energy_absent || add_or_absent(o, "energy_above_idle_uj", m->energy_above_idle_uj,
                                              isnan(m->energy_above_idle_uj)
                                                  ? "what is drawn while nothing runs is not known"
                                                  : NULL)) &&
           add_or_absent(o, "peak_power_mw", m->peak_power_mw, m->energy_absent);
}

static bool add_state(cJSON *o, const lc__state *s) {
    return !s || ((isnan(s->freq_khz) || lc__json_add_num(o, "freq_khz", s->freq_khz)) &&
                  (isnan(s->temp_mc) || lc__json_add_num(o, "temp_mc", s->temp_mc)));
}

static bool add_identity(cJSON *o, const lc__sample_facts *f) {
    char id[128];
    snprintf(id, sizeof id, "%s-%016" PRIx64, f->run_id, lc_net_digest(f->item->net));
    char *net = lc_net_to_json(f->item->net, false);
    const char *name = lc_net_name(f->item->net);
    bool ok = net && cJSON_AddStringToObject(o, "id", id) &&
              cJSON_AddStringToObject(o, "kind", f->item->kind == LC_SAMPLE_OP ? "op" : "net") &&
              cJSON_AddStringToObject(o, "device", f->device) &&
              cJSON_AddStringToObject(o, "name", name ? name : "") &&
              cJSON_AddRawToObject(o, "net", net);
    free(net);
    return ok;
}

char *lc__sample_to_json(const lc__sample_facts *f) {
    cJSON *o = cJSON_CreateObject();
    bool ok = o && add_identity(o, f) && add_statistics(o, f->result) &&
              lc__json_add_num(o, "time_unix", (double)time(NULL)) &&
              add_disturbance(o, f->result) && add_state(o, f->state) && add_energy(o, f->result) &&
              add_counters(o, f->result, f->perf) && add_usage(o, f->result) &&
              (!f->raw_ns || add_raw(o, f->raw_ns, f->result->n_values));
    char *line = ok ? lc__json_print(o) : NULL;
    cJSON_Delete(o);
    return line;
}
