/* Points kept small, for training on tens of thousands of nets: equal ones once, without the zeros
 * of families and resolutions that a net has not, and without variants that equal the one before.
 * A point of FBNet takes 1.5 KB instead of 10.6. */
#ifndef PREDICTOR_PACK_H
#define PREDICTOR_PACK_H

#include "predictor/point.h"

typedef struct lc__pack lc__pack;

/* NULL with err filled when out of memory. */
lc__pack *lc__pack_new(lc_error *err);
void lc__pack_free(lc__pack *pack); /* may be NULL */

/* Adds a point, unless it is there; *row is where it can be found. */
lc_status lc__pack_add(lc__pack *pack, const lc__point *point, size_t *row, lc_error *err);

/* Points by row: of an array, or packed. The other is NULL. Borrowed. */
typedef struct lc__points {
    const lc__point *array;
    const lc__pack *pack;
} lc__points;

/* The point of a row; *room may be used for it. */
const lc__point *lc__points_at(const lc__points *points, size_t row, lc__point *room);
uint64_t lc__points_space(const lc__points *points, size_t row);

#endif
