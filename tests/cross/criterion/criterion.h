/* Runs tests written for Criterion on a board's architecture under QEMU. Criterion itself cannot:
 * it executes its own file anew for every test, which is not this kernel's architecture, and Debian
 * has it for arm64 but not for armhf. This is the part of its interface that the tests of the
 * folders below `agent` use, so that they are compiled unchanged; each test runs in a forked
 * process. Values are compared with ==, messages are printf formats. */
#ifndef TESTS_CROSS_CRITERION_H
#define TESTS_CROSS_CRITERION_H

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct runner_options {
    int none; /* so that the others may all be left out */
    void (*init)(void), (*fini)(void);
    bool disabled;
    double timeout; /* seconds of the wall clock; 0: a test may take any time */
};

typedef struct runner_test {
    const char *suite, *name; /* a suite itself has no name */
    void (*body)(void);
    struct runner_options options;
    struct runner_test *next;
} runner_test;

void runner_add(runner_test *test);

/* Notes that an assertion failed, and where; `fatal` ends the test. */
void runner_failed(const char *file, int line, const char *what);
void runner_say(const char *format, ...);
_Noreturn void runner_leave(void);
_Noreturn void runner_skip(const char *format, ...);
void runner_redirect_stderr(void);
bool runner_stderr_is(const char *text);

#define RUNNER_ADD(id, suite_, name_, body_, ...)                                                  \
    static __attribute__((constructor)) void id##_add(void) {                                      \
        static runner_test test = {                                                                \
            .suite = suite_, .name = name_, .body = body_, .options = {.none = 0, __VA_ARGS__}};   \
        runner_add(&test);                                                                         \
    }

#define Test(suite, name, ...)                                                                     \
    static void suite##_##name##_body(void);                                                       \
    RUNNER_ADD(suite##_##name, #suite, #name, suite##_##name##_body, __VA_ARGS__)                  \
    static void suite##_##name##_body(void)
#define TestSuite(suite, ...) RUNNER_ADD(suite##_suite, #suite, NULL, NULL, __VA_ARGS__)

#define RUNNER_CHECK(condition, what, after, ...)                                                  \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            runner_failed(__FILE__, __LINE__, what);                                               \
            runner_say("" __VA_ARGS__);                                                            \
            after;                                                                                 \
        }                                                                                          \
    } while (0)
#define RUNNER_ASSERT(condition, what, ...)                                                        \
    RUNNER_CHECK(condition, what, runner_leave(), __VA_ARGS__)
#define RUNNER_EXPECT(condition, what, ...) RUNNER_CHECK(condition, what, (void)0, __VA_ARGS__)

#define cr_assert(a, ...) RUNNER_ASSERT(a, #a, __VA_ARGS__)
#define cr_assert_not(a, ...) RUNNER_ASSERT(!(a), "not " #a, __VA_ARGS__)
#define cr_assert_null(a, ...) RUNNER_ASSERT(!(a), #a " is null", __VA_ARGS__)
#define cr_assert_not_null(a, ...) RUNNER_ASSERT(a, #a " is not null", __VA_ARGS__)
#define cr_assert_eq(a, b, ...) RUNNER_ASSERT((a) == (b), #a " == " #b, __VA_ARGS__)
#define cr_assert_neq(a, b, ...) RUNNER_ASSERT((a) != (b), #a " != " #b, __VA_ARGS__)
#define cr_assert_lt(a, b, ...) RUNNER_ASSERT((a) < (b), #a " < " #b, __VA_ARGS__)
#define cr_assert_leq(a, b, ...) RUNNER_ASSERT((a) <= (b), #a " <= " #b, __VA_ARGS__)
#define cr_assert_gt(a, b, ...) RUNNER_ASSERT((a) > (b), #a " > " #b, __VA_ARGS__)
#define cr_assert_geq(a, b, ...) RUNNER_ASSERT((a) >= (b), #a " >= " #b, __VA_ARGS__)
#define cr_assert_str_eq(a, b, ...) RUNNER_ASSERT(!strcmp(a, b), #a " equals " #b, __VA_ARGS__)
#define cr_assert_str_neq(a, b, ...)                                                               \
    RUNNER_ASSERT(strcmp(a, b), #a " differs from " #b, __VA_ARGS__)
#define cr_assert_float_eq(a, b, e, ...)                                                           \
    RUNNER_ASSERT(fabs((double)(a) - (double)(b)) <= (double)(e), #a " is near " #b, __VA_ARGS__)
#define cr_assert_arr_eq(a, b, size, ...)                                                          \
    RUNNER_ASSERT(!memcmp(a, b, size), #a " holds " #b, __VA_ARGS__)
#define cr_assert_fail(...) RUNNER_ASSERT(false, "this is not reached", __VA_ARGS__)

#define cr_expect(a, ...) RUNNER_EXPECT(a, #a, __VA_ARGS__)
#define cr_expect_not(a, ...) RUNNER_EXPECT(!(a), "not " #a, __VA_ARGS__)
#define cr_expect_null(a, ...) RUNNER_EXPECT(!(a), #a " is null", __VA_ARGS__)
#define cr_expect_not_null(a, ...) RUNNER_EXPECT(a, #a " is not null", __VA_ARGS__)
#define cr_expect_eq(a, b, ...) RUNNER_EXPECT((a) == (b), #a " == " #b, __VA_ARGS__)
#define cr_expect_neq(a, b, ...) RUNNER_EXPECT((a) != (b), #a " != " #b, __VA_ARGS__)
#define cr_expect_lt(a, b, ...) RUNNER_EXPECT((a) < (b), #a " < " #b, __VA_ARGS__)
#define cr_expect_leq(a, b, ...) RUNNER_EXPECT((a) <= (b), #a " <= " #b, __VA_ARGS__)
#define cr_expect_gt(a, b, ...) RUNNER_EXPECT((a) > (b), #a " > " #b, __VA_ARGS__)
#define cr_expect_geq(a, b, ...) RUNNER_EXPECT((a) >= (b), #a " >= " #b, __VA_ARGS__)
#define cr_expect_str_eq(a, b, ...) RUNNER_EXPECT(!strcmp(a, b), #a " equals " #b, __VA_ARGS__)
#define cr_expect_str_neq(a, b, ...)                                                               \
    RUNNER_EXPECT(strcmp(a, b), #a " differs from " #b, __VA_ARGS__)
#define cr_expect_float_eq(a, b, e, ...)                                                           \
    RUNNER_EXPECT(fabs((double)(a) - (double)(b)) <= (double)(e), #a " is near " #b, __VA_ARGS__)
#define cr_expect_arr_eq(a, b, size, ...)                                                          \
    RUNNER_EXPECT(!memcmp(a, b, size), #a " holds " #b, __VA_ARGS__)
#define cr_expect_fail(...) RUNNER_EXPECT(false, "this is not reached", __VA_ARGS__)

#define cr_skip_test(...) runner_skip(__VA_ARGS__)
#define cr_redirect_stderr runner_redirect_stderr
#define cr_expect_stderr_eq_str(text, ...)                                                         \
    RUNNER_EXPECT(runner_stderr_is(text), "stderr holds " #text, __VA_ARGS__)

#endif
