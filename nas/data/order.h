/* Shuffled orders without a table. */
#ifndef ORDER_H
#define ORDER_H

#include <stddef.h>
#include <stdint.h>

/* Where position i of 0 .. n - 1 stands in the order that `key` names: over all i, each of
 * 0 .. n - 1 once. */
size_t lc__order_at(uint64_t key, size_t n, size_t i);

#endif
