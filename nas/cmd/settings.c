#include "settings.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/map.h"
#include "base/text.h"

#define AGREE 1e-9 /* relative: numbers that another machine makes differ in the last digits */

/* Adds the digest of a file's bytes. */
static bool add_digest(cJSON *o, const char *key, const char *path) {
    lc__map map;
    char digest[20];
    if (lc__map_file(path, LC__WEIGHTS_LARGEST, &map, NULL))
        return true; /* whoever needs it says what is wrong */
    snprintf(digest, sizeof digest, "%016llx",
             (unsigned long long)lc__fnv1a(LC__FNV_START, map.data, map.length));
    lc__map_close(&map);
    return cJSON_AddStringToObject(o, key, digest) != NULL;
}

static bool add_course(cJSON *o, const lc__course *c) {
    return cJSON_AddStringToObject(o, "data", c->data) &&
           lc__json_add_num(o, "epochs", (double)c->epochs) &&
           lc__json_add_num(o, "batch", (double)c->batch) && lc__json_add_num(o, "rate", c->rate) &&
           lc__json_add_num(o, "decay", c->decay) &&
           lc__json_add_num(o, "smoothing", c->smoothing) &&
           lc__json_add_num(o, "validation", c->validation) &&
           cJSON_AddStringToObject(o, "recipe", c->recipe);
}

cJSON *lc__settings_json(const lc__hunt *h, const lc_nas_extreme range[2]) {
    const lc__hunt_options *p = h->options;
    cJSON *o = cJSON_CreateObject();
    bool ok = o && cJSON_AddStringToObject(o, "space", h->space->name) &&
              cJSON_AddStringToObject(o, "method", h->method_name) &&
              lc__json_add_num(o, "confidence", p->confidence) &&
              (isnan(p->tolerance) ? cJSON_AddNullToObject(o, "tolerance") != NULL
                                   : lc__json_add_num(o, "tolerance", p->tolerance)) &&
              lc__json_add_num(o, "seed", (double)p->course.seed) &&
              lc__json_add_num(o, "fastest_ns", range[0].value.mean) &&
              lc__json_add_num(o, "slowest_ns", range[1].value.mean);
    if (ok)
        ok = (p->choose ? cJSON_AddStringToObject(o, "choose", p->choose)
                        : cJSON_AddNullToObject(o, "choose")) != NULL;
    if (ok && h->way == LC__WAY_GRADIENT)
        ok = lc__json_add_num(o, "steps", (double)p->steps);
    if (ok && h->way == LC__WAY_SELECT && h->selection != LC_NAS_EXHAUSTIVE)
        ok = lc__json_add_num(o, "evaluations", (double)p->evaluations);
    if (ok && h->table)
        ok = add_digest(o, "accuracies", p->accuracies);
    else if (ok)
        ok = lc__json_add_num(o, "images", (double)p->images) && add_course(o, &p->course) &&
             (access(h->supernet, F_OK) != 0 || add_digest(o, "supernet", h->supernet));
    if (ok)
        return o;
    cJSON_Delete(o);
    return NULL;
}

/* A number, also one that lc__json_add_num() wrote: as raw text, for the sake of its digits. */
static bool number_of(const cJSON *value, double *out) {
    *out = cJSON_IsRaw(value) ? strtod(value->valuestring, NULL) : cJSON_GetNumberValue(value);
    return cJSON_IsRaw(value) || cJSON_IsNumber(value);
}

static bool agree(const cJSON *a, const cJSON *b) {
    double x, y;
    if (number_of(a, &x) && number_of(b, &y))
        return fabs(x - y) <= AGREE * fmax(fabs(x), fabs(y));
    return cJSON_Compare(a, b, true);
}

/* A value for a message. */
static void show(const cJSON *value, char *buf, size_t size) {
    char *text = value ? lc__json_print(value) : NULL;
    snprintf(buf, size, "%.60s", text ? text : "not said");
    free(text);
}

lc_status lc__settings_check(const cJSON *wanted, const cJSON *found, const char *path,
                             lc_error *err) {
    const cJSON *w;
    cJSON_ArrayForEach(w, wanted) {
        const cJSON *f = cJSON_GetObjectItemCaseSensitive(found, w->string);
        char here[64], there[64];
        if (f && agree(w, f))
            continue;
        show(w, here, sizeof here);
        show(f, there, sizeof there);
        lc_error_set(err, LC_EUSAGE,
                     "is of another search: %s is %s there and %s here; give another --out, or "
                     "remove the file to search its budget anew",
                     w->string, there, here);
        lc_error_in_file(err, path);
        return LC_EUSAGE;
    }
    return LC_OK;
}
