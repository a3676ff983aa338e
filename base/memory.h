/* Running out of memory, said the same way everywhere. */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include "latcast/status.h"

/* Fills err; returns LC_ENOMEM, as a constant that static analysis sees through. */
static inline lc_status lc__no_memory(lc_error *err) {
    lc_error_set(err, LC_ENOMEM, "out of memory");
    return LC_ENOMEM;
}

#endif
