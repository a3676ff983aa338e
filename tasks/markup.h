/* What the drawings share: text, axes, marks. */
#ifndef TASKS_MARKUP_H
#define TASKS_MARKUP_H

#include "base/text.h"

/* Appends text with the characters that mean something in HTML and SVG replaced, and a space for
 * each control character. */
void lc__markup_text(lc__buf *out, const char *text);

/* Values to places: lo .. hi go to from .. to (pixels; from may exceed to). */
typedef struct lc__axis {
    double lo, hi, from, to;
    bool logarithmic;
} lc__axis;

/* An axis over lo .. hi widened to round numbers. Logarithmic axes take positive values alone. */
lc__axis lc__axis_make(double lo, double hi, double from, double to, bool logarithmic);
/* Place of a value, kept within the axis. */
double lc__axis_at(const lc__axis *axis, double value);
/* Up to 12 round values on the axis: tick[*n]. */
size_t lc__axis_ticks(const lc__axis *axis, double tick[12]);

/* A text with its anchor: 's'tart, 'm'iddle or 'e'nd. */
void lc__svg_text(lc__buf *out, double x, double y, char anchor, const char *css, const char *text);
void lc__svg_line(lc__buf *out, double x1, double y1, double x2, double y2, const char *css);
/* Opens an SVG picture with a name for those who cannot see it; closes it. */
void lc__svg_open(lc__buf *out, double width, double height, const char *name);
void lc__svg_close(lc__buf *out);

#endif
