#include "upload_batch.h"

#include <stdlib.h>
#include <string.h>

#include "devices/device_text.h"

lc_status lc__batch_make(lc__batch *batch, const lc_device *device, const size_t *pick, size_t n,
                         lc_error *err) {
    memset(batch, 0, sizeof *batch);
    char *header = lc_device_header_json(device);
    batch->ids = calloc(n + 1, sizeof *batch->ids);
    batch->reasons = calloc(n + 1, sizeof *batch->reasons);
    if (header)
        lc__buf_printf(&batch->body, "%s\n", header);
    while (header && batch->ids && batch->n < n && batch->body.length < LC__BATCH_BYTES) {
        const lc_sample *sample = &device->samples[pick[batch->n]];
        batch->ids[batch->n++] = sample->id;
        lc__device_text_line(&batch->body, device->name, sample->json);
    }
    bool ok = header && batch->ids && batch->reasons && !batch->body.failed;
    free(header);
    if (ok)
        return LC_OK;
    lc__batch_clear(batch);
    return lc_error_set(err, LC_ENOMEM, "out of memory");
}

void lc__batch_clear(lc__batch *batch) {
    free(batch->body.text);
    free(batch->ids);
    free(batch->reasons);
    cJSON_Delete(batch->reply);
    memset(batch, 0, sizeof *batch);
}

static double count(const cJSON *reply, const char *key) {
    const cJSON *v = cJSON_GetObjectItemCaseSensitive(reply, key);
    return cJSON_IsNumber(v) && v->valuedouble >= 0 ? v->valuedouble : -1;
}

/* Notes one element of "refused"; false when it names no line of this body. */
static bool note_refusal(lc__batch *batch, const cJSON *refusal) {
    const cJSON *line = cJSON_GetObjectItemCaseSensitive(refusal, "line");
    const char *reason = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(refusal, "reason"));
    if (!cJSON_IsNumber(line) || line->valueint < 1 || (size_t)line->valueint > batch->n + 1)
        return false;
    if (!reason)
        reason = "no reason given";
    if (line->valueint == 1)
        batch->header_reason = reason;
    else
        batch->reasons[line->valueint - 2] = reason;
    return true;
}

const char *lc__batch_read_reply(lc__batch *batch, const char *text, size_t length) {
    cJSON_Delete(batch->reply);
    batch->reply = cJSON_ParseWithLength(text, length);
    const cJSON *refused = cJSON_GetObjectItemCaseSensitive(batch->reply, "refused"), *e;
    double accepted = count(batch->reply, "accepted");
    double duplicates = count(batch->reply, "duplicates");
    if (accepted < 0 || duplicates < 0 || !cJSON_IsArray(refused))
        return "the answer is not a collector's";
    size_t n_refused = 0;
    cJSON_ArrayForEach(e, refused) {
        if (!note_refusal(batch, e))
            return "the answer refuses a line that was not sent";
    }
    for (size_t i = 0; i < batch->n; i++)
        n_refused += batch->reasons[i] != NULL;
    if (accepted + duplicates + (double)n_refused < (double)batch->n)
        return "the answer accounts for fewer samples than were sent";
    return NULL;
}
