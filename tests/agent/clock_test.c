/* A clock that does not go forward, as a library that is loaded before libc or a broken kernel may
 * give one: this process has its own clock_gettime(). */
#include <criterion/criterion.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "agent/clock.h"

static enum { AS_IT_IS, STILL, SLOW } way;

int clock_gettime(clockid_t clock_id, struct timespec *tp) {
    static long ns;
    if (way == AS_IT_IS)
        return (int)syscall(SYS_clock_gettime, clock_id, tp);
    ns += way == SLOW;
    *tp = (struct timespec){1000, ns};
    return 0;
}

static void expect_refused(const char *root) {
    lc__clock clock;
    lc_error err;
    lc_status s = lc__clock_init(&clock, root, &err);
    way = AS_IT_IS;
    cr_assert_eq(s, LC_ERUNTIME);
    cr_expect_not_null(strstr(err.message, "the clock stands still"), "%s", err.message);
}

Test(clock, one_that_stands_still_is_an_error) {
    way = STILL;
    expect_refused("");
}

/* No counter is calibrated here, but runs would be timed with it all the same. */
Test(clock, one_that_stands_still_is_an_error_without_a_counter) {
    way = STILL;
    expect_refused("/nonexistent");
}

/* A nanosecond a reading: it goes forward, but never gets anywhere. */
Test(clock, calibrating_ends_with_a_clock_that_crawls) {
    lc__clock clock;
    if (lc__clock_init(&clock, "", NULL) || !clock.cycle_counter)
        cr_skip_test("no cycle counter is calibrated on this machine");
    way = SLOW;
    expect_refused("");
}
