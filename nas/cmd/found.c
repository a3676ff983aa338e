#include "found.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "settings.h"

static bool add_cost(cJSON *o, const lc__hunt *h, int place, const lc__budget *budget,
                     const lc__found *f) {
    int cost = h->cost_of[place];
    const lc__target *t = h->forecasts[cost].target;
    cJSON *c = cJSON_AddObjectToObject(o, t->name);
    return c &&
           lc__json_add_num(c, cost == LC__COST_LATENCY ? "budget_ns" : "budget_uj",
                            budget->limit[cost]) &&
           lc__json_add_num(c, t->key, f->forecast[cost].latency) &&
           lc__json_add_num(c, t->low_key, f->forecast[cost].low) &&
           lc__json_add_num(c, t->high_key, f->forecast[cost].high);
}

cJSON *lc__found_json(const lc__hunt *h, const lc__budget *budget, const lc__found *f) {
    cJSON *o = cJSON_CreateObject();
    const lc__hunt_options *options = h->options;
    bool ok =
        o && cJSON_AddStringToObject(o, "method", h->method_name) &&
        cJSON_AddStringToObject(o, "device", h->forecasts[h->cost_of[0]].shots.device.name) &&
        lc__json_add_num(o, "seed", (double)options->course.seed) &&
        lc__json_add_num(o, "confidence", options->confidence > 0 ? options->confidence : 0.5);
    for (int i = 0; i < h->n_forecasts && ok; i++)
        ok = add_cost(o, h, i, budget, f);
    if (ok && !isnan(f->accuracy))
        ok = lc__json_add_num(o, "accuracy", f->accuracy) &&
             cJSON_AddStringToObject(o, "accuracy_of", h->table ? "table" : "supernet");
    ok = ok && lc__json_add_num(o, "seconds", f->seconds) &&
         lc__json_add_num(o, "looked_at", (double)f->looked_at);
    if (ok && f->reached > 0)
        ok = lc__json_add_num(o, h->cost_of[0] == LC__COST_LATENCY ? "reached_ns" : "reached_uj",
                              f->reached);
    if (ok)
        return o;
    cJSON_Delete(o);
    return NULL;
}

lc_status lc__found_write(const lc__hunt *h, const lc__budget *budget, const lc__found *f,
                          const cJSON *settings, const char *path, lc_error *err) {
    lc_net *net;
    lc_status st = lc_space_net(h->space, f->choices, h->space->n_positions, &net, err);
    if (st)
        return st;
    char *text = lc_net_to_json(net, false);
    cJSON *o = text ? cJSON_Parse(text) : NULL, *search = o ? lc__found_json(h, budget, f) : NULL;
    free(text);
    bool ok = search && cJSON_AddItemToObject(o, "search", search);
    if (ok && settings) {
        cJSON *copy = cJSON_Duplicate(settings, true);
        ok = copy && cJSON_AddItemToObject(search, "settings", copy);
    }
    text = ok ? lc__json_print(o) : NULL;
    st = text ? lc__file_write(path, text, strlen(text), err) : lc__no_memory(err);
    free(text);
    cJSON_Delete(o);
    lc_net_free(net);
    return st;
}

/* ---- reading back ---- */

/* Whether "search" had this budget of a cost. */
static lc_status check_budget(const lc__hunt *h, int cost, double limit, const cJSON *search,
                              const char *path, lc_error *err) {
    const char *key = cost == LC__COST_LATENCY ? "budget_ns" : "budget_uj";
    const cJSON *found = cJSON_GetObjectItemCaseSensitive(search, h->forecasts[cost].target->name);
    cJSON *wanted = cJSON_CreateObject();
    lc_status st = wanted && lc__json_add_num(wanted, key, limit)
                       ? lc__settings_check(wanted, found, path, err)
                       : lc__no_memory(err);
    cJSON_Delete(wanted);
    return st;
}

static lc_status read_search(const lc__hunt *h, const lc__budget *budget, const cJSON *settings,
                             const lc__doc *doc, const char *path, lc__found *out, lc_error *err) {
    const cJSON *search = cJSON_GetObjectItemCaseSensitive(doc->root, "search");
    lc_status st = lc__settings_check(
        settings, cJSON_GetObjectItemCaseSensitive(search, "settings"), path, err);
    for (int i = 0; i < h->n_forecasts && !st; i++)
        st = check_budget(h, h->cost_of[i], budget->limit[h->cost_of[i]], search, path, err);
    if (st)
        return st;
    lc__cur root = lc__doc_root(doc), cur, value;
    double number = NAN;
    st = lc__json_need(&root, "search", &cur, err);
    if (!st && lc__json_get(&cur, "accuracy", &value))
        st = lc__json_num(&value, -1e9, 1e9, &number, err);
    out->accuracy = number;
    if (!st)
        st = lc__json_need_num(&cur, "seconds", 0, 1e12, &out->seconds, err);
    if (!st)
        st = lc__json_need_num(&cur, "looked_at", 0, 1e15, &number, err);
    out->looked_at = st ? 0 : (size_t)number;
    return st;
}

/* The choices, and what they cost. */
static lc_status read_net(const lc__hunt *h, const lc__doc *doc, const char *path, lc__found *out,
                          lc_error *err) {
    lc_net *net;
    lc_status st = lc_net_parse(doc->text, doc->length, path, 0, &net, err);
    if (st)
        return st;
    int n;
    const int *choices = lc_net_choices(net, &n);
    if (n == h->space->n_positions && !strcmp(lc_net_space(net), h->space->name)) {
        memcpy(out->choices, choices, (size_t)n * sizeof *choices);
        st = lc__hunt_costs(h, out, err);
    } else {
        st = LC_EUSAGE;
        lc_error_set(err, st, "is no net of %s; give another --out", h->space->name);
        lc_error_in_file(err, path);
    }
    lc_net_free(net);
    return st;
}

lc_status lc__found_read(const lc__hunt *h, const lc__budget *budget, const cJSON *settings,
                         const char *path, bool *there, lc__found *out, lc_error *err) {
    lc__doc doc;
    *out = (lc__found){0};
    *there = access(path, F_OK) == 0;
    if (!*there)
        return LC_OK;
    lc_status st = lc__doc_load(&doc, path, err);
    if (st)
        return st;
    st = read_search(h, budget, settings, &doc, path, out, err);
    if (!st)
        st = read_net(h, &doc, path, out, err);
    lc__doc_clear(&doc);
    return st;
}

/* ---- for people ---- */

static void show_cost(const lc__hunt *h, int place, const lc__budget *budget, const lc__found *f) {
    int cost = h->cost_of[place];
    const lc__target *t = h->forecasts[cost].target;
    const lc_forecast *c = &f->forecast[cost];
    char limit[40], value[40], low[40], high[40];
    printf("%-9s %s of %s (%+.2f %%), 90 %% interval %s to %s\n", t->name,
           t->format(c->latency, value, sizeof value),
           t->format(budget->limit[cost], limit, sizeof limit),
           100 * (c->latency / budget->limit[cost] - 1), t->format(c->low, low, sizeof low),
           t->format(c->high, high, sizeof high));
}

void lc__found_show(const lc__hunt *h, const lc__budget *budget, const lc__found *f) {
    char name[200];
    h->space->format(f->choices, name, sizeof name);
    printf("net       %s\n", name);
    for (int i = 0; i < h->n_forecasts; i++)
        show_cost(h, i, budget, f);
    if (!isnan(f->accuracy))
        printf("accuracy  %.2f %% %s\n", f->accuracy,
               h->table ? "by the table" : "in the supernet, on images set apart");
    if (f->reached > 0)
        printf("reached   %+.2f %% by gradients alone\n",
               100 * (f->reached / budget->limit[h->cost_of[0]] - 1));
    printf("search    %s, %zu %s, %.1f s\n", h->method_name, f->looked_at,
           h->way == LC__WAY_GRADIENT ? "steps" : "nets", f->seconds);
}
