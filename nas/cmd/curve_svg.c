/* The picture of a front: latency to the right, accuracy upwards. */
#include <math.h>
#include <stdio.h>

#include "curve.h"
#include "tasks/markup.h"

#define NS_PER_MS 1e6
#define WIDTH 640.0
#define HEIGHT 420.0
#define LEFT 64.0
#define RIGHT 20.0
#define TOP 52.0
#define FOOT 52.0

/* It stands alone, so it brings its own colours, for light and dark grounds. */
static const char style[] =
    "<style>svg{--ink:#1d2733;--soft:#5d6b7a;--line:#e3e8ee;--ground:#ffffff;--net:#0b66a3;"
    "--budget:#c8562c;background:var(--ground);font-family:system-ui,\"DejaVu Sans\",sans-serif}\n"
    "@media(prefers-color-scheme:dark){svg{--ink:#e6ebf1;--soft:#9aa8b6;--line:#2c3743;"
    "--ground:#12181f;--net:#5ab0ea;--budget:#f08a5d}}\n"
    "path{fill:none}text{font-size:12px;fill:var(--soft)}.label{fill:var(--ink);font-weight:600;"
    "font-size:14px}.tick{font-size:11px}.grid{stroke:var(--line)}.budget{stroke:var(--budget);"
    "stroke-dasharray:4 3;opacity:.8}.bar{stroke:var(--net);stroke-width:1.5;opacity:.55}"
    ".front{stroke:var(--net);stroke-width:1.5;stroke-dasharray:1 3}"
    "circle{fill:var(--net);stroke:var(--ground);stroke-width:1.5}</style>\n";

typedef struct frame {
    lc__axis x, y;
} frame;

static frame make_frame(const lc__curve *c) {
    double low = INFINITY, high = 0, least = INFINITY, most = -INFINITY;
    for (size_t i = 0; i < c->n; i++) {
        const lc_forecast *f = &c->found[i].forecast[LC__COST_LATENCY];
        double budget = c->budget[i].limit[LC__COST_LATENCY], accuracy = c->found[i].accuracy;
        low = fmin(low, fmin(f->low, budget));
        high = fmax(high, fmax(f->high, budget));
        least = fmin(least, accuracy); /* a NaN is passed over */
        most = fmax(most, accuracy);
    }
    if (!(most >= least))
        least = most = 0;
    if (!(most > least)) {
        least -= 0.5;
        most += 0.5;
    }
    return (frame){lc__axis_make(low / NS_PER_MS, high / NS_PER_MS, LEFT, WIDTH - RIGHT, false),
                   lc__axis_make(least, most, HEIGHT - FOOT, TOP, false)};
}

static void draw_axes(const frame *f, lc__buf *out) {
    double tick[12];
    char text[32];
    size_t n = lc__axis_ticks(&f->x, tick);
    for (size_t i = 0; i < n; i++) {
        double x = lc__axis_at(&f->x, tick[i]);
        snprintf(text, sizeof text, "%.4g", tick[i]);
        lc__svg_line(out, x, TOP, x, HEIGHT - FOOT, "grid");
        lc__svg_text(out, x, HEIGHT - FOOT + 16, 'm', "tick", text);
    }
    n = lc__axis_ticks(&f->y, tick);
    for (size_t i = 0; i < n; i++) {
        double y = lc__axis_at(&f->y, tick[i]);
        snprintf(text, sizeof text, "%.4g", tick[i]);
        lc__svg_line(out, LEFT, y, WIDTH - RIGHT, y, "grid");
        lc__svg_text(out, LEFT - 6, y + 4, 'e', "tick", text);
    }
    lc__svg_text(out, WIDTH - RIGHT, HEIGHT - 12, 'e', "tick",
                 "forecast latency, ms, with 90 % intervals; dashed: budgets");
    lc__svg_text(out, LEFT - 44, TOP - 14, 's', "tick", "accuracy, %");
}

static void draw_net(const lc__curve *c, const frame *f, size_t i, lc__buf *out) {
    const lc__found *found = &c->found[i];
    const lc_forecast *latency = &found->forecast[LC__COST_LATENCY];
    double budget = c->budget[i].limit[LC__COST_LATENCY] / NS_PER_MS;
    double x = lc__axis_at(&f->x, latency->latency / NS_PER_MS);
    double y = lc__axis_at(&f->y, found->accuracy);
    double low = lc__axis_at(&f->x, latency->low / NS_PER_MS);
    double high = lc__axis_at(&f->x, latency->high / NS_PER_MS);
    char net[LC__SHOWN];
    c->hunt->space->format(found->choices, net, sizeof net);
    lc__buf_printf(out, "<g><title>");
    lc__markup_text(out, net);
    lc__buf_printf(out, ": %.4g ms of %.4g ms, accuracy %.2f %%</title>\n",
                   latency->latency / NS_PER_MS, budget, found->accuracy);
    lc__buf_printf(out,
                   "<path class=\"bar\" d=\"M%.1f,%.1fH%.1fM%.1f,%.1fv8M%.1f,%.1fv8\"/>\n"
                   "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4.5\"/></g>\n",
                   low, y, high, low, y - 4, high, y - 4, x, y);
}

static void draw_front(const lc__curve *c, const frame *f, lc__buf *out) {
    char mark = 'M';
    lc__buf_printf(out, "<path class=\"front\" d=\"");
    for (size_t i = 0; i < c->n; i++) {
        const lc__found *found = &c->found[i];
        if (isnan(found->accuracy))
            continue;
        lc__buf_printf(out, "%c%.1f,%.1f", mark,
                       lc__axis_at(&f->x, found->forecast[LC__COST_LATENCY].latency / NS_PER_MS),
                       lc__axis_at(&f->y, found->accuracy));
        mark = 'L';
    }
    lc__buf_printf(out, "%s\"/>\n", mark == 'M' ? "M0,0" : "");
}

void lc__curve_svg(const lc__curve *c, lc__buf *out) {
    const lc__hunt *h = c->hunt;
    frame f = make_frame(c);
    char text[300], device[LC__SHOWN];
    lc__printable(h->forecasts[LC__COST_LATENCY].shots.device.name, device, sizeof device);
    snprintf(text, sizeof text, "%s on %.200s, %s", h->space->name, device, h->method_name);
    lc__svg_open(out, WIDTH, HEIGHT, text);
    lc__buf_add(out, style, sizeof style - 1);
    lc__svg_text(out, LEFT - 44, 22, 's', "label", text);
    draw_axes(&f, out);
    for (size_t i = 0; i < c->n; i++) {
        double x = lc__axis_at(&f.x, c->budget[i].limit[LC__COST_LATENCY] / NS_PER_MS);
        lc__svg_line(out, x, TOP, x, HEIGHT - FOOT, "budget");
    }
    draw_front(c, &f, out);
    for (size_t i = 0; i < c->n; i++)
        if (!isnan(c->found[i].accuracy))
            draw_net(c, &f, i, out);
    lc__svg_close(out);
}
