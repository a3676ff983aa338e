/* A matrix of rank correlations as a picture. */
#ifndef PREDICT_HEATMAP_H
#define PREDICT_HEATMAP_H

#include "columns.h"

/* SVG as a heap string (free()), NULL when out of memory: a cell for each pair of devices, in the
 * order of order[n], with its correlation in hundredths as far as there is room; the name of device
 * `proxy` stands out. */
char *lc__heatmap_svg(const lc__columns *columns, const lc__agreement *agreement,
                      const size_t *order, size_t proxy, const char *title);

#endif
