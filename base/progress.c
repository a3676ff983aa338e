#include "base/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/now.h"
#include "base/text.h"

void lc__progress_start(lc__progress *p, const char *what, size_t total, bool quiet) {
    memset(p, 0, sizeof *p);
    p->what = what;
    p->total = total;
    p->quiet = quiet;
    p->terminal = isatty(STDERR_FILENO);
    p->started = p->shown = lc__now();
}

void lc__progress_step(lc__progress *p, size_t done, const char *detail) {
    p->done = done;
    double now = lc__now();
    if (p->quiet || now - p->shown < (p->terminal ? 0.2 : 10.0))
        return;
    p->shown = now;
    double left = done ? (now - p->started) / (double)done * (double)(p->total - done) : 0;
    if (p->left > 0)
        left = p->left;
    char shown[61];
    fprintf(stderr, "%s%s: %zu of %zu (%.0f %%), %.0f s left%s%s%s", p->terminal ? "\r\033[K" : "",
            p->what, done, p->total, p->total ? 100.0 * (double)done / (double)p->total : 100.0,
            left, detail ? ", " : "", lc__printable(detail, shown, sizeof shown),
            p->terminal ? "" : "\n");
    fflush(stderr);
}

void lc__progress_clear(const lc__progress *p) {
    if (!p->quiet && p->terminal)
        fputs("\r\033[K", stderr);
}

void lc__progress_end(lc__progress *p) {
    if (p->quiet || p->total == 0) /* nothing was begun */
        return;
    fprintf(stderr, "%s%s: %zu of %zu in %.1f s\n", p->terminal ? "\r\033[K" : "", p->what, p->done,
            p->total, lc__now() - p->started);
}
