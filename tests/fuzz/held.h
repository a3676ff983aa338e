/* Bytes as a file that is only in memory, for readers that take a path. */
#ifndef FUZZ_HELD_H
#define FUZZ_HELD_H

#include <stddef.h>
#include <stdint.h>

/* A file of these bytes; its path is valid, and the file there, until `release`. NULL where there
 * can be none. */
typedef struct held {
    int fd;
    char path[40];
} held;

const char *held_make(held *file, const uint8_t *data, size_t size);
void held_release(held *file);

#endif
