#include "tasks/markup.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define TICKS 12

void lc__markup_text(lc__buf *out, const char *text) {
    for (; *text; text++) {
        switch (*text) {
        case '&':
            lc__buf_printf(out, "&amp;");
            break;
        case '<':
            lc__buf_printf(out, "&lt;");
            break;
        case '>':
            lc__buf_printf(out, "&gt;");
            break;
        case '"':
            lc__buf_printf(out, "&quot;");
            break;
        default: /* XML knows no control characters */
            lc__buf_add(out, (unsigned char)*text < ' ' ? " " : text, 1);
        }
    }
}

/* ---- axes ---- */

/* 1, 2 or 5 times a power of ten, such that about `n` steps fit into `span`. */
static double round_step(double span, int n) {
    double raw = span / n, power = pow(10, floor(log10(raw))), m = raw / power;
    return power * (m < 1.5 ? 1 : m < 3.5 ? 2 : m < 7.5 ? 5 : 10);
}

lc__axis lc__axis_make(double lo, double hi, double from, double to, bool logarithmic) {
    lc__axis axis = {lo, hi, from, to, logarithmic};
    if (logarithmic) {
        axis.lo = lo / 1.1;
        axis.hi = hi * 1.1;
        return axis;
    }
    if (!(hi > lo))
        axis.hi = hi = lo + (lo > 0 ? lo : 1);
    double step = round_step(hi - lo, 5);
    axis.lo = step * floor(lo / step + 1e-9);
    axis.hi = step * ceil(hi / step - 1e-9);
    return axis;
}

double lc__axis_at(const lc__axis *axis, double value) {
    value = fmin(fmax(value, axis->lo), axis->hi);
    double share = axis->logarithmic ? log(value / axis->lo) / log(axis->hi / axis->lo)
                                     : (value - axis->lo) / (axis->hi - axis->lo);
    return axis->from + share * (axis->to - axis->from);
}

/* 1, 2 and 5 of every decade, or the decades alone where there are many. */
static size_t log_ticks(const lc__axis *axis, double *tick) {
    static const double digits[] = {1, 2, 5};
    size_t per_decade = log10(axis->hi / axis->lo) > 2.5 ? 1 : 3, n = 0;
    int first = (int)floor(log10(axis->lo)), last = (int)floor(log10(axis->hi));
    for (int decade = first; decade <= last; decade++) {
        for (size_t i = 0; i < per_decade && n < TICKS; i++) {
            double value = digits[i] * pow(10, decade);
            if (value >= axis->lo && value <= axis->hi)
                tick[n++] = value;
        }
    }
    return n;
}

size_t lc__axis_ticks(const lc__axis *axis, double tick[TICKS]) {
    if (axis->logarithmic)
        return log_ticks(axis, tick);
    double step = round_step(axis->hi - axis->lo, 5);
    size_t n = (size_t)((axis->hi - axis->lo) / step + 1.01);
    if (n > TICKS)
        n = TICKS;
    for (size_t i = 0; i < n; i++) {
        tick[i] = axis->lo + step * (double)i;
        if (fabs(tick[i]) < step / 100)
            tick[i] = 0;
    }
    return n;
}

/* ---- marks ---- */

void lc__svg_text(lc__buf *out, double x, double y, char anchor, const char *css,
                  const char *text) {
    lc__buf_printf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" class=\"%s\">", x, y,
                   anchor == 's'   ? "start"
                   : anchor == 'm' ? "middle"
                                   : "end",
                   css);
    lc__markup_text(out, text);
    lc__buf_printf(out, "</text>\n");
}

void lc__svg_line(lc__buf *out, double x1, double y1, double x2, double y2, const char *css) {
    lc__buf_printf(out, "<path class=\"%s\" d=\"M%.1f,%.1fL%.1f,%.1f\"/>\n", css, x1, y1, x2, y2);
}

void lc__svg_open(lc__buf *out, double width, double height, const char *name) {
    lc__buf_printf(out,
                   "<svg viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" height=\"%.0f\" role=\"img\" "
                   "xmlns=\"http://www.w3.org/2000/svg\"><title>",
                   width, height, width, height);
    lc__markup_text(out, name);
    lc__buf_printf(out, "</title>\n");
}

void lc__svg_close(lc__buf *out) {
    lc__buf_printf(out, "</svg>\n");
}
