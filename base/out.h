/* Files that a command writes, checked before it does any work. */
#ifndef BASE_OUT_H
#define BASE_OUT_H

#include "latcast/status.h"

/* A file that the command reads, and the option or word that names it for messages. */
typedef struct lc__input {
    const char *option; /* "--plan" */
    const char *path;   /* NULL: not given */
} lc__input;

/* Refuses (LC_EUSAGE) an `out` that must not be written: "-", as whoever can print takes that for
 * stdout before asking here, and one that is the same regular file as one of inputs[n], by whatever
 * name or link. `option` names it ("--out"). */
lc_status lc__out_check(const char *option, const char *out, const lc__input *inputs, size_t n,
                        lc_error *err);

#endif
