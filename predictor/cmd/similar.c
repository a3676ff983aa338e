/* predict similar: the pool devices that are most like a device, and in what. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "cmdline/json_out.h"
#include "cmdline/options.h"
#include "placing.h"

/* A difference of shares is told when it exceeds this and what the device's samples leave open. */
#define WORTH_TELLING 0.03
#define SURE 1.64

typedef struct neighbour {
    const char *name;
    lc_embedding *embedding;
    double distance, rank;
} neighbour;

typedef struct neighbours {
    neighbour *item; /* [n] nearest first */
    size_t n;
} neighbours;

static void clear(neighbours *all) {
    for (size_t i = 0; i < all->n; i++)
        lc_embedding_free(all->item[i].embedding);
    free(all->item);
}

static int by_distance(const void *a, const void *b) {
    const neighbour *x = a, *y = b;
    return (x->distance > y->distance) - (x->distance < y->distance);
}

static lc_status find(const lc__placing *p, neighbours *all, lc_error *err) {
    size_t n = lc_embedding_n_devices(p->frame);
    if (n == 0)
        return lc_error_set(err, LC_EINFEASIBLE, "no pool device is left to compare with");
    all->item = calloc(n, sizeof *all->item);
    if (!all->item)
        return lc__no_memory(err);
    lc_status s = LC_OK;
    while (all->n < n && !s) {
        neighbour *one = &all->item[all->n];
        one->name = lc_embedding_device_name(p->frame, all->n);
        s = lc_embedding_of_device(p->frame, all->n, &one->embedding, err);
        if (s)
            break;
        all->n++;
        one->distance = lc_embedding_distance(p->own, one->embedding);
        s = lc_embedding_rank(p->own, one->embedding, &one->rank, err);
    }
    qsort(all->item, all->n, sizeof *all->item, by_distance);
    return s;
}

/* Whether a family's share is told apart from the neighbour's. */
static bool differs(lc_embedding_value own, lc_embedding_value other) {
    double off = fabs(own.value - other.value);
    return off > WORTH_TELLING && off > SURE * hypot(own.std, other.std);
}

/* ---- output ---- */

static bool add_families(cJSON *object, const lc__placing *p, const neighbour *one) {
    const lc_embedding_value *own = lc_embedding_shares(p->own);
    const lc_embedding_value *other = lc_embedding_shares(one->embedding);
    cJSON *list = cJSON_AddArrayToObject(object, "families");
    for (size_t k = 0; list && k < lc_embedding_n_shares(p->frame); k++) {
        cJSON *o = lc__append_object(list);
        if (!o || !cJSON_AddStringToObject(o, "name", lc_embedding_share_name(p->frame, k)) ||
            !lc__json_add_num(o, "share", own[k].value) ||
            !lc__json_add_num(o, "share_std", own[k].std) ||
            !lc__json_add_num(o, "other_share", other[k].value) ||
            !cJSON_AddBoolToObject(o, "differs", differs(own[k], other[k])))
            return false;
    }
    return list != NULL;
}

static lc_status print_json(const lc__placing *p, const neighbours *all, size_t n, lc_error *err) {
    cJSON *o = cJSON_CreateObject(), *list = NULL;
    bool ok = o && lc__json_add_num(o, "schema_version", LC_SCHEMA_VERSION) &&
              cJSON_AddStringToObject(o, "device", p->shots.device.name) &&
              lc__json_add_num(o, "samples", (double)p->shots.n) &&
              cJSON_AddStringToObject(o, "space", p->space->name) &&
              lc__json_add_num(o, "nets", (double)p->request->nets) &&
              (list = cJSON_AddArrayToObject(o, "similar"));
    for (size_t i = 0; i < n && ok; i++) {
        cJSON *one = lc__append_object(list);
        ok = one && cJSON_AddStringToObject(one, "device", all->item[i].name) &&
             lc__json_add_num(one, "distance", all->item[i].distance) &&
             lc__json_add_num(one, "rank_correlation", all->item[i].rank) &&
             add_families(one, p, &all->item[i]);
    }
    return lc__print_object(o, ok, "", err);
}

/* "depthwise relatively 1.6 x slower (24 % of its time, 15 % there)" */
static void print_difference(const char *family, double own, double other) {
    if (other < 0.005 || own < 0.005)
        printf("    %s: %.0f %% of its time, %.0f %% there\n", family, 100 * own, 100 * other);
    else if (own > other)
        printf("    %s relatively %.1f x slower (%.0f %% of its time, %.0f %% there)\n", family,
               own / other, 100 * own, 100 * other);
    else
        printf("    %s relatively %.1f x faster (%.0f %% of its time, %.0f %% there)\n", family,
               other / own, 100 * own, 100 * other);
}

static void print_families(const lc__placing *p, const neighbour *one) {
    const lc_embedding_value *own = lc_embedding_shares(p->own);
    const lc_embedding_value *other = lc_embedding_shares(one->embedding);
    bool alike = false;
    for (size_t k = 0; k < lc_embedding_n_shares(p->frame); k++)
        if (differs(own[k], other[k]))
            print_difference(lc_embedding_share_name(p->frame, k), own[k].value, other[k].value);
    for (size_t k = 0; k < lc_embedding_n_shares(p->frame); k++) {
        if (differs(own[k], other[k]) || fmax(own[k].value, other[k].value) < WORTH_TELLING)
            continue;
        printf("%s %s", alike ? "," : "    alike in", lc_embedding_share_name(p->frame, k));
        alike = true;
    }
    if (alike)
        putchar('\n');
}

static void print_text(const lc__placing *p, const neighbours *all, size_t n) {
    printf("most like %s (%zu measured nets), over %lld random %s nets:\n\n", p->shots.device.name,
           p->shots.n, (long long)p->request->nets, p->space->name);
    for (size_t i = 0; i < n; i++) {
        const neighbour *one = &all->item[i];
        printf("%s: %.1f %% apart from net to net, rank correlation %.3f\n", one->name,
               100 * one->distance, one->rank);
        print_families(p, one);
    }
    if (n < all->n)
        printf("%zu more pool devices are farther, up to %.1f %%\n", all->n - n,
               100 * all->item[all->n - 1].distance);
}

static int run(const lc__placing_request *r, size_t n, bool json) {
    lc__placing p;
    neighbours all = {0};
    lc_error err;
    lc_status s = lc__placing_open(r, &p, &err);
    if (!s)
        s = find(&p, &all, &err);
    if (n > all.n)
        n = all.n;
    if (!s && json)
        s = print_json(&p, &all, n, &err);
    else if (!s)
        print_text(&p, &all, n);
    clear(&all);
    lc__placing_close(&p);
    return s ? lc__cli_fail("predict similar", &err) : lc__finish_output("predict similar");
}

int lc__predict_similar(int argc, char **argv) {
    lc__placing_request r = {0};
    int64_t n = 5;
    bool json = false;
    int code;
    lc__opt table[LC__PLACING_OPTIONS + 3];
    lc__placing_options(&r, table);
    table[LC__PLACING_OPTIONS] = (lc__opt){.name = "n",
                                           .kind = LC__OPT_INT,
                                           .value = &n,
                                           .arg = "N",
                                           .help = "how many pool devices to show (default 5)",
                                           .lo = 1,
                                           .hi = 1000};
    table[LC__PLACING_OPTIONS + 1] = lc__option_json(&json, NULL);
    table[LC__PLACING_OPTIONS + 2] = (lc__opt){0};
    if (!lc__options_parse(
            "predict similar",
            "Finds the pool devices that a device resembles most, and says in which operators "
            "they\ndiffer.",
            "example:\n  predict similar --device new.json --n 3", table, argc, argv, &code))
        return code;
    return run(&r, (size_t)n, json);
}
