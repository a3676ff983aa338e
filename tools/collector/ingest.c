#include "ingest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "devices/sample.h"
#include "reply.h"

/* One request in progress. */
typedef struct intake {
    store *store;
    ingest_report *report;
    cJSON *bad_headers; /* names of devices whose header was refused in this request */
} intake;

static bool next_line(const char **at, const char *end, const char **line, size_t *length) {
    if (*at >= end)
        return false;
    const char *newline = memchr(*at, '\n', (size_t)(end - *at));
    *line = *at;
    *length = (size_t)((newline ? newline : end) - *at);
    *at = newline ? newline + 1 : end;
    return true;
}

static bool blank(const char *line, size_t length) {
    for (size_t i = 0; i < length; i++)
        if (!strchr(" \t\r", line[i]) || !line[i])
            return false;
    return true;
}

size_t ingest_count_lines(const char *body, size_t length) {
    const char *line;
    size_t n = 0, bytes;
    for (const char *at = body; next_line(&at, body + length, &line, &bytes);)
        n += !blank(line, bytes);
    return n;
}

static void refuse(intake *in, int line, const char *id, const char *reason) {
    lc__buf *buf = &in->report->refused_json;
    lc__buf_printf(buf, "%s{\"line\":%d,\"id\":", in->report->refused++ ? "," : "", line);
    if (id)
        reply_json_string(buf, id);
    else
        lc__buf_add(buf, "null", 4);
    lc__buf_printf(buf, ",\"reason\":");
    reply_json_string(buf, reason);
    lc__buf_add(buf, "}", 1);
}

static void refuse_error(intake *in, int line, const char *id, const lc_error *why) {
    char reason[600];
    snprintf(reason, sizeof reason, "%s%s%s", why->path, why->path[0] ? ": " : "", why->message);
    refuse(in, line, id, reason);
}

/* The same name for another configuration would mix what must be two devices. */
static bool same_configuration(const lc_device *a, const lc_device *b, char *reason, size_t size) {
    if (!strcmp(a->backend, b->backend) && !strcmp(a->isa, b->isa) && a->threads == b->threads &&
        !strcmp(a->dtype, b->dtype) && a->batch == b->batch)
        return true;
    snprintf(reason, size,
             "conflict: device %.100s is known with backend %.40s, isa \"%.40s\", %d threads, "
             "%.20s, batch %d, here it has %.40s, \"%.40s\", %d, %.20s, %d; choose another name",
             a->name, a->backend, a->isa, a->threads, a->dtype, a->batch, b->backend, b->isa,
             b->threads, b->dtype, b->batch);
    return false;
}

static lc_status put_header(intake *in, int line, const lc_device *device, lc_error *err) {
    char *known = NULL, reason[600];
    lc_status s = store_get_device(in->store, device->name, &known, err);
    if (s)
        return s;
    lc_device before;
    bool fits = true;
    if (known && !lc_device_parse_header(known, strlen(known), NULL, 0, &before, NULL)) {
        fits = same_configuration(&before, device, reason, sizeof reason);
        lc_device_clear(&before);
    }
    free(known);
    if (!fits) {
        refuse(in, line, NULL, reason);
        return cJSON_AddTrueToObject(in->bad_headers, device->name)
                   ? LC_OK
                   : lc_error_set(err, LC_ENOMEM, "out of memory");
    }
    char *header = lc_device_header_json(device);
    if (!header)
        return lc_error_set(err, LC_ENOMEM, "out of memory");
    s = store_put_device(in->store, device->name, header, err);
    free(header);
    return s;
}

static lc_status take_header(intake *in, int line, const lc__cur *root, lc_error *err) {
    lc_device device;
    lc_error why;
    lc_status s = lc__device_header_from_json(root, &device, &why);
    if (s == LC_ENOMEM)
        return lc_error_set(err, s, "%s", why.message);
    if (s) {
        const char *name;
        refuse_error(in, line, NULL, &why);
        if (lc__device_name_from_json(root, "device", &name, NULL) ||
            cJSON_AddTrueToObject(in->bad_headers, name))
            return LC_OK;
        return lc_error_set(err, LC_ENOMEM, "out of memory");
    }
    s = put_header(in, line, &device, err);
    lc_device_clear(&device);
    return s;
}

/* NULL when samples of this device may come, else the reason why not. */
static lc_status check_device(intake *in, const char *device, const char **reason, lc_error *err) {
    *reason = NULL;
    if (cJSON_GetObjectItemCaseSensitive(in->bad_headers, device)) {
        *reason = "the header of its device was refused in this request";
        return LC_OK;
    }
    char *header = NULL;
    lc_status s = store_get_device(in->store, device, &header, err);
    if (!s && !header)
        *reason = "its device is not known here; send the header line of the device before it";
    free(header);
    return s;
}

/* What is stored under this id already: nothing, the same, or something else. */
static lc_status compare_stored(intake *in, const char *device, const lc_sample *sample,
                                bool *known, bool *same, lc_error *err) {
    char *old_device = NULL, *old_line = NULL;
    *same = false;
    lc_status s = store_get_sample(in->store, sample->id, &old_device, &old_line, err);
    *known = old_line != NULL;
    if (*known && !strcmp(old_device, device)) {
        lc_sample old;
        *same = !strcmp(old_line, sample->json);
        if (!*same && !lc_sample_parse(old_line, strlen(old_line), NULL, 0, &old, NULL)) {
            *same = lc__sample_same(&old, sample);
            lc_sample_clear(&old);
        }
    }
    free(old_device);
    free(old_line);
    return s;
}

static lc_status put_sample(intake *in, int line, const char *device, const lc_sample *sample,
                            lc_error *err) {
    bool known, same;
    const char *reason;
    lc_status s = check_device(in, device, &reason, err);
    if (!s && reason) {
        refuse(in, line, sample->id, reason);
        return LC_OK;
    }
    if (!s)
        s = compare_stored(in, device, sample, &known, &same, err);
    if (s)
        return s;
    if (known && same) {
        in->report->duplicates++;
    } else if (known) {
        refuse(in, line, sample->id,
               "conflict: this id is stored already with other values or for another device; one "
               "id belongs to one measurement");
    } else {
        in->report->accepted++;
        s = store_put_sample(in->store, device, sample, err);
    }
    return s;
}

static lc_status take_sample(intake *in, int line, const lc__cur *root, lc_error *err) {
    lc_sample sample;
    lc_error why;
    const char *device = "";
    lc_status s = lc__device_name_from_json(root, "device", &device, &why);
    if (!s)
        s = lc__sample_from_json(root, lc__json_start(root), &sample, &why);
    if (s == LC_ENOMEM)
        return lc_error_set(err, s, "%s", why.message);
    if (s) {
        const char *id = NULL;
        bool readable = !lc__json_need_str(root, "id", &id, NULL) && lc__sample_id_ok(id);
        refuse_error(in, line, readable ? id : NULL, &why);
        return LC_OK;
    }
    s = put_sample(in, line, device, &sample, err);
    lc_sample_clear(&sample);
    return s;
}

static lc_status take_line(intake *in, int number, const char *line, size_t length, lc_error *err) {
    if (length > INGEST_MAX_LINE_BYTES) {
        refuse(in, number, NULL, "line is longer than 1 MiB");
        return LC_OK;
    }
    lc__doc doc;
    lc_error why;
    lc_status s = lc__doc_parse(&doc, line, length, NULL, 0, &why);
    if (s == LC_ENOMEM)
        return lc_error_set(err, s, "%s", why.message);
    if (s) {
        refuse_error(in, number, NULL, &why);
        return LC_OK;
    }
    lc__cur root = lc__doc_root(&doc), kind;
    const char *text = "";
    if (lc__json_get(&root, "kind", &kind) && !lc__json_str(&kind, &text, NULL) &&
        !strcmp(text, "device"))
        s = take_header(in, number, &root, err);
    else
        s = take_sample(in, number, &root, err);
    lc__doc_clear(&doc);
    return s;
}

static lc_status take_lines(intake *in, const char *body, size_t length, lc_error *err) {
    const char *line;
    size_t bytes;
    int number = 0;
    lc_status s = LC_OK;
    for (const char *at = body; !s && next_line(&at, body + length, &line, &bytes);) {
        number++;
        if (!blank(line, bytes))
            s = take_line(in, number, line, bytes, err);
    }
    if (!s && in->report->refused_json.failed)
        s = lc_error_set(err, LC_ENOMEM, "out of memory");
    return s;
}

lc_status ingest(store *s, const char *body, size_t length, ingest_report *report, lc_error *err) {
    intake in = {s, report, cJSON_CreateObject()};
    memset(report, 0, sizeof *report);
    lc_status status =
        in.bad_headers ? store_begin(s, err) : lc_error_set(err, LC_ENOMEM, "out of memory");
    if (!status) {
        status = take_lines(&in, body, length, err);
        if (!status)
            status = store_commit(s, err);
        if (status)
            store_rollback(s);
    }
    cJSON_Delete(in.bad_headers);
    return status;
}
