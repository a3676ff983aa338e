#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "devices/device_text.h"
#include "spool.h"

static bool holds_anything(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && (!S_ISREG(st.st_mode) || st.st_size > 0);
}

static lc_status no_result(const char *path, const lc_error *why, lc_error *err) {
    char text[300];
    lc_error_set(err, LC_EUSAGE,
                 "is there already and cannot be gone on from (%s); give another --out, or --fresh "
                 "to replace it",
                 lc_error_format(why, text, sizeof text));
    lc_error_in_file(err, path);
    return LC_EUSAGE;
}

/* The spool from which a device.json would be written (free()); NULL when out of memory. */
static char *spool_of(const lc_device *device) {
    lc__buf text = {0};
    char *header = lc_device_header_json(device);
    lc__buf_printf(&text, "%s\n", header ? header : "");
    for (size_t i = 0; i < device->n_samples; i++)
        lc__device_text_line(&text, device->name, device->samples[i].json);
    bool ok = header && !text.failed;
    free(header);
    if (!ok)
        free(text.text);
    return ok ? text.text : NULL;
}

/* All at once, so that nothing can be cut off in the middle and then be taken for all there was. */
static lc_status make(const char *path, const lc_device *device, bool *made, lc_error *err) {
    lc__spool spool = {.fd = -1};
    snprintf(spool.path, sizeof spool.path, "%s", path);
    char *text = spool_of(device);
    lc_status s = text ? lc__spool_lock(&spool, err) : lc__no_memory(err);
    if (!s && !holds_anything(path)) { /* still: another process may have begun meanwhile */
        s = lc__file_write(path, text, strlen(text), err);
        *made = !s;
    }
    lc__spool_close(&spool);
    free(text);
    return s;
}

lc_status lc__spool_restore(const char *path, const char *result, const char *header,
                            bool *restored, lc_error *err) {
    lc_device device;
    lc_error why;
    *restored = false;
    if (holds_anything(path) || !holds_anything(result))
        return LC_OK;
    lc_status s = lc_device_load(result, &device, &why);
    if (s)
        return no_result(result, &why, err);
    s = lc__spool_match(&device, header, result, err);
    if (!s)
        s = make(path, &device, restored, err);
    lc_device_clear(&device);
    return s;
}
