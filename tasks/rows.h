/* A table in the making, for formats that do not hold it as rows and columns: measurements come one
 * by one, each naming its net and its device. */
#ifndef TASKS_ROWS_H
#define TASKS_ROWS_H

#include "base/text.h"
#include "tasks/table.h"

typedef struct lc__name_list {
    size_t *at; /* [n] offsets in lc__rows.text */
    size_t n, room;
} lc__name_list;

/* Start from {0}. */
typedef struct lc__rows {
    lc__buf text;
    lc__name_list archs, devices;
    struct lc__rows_cell *cells; /* [n] */
    size_t n, room;
} lc__rows;

/* Records a value (positive) of a net on a device, both known by name; devices keep the order in
 * which they came, nets too. LC_EFORMAT: the net has a value on this device already. Takes time in
 * proportion to what is recorded. */
lc_status lc__rows_add(lc__rows *rows, const char *arch, const char *device, double value,
                       lc_error *err);

/* The same for a net whose name is known to be new; at once. */
lc_status lc__rows_add_new(lc__rows *rows, const char *arch, const char *device, double value,
                           lc_error *err);

/* Makes the table; rows become empty. LC_EFORMAT: nothing was recorded. `unit` is static. */
lc_status lc__rows_finish(lc__rows *rows, const char *unit, lc__table *out, lc_error *err);
void lc__rows_clear(lc__rows *rows);

#endif
