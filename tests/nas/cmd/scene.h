/* What the tests of `nas` share: a made-up device, a table of accuracies, options that make
 * trainings tiny, files compared and damaged. */
#ifndef TESTS_NAS_CMD_SCENE_H
#define TESTS_NAS_CMD_SCENE_H

#include <stdbool.h>
#include <stddef.h>

#include "rig.h"

extern const char scene_nas[], scene_predict[];

/* No model or thread setting of the machine takes part. A test's .init. */
void scene_open(void);

/* Writes a device.json with n random nets of a space, whose latency is 20 us and 1 ns for every 100
 * multiply-accumulates, at 4 W; its path. */
const char *scene_device(const char *space, int n);

/* Writes accuracies of all nets of NAS-Bench-201 whose last `fixed` operators are skip_connect: the
 * more convolutions, the better. Its path. */
const char *scene_table(int fixed);

/* A training of a few steps, and a search of as many. */
#define SCENE_TINY "--data", "shapes:40,16", "--epochs", "1", "--batch", "8", "--quiet"
#define SCENE_SEARCH SCENE_TINY, "--steps", "5", "--images", "8"

/* Whether two files hold the same bytes; stops the test if one cannot be read. */
bool scene_same(const char *a, const char *b);

/* The text of a net.json or a state from `from` on to its end, without what a clock says. */
char *scene_without_seconds(const char *path);

/* Flips a bit of the byte at `share` of a file; cuts it there. */
void scene_flip(const char *path, double share);
void scene_cut(const char *path, double share);

/* Waits until a file is there, at most 30 s, while the process runs. */
bool scene_await(const char *path, int pid);

#endif
