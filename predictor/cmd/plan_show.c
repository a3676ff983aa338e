/* What a plan is for, for people and as JSON. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/text.h"
#include "cmdline/json_out.h"
#include "ops/net_called.h"
#include "plan.h"

/* Picks that people are shown. */
#define SHOWN 20

/* In what a net differs most from the candidates, and by how many standard deviations. */
typedef struct trait {
    char feature[48];
    double sd;
} trait;

/* Mean and standard deviation of every coarse feature of the whole graph over the candidates. */
typedef struct crowd {
    double mean[LC__COL_FINE], sd[LC__COL_FINE];
} crowd;

static void measure_crowd(const lc__plan_session *s, crowd *c) {
    double n = (double)s->candidate.n;
    *c = (crowd){.mean = {0}};
    for (size_t i = 0; i < s->candidate.n; i++)
        for (int j = 0; j < LC__COL_FINE; j++)
            c->mean[j] += s->points[i].x[j] / n;
    for (size_t i = 0; i < s->candidate.n; i++)
        for (int j = 0; j < LC__COL_FINE; j++)
            c->sd[j] += pow(s->points[i].x[j] - c->mean[j], 2) / n;
    for (int j = 0; j < LC__COL_FINE; j++)
        c->sd[j] = sqrt(c->sd[j]);
}

static trait trait_of(const crowd *c, const lc__point *point) {
    size_t most = 0;
    double sd = 0;
    for (size_t j = 0; j < LC__COL_FINE; j++) {
        double z =
            c->sd[j] > 1e-9 * fmax(c->mean[j], 1) ? (point->x[j] - c->mean[j]) / c->sd[j] : 0;
        if (fabs(z) > fabs(sd)) {
            sd = z;
            most = j;
        }
    }
    trait t = {.sd = sd};
    lc__feature_name(most, t.feature, sizeof t.feature);
    return t;
}

/* ---- figures ---- */

static double told(const lc__plan_session *s) {
    double sum = 0;
    for (size_t i = 0; i < s->n_chosen; i++)
        sum += s->pick[i].tells;
    return sum;
}

static double half_after(const lc__plan_session *s) {
    return s->n_chosen > 0 ? s->pick[s->n_chosen - 1].half : s->half_now;
}

/* Expected seconds of measuring a pick; 0: not known. */
static double seconds_of(const lc__plan_session *s, const lc__pick *pick) {
    return pick->latency * 1e-9 * s->repeats;
}

static double seconds_of_all(const lc__plan_session *s) {
    double sum = 0;
    for (size_t i = 0; i < s->n_chosen; i++)
        sum += seconds_of(s, &s->pick[i]);
    return sum;
}

static const lc_net *net_of(const lc__plan_session *s, size_t i) {
    return s->plan.items[i].net;
}

/* ---- for people ---- */

static void show_pick(const lc__plan_session *s, const crowd *c, size_t i) {
    const lc__pick *p = &s->pick[i];
    trait t = trait_of(c, &s->points[s->chosen[i]]);
    printf("%3zu  %5.1f %%", i + 1, 100 * p->tells);
    if (p->latency > 0) {
        char time[40];
        printf("  %9s  +-%5.1f %%  %7.2f s", lc__format_ns(p->latency, time, sizeof time),
               100 * p->half, seconds_of(s, p));
    }
    char name[LC__SHOWN];
    printf("  %+.1f sd %-26s %s\n", t.sd, t.feature,
           lc__net_called(net_of(s, i), name, sizeof name));
}

static void show_until(const lc__plan_request *r, const lc__plan_session *s) {
    if (s->within && s->until_n == 0)
        printf("--until %g %%: reached already, nothing is left to measure\n", 100 * r->until);
    else if (s->within)
        printf("--until %g %%: expected after %zu more measurement%s\n", 100 * r->until, s->until_n,
               s->until_n == 1 ? "" : "s");
    else
        printf("--until %g %%: not expected within %zu more measurements (+-%.1f %% then)\n",
               100 * r->until, s->until_n, 100 * s->half_best);
}

static void show_sums(const lc__plan_request *r, const lc__plan_session *s) {
    if (s->n_chosen > 0)
        printf("together they take away %.0f %% of the variance of what is not known of the nets\n",
               100 * told(s));
    if (s->half_now > 0)
        printf("90 %% interval of a net (median; %g %% for another occasion included): +-%.1f %% "
               "now, +-%.1f %% expected after\n",
               100 * r->repeatability, 100 * s->half_now, 100 * half_after(s));
    if (r->until > 0)
        show_until(r, s);
    if (seconds_of_all(s) > 0)
        printf("estimated measuring time: %.2f s (%.0f runs a net)\n", seconds_of_all(s),
               s->repeats);
}

static lc_status show(const lc__plan_request *r, const lc__plan_session *s, lc_error *err) {
    printf("%s, %zu measured: %s\n", s->plan.name,
           r->operators || r->cover ? s->shots.n_ops : s->shots.n, r->out);
    if (!s->pick)
        return LC_OK;
    crowd *c = malloc(sizeof *c);
    if (!c)
        return lc__no_memory(err);
    measure_crowd(s, c);
    if (s->n_chosen > 0)
        printf("%3s  %7s%s  %s\n", "", "tells",
               s->half_now > 0 ? "   expected   interval      takes" : "", "stands out by, net");
    for (size_t i = 0; i < s->n_chosen && i < SHOWN; i++)
        show_pick(s, c, i);
    if (s->n_chosen > SHOWN)
        printf("... and %zu more (--json lists all)\n", s->n_chosen - SHOWN);
    show_sums(r, s);
    free(c);
    return LC_OK;
}

/* ---- JSON ---- */

static bool add_pick(cJSON *list, const lc__plan_session *s, const crowd *c, size_t i) {
    const lc__pick *p = &s->pick[i];
    trait t = trait_of(c, &s->points[s->chosen[i]]);
    cJSON *o = lc__append_object(list), *most = NULL;
    bool ok = o && cJSON_AddStringToObject(o, "net", lc_net_name(net_of(s, i))) &&
              lc__json_add_num(o, "tells", p->tells) &&
              (most = cJSON_AddObjectToObject(o, "stands_out")) &&
              cJSON_AddStringToObject(most, "feature", t.feature) &&
              lc__json_add_num(most, "sd", t.sd);
    if (ok && p->latency > 0)
        ok = lc__json_add_num(o, "latency_ns", p->latency) &&
             lc__json_add_num(o, "half_interval", p->half) &&
             lc__json_add_num(o, "seconds", seconds_of(s, p));
    return ok;
}

static bool add_sums(cJSON *o, const lc__plan_request *r, const lc__plan_session *s) {
    bool ok = lc__json_add_num(o, "tells", told(s));
    if (ok && s->half_now > 0)
        ok = lc__json_add_num(o, "half_interval_now", s->half_now) &&
             lc__json_add_num(o, "half_interval_after", half_after(s)) &&
             lc__json_add_num(o, "repeatability", r->repeatability) &&
             lc__json_add_num(o, "seconds", seconds_of_all(s)) &&
             lc__json_add_num(o, "repeats", s->repeats);
    if (ok && r->until > 0)
        ok = lc__json_add_num(o, "until", r->until) &&
             cJSON_AddBoolToObject(o, "until_expected", s->within) &&
             lc__json_add_num(o, "until_measurements", (double)s->until_n);
    return ok;
}

static lc_status print_json(const lc__plan_request *r, const lc__plan_session *s, lc_error *err) {
    crowd *c = malloc(sizeof *c);
    cJSON *o = cJSON_CreateObject(), *list = NULL;
    bool ok = c && o && lc__json_add_num(o, "schema_version", LC_SCHEMA_VERSION) &&
              cJSON_AddStringToObject(o, "plan", s->plan.name) &&
              cJSON_AddStringToObject(o, "method", r->method_name) &&
              lc__json_add_num(o, "measured",
                               (double)(r->operators || r->cover ? s->shots.n_ops : s->shots.n)) &&
              lc__json_add_num(o, "items", (double)s->n_chosen);
    if (ok && s->pick) {
        measure_crowd(s, c);
        ok = (list = cJSON_AddArrayToObject(o, "picks")) && add_sums(o, r, s);
        for (size_t i = 0; i < s->n_chosen && ok; i++)
            ok = add_pick(list, s, c, i);
    }
    free(c);
    return lc__print_object(o, ok, "", err);
}

lc_status lc__plan_show(const lc__plan_request *r, const lc__plan_session *s, lc_error *err) {
    return r->json ? print_json(r, s, err) : show(r, s, err);
}
