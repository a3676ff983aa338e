/* Command lines: one table of options gives parsing, checks, "did you mean" and --help. */
#ifndef BASE_CLI_H
#define BASE_CLI_H

#include <stdint.h>
#include "latcast/status.h"

typedef enum lc__opt_kind {
    LC__OPT_FLAG, /* bool *      */
    LC__OPT_STR,  /* const char ** */
    LC__OPT_INT,  /* int64_t *, checked against lo .. hi */
    LC__OPT_NUM,  /* double *, checked against lo .. hi */
    LC__OPT_LIST  /* lc__list *: may be given several times */
} lc__opt_kind;

#define LC__LIST_MAX 64
typedef struct lc__list {
    const char *item[LC__LIST_MAX];
    size_t n;
    const char *words; /* of positional arguments: what a usage line calls them, "A B" */
} lc__list;

typedef struct lc__opt {
    const char *name; /* long name without dashes; NULL ends the table */
    lc__opt_kind kind;
    void *value;
    const char *arg;  /* placeholder of the argument, NULL for a flag */
    const char *help; /* lines parted by \n */
    double lo, hi;    /* INT, NUM */
    bool required;
} lc__opt;

typedef struct lc__verb {
    const char *name; /* NULL ends the table; "" is the command without a verb */
    const char *summary;
    int (*run)(int argc, char **argv); /* argv[0] is the verb */
} lc__verb;

/* What lc__cli_parse met. */
typedef enum lc__cli_result { LC__CLI_RUN, LC__CLI_DONE, LC__CLI_BAD } lc__cli_result;

/* Parses "--name value", "--name=value" and flags into the table's values. "--help" prints the
 * help to stdout (LC__CLI_DONE). Anything wrong, an empty value too, is explained on stderr
 * (LC__CLI_BAD: exit with 2). Positional arguments go to `rest` if it is not NULL and are refused
 * otherwise. `usage` is the command as typed ("profagent run"); `about` stands under the usage
 * line, `after` below the options (may be NULL). */
lc__cli_result lc__cli_parse(const char *usage, const char *about, const char *after,
                             const lc__opt *table, int argc, char **argv, lc__list *rest);

/* Runs argv[1] as a verb of the table. --help lists them, --version prints `version`. The verb
 * named "" (if any) takes everything that does not name another. Returns the exit code. */
int lc__cli_dispatch(const char *command, const char *about, const char *version,
                     const lc__verb *verbs, int argc, char **argv);

/* Prints "command: file:line: path: message" on stderr, and returns the exit code. */
int lc__cli_fail(const char *command, const lc_error *err);

#endif
