#include <cjson/cJSON.h>
#include <string.h>

#include "spool.h"

static const char *member(const cJSON *object, const char *key) {
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(object, key));
    return text ? text : "";
}

/* The key of a member of `a` that `b` lacks or has with another value, or NULL. */
static const char *difference(const cJSON *a, const cJSON *b) {
    const cJSON *e;
    cJSON_ArrayForEach(e, a) {
        if (!cJSON_Compare(e, cJSON_GetObjectItem(b, e->string), true))
            return e->string;
    }
    return NULL;
}

static lc_status check_same(const lc_device *have, const lc_device *want, const cJSON *config[2],
                            const cJSON *print[2], lc_error *err) {
    static const char how[] = "give another --out, or --fresh to discard what was measured there";
    const char *key = difference(config[0], config[1]);
    if (!key) /* a mode that was not asked for has no member: --pace-ms, --freq, --cluster */
        key = difference(config[1], config[0]);
    if (strcmp(have->name, want->name) != 0)
        lc_error_set(err, LC_EUSAGE, "holds samples of device \"%s\", not of \"%s\"; %s",
                     have->name, want->name, how);
    else if (key)
        lc_error_set(err, LC_EUSAGE, "was measured with another \"%s\"; %s", key, how);
    else if (strcmp(member(print[0], "board"), member(print[1], "board")) != 0 ||
             strcmp(member(print[0], "cpu_model"), member(print[1], "cpu_model")) != 0)
        lc_error_set(err, LC_EUSAGE, "was measured on another machine (%s); %s",
                     member(print[0], "board"), how);
    else
        return LC_OK;
    return LC_EUSAGE;
}

lc_status lc__spool_match(const lc_device *measured, const char *header, const char *path,
                          lc_error *err) {
    lc_device want;
    lc_status s = lc_device_parse_header(header, strlen(header), NULL, 1, &want, err);
    if (s)
        return s;
    cJSON *config[2] = {cJSON_Parse(measured->config_json), cJSON_Parse(want.config_json)};
    cJSON *print[2] = {cJSON_Parse(measured->fingerprint_json), cJSON_Parse(want.fingerprint_json)};
    s = check_same(measured, &want, (const cJSON **)config, (const cJSON **)print, err);
    for (int i = 0; i < 2; i++) {
        cJSON_Delete(config[i]);
        cJSON_Delete(print[i]);
    }
    lc_device_clear(&want);
    if (s)
        lc_error_in_file(err, path);
    return s;
}
