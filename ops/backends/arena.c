#include "arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static size_t round_up(size_t size) {
    return (size + LC__ALIGN - 1) / LC__ALIGN * LC__ALIGN;
}

typedef struct entry {
    lc__life *life;
} entry;

static int larger_first(const void *a, const void *b) {
    const lc__life *x = ((const entry *)a)->life, *y = ((const entry *)b)->life;
    if (x->size != y->size) {
        return x->size < y->size ? 1 : -1;
    }
    return (x > y) - (x < y); /* the same plan on every machine */
}

static int by_offset(const void *a, const void *b) {
    const lc__life *x = ((const entry *)a)->life, *y = ((const entry *)b)->life;
    return (x->offset > y->offset) - (x->offset < y->offset);
}

/* The lowest gap for `life` between neighbours[n], which live at the same time. */
static size_t lowest_gap(const lc__life *life, entry *neighbours, size_t n) {
    size_t at = 0;
    qsort(neighbours, n, sizeof *neighbours, by_offset);
    for (size_t i = 0; i < n; i++) {
        size_t next = neighbours[i].life->offset;
        if (next >= at && next - at >= round_up(life->size)) {
            break;
        }
        size_t end = neighbours[i].life->offset + round_up(neighbours[i].life->size);
        at = end > at ? end : at;
    }
    return at;
}

lc_status lc__arena_plan(lc__life *lives, size_t n, size_t *total, lc_error *err) {
    entry *order = malloc((2 * n + 1) * sizeof *order);
    if (order == NULL) {
        return lc_error_set(err, LC_ENOMEM, "no memory to plan %zu buffers", n);
    }
    entry *neighbours = order + n;
    for (size_t i = 0; i < n; i++) {
        order[i].life = &lives[i];
    }
    qsort(order, n, sizeof *order, larger_first);
    *total = 0;
    for (size_t i = 0; i < n; i++) {
        lc__life *life = order[i].life;
        size_t m = 0;
        for (size_t j = 0; j < i; j++) {
            if (order[j].life->first <= life->last && life->first <= order[j].life->last) {
                neighbours[m++] = order[j];
            }
        }
        life->offset = lowest_gap(life, neighbours, m);
        size_t size = round_up(life->size);
        if (size < life->size || size > SIZE_MAX - life->offset) {
            free(order);
            return lc_error_set(err, LC_ENOMEM,
                                "buffers that are in use together need more than the %zu bytes "
                                "that a process can address: take a smaller batch or dtype",
                                SIZE_MAX);
        }
        *total = life->offset + size > *total ? life->offset + size : *total;
    }
    free(order);
    return LC_OK;
}

/* Linux promises more than it has and kills who uses it; so what could never fit is refused. */
static bool could_fit(size_t size) {
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    return pages <= 0 || page <= 0 || size / (size_t)page <= (size_t)pages;
}

void *lc__arena_alloc(size_t size) {
    size_t rounded = round_up(size > 0 ? size : 1);
    bool possible = rounded >= size && could_fit(rounded);
    void *memory = possible ? aligned_alloc(LC__ALIGN, rounded) : NULL;
    if (memory != NULL) {
        memset(memory, 0, rounded);
    }
    return memory;
}
