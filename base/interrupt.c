#include "base/interrupt.h"

#include <stddef.h>

static volatile sig_atomic_t caught;

static void note(int signal) {
    caught = signal;
}

/* On a stack of its own: oneDNN's small matrix products move the stack pointer into their buffers
 * on the heap, below which a signal would be written. The kernel gives a process's signals to its
 * first thread, which calls this. */
const volatile sig_atomic_t *lc__interrupts_catch(void) {
    static char room[65536];
    const stack_t stack = {.ss_sp = room, .ss_size = sizeof room};
    struct sigaction action = {.sa_handler = note,
                               .sa_flags = (int)SA_RESETHAND | SA_RESTART | SA_ONSTACK};
    sigaltstack(&stack, NULL);
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    return &caught;
}
