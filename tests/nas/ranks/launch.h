/* Starts a program of several ranks by the real mpirun. */
#ifndef TESTS_RANKS_LAUNCH_H
#define TESTS_RANKS_LAUNCH_H

#include <sys/types.h>

/* Makes an empty folder below /tmp, and an environment in which mpirun needs no network but
 * loopback, no name of this machine and no graphics. launch_close() removes the folder. */
void launch_open(void);
void launch_close(void);

/* "<folder>/<name>"; valid for the next seven calls. */
const char *launch_path(const char *name);

/* Starts a program with so many ranks, 0: without mpirun, its output in the folder's files
 * `name`.out and `name`.err. It is ended after five minutes. */
pid_t launch_start(const char *name, int ranks, const char *const *argv);

/* Its exit code, or 128 + signal. */
int launch_wait(pid_t pid);

/* Starts and waits. */
#define LAUNCH(name, ranks, ...)                                                                   \
    launch_wait(launch_start(name, ranks, (const char *const[]){__VA_ARGS__, NULL}))

/* All that `name` wrote so far; free(). */
char *launch_said(const char *name);

#endif
