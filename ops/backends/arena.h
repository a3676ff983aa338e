/* Memory of a prepared net: buffers whose lives do not overlap share addresses. */
#ifndef BACKENDS_ARENA_H
#define BACKENDS_ARENA_H

#include <stddef.h>

#include "latcast/status.h"

#define LC__ALIGN 64 /* bytes: a cache line, and the widest vector */

/* A buffer that is in use from step `first` to step `last`, both included. */
typedef struct lc__life {
    size_t size; /* bytes */
    int first, last;
    size_t offset; /* result: bytes from the start of the arena, a multiple of LC__ALIGN */
} lc__life;

/* Places lives[n], largest first, each at the lowest address free during its life (greedy by size:
 * Pisarchyk and Lee, arXiv:2001.03288, algorithm 2). *total is the arena's size in bytes. LC_ENOMEM
 * where a process cannot address so many. */
lc_status lc__arena_plan(lc__life *lives, size_t n, size_t *total, lc_error *err);

/* `size` bytes (at least 1), aligned to LC__ALIGN, zeroed page by page so that no run takes a page
 * fault. free() it. NULL when out of memory, or when the machine has less than that in all. */
void *lc__arena_alloc(size_t size);

#endif
