/* Operators of families that neither the pool's nets nor the samples have: no slope of the
 * regression is about them. What such a net has besides is forecast as any net; they are added by
 * their size at the samples' rate (rate.h), to a factor of LC__STRANGE_FACTOR either way. */
#ifndef PREDICTOR_STRANGE_H
#define PREDICTOR_STRANGE_H

#include "adapted.h"
#include "predictor/rate.h"

#define LC__STRANGE_FACTOR 4.0

/* Marks the families that points[rows[n]] have in known[LC__FAMILIES]. */
void lc__mark_families(const lc__point *points, const size_t *rows, size_t n, bool *known);
/* The same of the nets that a core was made from. */
void lc__mark_core_families(const lc__core *core, bool *known);

/* Whether a net has operators of families that are not known. */
bool lc__is_strange(const bool *known, const lc__point *point);

/* The net without them: *rest. Returns what they amount to of column LC__RATE_SIZE. *most is the
 * family that has most of it. */
double lc__strange_part(const bool *known, const lc__point *point, lc__point *rest,
                        lc__family *most);

/* Adds operators of such a size to the forecast of the rest. */
void lc__add_strange(const lc_predictor *p, double size, lc_forecast *forecast);

/* Gives the columns of such families the slopes of the rate, in the shots' unit. */
void lc__strange_slopes(const lc_predictor *p, const lc__point *point, double *slope);

#endif
