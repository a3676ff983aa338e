/* Reads model files of version 2, which were written until November 2026:
 *
 *   bytes 0..7   "latcast\n"
 *   8..11        2 (u32)
 *   12..15       number of features (u32)
 *   16..23       length of the body, which follows (u64)
 *   24..31       FNV-1a checksum of the body (u64)
 *   32..         body: counts, sources, regions, groups
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "model.h"
#include "predictor/model_file.h"

#define MEND "make it again with \"predict train\""

enum { HEADER = 32, FEATURES_AT = 12 };

/* Bytes not yet read. Reading past the end, or a number that is not finite, sets `bad`; what is
 * read then is 0. */
typedef struct reader {
    const unsigned char *at;
    size_t left;
    bool bad;
} reader;

static uint64_t get(reader *r, int bytes) {
    uint64_t value = 0;
    if (r->bad || r->left < (size_t)bytes) {
        r->bad = true;
        return 0;
    }
    for (int i = 0; i < bytes; i++)
        value |= (uint64_t)r->at[i] << (8 * i);
    r->at += bytes;
    r->left -= (size_t)bytes;
    return value;
}

static void get_reals(reader *r, double *x, size_t n) {
    for (size_t i = 0; i < n; i++) {
        uint64_t bits = get(r, 8);
        memcpy(&x[i], &bits, sizeof bits);
        r->bad = r->bad || !isfinite(x[i]);
    }
}

static void get_source(reader *r, lc__source *s) {
    size_t length = (size_t)get(r, 2);
    if (length > LC__NAME_MAX || length > r->left) {
        r->bad = true;
        return;
    }
    memcpy(s->name, r->at, length);
    r->bad = r->bad || length == 0 || lc__utf8_check(s->name, length) != length;
    r->at += length;
    r->left -= length;
    get_reals(r, &s->constant, 1);
    get_reals(r, &s->floor, 1);
    get_reals(r, s->slope, LC__FEATURES);
    r->bad = r->bad || s->floor <= 0;
}

static void get_region(reader *r, lc__region *region, lc_error *err) {
    region->space = get(r, 8);
    size_t n_axes = (size_t)get(r, 4);
    get_reals(r, &region->radius, 1);
    get_reals(r, region->mean, LC__COL_FINE);
    get_reals(r, region->gain, LC__COL_FINE);
    r->bad = r->bad || n_axes > LC__COL_FINE || region->radius <= 0;
    if (r->bad)
        return;
    region->axes = calloc(n_axes * LC__COL_FINE + 1, sizeof *region->axes);
    if (!region->axes) {
        lc_error_set(err, LC_ENOMEM, "out of memory for a model");
        r->bad = true;
        return;
    }
    region->n_axes = (uint32_t)n_axes;
    get_reals(r, region->axes, n_axes * LC__COL_FINE);
}

static void get_group(reader *r, lc__group *g, size_t size) {
    g->space = get(r, 8);
    get_reals(r, &g->count, 1);
    get_reals(r, g->mean, size);
    get_reals(r, g->variance, size);
    get_reals(r, g->covariance[0], LC__ALL_TOTALS * (size_t)LC__TOTALS);
    r->bad = r->bad || g->count < 1;
    for (size_t j = 0; j < size; j++)
        r->bad = r->bad || g->variance[j] < 0;
}

static void fill_model(reader *r, lc_model *model, lc_error *err) {
    lc__core *core = model->core;
    get_reals(r, core->size_mean, LC__ALL_TOTALS);
    for (size_t i = 0; i < core->n_sources && !r->bad; i++)
        get_source(r, &core->sources[i]);
    for (size_t i = 0; i < core->n_regions && !r->bad; i++)
        get_region(r, &core->regions[i], err);
    for (size_t i = 0; i < model->n_groups && !r->bad; i++) {
        if (lc__group_alloc(core, &model->groups[i], err) == LC_OK)
            get_group(r, &model->groups[i], lc__embed_size(core));
        else
            r->bad = true;
    }
    r->bad = r->bad || r->left > 0 || lc__core_seal(core, err) != LC_OK;
}

/* The body; the counts are checked before anything is allocated by them. */
static lc_status read_body(reader *r, lc_model **out, lc_error *err) {
    size_t n_sources = (size_t)get(r, 4), n_regions = (size_t)get(r, 4);
    size_t n_groups = (size_t)get(r, 4);
    lc_error inner = {0};
    lc_model *model = NULL;
    if (!r->bad && n_sources <= LC__SOURCES_MAX && n_groups <= LC__GROUPS_MAX &&
        n_regions == n_groups)
        model = lc__model_new(lc__core_new(n_sources, n_regions, NULL, &inner), n_groups, &inner);
    if (model)
        fill_model(r, model, &inner);
    if (model && !r->bad) {
        *out = model;
        return LC_OK;
    }
    lc_model_free(model);
    if (inner.code == LC_ENOMEM)
        return lc_error_set(err, LC_ENOMEM, "%s", inner.message);
    return lc_error_set(err, LC_EFORMAT, "the model file contradicts itself: " MEND);
}

lc_status lc__model_parse_v2(const char *text, size_t length, lc_model **out, lc_error *err) {
    reader r = {.at = (const unsigned char *)text, .left = length};
    if (length < HEADER)
        return lc_error_set(err, LC_EFORMAT, "the model file is truncated after %zu bytes: " MEND,
                            length);
    r.at += FEATURES_AT;
    r.left -= FEATURES_AT;
    uint64_t features = get(&r, 4), body = get(&r, 8), sum = get(&r, 8);
    if (body != r.left)
        return lc_error_set(err, LC_EFORMAT,
                            "the model file is truncated or has grown: %zu bytes, %llu expected: "
                            "copy it again, or " MEND,
                            length, (unsigned long long)body + HEADER);
    if (lc__fnv1a(LC__FNV_START, r.at, r.left) != sum)
        return lc_error_set(err, LC_EFORMAT,
                            "the model file is damaged: its checksum does not match: copy it "
                            "again, or " MEND);
    if (features != LC__FEATURES || lc__features_id() != LC__MODEL_V2_FEATURES)
        return lc_error_set(err, LC_EUNSUPPORTED,
                            "the model file has format version 2, of before this build's features: "
                            "train it again with \"predict train\"");
    return read_body(&r, out, err);
}
