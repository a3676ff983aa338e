#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "report_parts.h"

#define WIDTH 860.0
#define LETTER 7.6 /* width of one in a label, about */
#define RIGHT 24.0
#define TOP 8.0
#define ROW 27.0
#define FOOT 26.0

/* ---- the key ---- */

/* Marks by number: methods are dots in colours c0 .. c5, published ones are diamonds q0 .. q3. */
static void dot(const lc__page *page, double x, double y, size_t method, const char *title) {
    lc__buf *out = page->out;
    lc__buf_printf(out, "<circle class=\"c%zu\" cx=\"%.1f\" cy=\"%.1f\" r=\"%s\"><title>",
                   lc__page_colour(page, method), x, y, method == 0 ? "5.5" : "4");
    lc__markup_text(out, title);
    lc__buf_printf(out, "</title></circle>\n");
}

static void diamond(lc__buf *out, double x, double y, size_t number, const char *title) {
    lc__buf_printf(out, "<path class=\"q%zu\" d=\"M%.1f,%.1fl5.5,5.5l-5.5,5.5l-5.5,-5.5z\"><title>",
                   number % 4, x, y - 5.5);
    lc__markup_text(out, title);
    lc__buf_printf(out, "</title></path>\n");
}

size_t lc__published_index(const lc__suite *suite, const lc__published *figure) {
    size_t index = 0;
    for (const lc__published *p = suite->published; p < figure; p++) {
        bool first = true;
        for (const lc__published *q = suite->published; q < p && first; q++)
            first = strcmp(q->method, p->method) != 0;
        if (!strcmp(p->method, figure->method))
            return index - !first;
        index += first;
    }
    return index;
}

static void key_entry(const lc__page *page, const char *text, size_t number, bool published) {
    lc__buf_printf(page->out, "<span class=\"key\"><svg width=\"14\" height=\"14\" "
                              "xmlns=\"http://www.w3.org/2000/svg\">");
    if (published)
        diamond(page->out, 7, 7, number, text);
    else
        dot(page, 7, 7, number, text);
    lc__buf_printf(page->out, "</svg> ");
    lc__markup_text(page->out, text);
    lc__buf_printf(page->out, "</span>\n");
}

/* A method that lacked what it needs on every task has no mark to explain. */
static bool ran(const lc__page *page, size_t method) {
    for (size_t i = 0; i < page->eval->n_rows; i++)
        if (!strcmp(page->eval->rows[i].method, page->options->forecasters[method]->name))
            return true;
    return false;
}

void lc__report_key(const lc__page *page, bool published) {
    lc__buf_printf(page->out, "<p class=\"keys\">");
    for (size_t f = 0; f < page->options->n_forecasters; f++)
        if (ran(page, f))
            key_entry(page, page->options->forecasters[f]->name, f, false);
    size_t shown = 0;
    for (size_t i = 0; published && i < page->suite->n_published; i++) {
        const lc__published *p = &page->suite->published[i];
        char text[160];
        if (lc__published_index(page->suite, p) != shown)
            continue;
        snprintf(text, sizeof text, "%.80s, %d samples (published)", p->method, p->samples);
        key_entry(page, text, shown++, true);
    }
    lc__buf_printf(page->out, "</p>\n");
}

/* ---- the rows ---- */

typedef struct rows {
    const lc__page *page;
    lc__metric metric;
    bool published;
    const lc__task **task; /* [n] */
    size_t n;
    double left; /* of the plot: room for the tasks' names */
    lc__axis axis;
} rows;

static bool shown(const rows *r, const lc__published *p, const lc__task *task) {
    return r->published && p->task == task->name && !p->device;
}

/* The axis takes in `low`, every mark, and 1. */
static double least(const rows *r, double low) {
    for (size_t i = 0; i < r->n; i++) {
        for (size_t f = 0; f < r->page->options->n_forecasters; f++) {
            const lc__eval_row *row =
                lc__page_row(r->page, r->task[i]->name, NULL, f, r->page->most_samples);
            if (row && row->mean[r->metric] < low)
                low = row->mean[r->metric];
        }
        for (size_t k = 0; k < r->page->suite->n_published; k++) {
            const lc__published *p = &r->page->suite->published[k];
            if (shown(r, p, r->task[i]) && p->spearman < low)
                low = p->spearman;
        }
    }
    return low;
}

static void draw_frame(const rows *r, double height, double band_low, double band_high) {
    lc__buf *out = r->page->out;
    double tick[12], bottom = height - FOOT;
    if (band_high > 0) {
        double x = lc__axis_at(&r->axis, band_low);
        lc__buf_printf(out,
                       "<rect class=\"band\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
                       "height=\"%.1f\"/>\n",
                       x, TOP, lc__axis_at(&r->axis, band_high) - x, bottom - TOP);
    }
    size_t n = lc__axis_ticks(&r->axis, tick);
    for (size_t i = 0; i < n; i++) {
        char text[32];
        double x = lc__axis_at(&r->axis, tick[i]);
        snprintf(text, sizeof text, "%.4g", tick[i]);
        lc__svg_line(out, x, TOP, x, bottom, "grid");
        lc__svg_text(out, x, bottom + 16, 'm', "tick", text);
    }
}

static void draw_row(const rows *r, const lc__task *task, double y) {
    const lc__page *page = r->page;
    lc__buf *out = page->out;
    char title[300];
    lc__svg_text(out, r->left - 12, y + 4, 'e', "label", task->name);
    lc__svg_line(out, r->left, y, WIDTH - RIGHT, y, "lane");
    for (size_t k = 0; k < page->suite->n_published; k++) {
        const lc__published *p = &page->suite->published[k];
        if (!shown(r, p, task))
            continue;
        snprintf(title, sizeof title, "%.60s, %.80s: %.3f (%.100s)", task->name, p->method,
                 p->spearman, p->from);
        diamond(out, lc__axis_at(&r->axis, p->spearman), y, lc__published_index(page->suite, p),
                title);
    }
    for (size_t f = page->options->n_forecasters; f-- > 0;) { /* the first method on top */
        const lc__eval_row *row = lc__page_row(page, task->name, NULL, f, page->most_samples);
        if (!row || isnan(row->mean[r->metric]))
            continue;
        double mean = row->mean[r->metric], std = row->std[r->metric];
        if (f == 0)
            lc__svg_line(out, lc__axis_at(&r->axis, mean - std), y,
                         lc__axis_at(&r->axis, mean + std), y, "spread");
        snprintf(title, sizeof title, "%.60s, %.20s: %.3f +- %.3f over %zu seeds", task->name,
                 row->method, mean, std, row->seeds);
        dot(page, lc__axis_at(&r->axis, mean), y, f, title);
    }
}

lc_status lc__report_rows(const lc__page *page, lc__metric metric, const char *name, bool published,
                          double band_low, double band_high, lc_error *err) {
    rows r = {.page = page, .metric = metric, .published = published};
    r.task = malloc((page->suite->n_tasks + 1) * sizeof(const lc__task *));
    if (!r.task)
        return lc__no_memory(err);
    lc__page_tasks(page, r.task, &r.n);
    double height = TOP + ROW * (double)r.n + FOOT;
    r.left = 60;
    for (size_t i = 0; i < r.n; i++)
        r.left = fmax(r.left, fmin(LETTER * (double)strlen(r.task[i]->name) + 16, WIDTH / 3));
    r.axis = lc__axis_make(least(&r, band_high > 0 ? band_low - 0.06 : 0.95), 1, r.left,
                           WIDTH - RIGHT, false);
    lc__svg_open(page->out, WIDTH, height, name);
    draw_frame(&r, height, band_low, band_high);
    for (size_t i = 0; i < r.n; i++)
        draw_row(&r, r.task[i], TOP + ROW * ((double)i + 0.5));
    lc__svg_close(page->out);
    free(r.task);
    return LC_OK;
}
