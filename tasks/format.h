/* How files of measurements are read: the one list of formats that a task may name. */
#ifndef TASKS_FORMAT_H
#define TASKS_FORMAT_H

#include "latcast/net.h"
#include "tasks/table.h"

typedef struct lc__format {
    const char *name; /* "csv" */

    /* Fills *out with what the file at `path` says of `quantity` (one that lc__quantity_known()
     * accepts). LC_EFORMAT with file and place; LC_EUNSUPPORTED: the format does not record the
     * quantity. Release with lc__table_clear(). */
    lc_status (*load)(const char *path, const char *quantity, lc__table *out, lc_error *err);

    /* The net that one of the table's `archs` describes. NULL: the format does not say, the task
     * names a search space or a file of nets. */
    lc_status (*net)(const char *arch, lc_net **out, lc_error *err);
} lc__format;

/* The formats, NULL-terminated; lookup gives NULL for an unknown name. */
const lc__format *const *lc__formats(void);
const lc__format *lc__format_find(const char *name);

/* What may be forecast: "latency", "energy", "peak_power". */
bool lc__quantity_known(const char *quantity);

#endif
