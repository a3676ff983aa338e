/* The agent, profagent, as a command that measures in a device's configuration. */
#ifndef NAS_CMD_BOARD_H
#define NAS_CMD_BOARD_H

#include "latcast/device.h"

enum { LC__BOARD_WORDS = 40, LC__BOARD_TEXT = 512 };

/* A command line, NULL-terminated. */
typedef struct lc__words {
    const char *word[LC__BOARD_WORDS];
    int n;
    char text[LC__BOARD_TEXT]; /* of numbers made here */
    size_t used;
} lc__words;

/* What is measured, and how long. */
typedef struct lc__errand {
    const char *plan, *out;
    double seconds; /* for each net at most; 0: what the agent gives */
    bool quiet;
} lc__errand;

/* The agent to run: `path` (NULL: the one beside this command, else the one of $PATH) into
 * buf[size]. */
void lc__agent_find(const char *path, char *buf, size_t size);

/* Whether the agent runs on the board that the device's samples are of, by the fingerprints of
 * both; `why` (room for 300) says in what they differ. LC_EUNREACHABLE: there is no agent. */
lc_status lc__agent_at_home(const char *agent, const lc_device *device, bool *same, char *why,
                            lc_error *err);

/* The words of "profagent run" for an errand on the device, which they refer to. */
void lc__agent_words(const char *agent, const lc_device *device, const lc__errand *errand,
                     lc__words *out);

/* The same as it is typed into a shell, in buf[size]. */
void lc__agent_typed(const lc__words *words, char *buf, size_t size);

/* Runs it, with what it prints on stderr, and waits for its end: *code is its exit code, or 128 and
 * its signal. LC_EUNREACHABLE: it cannot be started. */
lc_status lc__agent_run(const lc__words *words, int *code, lc_error *err);

#endif
