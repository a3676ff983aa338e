/* Lookup tables: what several devices measured of the same operators or nets, side by side, as
 * HW-NAS-Bench (arXiv:2103.10584) publishes them; and FBNet's kind (arXiv:1812.03443, section 3.3),
 * a latency for each choice of a search space, made of samples of its operators. */
#ifndef AGENT_TABLE_H
#define AGENT_TABLE_H

#include "latcast/device.h"
#include "latcast/space.h"

/* What a cell holds. */
typedef enum lc__quantity { LC__TABLE_LATENCY_MS, LC__TABLE_ENERGY_MJ } lc__quantity;

/* "latency_ms", "energy_mj"; static. */
const char *lc__quantity_name(lc__quantity quantity);

/* A row of any table. */
typedef struct lc__table_row {
    char *name;      /* of the operator or net; of an option of a space its name */
    uint64_t digest; /* of the net; 0 in a table of a space */
    int position;    /* in a table of a space, -1: what all nets have; else -1 */
    int option;      /* likewise */
    double *value;   /* [n_devices], NaN: not measured */
} lc__table_row;

typedef struct lc__table {
    const lc_space *space; /* of a table of choices, else NULL */
    const char **device;   /* [n_devices] names; the devices' own */
    size_t n_devices;
    lc__table_row *rows; /* [n_rows], in the order in which the devices have them first */
    size_t n_rows;
    size_t lacking; /* of a table of choices: operators of the space that no device measured */
    char first_lacking[160];
} lc__table;

/* The samples of a kind in devices[n], a row for each different net. The devices must outlive the
 * table. LC_EFORMAT: no device has any. Release with lc__table_clear(). */
lc_status lc__table_make(const lc_device *devices, size_t n, lc_sample_kind kind,
                         lc__quantity quantity, lc__table *out, lc_error *err);

/* A row for each option of each position, from a table of operators: the sum of the operators that
 * a net has because of the option, and one row for what all nets have. The latency of a net is
 * then about the sum of that row and its choices'. A cell is NaN where an operator in it was not
 * measured. LC_EUNSUPPORTED: positions of the space depend on each other, so that no such table
 * exists. Release with lc__table_clear(). (lookup.c) */
lc_status lc__table_of_space(const lc__table *operators, const lc_space *space, lc__table *out,
                             lc_error *err);

void lc__table_clear(lc__table *table);

/* The table as CSV or JSON (free()); NULL when out of memory. CSV: a column for each device, a cell
 * empty where nothing was measured. */
char *lc__table_csv(const lc__table *table);
char *lc__table_json(const lc__table *table, lc__quantity quantity);

/* ---- parts of the making ---- */

/* The row of a digest, or n_rows; `sorted` holds the rows' numbers by digest. */
size_t lc__table_find(const lc__table *table, const size_t *sorted, uint64_t digest);

/* The numbers of the rows by digest (free()); NULL when out of memory. */
size_t *lc__table_sort(const lc__table *table);

#endif
