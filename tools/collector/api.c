#include "api.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "devices/device_text.h"
#include "devices/sample.h"
#include "ingest.h"

/* Storage that fails may work again: space is freed, a lock is let go. */
static void storage_error(reply *r, const lc_error *err) {
    reply_error(r, 503, "%s; nothing of this request was kept, send it again later", err->message);
    r->retry_after_s = 5;
}

static void write_report(reply *r, const ingest_report *report) {
    reply_begin(r, report->refused ? 422 : 200);
    lc__buf_printf(&r->body, "{\"accepted\":%zu,\"duplicates\":%zu,\"refused\":[", report->accepted,
                   report->duplicates);
    if (report->refused)
        lc__buf_add(&r->body, report->refused_json.text, report->refused_json.length);
    lc__buf_add(&r->body, "]}\n", 3);
}

void api_post_samples(store *s, const char *body, size_t length, reply *r) {
    size_t lines = ingest_count_lines(body, length);
    if (lines == 0) {
        reply_error(r, 400, "the body is empty; send JSON lines, one sample each");
        return;
    }
    if (lines > INGEST_MAX_LINES) {
        reply_error(r, 413, "%zu lines are more than the %d that one request may hold; send parts",
                    lines, INGEST_MAX_LINES);
        return;
    }
    ingest_report report;
    lc_error err;
    if (ingest(s, body, length, &report, &err))
        storage_error(r, &err);
    else
        write_report(r, &report);
    free(report.refused_json.text);
}

static bool list_device(void *to, const char *header, int64_t nets, int64_t ops,
                        int64_t updated_unix) {
    lc__buf *buf = to;
    lc_device device;
    if (lc_device_parse_header(header, strlen(header), NULL, 0, &device, NULL))
        return true; /* written by hand into the database; the others are still worth listing */
    lc__buf_printf(buf,
                   "%s\n{\"name\":\"%s\",\"samples\":%" PRId64 ",\"nets\":%" PRId64
                   ",\"ops\":%" PRId64 ",\"updated_unix\":%" PRId64 ",\"backend\":",
                   buf->text[buf->length - 1] == '[' ? "" : ",", device.name, nets + ops, nets, ops,
                   updated_unix);
    lc__buf_json_string(buf, device.backend);
    lc__buf_printf(buf, ",\"isa\":");
    lc__buf_json_string(buf, device.isa);
    lc__buf_printf(buf, ",\"threads\":%d,\"dtype\":", device.threads);
    lc__buf_json_string(buf, device.dtype);
    lc__buf_printf(buf, ",\"board\":");
    lc__buf_json_string(buf, device.board);
    lc__buf_add(buf, "}", 1);
    lc_device_clear(&device);
    return !buf->failed;
}

void api_list_devices(store *s, reply *r) {
    lc_error err;
    reply_begin(r, 200);
    lc__buf_printf(&r->body, "{\"devices\":[");
    if (!r->body.failed && store_each_device(s, list_device, &r->body, &err)) {
        storage_error(r, &err);
        return;
    }
    lc__buf_add(&r->body, "\n]}\n", 4);
}

static bool add_sample(void *to, const char *line) {
    lc__device_text_sample(to, line);
    return !((lc__buf *)to)->failed;
}

lc_status api_device_text(store *s, const char *name, lc__buf *out, lc_error *err) {
    char *header = NULL;
    lc_device device;
    lc_status status = store_get_device(s, name, &header, err);
    if (status)
        return status;
    if (!header)
        return lc_error_set(err, LC_EUSAGE,
                            "no device \"%.100s\" here; GET /v1/devices lists those there are",
                            name);
    status = lc_device_parse_header(header, strlen(header), NULL, 0, &device, err);
    free(header);
    if (status)
        return status;
    lc__device_text_begin(out, &device);
    lc_device_clear(&device);
    status = store_each_sample(s, name, add_sample, out, err);
    lc__device_text_end(out);
    if (!status && out->failed)
        status = lc_error_set(err, LC_ENOMEM, "out of memory");
    return status;
}

void api_get_device(store *s, const char *name, reply *r) {
    lc_error err;
    reply_begin(r, 200);
    lc_status status = api_device_text(s, name, &r->body, &err);
    if (status == LC_EUSAGE)
        reply_error(r, 404, "%s", err.message);
    else if (status)
        storage_error(r, &err);
}

void api_health(store *s, reply *r) {
    lc_error err;
    if (store_ping(s, &err)) {
        storage_error(r, &err);
        return;
    }
    reply_begin(r, 200);
    lc__buf_printf(&r->body, "{\"status\":\"ok\",\"protocol\":%s,\"version\":\"%s\"}\n",
                   PROTOCOL_VERSION, LATCAST_VERSION);
}
