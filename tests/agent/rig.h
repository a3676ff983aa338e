/* What the agent's tests share: a scratch directory, commands, a plan, and a loopback server that
 * answers from a script. */
#ifndef TESTS_AGENT_RIG_H
#define TESTS_AGENT_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A directory of this test process, made at the first call and removed at its end. */
const char *rig_dir(void);

/* "<rig_dir>/<name>", valid to the end of the test. */
const char *rig_path(const char *name);

void rig_write(const char *path, const char *text);
char *rig_read(const char *path); /* NUL-terminated (free()), NULL when it cannot be read */
size_t rig_count(const char *text, const char *word);

/* Starts a command with its output in <rig_dir>/<name>.out and .err. */
pid_t rig_start(const char *name, const char *const *argv);

/* Its exit code, or -signal. */
int rig_wait(pid_t pid);

typedef struct rig_result {
    int code;
    char *out, *err; /* belong to the rig */
} rig_result;

/* Runs a command of the build to its end. */
#define RIG_RUN(...) rig_run((const char *const[]){__VA_ARGS__, NULL})
rig_result rig_run(const char *const *argv);

extern const char rig_agent[], rig_collector[];

/* Writes a plan of n different small nets and returns its path. */
const char *rig_plan(const char *name, int n);

/* A collector on 127.0.0.1; port 0 = any. *port is where it listens. */
pid_t rig_start_collector(int port, int *listening);

/* A server on loopback that answers its connections, one request each, with the given texts in
 * turn; NULL ends the list, "" closes without an answer. The requests are appended to
 * <rig_dir>/requests. Returns its pid. */
pid_t rig_script_server(const char *const *answers, int *listening);

#endif
