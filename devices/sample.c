#include "devices/sample.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "line.h"
#include "ops/composite.h"
#include "ops/net_json.h"

/* Eleven days: nothing that is measured in runs takes longer. */
#define MAX_LATENCY_NS 1e15
/* A gigajoule, a terawatt. */
#define MAX_EXTRA 1e15

static bool all_of(const char *text, bool (*ok)(char)) {
    size_t n = strlen(text);
    for (size_t i = 0; i < n; i++)
        if (!ok(text[i]))
            return false;
    return n >= 1 && n <= 100;
}

static bool name_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("._-", c));
}

static bool id_char(char c) {
    return c > ' ' && c <= '~';
}

bool lc__device_name_ok(const char *name) {
    return name[0] != '.' && all_of(name, name_char);
}

bool lc__sample_id_ok(const char *id) {
    return all_of(id, id_char);
}

lc_status lc__device_name_from_json(const lc__cur *object, const char *key, const char **out,
                                    lc_error *err) {
    lc__cur c;
    lc_status s = lc__json_need(object, key, &c, err);
    if (!s)
        s = lc__json_str(&c, out, err);
    if (!s && !lc__device_name_ok(*out))
        s = lc__json_fail(&c, err, LC_EFORMAT, "a device's name is " LC__DEVICE_NAME_RULE);
    return s;
}

static const char *const kind_names[] = {[LC_SAMPLE_NET] = "net", [LC_SAMPLE_OP] = "op"};

const char *lc__kind_name(lc_sample_kind kind) {
    return kind_names[kind];
}

lc_status lc__kind_from_json(const lc__cur *object, lc_sample_kind *out, lc_error *err) {
    lc__cur c;
    const char *text = "";
    lc_status s = lc__json_need(object, "kind", &c, err);
    if (!s)
        s = lc__json_str(&c, &text, err);
    if (s)
        return s;
    for (int k = LC_SAMPLE_NET; k <= LC_SAMPLE_OP; k++) {
        if (!strcmp(text, kind_names[k])) {
            *out = (lc_sample_kind)k;
            return LC_OK;
        }
    }
    return lc__json_fail(&c, err, LC_EFORMAT, "must be \"net\" or \"op\", is \"%.40s\"", text);
}

lc_status lc__kind_check(lc_sample_kind kind, const lc_net *net, lc_error *err) {
    int n = 0;
    for (int i = 0; i < lc_net_size(net); i++)
        n += lc_net_node(net, i)->op.type != LC_OP_INPUT;
    if (kind == LC_SAMPLE_OP && !lc__net_is_one(net))
        return lc_error_set(
            err, LC_EFORMAT,
            "kind \"op\" takes a net of one operator or composite, this one has %d; say "
            "\"kind\":\"net\"",
            n);
    return LC_OK;
}

static lc_status need_latency(const lc__cur *object, const char *key, double *out, lc_error *err) {
    lc__cur c;
    lc_status s = lc__json_need(object, key, &c, err);
    if (!s)
        s = lc__json_num(&c, -INFINITY, INFINITY, out, err);
    if (!s && !(*out > 0 && *out <= MAX_LATENCY_NS))
        s = lc__json_fail(&c, err, LC_EFORMAT,
                          "a latency is above 0 and at most %g nanoseconds, this is %g",
                          MAX_LATENCY_NS, *out);
    return s;
}

/* The statistics of the timed runs must fit together. */
static lc_status check_order(const lc__cur *object, const lc_sample *sample, lc_error *err) {
    const struct {
        const char *low, *high;
        double a, b;
    } pairs[] = {{"ci_low_ns", "latency_ns", sample->ci_low_ns, sample->latency_ns},
                 {"latency_ns", "ci_high_ns", sample->latency_ns, sample->ci_high_ns},
                 {"min_ns", "latency_ns", sample->min_ns, sample->latency_ns},
                 {"latency_ns", "median_ns", sample->latency_ns, sample->median_ns},
                 {"median_ns", "p95_ns", sample->median_ns, sample->p95_ns}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (pairs[i].a > pairs[i].b)
            return lc__json_fail(object, err, LC_EFORMAT,
                                 "\"%s\" (%g) must not be above \"%s\" (%g)", pairs[i].low,
                                 pairs[i].a, pairs[i].high, pairs[i].b);
    return LC_OK;
}

static lc_status read_statistics(const lc__cur *object, lc_sample *out, lc_error *err) {
    const struct {
        const char *key;
        double *to;
    } latencies[] = {{"latency_ns", &out->latency_ns}, {"ci_low_ns", &out->ci_low_ns},
                     {"ci_high_ns", &out->ci_high_ns}, {"median_ns", &out->median_ns},
                     {"p95_ns", &out->p95_ns},         {"min_ns", &out->min_ns}};
    lc_status s = LC_OK;
    for (size_t i = 0; i < sizeof latencies / sizeof *latencies && !s; i++)
        s = need_latency(object, latencies[i].key, latencies[i].to, err);
    if (!s)
        s = check_order(object, out, err);
    if (!s)
        s = lc__json_need_int(object, "n", 1, INT64_C(1) << 53, &out->n, err);
    if (!s)
        s = lc__json_need_bool(object, "steady", &out->steady, err);
    return s;
}

/* Not every board can measure this: absent, or null with a reason. A 0 would be taken for a
 * measurement. */
static lc_status read_extra(const lc__cur *object, const char *key, double *out, lc_error *err) {
    lc__cur c, why;
    const char *text = "";
    char reason[40];
    *out = NAN;
    snprintf(reason, sizeof reason, "%s_absent", key);
    if (lc__json_get(object, key, &c)) {
        lc_status s = lc__json_num(&c, -INFINITY, INFINITY, out, err);
        if (!s && !(*out > 0 && *out <= MAX_EXTRA))
            s = lc__json_fail(&c, err, LC_EFORMAT,
                              "is above 0 and at most %g, or null with the reason in \"%s\"; this "
                              "is %g",
                              MAX_EXTRA, reason, *out);
        return s;
    }
    if (!cJSON_GetObjectItemCaseSensitive(object->v, key))
        return LC_OK;
    lc_status s = lc__json_need(object, reason, &why, err);
    if (!s)
        s = lc__json_str(&why, &text, err);
    if (!s && !*text)
        s = lc__json_fail(&why, err, LC_EFORMAT, "says why there is no \"%s\"", key);
    return s;
}

/* Fields that may be absent must still be of their type. */
static lc_status check_optional(const lc__cur *object, lc_error *err) {
    lc__cur c;
    const char *text;
    double time;
    lc_status s = LC_OK;
    if (lc__json_get(object, "name", &c))
        s = lc__json_str(&c, &text, err);
    if (!s && lc__json_get(object, "time_unix", &c))
        s = lc__json_num(&c, 0, 1e12, &time, err);
    if (!s && lc__json_get(object, "counters", &c))
        s = lc__json_object(&c, err);
    if (!s && lc__json_get(object, "raw_ns", &c))
        s = lc__json_array(&c, err);
    return s;
}

static lc_status read_net(const lc__cur *object, lc_sample *out, lc_error *err) {
    lc__cur net;
    lc_status s = lc__json_need(object, "net", &net, err);
    if (!s)
        s = lc__net_from_json(&net, &out->net, err);
    if (s)
        return s;
    lc_error why;
    if (lc__kind_check(out->kind, out->net, &why))
        return lc__json_fail(&net, err, why.code, "%s", why.message);
    return LC_OK;
}

static lc_status read_sample(const lc__cur *cur, const char *text, lc_sample *out, lc_error *err) {
    lc__cur c;
    const char *id = "";
    lc_status s = lc__json_need(cur, "id", &c, err);
    if (!s)
        s = lc__json_str(&c, &id, err);
    if (!s && !lc__sample_id_ok(id))
        s = lc__json_fail(&c, err, LC_EFORMAT,
                          "an id is 1 to 100 printable ASCII characters without spaces");
    if (!s)
        s = lc__kind_from_json(cur, &out->kind, err);
    if (!s)
        s = read_statistics(cur, out, err);
    if (!s)
        s = read_extra(cur, "energy_uj", &out->energy_uj, err);
    if (!s)
        s = read_extra(cur, "peak_power_mw", &out->peak_power_mw, err);
    if (!s)
        s = check_optional(cur, err);
    if (!s)
        s = read_net(cur, out, err);
    if (s)
        return s;
    out->id = strdup(id);
    out->json = lc__line_from(text, (size_t)(lc__json_end(text) - text));
    return out->id && out->json ? LC_OK : lc__no_memory(err);
}

lc_status lc__sample_from_json(const lc__cur *cur, const char *text, lc_sample *out,
                               lc_error *err) {
    memset(out, 0, sizeof *out);
    lc_status s = read_sample(cur, text, out, err);
    if (s)
        lc_sample_clear(out);
    return s;
}

lc_status lc_sample_parse(const char *text, size_t length, const char *file, int line,
                          lc_sample *out, lc_error *err) {
    lc__doc doc;
    lc_status s = lc__doc_parse(&doc, text, length, file, line > 0 ? line - 1 : 0, err);
    if (s)
        return s;
    lc__cur root = lc__doc_root(&doc);
    s = lc__sample_from_json(&root, lc__json_start(&root), out, err);
    lc__doc_clear(&doc);
    return s;
}

void lc_sample_clear(lc_sample *sample) {
    free(sample->id);
    lc_net_free(sample->net);
    free(sample->json);
    memset(sample, 0, sizeof *sample);
}

static bool near(double a, double b) {
    return (isnan(a) && isnan(b)) || fabs(a - b) <= 1e-9 * fmax(fabs(a), fabs(b));
}

bool lc__sample_same(const lc_sample *a, const lc_sample *b) {
    return a->kind == b->kind && a->n == b->n && a->steady == b->steady &&
           near(a->latency_ns, b->latency_ns) && near(a->ci_low_ns, b->ci_low_ns) &&
           near(a->ci_high_ns, b->ci_high_ns) && near(a->median_ns, b->median_ns) &&
           near(a->p95_ns, b->p95_ns) && near(a->min_ns, b->min_ns) &&
           near(a->energy_uj, b->energy_uj) && near(a->peak_power_mw, b->peak_power_mw) &&
           lc_net_digest(a->net) == lc_net_digest(b->net);
}
