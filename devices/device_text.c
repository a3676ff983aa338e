#include "devices/device_text.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "line.h"

void lc__device_text_begin(lc__buf *buf, const lc_device *device) {
    lc__buf_printf(buf,
                   "{\"schema_version\":%d,\n\"name\":\"%s\",\n\"config\":%s,\n"
                   "\"fingerprint\":%s,\n\"samples\":[",
                   LC_SCHEMA_VERSION, device->name, device->config_json, device->fingerprint_json);
}

void lc__device_text_sample(lc__buf *buf, const char *json) {
    bool first = buf->length > 0 && buf->text && buf->text[buf->length - 1] == '[';
    lc__buf_add(buf, first ? "\n" : ",\n", first ? 1 : 2);
    if (!strstr(json, "\"device\"")) {
        lc__buf_add(buf, json, strlen(json));
        return;
    }
    char *line = strdup(json);
    if (!line) {
        buf->failed = true;
        return;
    }
    lc__line_drop(line, "device");
    lc__buf_add(buf, line, strlen(line));
    free(line);
}

void lc__device_text_end(lc__buf *buf) {
    lc__buf_add(buf, "\n]}\n", 4);
}

void lc__device_text_line(lc__buf *buf, const char *device, const char *json) {
    cJSON *object = cJSON_Parse(json);
    if (cJSON_HasObjectItem(object, "device"))
        lc__buf_printf(buf, "%s\n", json);
    else
        lc__buf_printf(buf, "{\"device\":\"%s\",%s\n", device, strchr(json, '{') + 1);
    cJSON_Delete(object);
}

/* What was written, or NULL after a failed allocation. */
static char *finish(lc__buf *buf) {
    if (!buf->failed)
        return buf->text;
    free(buf->text);
    return NULL;
}

char *lc_device_header_json(const lc_device *device) {
    lc__buf buf = {0};
    lc__buf_printf(&buf,
                   "{\"schema_version\":%d,\"kind\":\"device\",\"device\":\"%s\","
                   "\"config\":%s,\"fingerprint\":%s}",
                   LC_SCHEMA_VERSION, device->name, device->config_json, device->fingerprint_json);
    return finish(&buf);
}

char *lc_device_to_json(const lc_device *device) {
    lc__buf buf = {0};
    lc__device_text_begin(&buf, device);
    for (size_t i = 0; i < device->n_samples; i++)
        lc__device_text_sample(&buf, device->samples[i].json);
    lc__device_text_end(&buf);
    return finish(&buf);
}

lc_status lc_device_save(const lc_device *device, const char *path, lc_error *err) {
    char *text = lc_device_to_json(device);
    if (!text)
        return lc_error_set(err, LC_ENOMEM, "out of memory writing %s", path);
    lc_status s = lc__file_write(path, text, strlen(text), err);
    free(text);
    return s;
}
