#include "signals.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t caught; /* a handler can reach nothing else */
static char last_words[5001], last_line[61];
static volatile sig_atomic_t last_length; /* 0: none */
static volatile sig_atomic_t line_fd, line_length;

static void set(int number, void (*handler)(int)) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    sigaction(number, &action, NULL);
}

static bool ignored(int number) {
    struct sigaction now;
    return sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

/* One that whoever started this wants ignored (SIGINT of a job in the background) stays ignored. */
static void set_unless_ignored(int number, void (*handler)(int)) {
    if (!ignored(number))
        set(number, handler);
}

/* Notes the wish. SIGINT and SIGTERM then do again what they do by themselves, so that a second one
 * ends the process at once, whichever it is. A terminal that goes away may say so twice. */
static void note(int number) {
    static const char text[] = "\nprofagent: stopping; a second signal ends it at once\n";
    int before = errno;
    caught = number;
    if (last_length > 0) {
        ssize_t all = write(STDERR_FILENO, last_words, (size_t)last_length);
        if (line_fd >= 0)
            all = write(line_fd, last_line, (size_t)line_length);
        (void)all;
        _exit(128 + number);
    }
    set_unless_ignored(SIGINT, SIG_DFL);
    set_unless_ignored(SIGTERM, SIG_DFL);
    set(SIGHUP, SIG_IGN);
    ssize_t unread = write(STDERR_FILENO, text, sizeof text - 1);
    (void)unread; /* it counts all the same */
    errno = before;
}

void signals_catch(void) {
    set_unless_ignored(SIGINT, note);
    set_unless_ignored(SIGTERM, note);
    set_unless_ignored(SIGHUP, note);
    set(SIGPIPE, SIG_IGN); /* a full disk or a closed pipe is an error of write() */
    set(SIGXFSZ, SIG_IGN);
}

void signals_last_words(const char *words, int fd, const char *line) {
    last_length = 0;
    if (!words)
        return;
    snprintf(last_words, sizeof last_words, "%s", words);
    snprintf(last_line, sizeof last_line, "%s", line);
    line_length = (sig_atomic_t)strlen(last_line);
    line_fd = fd;
    last_length = (sig_atomic_t)strlen(last_words);
}

int signals_caught(void) {
    return caught;
}

bool signals_stop(void *ctx) {
    (void)ctx;
    return caught != 0;
}
