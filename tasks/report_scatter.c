#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report_parts.h"

#define SIDE 212.0
#define LEFT 40.0
#define RIGHT 8.0
#define TOP 36.0
#define FOOT 22.0
#define SHOWN 24 /* bytes of a name */

/* Above this ratio of the slowest to the fastest net the axes are logarithmic. */
#define LOG_RATIO 8

static void range(const lc__scatter *s, double *low, double *high) {
    *low = INFINITY;
    *high = 0;
    for (size_t i = 0; i < s->n; i++) {
        double forecast = s->forecast[i] > 0 ? s->forecast[i] : s->truth[i];
        *low = fmin(*low, fmin(s->truth[i], forecast));
        *high = fmax(*high, fmax(s->truth[i], forecast));
    }
}

static void draw_frame(lc__buf *out, const lc__axis *x, const lc__axis *y) {
    char text[32];
    double tick[12];
    size_t n = lc__axis_ticks(x, tick), step = n > 5 ? 2 : 1;
    for (size_t i = 0; i < n; i++) {
        double px = lc__axis_at(x, tick[i]), py = lc__axis_at(y, tick[i]);
        lc__svg_line(out, px, TOP, px, SIDE - FOOT, "grid");
        lc__svg_line(out, LEFT, py, SIDE - RIGHT, py, "grid");
        if (i % step)
            continue;
        snprintf(text, sizeof text, "%.4g", tick[i]);
        lc__svg_text(out, px, SIDE - 7, 'm', "tick", text);
        lc__svg_text(out, LEFT - 4, py + 4, 'e', "tick", text);
    }
    lc__svg_line(out, lc__axis_at(x, x->lo), lc__axis_at(y, x->lo), lc__axis_at(x, x->hi),
                 lc__axis_at(y, x->hi), "exact");
    for (int side = -1; side <= 1; side += 2) {
        double f = 1 + 0.1 * side, lo = fmax(x->lo, x->lo / f), hi = fmin(x->hi, x->hi / f);
        lc__svg_line(out, lc__axis_at(x, lo), lc__axis_at(y, f * lo), lc__axis_at(x, hi),
                     lc__axis_at(y, f * hi), "off");
    }
}

static bool covered(const lc__scatter *s, size_t i) {
    return s->low[i] <= s->truth[i] && s->truth[i] <= s->high[i];
}

/* The nets inside their interval, or those outside: the intervals, then the points. */
static void draw_nets(lc__buf *out, const lc__scatter *s, const lc__axis *x, const lc__axis *y,
                      bool inside) {
    lc__buf_printf(out, "<path class=\"%s\" d=\"", inside ? "bar" : "barout");
    for (size_t i = 0; i < s->n; i++)
        if (covered(s, i) == inside && s->high[i] > s->low[i])
            lc__buf_printf(out, "M%.1f,%.1fV%.1f", lc__axis_at(x, s->truth[i]),
                           lc__axis_at(y, s->low[i]), lc__axis_at(y, s->high[i]));
    lc__buf_printf(out, "\"/>\n<path class=\"%s\" d=\"", inside ? "point" : "pointout");
    for (size_t i = 0; i < s->n; i++)
        if (covered(s, i) == inside)
            lc__buf_printf(out, "M%.1f,%.1fh0", lc__axis_at(x, s->truth[i]),
                           lc__axis_at(y, s->forecast[i]));
    lc__buf_printf(out, "\"/>\n");
}

static void draw_target(const lc__page *page, const lc__scatter *s) {
    lc__buf *out = page->out;
    double low, high;
    char text[200];
    range(s, &low, &high);
    bool logarithmic = high > LOG_RATIO * low;
    lc__axis x = lc__axis_make(low, high, LEFT, SIDE - RIGHT, logarithmic), y = x;
    y.from = SIDE - FOOT;
    y.to = TOP;
    snprintf(text, sizeof text, "%.*s, %.*s: forecast over measurement",
             (int)lc__utf8_cut(s->task, 60), s->task, (int)lc__utf8_cut(s->device, 80), s->device);
    lc__svg_open(out, SIDE, SIDE, text);
    draw_frame(out, &x, &y);
    draw_nets(out, s, &x, &y, true);
    draw_nets(out, s, &x, &y, false);
    snprintf(text, sizeof text, "%.*s%s", (int)lc__utf8_cut(s->device, SHOWN), s->device,
             strlen(s->device) > SHOWN ? "..." : "");
    lc__svg_text(out, LEFT, 13, 's', "label", text);
    const lc__eval_row *row = lc__page_row(page, s->task, s->device, 0, s->samples);
    if (row) {
        snprintf(text, sizeof text, "%.*s, %s, rank %.3f", (int)lc__utf8_cut(s->task, SHOWN),
                 s->task, s->unit, row->mean[LC__METRIC_SPEARMAN]);
        lc__svg_text(out, LEFT, 28, 's', "tick", text);
    }
    lc__svg_close(out);
}

void lc__report_scatter(const lc__page *page) {
    lc__buf_printf(page->out, "<div class=\"many\">\n");
    for (size_t i = 0; i < page->eval->n_scatter; i++)
        if (page->eval->scatter[i].n) /* none: the method has no figures on the task */
            draw_target(page, &page->eval->scatter[i]);
    lc__buf_printf(page->out, "</div>\n");
}
