/* predict check: forecasts against measurements made afterwards. */
#include "cmd.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/rank.h"
#include "base/text.h"
#include "cmdline/json_out.h"
#include "cmdline/options.h"
#include "tasks/metrics.h"

/* Forecast and measurement of the same nets, side by side. */
typedef struct pairs {
    lc__doc forecast; /* the names point into it */
    lc__shot_file measured;
    uint64_t *digest;                     /* [measured.n] of its nets */
    const char *device;                   /* that was forecast */
    int64_t samples;                      /* it was adapted from */
    const char **name;                    /* [n] */
    double *latency, *low, *high, *truth; /* [n], nanoseconds */
    size_t n, unmeasured;
} pairs;

static void clear_pairs(pairs *p) {
    lc__doc_clear(&p->forecast);
    lc__shot_file_clear(&p->measured);
    free(p->digest);
    free(p->name);
    free(p->latency);
}

/* The measurement of the net with this digest; the mean where it was measured repeatedly. */
static bool find_truth(const pairs *p, uint64_t digest, double *truth) {
    double sum = 0;
    size_t n = 0;
    for (size_t i = 0; i < p->measured.n; i++) {
        if (p->digest[i] == digest) {
            sum += p->measured.values[i];
            n++;
        }
    }
    *truth = n ? sum / (double)n : 0;
    return n > 0;
}

/* A digest as the forecast writes it: 16 hexadecimal digits. */
static lc_status need_digest(const lc__cur *cur, uint64_t *out, lc_error *err) {
    const char *text;
    lc_status s = lc__json_need_str(cur, "digest", &text, err);
    if (s)
        return s;
    if (strlen(text) != 16 || text[strspn(text, "0123456789abcdef")])
        return lc__json_fail(cur, err, LC_EFORMAT,
                             "\"digest\" takes 16 hexadecimal digits, not \"%.40s\"", text);
    *out = strtoull(text, NULL, 16);
    return LC_OK;
}

static lc_status read_forecast(const lc__cur *cur, pairs *p, lc_error *err) {
    uint64_t digest = 0;
    const char *device;
    size_t i = p->n;
    lc_status s = lc__json_object(cur, err);
    if (!s)
        s = lc__json_version(cur, LC_SCHEMA_VERSION, err);
    if (!s)
        s = lc__json_need_str(cur, "name", &p->name[i], err);
    if (!s)
        s = need_digest(cur, &digest, err);
    if (!s)
        s = lc__json_need_str(cur, "device", &device, err);
    if (!s)
        s = lc__json_need_int(cur, "samples", 0, INT32_MAX, &p->samples, err);
    if (!s)
        s = lc__json_need_num(cur, "latency_ns", 0, DBL_MAX, &p->latency[i], err);
    if (!s)
        s = lc__json_need_num(cur, "low_ns", 0, DBL_MAX, &p->low[i], err);
    if (!s)
        s = lc__json_need_num(cur, "high_ns", 0, DBL_MAX, &p->high[i], err);
    if (s)
        return s;
    if (p->device && strcmp(p->device, device) != 0)
        return lc__json_fail(cur, err, LC_EFORMAT, "forecasts of two devices, %.60s and %.60s",
                             p->device, device);
    p->device = device;
    if (find_truth(p, digest, &p->truth[i]))
        p->n++;
    else
        p->unmeasured++;
    return LC_OK;
}

static lc_status allocate(pairs *p, size_t n, lc_error *err) {
    p->name = calloc(n + 1, sizeof *p->name);
    p->latency = calloc(4 * n + 4, sizeof *p->latency);
    p->digest = calloc(p->measured.n + 1, sizeof *p->digest);
    if (!p->name || !p->latency || !p->digest)
        return lc__no_memory(err);
    for (size_t i = 0; i < p->measured.n; i++)
        p->digest[i] = lc_net_digest(p->measured.nets[i]);
    p->low = p->latency + n + 1;
    p->high = p->low + n + 1;
    p->truth = p->high + n + 1;
    return LC_OK;
}

static lc_status read_pairs(const char *forecast, const char *measured, pairs *p, lc_error *err) {
    lc_status s = lc__shot_file_load(measured, &p->measured, err);
    if (!s)
        s = lc__doc_load(&p->forecast, forecast, err);
    if (s)
        return s;
    lc__cur root = lc__doc_root(&p->forecast), e;
    bool array = cJSON_IsArray(root.v);
    s = allocate(p, array ? (size_t)lc__json_size(&root) : 1, err);
    if (!s && !array)
        s = read_forecast(&root, p, err);
    for (bool ok = array && lc__json_first(&root, &e); ok && !s; ok = lc__json_next(&e))
        s = read_forecast(&e, p, err);
    if (s || p->n)
        return s;
    lc_error_set(err, LC_EFORMAT, "none of the forecast nets is measured in %.200s", measured);
    return lc_error_in_file(err, forecast);
}

/* ---- output ---- */

typedef struct figures {
    double spearman, kendall, within5, within10, mape, coverage90;
} figures;

/* One net has no rank. */
static figures score(const pairs *p) {
    return (figures){p->n > 1 ? lc__spearman(p->latency, p->truth, p->n) : NAN,
                     p->n > 1 ? lc__kendall(p->latency, p->truth, p->n) : NAN,
                     lc__within(p->latency, p->truth, p->n, 0.05),
                     lc__within(p->latency, p->truth, p->n, 0.10),
                     lc__mape(p->latency, p->truth, p->n),
                     lc__coverage(p->low, p->high, p->truth, p->n)};
}

static bool add_nets(cJSON *object, const pairs *p) {
    cJSON *list = cJSON_AddArrayToObject(object, "nets");
    for (size_t i = 0; list && i < p->n; i++) {
        cJSON *one = lc__append_object(list);
        if (!one || !cJSON_AddStringToObject(one, "name", p->name[i]) ||
            !lc__json_add_num(one, "latency_ns", p->latency[i]) ||
            !lc__json_add_num(one, "low_ns", p->low[i]) ||
            !lc__json_add_num(one, "high_ns", p->high[i]) ||
            !lc__json_add_num(one, "measured_ns", p->truth[i]) ||
            !lc__json_add_num(one, "error", p->latency[i] / p->truth[i] - 1))
            return false;
    }
    return list != NULL;
}

/* A figure, null where it does not exist. */
static bool add_figure(cJSON *object, const char *key, double value) {
    return isnan(value) ? cJSON_AddNullToObject(object, key) != NULL
                        : lc__json_add_num(object, key, value);
}

static lc_status print_json(const pairs *p, lc_error *err) {
    figures f = score(p);
    cJSON *o = cJSON_CreateObject();
    bool ok = o && lc__json_add_num(o, "schema_version", LC_SCHEMA_VERSION) &&
              cJSON_AddStringToObject(o, "device", p->device) &&
              lc__json_add_num(o, "samples", (double)p->samples) &&
              lc__json_add_num(o, "unmeasured", (double)p->unmeasured) &&
              add_figure(o, "spearman", f.spearman) && add_figure(o, "kendall", f.kendall) &&
              lc__json_add_num(o, "within5", f.within5) &&
              lc__json_add_num(o, "within10", f.within10) && lc__json_add_num(o, "mape", f.mape) &&
              lc__json_add_num(o, "coverage90", f.coverage90) && add_nets(o, p);
    return lc__print_object(o, ok, "", err);
}

static void print_table(const pairs *p) {
    figures f = score(p);
    printf("%-11s %-11s %8s  %-6s net\n", "forecast", "measured", "error", "90 %");
    for (size_t i = 0; i < p->n; i++) {
        char forecast[32], truth[32], name[LC__SHOWN];
        bool inside = p->low[i] <= p->truth[i] && p->truth[i] <= p->high[i];
        printf("%-11s %-11s %+6.1f %%  %-6s %s\n",
               lc__format_ns(p->latency[i], forecast, sizeof forecast),
               lc__format_ns(p->truth[i], truth, sizeof truth),
               100 * (p->latency[i] / p->truth[i] - 1), inside ? "inside" : "out",
               lc__printable(p->name[i], name, sizeof name));
    }
    printf("\n%zu net%s on %s, forecast from %" PRId64 " samples: ", p->n, p->n == 1 ? "" : "s",
           p->device, p->samples);
    if (p->n > 1)
        printf("Spearman %.3f, Kendall %.3f, ", f.spearman, f.kendall);
    printf("within 10 %%: %.0f %%, within 5 %%: %.0f %%, mean error %.1f %%, inside their 90 %% "
           "interval: %.0f %%\n",
           100 * f.within10, 100 * f.within5, 100 * f.mape, 100 * f.coverage90);
}

static void warn(const pairs *p, const char *measured) {
    const char *name = p->measured.device.name;
    if (strcmp(name, p->device) != 0)
        lc__warn("note: the forecasts are for %s, the measurements are of %s", p->device, name);
    if (p->unmeasured)
        lc__warn("note: %zu forecast net%s not measured in %s", p->unmeasured,
                 p->unmeasured == 1 ? " is" : "s are", measured);
}

int lc__predict_check(int argc, char **argv) {
    const char *forecast = NULL, *measured = NULL;
    bool json = false;
    const lc__opt table[] = {{.name = "forecast",
                              .kind = LC__OPT_STR,
                              .value = &forecast,
                              .arg = "FILE",
                              .help = "output of predict --json",
                              .required = true},
                             {.name = "measured",
                              .kind = LC__OPT_STR,
                              .value = &measured,
                              .arg = "FILE",
                              .help = "device.json with samples of those nets",
                              .required = true},
                             lc__option_json(&json, NULL),
                             {0}};
    int code;
    if (!lc__options_parse("predict check",
                           "Compares forecasts with measurements made afterwards. Nets are matched "
                           "by what they\ncompute, not by name.",
                           NULL, table, argc, argv, &code))
        return code;
    pairs p = {0};
    lc_error err;
    lc_status s = read_pairs(forecast, measured, &p, &err);
    if (!s)
        warn(&p, measured);
    if (!s && json)
        s = print_json(&p, &err);
    else if (!s)
        print_table(&p);
    clear_pairs(&p);
    return s ? lc__cli_fail("predict check", &err) : lc__finish_output("predict check");
}
