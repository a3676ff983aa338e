#include "predictor/model_file.h"

#include <stdlib.h>
#include <string.h>
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "model_layout.h"

#define MAGIC "latcast\n"
#define LARGEST ((size_t)256 << 20)
#define MEND "make it again with \"predict train\""

/* ---- whole numbers ---- */

static void put32(unsigned char *at, size_t value) {
    uint32_t little = htole32((uint32_t)value);
    memcpy(at, &little, sizeof little);
}

static void put64(unsigned char *at, uint64_t value) {
    uint64_t little = htole64(value);
    memcpy(at, &little, sizeof little);
}

static uint32_t get32(const unsigned char *at) {
    uint32_t little;
    memcpy(&little, at, sizeof little);
    return le32toh(little);
}

static uint64_t get64(const unsigned char *at) {
    uint64_t little;
    memcpy(&little, at, sizeof little);
    return le64toh(little);
}

/* Turns words of the file into the machine's and back; nothing where they are the same. */
static void turn_words(unsigned char *at, size_t n) {
    for (size_t i = 0; i < n && htole32(1) != 1; i++, at += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, at, sizeof word);
        put64(at, word);
    }
}

/* ---- writing ---- */

/* A file in the making: the next word of each section. */
typedef struct writer {
    unsigned char *data;
    size_t at[LC__SECTIONS];
} writer;

static void add_reals(writer *w, lc__section section, const double *x, size_t n) {
    memcpy(w->data + w->at[section], x, n * sizeof *x);
    w->at[section] += n * sizeof *x;
}

static void add_word(writer *w, lc__section section, uint64_t value) {
    memcpy(w->data + w->at[section], &value, sizeof value);
    w->at[section] += sizeof value;
}

static void add_source(writer *w, const lc__source *s) {
    memcpy(w->data + w->at[LC__SECTION_NAMES], s->name, strlen(s->name));
    w->at[LC__SECTION_NAMES] += LC__NAME_WORDS * sizeof(uint64_t);
    add_reals(w, LC__SECTION_CONSTANTS, &s->constant, 1);
    add_reals(w, LC__SECTION_FLOORS, &s->floor, 1);
    add_reals(w, LC__SECTION_SLOPES, s->slope, LC__FEATURES);
}

static void add_group(writer *w, const lc__region *r, const lc__group *g, size_t embedded) {
    add_word(w, LC__SECTION_SPACES, g->space);
    add_word(w, LC__SECTION_AXIS_COUNTS, r->n_axes);
    add_reals(w, LC__SECTION_RADII, &r->radius, 1);
    add_reals(w, LC__SECTION_REGION_MEANS, r->mean, LC__COL_FINE);
    add_reals(w, LC__SECTION_REGION_GAINS, r->gain, LC__COL_FINE);
    add_reals(w, LC__SECTION_AXES, r->axes, (size_t)r->n_axes * LC__COL_FINE);
    add_reals(w, LC__SECTION_COUNTS, &g->count, 1);
    add_reals(w, LC__SECTION_MEANS, g->mean, embedded);
    add_reals(w, LC__SECTION_VARIANCES, g->variance, embedded);
    add_reals(w, LC__SECTION_COVARIANCES, g->covariance[0], LC__ALL_TOTALS * (size_t)LC__TOTALS);
}

static void add_header(const lc__layout *l, unsigned char *data) {
    memcpy(data, MAGIC, sizeof MAGIC - 1);
    put32(data + LC__MODEL_VERSION_AT, LC__MODEL_VERSION);
    put32(data + LC__MODEL_SECTIONS_AT, LC__SECTIONS);
    put64(data + LC__MODEL_FEATURES_AT, lc__features_id());
    put64(data + LC__MODEL_LENGTH_AT, l->length);
    put32(data + LC__MODEL_SOURCES_AT, l->n_sources);
    put32(data + LC__MODEL_GROUPS_AT, l->n_groups);
    put32(data + LC__MODEL_AXES_AT, l->n_axes);
    unsigned char *entry = data + LC__MODEL_HEADER;
    for (int s = 0; s < LC__SECTIONS; s++, entry += LC__ENTRY_SIZE) {
        put64(entry, l->at[s]);
        put64(entry + sizeof(uint64_t), l->words[s] * sizeof(uint64_t));
    }
    put64(data + LC__MODEL_SUM_AT, lc__model_checksum(data, l->length));
}

lc_status lc_model_save(const lc_model *model, const char *path, lc_error *err) {
    const lc__core *core = model->core;
    lc__layout l = {.n_sources = core->n_sources, .n_groups = model->n_groups};
    for (size_t i = 0; i < core->n_regions; i++)
        l.n_axes += core->regions[i].n_axes;
    lc__layout_fill(&l);
    writer w = {.data = calloc(l.length, 1)};
    if (!w.data)
        return lc__no_memory(err);
    memcpy(w.at, l.at, sizeof w.at);
    add_reals(&w, LC__SECTION_SIZE_MEANS, core->size_mean, LC__ALL_TOTALS);
    for (size_t i = 0; i < core->n_sources; i++)
        add_source(&w, &core->sources[i]);
    for (size_t i = 0; i < model->n_groups; i++)
        add_group(&w, &core->regions[i], &model->groups[i], lc__embed_size(core));
    lc_status st = lc__layout_check(&l, w.data, err);
    for (int s = LC__SECTION_SPACES; s < LC__SECTIONS; s++)
        turn_words(w.data + l.at[s], l.words[s]);
    add_header(&l, w.data);
    if (st == LC_OK)
        st = lc__file_write(path, w.data, l.length, err);
    free(w.data);
    return st;
}

/* ---- reading ---- */

/* Version, length, checksum and features of a whole file. */
static lc_status check_header(const lc__map *map, lc_error *err) {
    if (map->length < LC__MODEL_HEADER)
        return lc_error_set(err, LC_EFORMAT, "the model file is truncated after %zu bytes: " MEND,
                            map->length);
    uint64_t length = get64(map->data + LC__MODEL_LENGTH_AT);
    if (length != map->length)
        return lc_error_set(err, LC_EFORMAT,
                            "the model file is truncated or has grown: %zu bytes, %llu expected: "
                            "copy it again, or " MEND,
                            map->length, (unsigned long long)length);
    if (lc__model_checksum(map->data, map->length) != get64(map->data + LC__MODEL_SUM_AT))
        return lc_error_set(err, LC_EFORMAT,
                            "the model file is damaged: its checksum does not match: copy it "
                            "again, or " MEND);
    if (get64(map->data + LC__MODEL_FEATURES_AT) != lc__features_id())
        return lc_error_set(err, LC_EUNSUPPORTED,
                            "the model was trained on other features than this build computes: "
                            "train it again with \"predict train\"");
    return LC_OK;
}

static lc_status contradiction(lc_error *err) {
    return lc_error_set(err, LC_EFORMAT, "the model file contradicts itself: " MEND);
}

/* The layout that the header's counts ask for, if the file and its table of sections have it. */
static lc_status read_layout(const lc__map *map, lc__layout *l, lc_error *err) {
    const unsigned char *data = map->data;
    *l = (lc__layout){.n_sources = get32(data + LC__MODEL_SOURCES_AT),
                      .n_groups = get32(data + LC__MODEL_GROUPS_AT),
                      .n_axes = get32(data + LC__MODEL_AXES_AT)};
    if (l->n_sources > LC__SOURCES_MAX || l->n_groups > LC__GROUPS_MAX ||
        l->n_axes > l->n_groups * LC__COL_FINE)
        return contradiction(err);
    lc__layout_fill(l);
    if (l->length != map->length || get32(data + LC__MODEL_SECTIONS_AT) != LC__SECTIONS)
        return contradiction(err);
    const unsigned char *entry = data + LC__MODEL_HEADER;
    for (int s = 0; s < LC__SECTIONS; s++, entry += LC__ENTRY_SIZE)
        if (get64(entry) != l->at[s] ||
            get64(entry + sizeof(uint64_t)) != l->words[s] * sizeof(uint64_t))
            return contradiction(err);
    return LC_OK;
}

static bool take_sources(const lc__layout *l, unsigned char *data, lc__core *core) {
    const char *names = (const char *)data + l->at[LC__SECTION_NAMES];
    const double *constants = (const double *)(data + l->at[LC__SECTION_CONSTANTS]);
    const double *floors = (const double *)(data + l->at[LC__SECTION_FLOORS]);
    double *slopes = (double *)(data + l->at[LC__SECTION_SLOPES]);
    memcpy(core->size_mean, data + l->at[LC__SECTION_SIZE_MEANS], sizeof core->size_mean);
    for (size_t i = 0; i < core->n_sources; i++) {
        lc__source *s = &core->sources[i];
        memcpy(s->name, names + i * LC__NAME_WORDS * sizeof(uint64_t), LC__NAME_MAX);
        size_t length = strlen(s->name);
        if (length == 0 || lc__utf8_check(s->name, length) != length)
            return false;
        s->constant = constants[i];
        s->floor = floors[i];
        s->slope = slopes + i * LC__FEATURES;
    }
    return true;
}

static bool take_regions(const lc__layout *l, unsigned char *data, lc__core *core) {
    const uint64_t *spaces = (const uint64_t *)(data + l->at[LC__SECTION_SPACES]);
    const uint64_t *n_axes = (const uint64_t *)(data + l->at[LC__SECTION_AXIS_COUNTS]);
    const double *radii = (const double *)(data + l->at[LC__SECTION_RADII]);
    const double *means = (const double *)(data + l->at[LC__SECTION_REGION_MEANS]);
    const double *gains = (const double *)(data + l->at[LC__SECTION_REGION_GAINS]);
    double *axes = (double *)(data + l->at[LC__SECTION_AXES]);
    size_t used = 0;
    for (size_t i = 0; i < core->n_regions; i++) {
        lc__region *r = &core->regions[i];
        if (n_axes[i] > LC__COL_FINE || used + n_axes[i] > l->n_axes)
            return false;
        r->space = spaces[i];
        r->n_axes = (uint32_t)n_axes[i];
        r->radius = radii[i];
        r->axes = axes + used * LC__COL_FINE;
        memcpy(r->mean, means + i * LC__COL_FINE, sizeof r->mean);
        memcpy(r->gain, gains + i * LC__COL_FINE, sizeof r->gain);
        used += n_axes[i];
    }
    return used == l->n_axes;
}

static lc_status take_groups(const lc__layout *l, const unsigned char *data, lc_model *model,
                             lc_error *err) {
    size_t size = lc__embed_size(model->core);
    const double *counts = (const double *)(data + l->at[LC__SECTION_COUNTS]);
    const double *means = (const double *)(data + l->at[LC__SECTION_MEANS]);
    const double *variances = (const double *)(data + l->at[LC__SECTION_VARIANCES]);
    const unsigned char *covariances = data + l->at[LC__SECTION_COVARIANCES];
    for (size_t i = 0; i < model->n_groups; i++) {
        lc__group *g = &model->groups[i];
        if (lc__group_alloc(model->core, g, err) != LC_OK)
            return LC_ENOMEM;
        g->space = model->core->regions[i].space;
        g->count = counts[i];
        memcpy(g->mean, means + i * size, size * sizeof *g->mean);
        memcpy(g->variance, variances + i * size, size * sizeof *g->variance);
        memcpy(g->covariance, covariances + i * sizeof g->covariance, sizeof g->covariance);
    }
    return LC_OK;
}

/* The model of a whole file, which is taken over on success. */
static lc_status read_map(lc__map *map, lc_model **out, lc_error *err) {
    lc__layout l;
    unsigned char *data = map->data;
    lc_status st = check_header(map, err);
    if (st == LC_OK)
        st = read_layout(map, &l, err);
    for (int s = LC__SECTION_SPACES; s < LC__SECTIONS && st == LC_OK; s++)
        turn_words(data + l.at[s], l.words[s]);
    if (st == LC_OK)
        st = lc__layout_check(&l, data, err);
    if (st != LC_OK)
        return st;
    lc__core *core = lc__core_new(l.n_sources, l.n_groups, map, err);
    lc_model *model = lc__model_new(core, l.n_groups, err);
    if (!model)
        return LC_ENOMEM;
    if (!take_sources(&l, data, core) || !take_regions(&l, data, core))
        st = contradiction(err);
    if (st == LC_OK)
        st = take_groups(&l, data, model, err);
    if (st == LC_OK)
        st = lc__core_seal(core, err);
    if (st == LC_OK)
        *out = model;
    else
        lc_model_free(model);
    return st;
}

static lc_status check_version(const lc__map *map, lc_error *err) {
    size_t magic = sizeof MAGIC - 1;
    if (map->length < magic || memcmp(map->data, MAGIC, magic) != 0)
        return lc_error_set(err, LC_EFORMAT, "this is no latcast model file");
    if (map->length < magic + sizeof(uint32_t))
        return lc_error_set(err, LC_EFORMAT, "the model file is truncated after %zu bytes: " MEND,
                            map->length);
    uint32_t version = get32(map->data + LC__MODEL_VERSION_AT);
    if (version > LC__MODEL_VERSION)
        return lc_error_set(err, LC_EUNSUPPORTED,
                            "the model file has format version %u, this build reads version "
                            "%d: use a newer latcast, or " MEND,
                            (unsigned)version, LC__MODEL_VERSION);
    if (version < LC__MODEL_VERSION)
        return lc_error_set(err, LC_EUNSUPPORTED,
                            "the model file has format version %u, which is older than this build "
                            "reads: train it again with \"predict train\"",
                            (unsigned)version);
    return LC_OK;
}

/* The map is closed or taken over. */
static lc_status parse_map(lc__map *map, lc_model **out, lc_error *err) {
    lc_status st = check_version(map, err);
    if (st == LC_OK)
        st = read_map(map, out, err);
    lc__map_close(map);
    return st;
}

lc_status lc__model_parse(const char *text, size_t length, lc_model **out, lc_error *err) {
    lc__map map;
    lc_status st = lc__map_copy(text, length, &map, err);
    return st == LC_OK ? parse_map(&map, out, err) : st;
}

lc_status lc_model_load(const char *path, lc_model **out, lc_error *err) {
    lc__map map;
    lc_status st = lc__map_file(path, LARGEST, &map, err);
    if (st != LC_OK)
        return st;
    st = parse_map(&map, out, err);
    if (st != LC_OK)
        lc_error_in_file(err, path);
    return st;
}
