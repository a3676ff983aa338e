#include "tasks/report.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "report_parts.h"

static const char style[] =
    /* colours: ink, lines, and one per method (c) and published method (q) */
    ":root{--ink:#1d2733;--soft:#5d6b7a;--line:#e3e8ee;--ground:#ffffff;--card:#f5f8fa;"
    "--band:#dff1e4;--c0:#0b66a3;--c1:#c8562c;--c2:#7d5ba6;--c3:#4f8a3c;--c4:#b08900;--c5:#6b7785;"
    "--q0:#b3123b;--q1:#e07a9b;--q2:#8f8f8f;--q3:#444444}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6ebf1;--soft:#9aa8b6;--line:#2c3743;"
    "--ground:#12181f;--card:#1a222b;--band:#1d3a2a;--c0:#5ab0ea;--c1:#f08a5d;--c2:#b79be0;"
    "--c3:#86c373;--c4:#e0be4a;--c5:#93a1af;--q0:#ff6f91;--q1:#d3909f;--q2:#a8a8a8;--q3:#cccccc}}\n"
    /* the page */
    "body{font:15px/1.55 system-ui,-apple-system,\"Segoe UI\",Roboto,\"Noto Sans\",sans-serif;"
    "color:var(--ink);background:var(--ground);max-width:1000px;margin:2.5em auto;padding:0 "
    "1.2em}\n"
    "h1{font-size:1.7em;margin:0 0 .2em;letter-spacing:-.01em}"
    "h2{font-size:1.15em;margin:2.4em 0 .3em}p{margin:.4em 0;max-width:46em}"
    ".lead,.say,.notes{color:var(--soft)}.notes{font-size:.9em;padding-left:1.2em}\n"
    ".facts{display:flex;flex-wrap:wrap;gap:.6em 2.2em;margin:1.2em 0;padding:.9em 1.1em;"
    "background:var(--card);border:1px solid var(--line);border-radius:8px}"
    ".facts b{display:block;font-size:1.45em;line-height:1.25;font-variant-numeric:tabular-nums}"
    ".facts span{color:var(--soft);font-size:.87em}\n"
    ".keys{display:flex;flex-wrap:wrap;gap:.2em 1.2em;font-size:.87em;max-width:none}"
    ".key svg{vertical-align:-2px}.many{display:flex;flex-wrap:wrap;gap:14px}"
    "svg{max-width:100%;height:auto;overflow:visible}\n"
    ".wide{overflow-x:auto}table{border-collapse:collapse;font-size:.8em;width:100%;"
    "font-variant-numeric:tabular-nums}th,td{padding:.28em .42em;text-align:right;"
    "white-space:nowrap;border-bottom:1px solid var(--line)}th{color:var(--soft);font-weight:600}"
    "th.t,td.t{text-align:left}tr.ours td{background:var(--card);font-weight:600}"
    "small{color:var(--soft);font-weight:400}details{margin:1em 0}"
    "summary{cursor:pointer;font-weight:600}\n"
    /* plots */
    "path{fill:none}text{font-size:12px;fill:var(--soft)}.label{fill:var(--ink);font-weight:600}"
    ".tick{font-size:10.5px}.grid,.lane{stroke:var(--line)}.lane{stroke-dasharray:1 3}"
    ".band{fill:var(--band)}.spread{stroke:var(--c0);stroke-width:3;stroke-linecap:round;"
    "opacity:.45}.exact,.off{stroke:var(--soft)}.off{stroke-dasharray:3 3;opacity:.6}\n"
    ".bar{stroke:var(--c0);opacity:.16}.barout{stroke:var(--c1);opacity:.3}"
    ".point{stroke:var(--c0)}.pointout{stroke:var(--c1)}"
    ".point,.pointout{stroke-width:3.4;stroke-linecap:round;opacity:.75}\n"
    "circle{stroke:var(--ground);stroke-width:1}.c0{fill:var(--c0)}.c1{fill:var(--c1)}"
    ".c2{fill:var(--c2)}.c3{fill:var(--c3)}.c4{fill:var(--c4)}.c5{fill:var(--c5)}\n"
    ".l0,.l1,.l2,.l3,.l4,.l5{stroke-width:1.5}.l0{stroke:var(--c0);stroke-width:2.4}"
    ".l1{stroke:var(--c1)}.l2{stroke:var(--c2)}.l3{stroke:var(--c3)}.l4{stroke:var(--c4)}"
    ".l5{stroke:var(--c5)}\n"
    ".q0,.q1,.q2,.q3{stroke-width:2;fill:var(--ground)}.q0{stroke:var(--q0)}.q1{stroke:var(--q1)}"
    ".q2{stroke:var(--q2)}.q3{stroke:var(--q3)}\n";

const lc__eval_row *lc__page_row(const lc__page *page, const char *task, const char *device,
                                 size_t method, int samples) {
    for (size_t i = 0; i < page->eval->n_rows; i++) {
        const lc__eval_row *row = &page->eval->rows[i];
        if (row->task == task && row->device == device && row->samples == samples &&
            !strcmp(row->method, page->options->forecasters[method]->name))
            return row;
    }
    return NULL;
}

size_t lc__page_colour(const lc__page *page, size_t method) {
    size_t colour = 0;
    for (const lc__forecaster *const *f = lc__forecasters();
         *f && *f != page->options->forecasters[method]; f++)
        colour++;
    return colour % 6;
}

static bool has_rows(const lc__page *page, const lc__task *task) {
    for (size_t i = 0; i < page->eval->n_rows; i++)
        if (page->eval->rows[i].task == task->name)
            return true;
    return false;
}

void lc__page_tasks(const lc__page *page, const lc__task **task, size_t *n) {
    *n = 0;
    for (size_t i = 0; i < page->suite->n_tasks; i++)
        if (has_rows(page, &page->suite->tasks[i]))
            task[(*n)++] = &page->suite->tasks[i];
}

/* ---- the top of the page ---- */

static void fact(const lc__page *page, lc__metric metric, const char *what) {
    double sum = 0;
    size_t n = 0;
    for (size_t i = 0; i < page->suite->n_tasks; i++) {
        const lc__eval_row *row =
            lc__page_row(page, page->suite->tasks[i].name, NULL, 0, page->most_samples);
        if (row) {
            sum += row->mean[metric];
            n++;
        }
    }
    if (n && sum == sum) /* a method without intervals has no coverage */
        lc__buf_printf(page->out, "<div><b>%.3f</b><span>%s</span></div>\n", sum / (double)n, what);
}

static void write_notes(const lc__page *page) {
    const char *at = page->eval->notes;
    if (!at || !*at)
        return;
    lc__buf_printf(page->out, "<ul class=\"notes\">");
    while (*at) {
        size_t length = strcspn(at, "\n");
        char *line = strndup(at, length);
        lc__buf_printf(page->out, "<li>");
        lc__markup_text(page->out, line ? line : "");
        lc__buf_printf(page->out, "</li>\n");
        free(line);
        at += length;
        at += *at == '\n';
    }
    lc__buf_printf(page->out, "</ul>\n");
}

static void write_head(const lc__page *page) {
    lc__buf *out = page->out;
    const lc__eval_options *o = page->options;
    lc__buf_printf(out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>"
                        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>"
                        "<title>latcast: ");
    lc__markup_text(out, page->suite->name);
    lc__buf_printf(out,
                   "</title>\n<style>\n%s</style></head><body>\n<h1>Few-shot forecasts: ", style);
    lc__markup_text(out, page->suite->name);
    lc__buf_printf(out,
                   "</h1>\n<p class=\"lead\">Each method measures a few nets on a target device "
                   "and forecasts all others. %zu draws from seed %llu on, nets to measure by "
                   "selection &#8220;%s&#8221;",
                   o->seeds, (unsigned long long)o->first_seed, lc__method_name(o->selection));
    if (page->eval->done < page->eval->total)
        lc__buf_printf(out, "; stopped after %zu of %zu trials", page->eval->done,
                       page->eval->total);
    lc__buf_printf(out, ".</p>\n<div class=\"facts\"><div><b>");
    lc__markup_text(out, o->forecasters[0]->name);
    lc__buf_printf(out, "</b><span>at %d samples, mean over tasks</span></div>\n",
                   page->most_samples);
    fact(page, LC__METRIC_SPEARMAN, "Spearman rank correlation");
    fact(page, LC__METRIC_WITHIN10, "of nets within 10 %");
    fact(page, LC__METRIC_COVERAGE90, "inside their 90 % interval");
    lc__buf_printf(out, "</div>\n");
    write_notes(page);
}

/* ---- the sections ---- */

static void section(const lc__page *page, const char *title, const char *say) {
    lc__buf_printf(page->out, "<h2>%s</h2>\n<p class=\"say\">%s</p>\n", title, say);
}

static lc_status write_rows(const lc__page *page, lc_error *err) {
    section(page, "Rank correlation",
            "Spearman between forecast and measurement over all nets that were not measured, the "
            "mean over a task&#8217;s targets. The bar is the spread over seeds. Published figures "
            "stand as their papers give them; some score fewer nets (see the tables).");
    lc__report_key(page, true);
    lc_status s =
        lc__report_rows(page, LC__METRIC_SPEARMAN, "Rank correlation by task", true, 0, 0, err);
    if (s)
        return s;
    section(page, "Within 10 %", "Share of nets whose forecast is at most 10 % off.");
    lc__report_key(page, false);
    s = lc__report_rows(page, LC__METRIC_WITHIN10, "Share within 10 % by task", false, 0, 0, err);
    if (s)
        return s;
    section(page, "Coverage",
            "Share of measurements inside their 90 % interval; the band is 86 to 94 %.");
    return lc__report_rows(page, LC__METRIC_COVERAGE90, "Coverage by task", false, 0.86, 0.94, err);
}

static lc_status write_curves(const lc__page *page, lc_error *err) {
    if (page->options->n_samples < 2)
        return LC_OK;
    section(page, "More samples", "Rank correlation over the number of nets measured.");
    lc__report_key(page, false);
    lc_status s = lc__report_curves(page, LC__METRIC_SPEARMAN, "rank correlation", err);
    if (s)
        return s;
    lc__buf_printf(page->out, "<p class=\"say\">The share within 10 %%:</p>\n");
    return lc__report_curves(page, LC__METRIC_WITHIN10, "share within 10 %", err);
}

static void write_scatter(const lc__page *page) {
    if (!page->eval->n_scatter)
        return;
    section(page, "Forecast against measurement",
            "Up to 256 nets of each target for the first seed: measured to the right, forecast "
            "upwards, with 90 % intervals. Dashes mark 10 % off. Orange nets lie outside their "
            "interval. The rank is the mean over seeds.");
    lc__report_scatter(page);
}

lc_status lc__report(const lc__suite *suite, const lc__eval_options *options, const lc__eval *eval,
                     lc__buf *out, lc_error *err) {
    lc__page page = {.suite = suite, .options = options, .eval = eval, .out = out};
    for (size_t i = 0; i < options->n_samples; i++)
        if (options->samples[i] > page.most_samples)
            page.most_samples = options->samples[i];
    write_head(&page);
    lc_status s = write_rows(&page, err);
    if (!s)
        s = write_curves(&page, err);
    if (s)
        return s;
    write_scatter(&page);
    section(&page, "Tables",
            "Means over seeds. &#8220;trimmed&#8221; leaves out the fastest and "
            "the slowest tenth of the nets, as HELP does; &#8220;first 128&#8221; "
            "scores the first 128 nets of the table alone, as NASFLAT does.");
    s = lc__report_tables(&page, err);
    lc__buf_printf(out, "</body></html>\n");
    return !s && out->failed ? lc__no_memory(err) : s;
}
