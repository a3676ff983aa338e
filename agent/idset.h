/* A set of sample ids. Start from {0}. */
#ifndef AGENT_IDSET_H
#define AGENT_IDSET_H

#include <stdbool.h>
#include <stddef.h>

typedef struct lc__idset {
    void *root;
} lc__idset;

/* Adds a copy of id[length]. False when out of memory. */
bool lc__idset_add(lc__idset *set, const char *id, size_t length);
bool lc__idset_has(const lc__idset *set, const char *id);
void lc__idset_clear(lc__idset *set);

#endif
