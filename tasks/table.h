/* Tables of measurements: a net per row, a device per column. */
#ifndef TASKS_TABLE_H
#define TASKS_TABLE_H

#include "latcast/status.h"

/* Largest table file read. */
#define LC__TABLE_MAX_BYTES ((size_t)256 << 20)

/* Most device columns: what is done with pairs of devices takes their square. */
#define LC__TABLE_MAX_DEVICES 4096

/* Smallest and largest measurement taken for one: in milliseconds less than any clock tells, by
 * which errors would be no numbers to read, and eleven days. */
#define LC__TABLE_MIN_VALUE 1e-9
#define LC__TABLE_MAX_VALUE 1e9

typedef struct lc__table {
    char *text;           /* storage of the strings below */
    const char **devices; /* [n_devices] */
    const char **archs;   /* [n_rows] names of the nets, all different */
    double *values;       /* [n_devices][n_rows], positive; NaN = not measured */
    const char *unit;     /* of the values, "ms"; static string */
    int first_line;       /* of the file that row 0 stands on, the others below; 0: they do not */
    size_t n_devices, n_rows;
} lc__table;

/* Reads CSV: `arch,device1,device2,...` followed by a row per net; an empty field means not
 * measured; lines end in LF or CRLF, a byte order mark is passed over, and quoting is not known.
 * LC_EFORMAT, with file, line and the column's name, for a field that is not a number of
 * LC__TABLE_MIN_VALUE to LC__TABLE_MAX_VALUE, a wrong number of columns, a net or a device named
 * twice. Release with lc__table_clear(). */
lc_status lc__table_load(const char *path, lc__table *out, lc_error *err);
void lc__table_clear(lc__table *table);

/* The column [n_rows] of a device, or NULL if the table has no such device. */
const double *lc__table_column(const lc__table *table, const char *device);

/* Line of the file that a row stands on, 0 if unknown. */
int lc__table_line(const lc__table *table, size_t row);

#endif
