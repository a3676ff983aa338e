#include "rest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/now.h"
#include "tree.h"

#define UNKNOWN_CACHE ((size_t)32 << 20)
#define LINE 64
#define ASK_NS 1e8 /* longest sleep at a time */

lc_status lc__rest_init(lc__rest *rest, const char *root, double pace_ns, bool cold,
                        lc_error *err) {
    *rest = (lc__rest){.pace_ns = pace_ns};
    if (!cold)
        return LC_OK;
    double cache = lc__tree_cache(root, 0);
    rest->other_bytes = 2 * (cache > 0 ? (size_t)cache : UNKNOWN_CACHE);
    rest->other = calloc(1, rest->other_bytes);
    if (!rest->other)
        return lc_error_set(err, LC_ENOMEM, "no memory to empty the caches with: %zu MiB",
                            rest->other_bytes >> 20);
    return LC_OK;
}

void lc__rest_clear(lc__rest *rest) {
    free(rest->other);
    *rest = (lc__rest){0};
}

/* Until then, or until `stop` says so. A signal wakes it to ask; one that comes just before it
 * falls asleep does not, so that it wakes by itself now and then, too. */
static void sleep_until(double at_ns, bool (*stop)(void *ctx), void *ctx) {
    for (double now = lc__now_ns(); now < at_ns && !(stop && stop(ctx)); now = lc__now_ns()) {
        double next = fmin(at_ns, now + ASK_NS);
        struct timespec t = {(time_t)(next / 1e9), (long)fmod(next, 1e9)};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
    }
}

double lc__rest_take(lc__rest *rest, bool (*stop)(void *ctx), void *ctx) {
    double begun = lc__now_ns();
    for (size_t i = 0; i < rest->other_bytes; i += LINE)
        rest->other[i]++;
    if (rest->pace_ns > 0) {
        double now = lc__now_ns();
        if (rest->next_ns > now)
            sleep_until(rest->next_ns, stop, ctx);
        double awake = lc__now_ns();
        rest->resting_ns += awake - now;
        rest->next_ns = fmax(rest->next_ns, awake) + rest->pace_ns;
    }
    return lc__now_ns() - begun;
}
