/* A folder with files for the real `predict`, and a way to run it. */
#ifndef TEST_WORLD_H
#define TEST_WORLD_H

#include <stddef.h>

/* Makes an empty folder below /tmp and sets LATCAST_MODEL to a file in it, so that no model of the
 * machine takes part. world_close() removes it with what is in it. */
void world_open(void);
void world_close(void);

/* "<folder>/<name>"; valid for the next fifteen calls. */
const char *world_path(const char *name);
void world_write(const char *name, const char *text, size_t length);
void world_write_text(const char *name, const char *text);

/* What a run of predict said. Free with ran_clear(). */
typedef struct ran {
    int code; /* exit code, or 128 + signal */
    char *out, *err;
} ran;

/* Runs predict with these arguments (NULL-terminated). */
ran predict(const char *const *args);
void ran_clear(ran *r);

#endif
