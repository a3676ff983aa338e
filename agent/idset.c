#include "idset.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b) {
    return strcmp(a, b);
}

bool lc__idset_add(lc__idset *set, const char *id, size_t length) {
    char *copy = strndup(id, length);
    void *node = copy ? tsearch(copy, &set->root, compare) : NULL;
    if (!node || *(char **)node != copy)
        free(copy);
    return node != NULL;
}

bool lc__idset_has(const lc__idset *set, const char *id) {
    return tfind(id, &set->root, compare) != NULL;
}

void lc__idset_clear(lc__idset *set) {
    tdestroy(set->root, free);
    set->root = NULL;
}
