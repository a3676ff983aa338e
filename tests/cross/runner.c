/* The main of a test program in a board's architecture; see criterion/criterion.h. */
#include "criterion/criterion.h"

#include <stdarg.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PASSED, FAILED, SKIPPED };

static runner_test *tests;
static int verdict = PASSED; /* of the test that this process runs */
static FILE *redirected;     /* stderr went here */

void runner_add(runner_test *test) {
    test->next = tests;
    tests = test;
}

void runner_failed(const char *file, int line, const char *what) {
    printf("%s:%d: failed: %s\n", file, line, what);
    verdict = FAILED;
}

static void say(const char *format, va_list args) {
    if (!*format)
        return;
    printf("    ");
    vprintf(format, args);
    printf("\n");
}

void runner_say(const char *format, ...) {
    va_list args;
    va_start(args, format);
    say(format, args);
    va_end(args);
}

void runner_leave(void) {
    fflush(NULL);
    _exit(verdict);
}

void runner_skip(const char *format, ...) {
    va_list args;
    printf("skipped:\n");
    va_start(args, format);
    say(format, args);
    va_end(args);
    verdict = SKIPPED;
    runner_leave();
}

void runner_redirect_stderr(void) {
    redirected = tmpfile();
    if (!redirected || dup2(fileno(redirected), STDERR_FILENO) < 0)
        runner_skip("stderr cannot be redirected");
}

bool runner_stderr_is(const char *text) {
    char *held = calloc(1, 65536);
    if (!held || !redirected)
        return false;
    rewind(redirected);
    size_t n = fread(held, 1, 65535, redirected);
    bool same = n == strlen(text) && !memcmp(held, text, n);
    free(held);
    return same;
}

/* The options that the test's suite sets, if any. */
static struct runner_options of_suite(const runner_test *test) {
    for (const runner_test *t = tests; t; t = t->next)
        if (!t->name && !strcmp(t->suite, test->suite))
            return t->options;
    return (struct runner_options){0};
}

/* A suite's init comes before its test's, its fini after. */
static void in_child(const runner_test *test) {
    struct runner_options suite = of_suite(test);
    void (*const steps[])(void) = {suite.init, test->options.init, test->body, test->options.fini,
                                   suite.fini};
    alarm((unsigned)ceil(test->options.timeout > 0 ? test->options.timeout : suite.timeout));
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (steps[i])
            steps[i]();
    runner_leave();
}

static int run(const runner_test *test) {
    int status;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        in_child(test);
    if (pid < 0 || waitpid(pid, &status, 0) < 0)
        return FAILED;
    if (WIFSIGNALED(status))
        printf("killed by signal %d\n", WTERMSIG(status));
    return WIFEXITED(status) ? WEXITSTATUS(status) : FAILED;
}

/* usage: test_... [suite]   runs the tests of all suites, or of one */
int main(int argc, char **argv) {
    static const char *const words[] = {"passed", "FAILED", "skipped"};
    int count[3] = {0};
    for (const runner_test *t = tests; t; t = t->next) {
        if (!t->name || t->options.disabled || of_suite(t).disabled ||
            (argc > 1 && strcmp(argv[1], t->suite) != 0))
            continue;
        int result = run(t);
        if (result != PASSED && result != SKIPPED)
            result = FAILED;
        count[result]++;
        if (result != PASSED)
            printf("%s: %s.%s\n", words[result], t->suite, t->name);
    }
    printf("%d tests passed, %d failed, %d skipped\n", count[PASSED], count[FAILED],
           count[SKIPPED]);
    return count[FAILED] > 0 || count[PASSED] == 0;
}
