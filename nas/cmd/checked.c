#include "checked.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/stats.h"
#include "base/text.h"

static const struct {
    const char *target, *budget, *value, *low, *high, *measured;
} keys[LC__COSTS] = {{"latency", "budget_ns", "latency_ns", "low_ns", "high_ns", "measured_ns"},
                     {"energy", "budget_uj", "energy_uj", "low_uj", "high_uj", "measured_uj"}};

/* ---- what a search said ---- */

static lc_status read_cost(const lc__cur *search, int cost, lc__checked *out, lc_error *err) {
    lc__cur c;
    if (!lc__json_get(search, keys[cost].target, &c))
        return LC_OK;
    lc_status st = lc__json_object(&c, err);
    if (!st)
        st = lc__json_need_num(&c, keys[cost].budget, 0, 1e18, &out->budget[cost], err);
    if (!st)
        st = lc__json_need_num(&c, keys[cost].value, 0, 1e18, &out->forecast[cost], err);
    if (!st)
        st = lc__json_need_num(&c, keys[cost].low, 0, 1e18, &out->low[cost], err);
    if (!st)
        st = lc__json_need_num(&c, keys[cost].high, 0, 1e18, &out->high[cost], err);
    return st;
}

static lc_status read_search(const char *path, lc__checked *out, lc_error *err) {
    lc__doc doc;
    lc__cur root, search;
    const char *device;
    lc_status st = lc__doc_load(&doc, path, err);
    if (st)
        return st;
    root = lc__doc_root(&doc);
    if (lc__json_get(&root, "search", &search)) {
        st = lc__json_object(&search, err);
        if (!st)
            st = lc__json_need_str(&search, "device", &device, err);
        if (!st)
            snprintf(out->device, sizeof out->device, "%s", device);
        for (int i = 0; i < LC__COSTS && !st; i++)
            st = read_cost(&search, i, out, err);
    }
    lc__doc_clear(&doc);
    return st;
}

lc_status lc__checked_make(const char *source, const lc_net *net, lc__checked *out, lc_error *err) {
    *out = (lc__checked){.source = source,
                         .net = net,
                         .digest = lc_net_digest(net),
                         .ci_low_ns = NAN,
                         .ci_high_ns = NAN};
    for (int i = 0; i < LC__COSTS; i++)
        out->budget[i] = out->forecast[i] = out->low[i] = out->high[i] = out->measured[i] = NAN;
    const char *suffix = strrchr(source, '.');
    return suffix && !strcmp(suffix, ".json") ? read_search(source, out, err) : LC_OK;
}

lc_status lc__checked_forecast(lc__checked *c, const lc_predictor *predictor, lc_error *err) {
    lc_forecast f;
    lc_status st = lc_predictor_query(predictor, c->net, &f, err);
    if (st)
        return st;
    c->forecast[LC__COST_LATENCY] = f.latency;
    c->low[LC__COST_LATENCY] = f.low;
    c->high[LC__COST_LATENCY] = f.high;
    return LC_OK;
}

/* The last sample of the net, or NULL. */
static const lc_sample *find_sample(const lc__checked *c, const lc_device *measured) {
    for (size_t i = measured->n_samples; i-- > 0;) {
        const lc_sample *s = &measured->samples[i];
        if (s->kind == LC_SAMPLE_NET && lc_net_digest(s->net) == c->digest)
            return s;
    }
    return NULL;
}

void lc__checked_measured(lc__checked *c, const lc_device *measured) {
    const lc_sample *s = find_sample(c, measured);
    if (!s || c->runs == LC__RUNS_MOST)
        return;
    c->run[LC__COST_LATENCY][c->runs] = s->latency_ns;
    c->run[LC__COST_ENERGY][c->runs] = s->energy_uj;
    c->runs++;
    c->measured[LC__COST_LATENCY] = lc__median(c->run[LC__COST_LATENCY], c->runs);
    if (!isnan(s->energy_uj))
        c->measured[LC__COST_ENERGY] = lc__median(c->run[LC__COST_ENERGY], c->runs);
    c->ci_low_ns = fmin(c->ci_low_ns, s->ci_low_ns); /* of a NaN and a number the number */
    c->ci_high_ns = fmax(c->ci_high_ns, s->ci_high_ns);
    c->steady = s->steady && (c->runs == 1 || c->steady);
}

/* ---- what came of it ---- */

/* "kept", "missed", or NULL: there is none, or nothing was measured. */
static const char *verdict(const lc__checked *c, int cost) {
    if (isnan(c->budget[cost]) || isnan(c->measured[cost]))
        return NULL;
    return c->measured[cost] <= c->budget[cost] ? "kept" : "missed";
}

/* Whether the interval of the measurement leaves the verdict open. */
static bool is_open(const lc__checked *c, int cost) {
    return cost == LC__COST_LATENCY && c->ci_low_ns <= c->budget[cost] &&
           c->budget[cost] < c->ci_high_ns;
}

static bool within(const lc__checked *c, int cost) {
    return c->low[cost] <= c->measured[cost] && c->measured[cost] <= c->high[cost];
}

static bool add_known(cJSON *o, const char *key, double value) {
    return isnan(value) || lc__json_add_num(o, key, value);
}

static bool add_cost(cJSON *o, const lc__checked *c, int cost) {
    if (isnan(c->budget[cost]) && isnan(c->forecast[cost]))
        return true;
    cJSON *a = cJSON_AddObjectToObject(o, keys[cost].target);
    bool ok = a && add_known(a, keys[cost].budget, c->budget[cost]) &&
              add_known(a, keys[cost].value, c->forecast[cost]) &&
              add_known(a, keys[cost].low, c->low[cost]) &&
              add_known(a, keys[cost].high, c->high[cost]) &&
              add_known(a, keys[cost].measured, c->measured[cost]);
    if (!ok || isnan(c->measured[cost]))
        return ok;
    if (cost == LC__COST_LATENCY)
        ok = lc__json_add_num(a, "ci_low_ns", c->ci_low_ns) &&
             lc__json_add_num(a, "ci_high_ns", c->ci_high_ns);
    ok = ok && lc__json_add_num(a, "forecast_error", c->forecast[cost] / c->measured[cost] - 1) &&
         cJSON_AddBoolToObject(a, "within_interval", within(c, cost)) != NULL;
    if (ok && verdict(c, cost))
        ok = cJSON_AddBoolToObject(a, "kept", c->measured[cost] <= c->budget[cost]) &&
             lc__json_add_num(a, "over_budget", c->measured[cost] / c->budget[cost] - 1);
    return ok;
}

cJSON *lc__checked_json(const lc__checked *checked, size_t n) {
    cJSON *list = cJSON_CreateArray();
    bool ok = list != NULL;
    for (size_t i = 0; i < n && ok; i++) {
        cJSON *o = cJSON_CreateObject();
        ok = o && cJSON_AddItemToArray(list, o) &&
             cJSON_AddStringToObject(o, "net", checked[i].source) &&
             cJSON_AddStringToObject(o, "name", lc_net_name(checked[i].net));
        if (ok && !isnan(checked[i].measured[LC__COST_LATENCY]))
            ok = cJSON_AddBoolToObject(o, "steady", checked[i].steady) != NULL;
        for (int cost = 0; cost < LC__COSTS && ok; cost++)
            ok = add_cost(o, &checked[i], cost);
    }
    if (ok)
        return list;
    cJSON_Delete(list);
    return NULL;
}

static void show_cost(const lc__checked *c, int cost, const lc__target *t) {
    char a[40], b[40], d[40];
    if (isnan(c->budget[cost]) && isnan(c->forecast[cost]))
        return;
    printf("  %-9s", t->name);
    if (!isnan(c->budget[cost]))
        printf(" budget %s,", t->format(c->budget[cost], a, sizeof a));
    printf(" forecast %s (%s to %s)", t->format(c->forecast[cost], a, sizeof a),
           t->format(c->low[cost], b, sizeof b), t->format(c->high[cost], d, sizeof d));
    if (isnan(c->measured[cost])) {
        printf(", not measured\n");
        return;
    }
    printf(",\n            measured %s", t->format(c->measured[cost], a, sizeof a));
    if (cost == LC__COST_LATENCY)
        printf(" (%s to %s)%s", t->format(c->ci_low_ns, b, sizeof b),
               t->format(c->ci_high_ns, d, sizeof d), c->steady ? "" : ", unsteady");
    printf(": forecast %+.2f %%, %s its interval",
           100 * (c->forecast[cost] / c->measured[cost] - 1),
           within(c, cost) ? "inside" : "outside");
    if (verdict(c, cost))
        printf("; budget %s, by %.2f %%%s", verdict(c, cost),
               100 * fabs(c->measured[cost] / c->budget[cost] - 1),
               is_open(c, cost) ? " (less than the measurement tells)" : "");
    printf("\n");
}

static void show_all(const lc__checked *checked, size_t n, int cost) {
    size_t measured = 0, budgets = 0, kept = 0, inside = 0;
    double error = 0;
    for (size_t i = 0; i < n; i++) {
        const lc__checked *c = &checked[i];
        if (isnan(c->measured[cost]) || isnan(c->forecast[cost]))
            continue;
        measured++;
        budgets += verdict(c, cost) != NULL;
        kept += c->measured[cost] <= c->budget[cost];
        inside += within(c, cost);
        error += fabs(c->forecast[cost] / c->measured[cost] - 1);
    }
    if (measured < 2)
        return;
    printf("%s of %zu nets: forecasts %.2f %% off on average, %zu inside their interval",
           keys[cost].target, measured, 100 * error / (double)measured, inside);
    if (budgets)
        printf(", %zu of %zu budgets kept", kept, budgets);
    printf("\n");
}

void lc__checked_show(const lc__checked *checked, size_t n) {
    for (size_t i = 0; i < n; i++) {
        char source[LC__SHOWN], name[LC__SHOWN];
        lc__printable(checked[i].source, source, sizeof source);
        lc__printable(lc_net_name(checked[i].net), name, sizeof name);
        printf("%s%s%s\n", source, strcmp(source, name) ? ": " : "",
               strcmp(source, name) ? name : "");
        for (int cost = 0; cost < LC__COSTS; cost++) {
            const lc__target *t;
            if (!lc__target_find(keys[cost].target, &t, NULL))
                show_cost(&checked[i], cost, t);
        }
    }
    for (int cost = 0; cost < LC__COSTS; cost++)
        show_all(checked, n, cost);
}
