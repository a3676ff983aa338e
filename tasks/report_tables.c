#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "report_parts.h"

static const struct {
    lc__metric metric;
    const char *title;
    int digits;
    bool spread;
} columns[] = {{LC__METRIC_SPEARMAN, "Spearman", 3, true},
               {LC__METRIC_KENDALL, "Kendall", 3, false},
               {LC__METRIC_WITHIN10, "within 10 %", 3, true},
               {LC__METRIC_WITHIN5, "within 5 %", 3, false},
               {LC__METRIC_MAPE, "MAPE", 3, false},
               {LC__METRIC_COVERAGE90, "inside 90 %", 3, false},
               {LC__METRIC_SPEARMAN_TRIMMED, "trimmed", 3, false},
               {LC__METRIC_SPEARMAN_FIRST128, "first 128", 3, false},
               {LC__METRIC_ADAPT_MS, "adapt, ms", 2, false},
               {LC__METRIC_QUERY_US, "query, us", 2, false}};

static void head(lc__buf *out, bool devices) {
    lc__buf_printf(out,
                   "<div class=\"wide\"><table><thead><tr><th class=\"t\">task</th>%s"
                   "<th class=\"t\">method</th><th>samples</th>",
                   devices ? "<th class=\"t\">device</th>" : "");
    for (size_t c = 0; c < sizeof columns / sizeof *columns; c++)
        lc__buf_printf(out, "<th>%s</th>", columns[c].title);
    lc__buf_printf(out, "</tr></thead><tbody>\n");
}

static void text_cell(lc__buf *out, const char *text) {
    lc__buf_printf(out, "<td class=\"t\">");
    lc__markup_text(out, text);
    lc__buf_printf(out, "</td>");
}

static void add_row(lc__buf *out, const lc__eval_row *row) {
    lc__buf_printf(out, "<tr%s>", strcmp(row->method, lc__ours.name) ? "" : " class=\"ours\"");
    text_cell(out, row->task);
    if (row->device)
        text_cell(out, row->device);
    text_cell(out, row->method);
    lc__buf_printf(out, "<td>%d</td>", row->samples);
    for (size_t c = 0; c < sizeof columns / sizeof *columns; c++) {
        double mean = row->mean[columns[c].metric], std = row->std[columns[c].metric];
        if (isnan(mean))
            lc__buf_printf(out, "<td>&#8211;</td>");
        else if (columns[c].spread)
            lc__buf_printf(out, "<td>%.*f <small>&#177; %.3f</small></td>", columns[c].digits, mean,
                           std);
        else
            lc__buf_printf(out, "<td>%.*f</td>", columns[c].digits, mean);
    }
    lc__buf_printf(out, "</tr>\n");
}

static void foot(lc__buf *out) {
    lc__buf_printf(out, "</tbody></table></div>\n");
}

/* What others report, with where it stands. */
static void published(const lc__page *page) {
    lc__buf *out = page->out;
    if (!page->suite->n_published)
        return;
    lc__buf_printf(out, "<details><summary>Published figures</summary><div class=\"wide\"><table>"
                        "<thead><tr><th class=\"t\">task</th><th class=\"t\">device</th>"
                        "<th class=\"t\">method</th><th>samples</th><th>Spearman</th>"
                        "<th class=\"t\">from</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < page->suite->n_published; i++) {
        const lc__published *p = &page->suite->published[i];
        lc__buf_printf(out, "<tr>");
        text_cell(out, p->task);
        text_cell(out, p->device ? p->device : "(mean)");
        text_cell(out, p->method);
        lc__buf_printf(out, "<td>%d</td><td>%.3f</td>", p->samples, p->spearman);
        text_cell(out, p->from);
        lc__buf_printf(out, "</tr>\n");
    }
    foot(out);
    lc__buf_printf(out, "</details>\n");
}

lc_status lc__report_tables(const lc__page *page, lc_error *err) {
    head(page->out, false);
    for (size_t i = 0; i < page->eval->n_rows; i++)
        if (!page->eval->rows[i].device)
            add_row(page->out, &page->eval->rows[i]);
    foot(page->out);
    lc__buf_printf(page->out, "<details><summary>Every target device</summary>\n");
    head(page->out, true);
    for (size_t i = 0; i < page->eval->n_rows; i++)
        if (page->eval->rows[i].device)
            add_row(page->out, &page->eval->rows[i]);
    foot(page->out);
    lc__buf_printf(page->out, "</details>\n");
    published(page);
    return page->out->failed ? lc__no_memory(err) : LC_OK;
}
