#include "heatmap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tasks/markup.h"

#define FONT "font-family=\"DejaVu Sans, Verdana, Helvetica, sans-serif\""
#define LEGEND_STEPS 50

/* Measures in pixels. */
typedef struct layout {
    double cell, font, label, top, left, size; /* size: of the square of cells */
} layout;

/* Colours from correlation -1 (red) over 0 (white) to 1 (dark blue), with a light blue half way. */
static const struct {
    double rho;
    int rgb[3];
} stops[] = {{-1, {165, 15, 21}},    {-0.4, {251, 146, 114}}, {0, {255, 255, 255}},
             {0.5, {158, 202, 225}}, {0.85, {49, 130, 189}},  {1, {8, 48, 107}}};
enum { N_STOPS = sizeof stops / sizeof *stops };

static void colour(double rho, int *rgb) {
    size_t k = 1;
    while (k + 1 < N_STOPS && rho > stops[k].rho)
        k++;
    double t = (rho - stops[k - 1].rho) / (stops[k].rho - stops[k - 1].rho);
    t = fmin(fmax(t, 0), 1);
    for (int i = 0; i < 3; i++)
        rgb[i] = (int)lround(stops[k - 1].rgb[i] + t * (stops[k].rgb[i] - stops[k - 1].rgb[i]));
}

static layout choose_layout(const lc__columns *c) {
    layout l = {.cell = c->n <= 12 ? 30 : c->n <= 45 ? 20 : c->n <= 100 ? 12 : 7};
    size_t longest = 0;
    for (size_t i = 0; i < c->n; i++) {
        size_t length = strlen(c->name[i]);
        longest = length > longest ? length : longest;
    }
    l.font = fmin(12, 0.75 * l.cell);
    l.label = 0.62 * l.font * (double)longest + 14;
    l.left = l.label;
    l.top = l.label + 34;
    l.size = l.cell * (double)c->n;
    return l;
}

static void add_labels(lc__buf *svg, const layout *l, const lc__columns *c, const size_t *order,
                       size_t proxy) {
    for (size_t i = 0; i < c->n; i++) {
        const char *weight = order[i] == proxy ? " font-weight=\"bold\" fill=\"#a50f15\"" : "";
        double at = l->cell * ((double)i + 0.5);
        lc__buf_printf(svg, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\"%s>", l->left - 6,
                       l->top + at + 0.35 * l->font, weight);
        lc__markup_text(svg, c->name[order[i]]);
        lc__buf_printf(svg, "</text>\n<text transform=\"translate(%.1f %.1f) rotate(-90)\"%s>",
                       l->left + at + 0.35 * l->font, l->top - 6, weight);
        lc__markup_text(svg, c->name[order[i]]);
        lc__buf_printf(svg, "</text>\n");
    }
}

static void add_cell(lc__buf *svg, const layout *l, const lc__columns *c, const lc__agreement *a,
                     const size_t *place, const size_t *order) {
    size_t i = order[place[0]], j = order[place[1]];
    double rho = a->rho[i * a->n + j];
    double x = l->left + l->cell * (double)place[1], y = l->top + l->cell * (double)place[0];
    int rgb[3] = {238, 238, 238};
    if (!isnan(rho))
        colour(rho, rgb);
    lc__buf_printf(svg, "<g><title>%s%zu common nets: ", isnan(rho) ? "not compared, " : "",
                   a->common[i * a->n + j]);
    lc__markup_text(svg, c->name[i]);
    lc__buf_printf(svg, ", ");
    lc__markup_text(svg, c->name[j]);
    if (!isnan(rho))
        lc__buf_printf(svg, ": %.3f", rho);
    lc__buf_printf(svg,
                   "</title><rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
                   "fill=\"#%02x%02x%02x\"/>",
                   x, y, l->cell, l->cell, rgb[0], rgb[1], rgb[2]);
    if (l->cell >= 18 && !isnan(rho) && i != j)
        lc__buf_printf(svg,
                       "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" font-size=\"%.1f\" "
                       "fill=\"%s\">%.0f</text>",
                       x + 0.5 * l->cell, y + 0.65 * l->cell, 0.45 * l->cell,
                       fabs(rho) > 0.7 ? "#fff" : "#333", 100 * rho);
    lc__buf_printf(svg, "</g>\n");
}

static void add_legend(lc__buf *svg, const layout *l) {
    double y = l->top + l->size + 24, width = fmin(220, l->size + l->left - 20);
    double x = l->left + l->size - width;
    for (int k = 0; k < LEGEND_STEPS; k++) {
        int rgb[3];
        colour(-1 + 2 * (k + 0.5) / LEGEND_STEPS, rgb);
        lc__buf_printf(svg,
                       "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.2f\" height=\"10\" "
                       "fill=\"#%02x%02x%02x\"/>\n",
                       x + width * k / LEGEND_STEPS, y, width / LEGEND_STEPS + 0.3, rgb[0], rgb[1],
                       rgb[2]);
    }
    lc__buf_printf(svg,
                   "<text x=\"10\" y=\"%.1f\" font-size=\"11\">Spearman x 100; in red: the best "
                   "proxy</text>\n",
                   y + 10);
    for (int tick = -2; tick <= 2; tick++)
        lc__buf_printf(svg,
                       "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" "
                       "font-size=\"10\">%g</text>\n",
                       x + width * (tick + 2) / 4, y + 22, 0.5 * tick);
}

char *lc__heatmap_svg(const lc__columns *columns, const lc__agreement *agreement,
                      const size_t *order, size_t proxy, const char *title) {
    layout l = choose_layout(columns);
    double width = l.left + l.size + 20, height = l.top + l.size + 60;
    lc__buf svg = {0};
    lc__buf_printf(&svg,
                   "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
                   "viewBox=\"0 0 %.0f %.0f\" " FONT " font-size=\"%.1f\" fill=\"#222\">\n"
                   "<title>",
                   width, height, width, height, l.font);
    lc__markup_text(&svg, title);
    lc__buf_printf(&svg,
                   "</title>\n<rect width=\"%.0f\" height=\"%.0f\" fill=\"#fff\"/>\n"
                   "<text x=\"10\" y=\"20\" font-size=\"14\">",
                   width, height);
    lc__markup_text(&svg, title);
    lc__buf_printf(&svg, "</text>\n");
    add_labels(&svg, &l, columns, order, proxy);
    for (size_t i = 0; i < columns->n; i++)
        for (size_t j = 0; j < columns->n; j++)
            add_cell(&svg, &l, columns, agreement, (size_t[]){i, j}, order);
    add_legend(&svg, &l);
    lc__buf_printf(&svg, "</svg>\n");
    if (svg.failed) {
        free(svg.text);
        return NULL;
    }
    return svg.text;
}
