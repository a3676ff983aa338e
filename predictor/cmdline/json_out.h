/* Small help for writing JSON. */
#ifndef CMDLINE_JSON_OUT_H
#define CMDLINE_JSON_OUT_H

#include "base/json.h"

/* A new object at the end of `list`, owned by it; NULL when out of memory. */
static inline cJSON *lc__append_object(cJSON *list) {
    cJSON *object = cJSON_CreateObject();
    if (object && cJSON_AddItemToArray(list, object))
        return object;
    cJSON_Delete(object);
    return NULL;
}

/* Prints the object as a line on stdout and deletes it; `ok` false means that filling it failed. */
lc_status lc__print_object(cJSON *object, bool ok, const char *end, lc_error *err);

#endif
