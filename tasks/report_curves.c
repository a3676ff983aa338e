#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "report_parts.h"

#define WIDTH 212.0
#define HEIGHT 168.0
#define LEFT 34.0
#define RIGHT 10.0
#define TOP 24.0
#define FOOT 24.0

/* One task's plot. */
typedef struct curves {
    const lc__page *page;
    const lc__task *task;
    lc__metric metric;
    const int *samples; /* [n], ascending */
    size_t n;
    lc__axis x, y;
} curves;

static int by_size(const void *a, const void *b) {
    int x = *(const int *)a, y = *(const int *)b;
    return (x > y) - (x < y);
}

static double value(const curves *c, size_t method, int samples) {
    const lc__eval_row *row = lc__page_row(c->page, c->task->name, NULL, method, samples);
    return row ? row->mean[c->metric] : NAN;
}

static double least(const curves *c) {
    double low = 0.9;
    for (size_t f = 0; f < c->page->options->n_forecasters; f++)
        for (size_t i = 0; i < c->n; i++)
            low = fmin(low, value(c, f, c->samples[i])); /* fmin passes NaN over */
    return low;
}

static void draw_frame(const curves *c) {
    lc__buf *out = c->page->out;
    char text[32];
    double tick[12];
    size_t n = lc__axis_ticks(&c->y, tick);
    for (size_t i = 0; i < n; i++) {
        double y = lc__axis_at(&c->y, tick[i]);
        snprintf(text, sizeof text, "%.4g", tick[i]);
        lc__svg_line(out, LEFT, y, WIDTH - RIGHT, y, "grid");
        lc__svg_text(out, LEFT - 5, y + 4, 'e', "tick", text);
    }
    for (size_t i = 0; i < c->n; i++) {
        snprintf(text, sizeof text, "%d", c->samples[i]);
        lc__svg_text(out, lc__axis_at(&c->x, c->samples[i]), HEIGHT - 8, 'm', "tick", text);
    }
    lc__svg_text(out, LEFT, 15, 's', "label", c->task->name);
}

static void draw_curve(const curves *c, size_t method) {
    lc__buf *out = c->page->out;
    char join = 'M';
    lc__buf_printf(out, "<path class=\"l%zu\" d=\"", lc__page_colour(c->page, method));
    for (size_t i = 0; i < c->n; i++) {
        double v = value(c, method, c->samples[i]);
        if (isnan(v))
            continue;
        lc__buf_printf(out, "%c%.1f,%.1f", join, lc__axis_at(&c->x, c->samples[i]),
                       lc__axis_at(&c->y, v));
        join = 'L';
    }
    lc__buf_printf(out, "\"/>\n");
    for (size_t i = 0; i < c->n; i++) {
        double v = value(c, method, c->samples[i]);
        if (!isnan(v))
            lc__buf_printf(out, "<circle class=\"c%zu\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"/>\n",
                           lc__page_colour(c->page, method), lc__axis_at(&c->x, c->samples[i]),
                           lc__axis_at(&c->y, v));
    }
}

static void draw_task(curves *c, const char *name) {
    char title[200];
    c->x = (lc__axis){c->samples[0], c->samples[c->n - 1], LEFT + 12, WIDTH - RIGHT - 12, true};
    c->y = lc__axis_make(least(c), 1, HEIGHT - FOOT, TOP, false);
    snprintf(title, sizeof title, "%.60s: %.80s over the number of samples", c->task->name, name);
    lc__svg_open(c->page->out, WIDTH, HEIGHT, title);
    draw_frame(c);
    for (size_t f = c->page->options->n_forecasters; f-- > 0;)
        draw_curve(c, f);
    lc__svg_close(c->page->out);
}

lc_status lc__report_curves(const lc__page *page, lc__metric metric, const char *name,
                            lc_error *err) {
    int samples[LC__EVAL_MAX_SIZES];
    curves c = {.page = page, .metric = metric, .samples = samples, .n = page->options->n_samples};
    const lc__task **task = malloc((page->suite->n_tasks + 1) * sizeof(const lc__task *));
    if (!task)
        return lc__no_memory(err);
    for (size_t i = 0; i < c.n; i++)
        samples[i] = page->options->samples[i];
    qsort(samples, c.n, sizeof *samples, by_size);
    size_t n;
    lc__page_tasks(page, task, &n);
    lc__buf_printf(page->out, "<div class=\"many\">\n");
    for (size_t i = 0; i < n; i++) {
        c.task = task[i];
        draw_task(&c, name);
    }
    lc__buf_printf(page->out, "</div>\n");
    free(task);
    return LC_OK;
}
