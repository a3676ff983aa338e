#include "compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/rank.h"
#include "base/stats.h"

#define Z95 1.959964

/* A device with the digests of its samples' nets, which take long to make. */
typedef struct side {
    const lc_device *device;
    uint64_t *digest; /* [n_samples] */
} side;

static lc_status open_side(const lc_device *device, side *out, lc_error *err) {
    *out = (side){device, calloc(device->n_samples + 1, sizeof *out->digest)};
    if (!out->digest)
        return lc__no_memory(err);
    for (size_t i = 0; i < device->n_samples; i++)
        out->digest[i] = lc_net_digest(device->samples[i].net);
    return LC_OK;
}

/* The last sample of the net that sample number i of `of` has, or NULL. */
static const lc_sample *find(const side *in, const side *of, size_t i) {
    for (size_t k = in->device->n_samples; k-- > 0;)
        if (in->digest[k] == of->digest[i] &&
            in->device->samples[k].kind == of->device->samples[i].kind)
            return &in->device->samples[k];
    return NULL;
}

static bool disturbed(const lc_sample *s) {
    cJSON *json = cJSON_Parse(s->json);
    bool yes = cJSON_IsTrue(cJSON_GetObjectItem(json, "disturbed"));
    cJSON_Delete(json);
    return yes || !s->steady;
}

/* Standard deviation of the logarithm, by the interval. */
static double log_error(const lc_sample *s) {
    return log(s->ci_high_ns / s->ci_low_ns) / (2 * Z95);
}

static lc__compared compare_one(const lc_sample *a, const lc_sample *b, double repeatability) {
    double ratio = log(b->latency_ns / a->latency_ns);
    double sd = sqrt(pow(log_error(a), 2) + pow(log_error(b), 2) + 2 * pow(repeatability, 2));
    return (lc__compared){.a = a,
                          .b = b,
                          .a_ns = a->latency_ns,
                          .b_ns = b->latency_ns,
                          .ratio = exp(ratio),
                          .low = exp(ratio - Z95 * sd),
                          .high = exp(ratio + Z95 * sd),
                          .p = ratio == 0 ? 1 : erfc(fabs(ratio) / sd / sqrt(2)),
                          .doubtful = disturbed(a) || disturbed(b)};
}

/* The items of a that are its last of their net and are in b. */
static lc_status match_sides(const side *a, const side *b, const lc__compare_options *options,
                             lc__comparison *out, lc_error *err) {
    out->item = calloc(a->device->n_samples + 1, sizeof *out->item);
    if (!out->item)
        return lc__no_memory(err);
    for (size_t i = 0; i < a->device->n_samples; i++) {
        const lc_sample *mine = &a->device->samples[i], *other = find(b, a, i);
        if (find(a, a, i) != mine)
            continue;
        if (other)
            out->item[out->n++] = compare_one(mine, other, options->repeatability);
        else
            out->only_a++;
    }
    for (size_t i = 0; i < b->device->n_samples; i++)
        out->only_b += find(b, b, i) == &b->device->samples[i] && !find(a, b, i);
    if (out->n > 0)
        return LC_OK;
    lc_error_set(err, LC_EFORMAT, "no net was measured in both: there is nothing to compare");
    return LC_EFORMAT;
}

static lc_status match(const lc_device *a, const lc_device *b, const lc__compare_options *options,
                       lc__comparison *out, lc_error *err) {
    side sides[2] = {0};
    lc_status s = open_side(a, &sides[0], err);
    if (!s)
        s = open_side(b, &sides[1], err);
    if (!s)
        s = match_sides(&sides[0], &sides[1], options, out, err);
    free(sides[0].digest);
    free(sides[1].digest);
    return s;
}

/* The largest p that may be called a difference: of m, the k-th smallest where it is at most
 * k / m fdr. */
static double threshold(const lc__comparison *c, double *scratch, double fdr) {
    double largest = -1;
    for (size_t i = 0; i < c->n; i++)
        scratch[i] = c->item[i].p;
    lc__sort(scratch, c->n);
    for (size_t k = 0; k < c->n; k++)
        if (scratch[k] <= (double)(k + 1) / (double)c->n * fdr)
            largest = scratch[k];
    return largest;
}

/* What is common to all is as uncertain as the median, and as one run is against another. */
static void find_common(lc__comparison *c, double *scratch, double repeatability) {
    double low, high;
    for (size_t i = 0; i < c->n; i++)
        scratch[i] = log(c->item[i].ratio);
    lc__sort(scratch, c->n);
    double middle = lc__quantile(scratch, c->n, 0.5);
    lc__quantile_ci(scratch, c->n, 0.5, &low, &high);
    double run = Z95 * sqrt(2) * repeatability;
    double below = hypot(middle - low, run), above = hypot(high - middle, run);
    c->ratio = exp(middle);
    c->low = exp(middle - below);
    c->high = exp(middle + above);
    c->common_differs = c->low > 1 || c->high < 1;
    for (size_t i = 0; i < c->n; i++)
        scratch[i] = fabs(log(c->item[i].ratio) - middle);
    lc__sort(scratch, c->n);
    c->spread = 1.4826 * lc__quantile(scratch, c->n, 0.5);
}

lc_status lc__compare(const lc_device *a, const lc_device *b, const lc__compare_options *options,
                      lc__comparison *out, lc_error *err) {
    memset(out, 0, sizeof *out);
    lc_status s = match(a, b, options, out, err);
    double *scratch = s ? NULL : malloc(2 * out->n * sizeof *scratch);
    if (!s && !scratch)
        s = lc__no_memory(err);
    if (s) {
        lc__comparison_clear(out);
        return s;
    }
    double limit = threshold(out, scratch, options->fdr);
    find_common(out, scratch, options->repeatability);
    for (size_t i = 0; i < out->n; i++) {
        lc__compared *c = &out->item[i];
        c->differs = c->p <= limit;
        out->n_differing += c->differs;
        out->n_doubtful += c->doubtful;
        scratch[i] = c->a_ns;
        scratch[out->n + i] = c->b_ns;
    }
    out->spearman = out->n > 1 ? lc__spearman(scratch, scratch + out->n, out->n) : NAN;
    free(scratch);
    return LC_OK;
}

void lc__comparison_clear(lc__comparison *comparison) {
    free(comparison->item);
    memset(comparison, 0, sizeof *comparison);
}

/* What another moment of the same machine may say otherwise. */
static bool of_the_moment(const char *key) {
    static const char *const keys[] = {"before", "after",    "watch",   "skipped",
                                       "timer",  "freq_khz", "temp_mc", "idle_power_mw"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (!strcmp(keys[i], key))
            return true;
    return false;
}

static void add_difference(cJSON *list, const char *key, const cJSON *a, const cJSON *b) {
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "key", key);
    cJSON_AddItemToObject(object, "a", a ? cJSON_Duplicate(a, true) : cJSON_CreateNull());
    cJSON_AddItemToObject(object, "b", b ? cJSON_Duplicate(b, true) : cJSON_CreateNull());
    if (!cJSON_AddItemToArray(list, object))
        cJSON_Delete(object);
}

cJSON *lc__differing_members(const char *a_text, const char *b_text) {
    cJSON *a = cJSON_Parse(a_text), *b = cJSON_Parse(b_text), *list = cJSON_CreateArray();
    const cJSON *e;
    cJSON_ArrayForEach(e, a) {
        const cJSON *other = cJSON_GetObjectItem(b, e->string);
        if (!of_the_moment(e->string) && !cJSON_Compare(e, other, true))
            add_difference(list, e->string, e, other);
    }
    cJSON_ArrayForEach(e, b) {
        if (!of_the_moment(e->string) && !cJSON_GetObjectItem(a, e->string))
            add_difference(list, e->string, NULL, e);
    }
    cJSON_Delete(a);
    cJSON_Delete(b);
    return list;
}
