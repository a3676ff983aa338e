/* Search spaces: a vector of choices in, a net out. */
#ifndef LATCAST_SPACE_H
#define LATCAST_SPACE_H

#include "latcast/net.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct lc_space {
    const char *name;               /* "fbnet" */
    const char *title;              /* one line for people */
    int n_positions;                /* choices in a vector */
    int (*n_options)(int position); /* choices are 0 .. n_options - 1 */
    const char *(*option_name)(int position, int option);

    /* Builds the net of choices[n_positions] (checked by lc_space_net). */
    lc_status (*build)(const int *choices, lc_net *net, lc_error *err);

    /* Reads the string that public tables name a net of this space by, and writes it. parse fills
     * choices[n_positions]; format writes into buf[size]. */
    lc_status (*parse)(const char *arch, int *choices, lc_error *err);
    void (*format)(const int *choices, char *buf, size_t size);
} lc_space;

/* The spaces of this build, NULL-terminated; lookup gives NULL for an unknown name. */
const lc_space *const *lc_spaces(void);
const lc_space *lc_space_find(const char *name);

/* Builds the net of a choice vector, named by lc_space.format, with its origin recorded. The
 * number and range of the choices are checked (LC_EFORMAT). Free with lc_net_free(). */
lc_status lc_space_net(const lc_space *space, const int *choices, int n_choices, lc_net **out,
                       lc_error *err);

/* Fills choices[n_positions] uniformly at random from *seed (advanced; splitmix64). */
void lc_space_random(const lc_space *space, uint64_t *seed, int *choices);

#ifdef __cplusplus
}
#endif
#endif
