/* --choose: which options of a space its nets may have. */
#ifndef NAS_CMD_CHOOSE_H
#define NAS_CMD_CHOOSE_H

#include "base/cli.h"
#include "latcast/space.h"

typedef struct lc__chosen {
    const lc_space *space;
    size_t first[LC_NET_MAX_CHOICES + 1]; /* of each position in `may`, and the number of all */
    bool *may;
} lc__chosen;

/* `patterns` are names or patterns (fnmatch()) parted by commas; NULL: all options. LC_EUSAGE: one
 * names nothing, or a position is left without any. Close it also after a failure. */
lc_status lc__chosen_open(const lc_space *space, const char *patterns, lc__chosen *out,
                          lc_error *err);
void lc__chosen_close(lc__chosen *chosen);

/* The row of a verb's table. */
static inline lc__opt lc__option_choose(const char **patterns) {
    return (lc__opt){.name = "choose",
                     .kind = LC__OPT_STR,
                     .value = patterns,
                     .arg = "NAMES",
                     .help =
                         "options that the net may have, by name or pattern, parted by commas:\n"
                         "'conv_*,skip' (default: all of the space)"};
}

bool lc__chosen_has(const lc__chosen *chosen, int position, int option);
bool lc__chosen_allows(const lc__chosen *chosen, const int *choices);

/* One of the nets allowed, choices[n_positions], all as probable. *seed is advanced (splitmix64).
 */
void lc__chosen_draw(const lc__chosen *chosen, uint64_t *seed, int *choices);

/* How many nets are allowed; `most` + 1: more than that. */
size_t lc__chosen_nets(const lc__chosen *chosen, size_t most);

#endif
