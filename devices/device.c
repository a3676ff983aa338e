#include "latcast/device.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "devices/sample.h"
#include "index.h"
#include "line.h"

#define MAX_THREADS 4096
#define MAX_BATCH (1 << 20)

/* A string that may be null: then it is "". */
static lc_status copy_optional(const lc__cur *object, const char *key, char **out, lc_error *err) {
    lc__cur c;
    const char *text = "";
    lc_status s = lc__json_get(object, key, &c) ? lc__json_str(&c, &text, err) : LC_OK;
    if (s)
        return s;
    *out = strdup(text);
    return *out ? LC_OK : lc__no_memory(err);
}

static lc_status copy_needed(const lc__cur *object, const char *key, char **out, lc_error *err) {
    lc__cur c;
    lc_status s = lc__json_need(object, key, &c, err);
    if (!s)
        s = copy_optional(object, key, out, err);
    if (!s && !**out)
        s = lc__json_fail(&c, err, LC_EFORMAT, "must not be empty");
    return s;
}

static lc_status read_config(const lc__cur *object, lc_device *out, lc_error *err) {
    lc__cur config, c;
    int64_t threads = 0, batch = 0;
    lc_status s = lc__json_need(object, "config", &config, err);
    if (!s)
        s = copy_needed(&config, "backend", &out->backend, err);
    if (!s)
        s = copy_optional(&config, "isa", &out->isa, err);
    if (!s)
        s = lc__json_need_int(&config, "threads", 1, MAX_THREADS, &threads, err);
    if (!s)
        s = copy_needed(&config, "dtype", &out->dtype, err);
    if (!s && lc__json_get(&config, "batch", &c))
        s = lc__json_int(&c, 1, MAX_BATCH, &batch, err);
    if (s)
        return s;
    out->threads = (int)threads;
    out->batch = (int)batch;
    out->config_json = lc__line_of(&config);
    return out->config_json ? LC_OK : lc__no_memory(err);
}

static lc_status read_fingerprint(const lc__cur *object, lc_device *out, lc_error *err) {
    lc__cur fingerprint;
    lc_status s = lc__json_need(object, "fingerprint", &fingerprint, err);
    if (!s)
        s = lc__json_object(&fingerprint, err);
    if (!s)
        s = copy_optional(&fingerprint, "board", &out->board, err);
    if (s)
        return s;
    out->fingerprint_json = lc__line_of(&fingerprint);
    return out->fingerprint_json ? LC_OK : lc__no_memory(err);
}

/* What a header and a device.json have in common; the name stands under `name_key`. */
static lc_status read_identity(const lc__cur *object, const char *name_key, lc_device *out,
                               lc_error *err) {
    const char *name = "";
    lc_status s = lc__json_version(object, LC_SCHEMA_VERSION, err);
    if (!s)
        s = lc__device_name_from_json(object, name_key, &name, err);
    if (!s && !(out->name = strdup(name)))
        s = lc__no_memory(err);
    if (!s)
        s = read_config(object, out, err);
    if (!s)
        s = read_fingerprint(object, out, err);
    return s;
}

lc_status lc__device_header_from_json(const lc__cur *cur, lc_device *out, lc_error *err) {
    lc__cur c;
    const char *kind = "";
    memset(out, 0, sizeof *out);
    lc_status s = lc__json_need(cur, "kind", &c, err);
    if (!s)
        s = lc__json_str(&c, &kind, err);
    if (!s && strcmp(kind, "device") != 0)
        s = lc__json_fail(&c, err, LC_EFORMAT, "must be \"device\", is \"%.40s\"", kind);
    if (!s)
        s = read_identity(cur, "device", out, err);
    if (s)
        lc_device_clear(out);
    return s;
}

lc_status lc_device_parse_header(const char *text, size_t length, const char *file, int line,
                                 lc_device *out, lc_error *err) {
    lc__doc doc;
    lc_status s = lc__doc_parse(&doc, text, length, file, line > 0 ? line - 1 : 0, err);
    if (s)
        return s;
    lc__cur root = lc__doc_root(&doc);
    s = lc__device_header_from_json(&root, out, err);
    lc__doc_clear(&doc);
    return s;
}

void lc_device_clear(lc_device *device) {
    for (size_t i = 0; i < device->n_samples; i++)
        lc_sample_clear(&device->samples[i]);
    free(device->samples);
    free(device->name);
    free(device->backend);
    free(device->isa);
    free(device->dtype);
    free(device->board);
    free(device->config_json);
    free(device->fingerprint_json);
    lc__index_free(device->index);
    memset(device, 0, sizeof *device);
}

static uint64_t id_key(const char *id) {
    return lc__fnv1a(LC__FNV_START, id, strlen(id));
}

/* The index of a device whose samples may have been filled in by hand. */
static bool index_samples(lc_device *device) {
    if (device->index && device->index->n == device->n_samples)
        return true;
    lc__index_free(device->index);
    device->index = lc__index_new();
    for (size_t i = 0; device->index && i < device->n_samples; i++) {
        if (!lc__index_add(device->index, id_key(device->samples[i].id))) {
            lc__index_free(device->index);
            device->index = NULL;
        }
    }
    return device->index != NULL;
}

static lc_sample *find_sample(const lc_device *device, const char *id) {
    size_t probe = 0, i;
    while (lc__index_next(device->index, id_key(id), &probe, &i))
        if (!strcmp(device->samples[i].id, id))
            return &device->samples[i];
    return NULL;
}

lc_status lc_device_add(lc_device *device, lc_sample *sample, lc_error *err) {
    if (!index_samples(device))
        return lc__no_memory(err);
    const lc_sample *have = find_sample(device, sample->id);
    if (have && !lc__sample_same(have, sample))
        return lc_error_set(err, LC_EFORMAT,
                            "sample \"%s\" is there already with other values (%g and %g ns); one "
                            "id belongs to one measurement",
                            sample->id, have->latency_ns, sample->latency_ns);
    if (have) {
        lc_sample_clear(sample);
        return LC_OK;
    }
    /* The index doubles its room; follow it, so that adding n samples copies each about once. */
    if (!lc__index_add(device->index, id_key(sample->id)))
        return lc__no_memory(err);
    lc_sample *samples = realloc(device->samples, device->index->room * sizeof *samples);
    if (!samples) {
        lc__index_free(device->index);
        device->index = NULL;
        return lc__no_memory(err);
    }
    device->samples = samples;
    device->samples[device->n_samples++] = *sample;
    memset(sample, 0, sizeof *sample);
    return LC_OK;
}

/* An element of "samples". Its "device", if it kept one from an upload's line, must be this one. */
static lc_status read_element(const lc__cur *element, const char *text, lc_device *device,
                              lc_error *err) {
    lc__cur c;
    const char *name = device->name;
    lc_status s = lc__json_get(element, "device", &c) ? lc__json_str(&c, &name, err) : LC_OK;
    if (!s && strcmp(name, device->name) != 0)
        s = lc__json_fail(&c, err, LC_EFORMAT, "a sample of \"%.100s\" among those of \"%s\"", name,
                          device->name);
    lc_sample sample;
    if (!s)
        s = lc__sample_from_json(element, text, &sample, err);
    if (s)
        return s;
    lc_error why;
    s = lc_device_add(device, &sample, &why);
    if (s) {
        lc_sample_clear(&sample);
        lc__json_fail(element, err, s, "%s", why.message);
    }
    return s;
}

static lc_status read_samples(const lc__cur *root, lc_device *out, lc_error *err) {
    lc__cur array, e;
    lc_status s = lc__json_need(root, "samples", &array, err);
    if (!s)
        s = lc__json_array(&array, err);
    if (s || !lc__json_first(&array, &e))
        return s;
    const char *text = lc__json_start(&e);
    do {
        s = read_element(&e, text, out, err);
        text = lc__json_end(text);
        text += strspn(text, " \t\r\n,");
    } while (!s && lc__json_next(&e));
    return s;
}

static lc_status read_device(const lc__doc *doc, lc_device *out, lc_error *err) {
    memset(out, 0, sizeof *out);
    lc__cur root = lc__doc_root(doc), c;
    if (lc__json_get(&root, "items", &c) && !lc__json_get(&root, "samples", &c)) {
        lc__json_fail(
            &root, err, LC_EFORMAT,
            "this is a plan, not a device.json: profagent run measures it and writes one");
        return LC_EFORMAT;
    }
    lc_status s = read_identity(&root, "name", out, err);
    if (!s)
        s = read_samples(&root, out, err);
    if (s)
        lc_device_clear(out);
    return s;
}

lc_status lc_device_parse(const char *text, size_t length, const char *file, lc_device *out,
                          lc_error *err) {
    lc__doc doc;
    lc_status s = lc__doc_parse(&doc, text, length, file, 0, err);
    if (s)
        return s;
    s = read_device(&doc, out, err);
    lc__doc_clear(&doc);
    return s;
}

lc_status lc_device_load(const char *path, lc_device *out, lc_error *err) {
    lc__doc doc;
    lc_status s = lc__doc_load(&doc, path, err);
    if (s)
        return s;
    s = read_device(&doc, out, err);
    lc__doc_clear(&doc);
    return s;
}
