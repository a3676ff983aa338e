/* SIGINT and SIGTERM as a wish that long work asks for between steps, so that nothing is lost. */
#ifndef BASE_INTERRUPT_H
#define BASE_INTERRUPT_H

#include <signal.h>

/* What it gives is 0 until a signal comes, and then that signal's number. A second signal ends the
 * process at once. */
const volatile sig_atomic_t *lc__interrupts_catch(void);

#endif
