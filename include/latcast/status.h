/* Status codes and the error object that every latcast function fills.
 *
 * The library never prints, exits or aborts on account of a caller or a file. A function that can
 * fail returns an lc_status; when it is not LC_OK and `err` is not NULL, `err` says what went wrong
 * and where. Outputs are valid only on LC_OK.
 */
#ifndef LATCAST_STATUS_H
#define LATCAST_STATUS_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* X(name, exit code of a command that ends with it, meaning) */
#define LC_STATUS_MAP(X)                                                                           \
    X(OK, 0, "ok")                                                                                 \
    X(ERUNTIME, 1, "runtime failure")                                                              \
    X(ENOMEM, 1, "out of memory")                                                                  \
    X(EIO, 1, "input/output failure")                                                              \
    X(EFORMAT, 1, "malformed or inconsistent data")                                                \
    X(EUSAGE, 2, "wrong usage")                                                                    \
    X(EUNSUPPORTED, 3, "unsupported net, operator or configuration")                               \
    X(EINFEASIBLE, 4, "infeasible constraint")                                                     \
    X(EUNREACHABLE, 5, "device or server unreachable")                                             \
    X(EUNSTABLE, 6, "measurement unstable")

typedef enum lc_status {
#define LC_STATUS_ENUM(name, exit_code, meaning) LC_##name,
    LC_STATUS_MAP(LC_STATUS_ENUM)
#undef LC_STATUS_ENUM
} lc_status;

/* What went wrong and where. `file`, `path` and `line` are empty or 0 where they do not apply. */
typedef struct lc_error {
    lc_status code;
    char message[400]; /* what is wrong and how to mend it, one line, no final full stop */
    char file[256];    /* file or URL */
    char path[160];    /* JSON path, "$.samples[3].latency_ns" */
    int line;          /* 1-based line in `file`, 0 if unknown */
} lc_error;

/* The symbol of a status ("LC_EIO"), its meaning, and the exit code a command ends with. Static
 * strings; an unknown value gives "LC_?" / "unknown status" / 1. */
const char *lc_status_name(lc_status s);
const char *lc_status_meaning(lc_status s);
int lc_status_exit_code(lc_status s);

/* Fills `err` (may be NULL) with `code` and a printf-formatted message, clears the place, and
 * returns `code`, so that a function can `return lc_error_set(err, ...)`. */
lc_status lc_error_set(lc_error *err, lc_status code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Names the file of `err` if it has none yet. Returns err->code (LC_OK if err is NULL). */
lc_status lc_error_in_file(lc_error *err, const char *file);

/* Writes "file:line: path: message" (the parts that are known) into buf[size], always terminated:
 * one line, in which control characters of whatever a file held are escaped. Returns buf. */
char *lc_error_format(const lc_error *err, char *buf, size_t size);

#ifdef __cplusplus
}
#endif
#endif
