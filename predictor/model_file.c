#include "predictor/model_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/file.h"
#include "base/text.h"
#include "model.h"

#define MAGIC "latcast\n"
#define LARGEST ((size_t)256 << 20)

/* ---- writing ---- */

static void put(lc__buf *buf, uint64_t value, int bytes) {
    char text[8];
    for (int i = 0; i < bytes; i++)
        text[i] = (char)(value >> (8 * i) & 0xff);
    lc__buf_add(buf, text, (size_t)bytes);
}

static void put_reals(lc__buf *buf, const double *x, size_t n) {
    for (size_t i = 0; i < n; i++) {
        uint64_t bits;
        memcpy(&bits, &x[i], sizeof bits);
        put(buf, bits, 8);
    }
}

static void put_source(lc__buf *buf, const lc__source *s) {
    size_t length = strlen(s->name);
    put(buf, length, 2);
    lc__buf_add(buf, s->name, length);
    put_reals(buf, &s->constant, 1);
    put_reals(buf, &s->floor, 1);
    put_reals(buf, s->slope, LC__FEATURES);
}

static void put_region(lc__buf *buf, const lc__region *r) {
    put(buf, r->space, 8);
    put(buf, r->n_axes, 4);
    put_reals(buf, &r->radius, 1);
    put_reals(buf, r->mean, LC__COL_FINE);
    put_reals(buf, r->gain, LC__COL_FINE);
    put_reals(buf, r->axes, (size_t)r->n_axes * LC__COL_FINE);
}

static void put_group(lc__buf *buf, const lc__group *g, size_t size) {
    put(buf, g->space, 8);
    put_reals(buf, &g->count, 1);
    put_reals(buf, g->mean, size);
    put_reals(buf, g->variance, size);
    put_reals(buf, g->covariance[0], LC__ALL_TOTALS * (size_t)LC__TOTALS);
}

static void put_body(lc__buf *buf, const lc_model *model) {
    const lc__core *core = model->core;
    put(buf, core->n_sources, 4);
    put(buf, core->n_regions, 4);
    put(buf, model->n_groups, 4);
    put_reals(buf, core->size_mean, LC__ALL_TOTALS);
    for (size_t i = 0; i < core->n_sources; i++)
        put_source(buf, &core->sources[i]);
    for (size_t i = 0; i < core->n_regions; i++)
        put_region(buf, &core->regions[i]);
    for (size_t i = 0; i < model->n_groups; i++)
        put_group(buf, &model->groups[i], lc__embed_size(core));
}

lc_status lc_model_save(const lc_model *model, const char *path, lc_error *err) {
    lc__buf body = {0}, file = {0};
    put_body(&body, model);
    lc__buf_add(&file, MAGIC, sizeof MAGIC - 1);
    put(&file, LC__MODEL_VERSION, 4);
    put(&file, LC__FEATURES, 4);
    put(&file, body.length, 8);
    if (!body.failed) {
        put(&file, lc__fnv1a(LC__FNV_START, body.text, body.length), 8);
        lc__buf_add(&file, body.text, body.length);
    }
    lc_status st;
    if (body.failed || file.failed)
        st = lc_error_set(err, LC_ENOMEM, "out of memory for a model file");
    else
        st = lc__file_write(path, file.text, file.length, err);
    free(body.text);
    free(file.text);
    return st;
}

/* ---- reading ---- */

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
        model = lc__model_new(lc__core_new(n_sources, n_regions, &inner), n_groups, &inner);
    if (model)
        fill_model(r, model, &inner);
    if (model && !r->bad) {
        *out = model;
        return LC_OK;
    }
    lc_model_free(model);
    if (inner.code == LC_ENOMEM)
        return lc_error_set(err, LC_ENOMEM, "%s", inner.message);
    return lc_error_set(err, LC_EFORMAT,
                        "the model file contradicts itself: make it again with "
                        "\"predict train\"");
}

lc_status lc__model_parse(const char *text, size_t length, lc_model **out, lc_error *err) {
    reader r = {.at = (const unsigned char *)text, .left = length};
    size_t magic = sizeof MAGIC - 1;
    if (length < magic || memcmp(text, MAGIC, magic) != 0)
        return lc_error_set(err, LC_EFORMAT, "this is no latcast model file");
    r.at += magic;
    r.left -= magic;
    uint64_t version = get(&r, 4), features = get(&r, 4), body = get(&r, 8), sum = get(&r, 8);
    if (length >= magic + 4 && version != LC__MODEL_VERSION)
        return lc_error_set(err, LC_EUNSUPPORTED,
                            "the model file has format version %u, this build reads version %d",
                            (unsigned)version, LC__MODEL_VERSION);
    if (r.bad || body != r.left)
        return lc_error_set(err, LC_EFORMAT,
                            "the model file is truncated or has grown: %zu bytes, %llu expected",
                            length, (unsigned long long)body + LC__MODEL_HEADER);
    if (features != LC__FEATURES)
        return lc_error_set(err, LC_EUNSUPPORTED,
                            "the model was trained on %u features, this build computes %d: train "
                            "it again with \"predict train\"",
                            (unsigned)features, LC__FEATURES);
    if (lc__fnv1a(LC__FNV_START, r.at, r.left) != sum)
        return lc_error_set(err, LC_EFORMAT,
                            "the model file is damaged: its checksum does not match");
    return read_body(&r, out, err);
}

lc_status lc_model_load(const char *path, lc_model **out, lc_error *err) {
    char *text = NULL;
    size_t length = 0;
    lc_status st = lc__file_read(path, LARGEST, &text, &length, err);
    if (st != LC_OK)
        return st;
    st = lc__model_parse(text, length, out, err);
    free(text);
    if (st != LC_OK)
        lc_error_in_file(err, path);
    return st;
}
