/* Progress of long work on stderr: a line that is rewritten on a terminal, a line now and then in
 * a log. */
#ifndef BASE_PROGRESS_H
#define BASE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

typedef struct lc__progress {
    const char *what;
    size_t total, done;
    double left; /* seconds expected, where it is known better than by the rate of steps; else 0 */
    double started, shown; /* monotonic seconds */
    bool terminal, quiet;
} lc__progress;

void lc__progress_start(lc__progress *p, const char *what, size_t total, bool quiet);
/* `done` of total steps are over; shown at most 5 times a second on a terminal, every 10 s
 * elsewhere. `detail` may be NULL, and is shown as lc__printable() does. */
void lc__progress_step(lc__progress *p, size_t done, const char *detail);
/* Clears the line on a terminal, to make room for a message; the next step shows it again. */
void lc__progress_clear(const lc__progress *p);
/* Ends the line. */
void lc__progress_end(lc__progress *p);

#endif
