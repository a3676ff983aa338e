#include "base/interrupt.h"

#include <stddef.h>

static volatile sig_atomic_t caught;

static void note(int signal) {
    caught = signal;
}

const volatile sig_atomic_t *lc__interrupts_catch(void) {
    struct sigaction action = {.sa_handler = note, .sa_flags = (int)SA_RESETHAND | SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    return &caught;
}
