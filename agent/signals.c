#include "signals.h"

#include <signal.h>
#include <string.h>

static volatile sig_atomic_t caught; /* a handler can reach nothing else */

static void note(int number) {
    caught = number;
}

void signals_catch(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = note;
    action.sa_flags = (int)SA_RESETHAND; /* a second one ends the process at once */
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    action.sa_handler = SIG_IGN; /* a full disk or a closed pipe is an error of write() */
    action.sa_flags = 0;
    sigaction(SIGPIPE, &action, NULL);
    sigaction(SIGXFSZ, &action, NULL);
}

int signals_caught(void) {
    return caught;
}

bool signals_stop(void *ctx) {
    (void)ctx;
    return caught != 0;
}
