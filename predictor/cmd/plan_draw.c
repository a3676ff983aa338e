/* The nets that a plan is chosen from. */
#include <stdlib.h>

#include "base/memory.h"
#include "base/progress.h"
#include "plan.h"

/* Draws in a row that are known already before a space counts as used up. */
#define PATIENCE 20000

lc_status lc__plan_know(lc__plan_session *s, const lc_net *net, bool *added, lc_error *err) {
    return lc__digests_add(&s->known, lc_net_digest(net), added, err);
}

/* Nets of a space, HUGE_VAL at most. */
static double space_size(const lc_space *space) {
    double size = 1;
    for (int i = 0; i < space->n_positions; i++)
        size *= space->n_options(i);
    return size;
}

/* Draws the next candidate; *missed counts the known ones met in a row. */
static lc_status draw_one(lc__plan_session *s, uint64_t *rng, size_t *missed, lc_error *err) {
    int choices[LC_NET_MAX_CHOICES];
    lc_net *net;
    lc_space_random(s->space, rng, choices);
    lc_status status = lc_space_net(s->space, choices, s->space->n_positions, &net, err);
    if (status)
        return status;
    bool added = false;
    status = lc__plan_know(s, net, &added, err);
    if (added) {
        s->candidate.net[s->candidate.n++] = net;
        *missed = 0;
    } else {
        lc_net_free(net);
        ++*missed;
    }
    return status;
}

lc_status lc__plan_draw(lc__plan_session *s, int64_t seed, size_t wanted, size_t least,
                        lc_error *err) {
    uint64_t rng = (uint64_t)seed;
    double size = space_size(s->space);
    if ((double)least > size) {
        lc_error_set(err, LC_EUSAGE, "--n %zu: space %s has only %.0f nets", least, s->space->name,
                     size);
        return LC_EUSAGE;
    }
    s->candidate.net = calloc(wanted, sizeof(lc_net *));
    if (!s->candidate.net)
        return lc__no_memory(err);
    lc_status status = LC_OK;
    lc__progress progress;
    lc__progress_start(&progress, "drawing nets", wanted, false);
    for (size_t missed = 0; s->candidate.n < wanted && missed < PATIENCE && !status;) {
        status = draw_one(s, &rng, &missed, err);
        lc__progress_step(&progress, s->candidate.n, NULL);
    }
    lc__progress_clear(&progress);
    if (!status && s->candidate.n < least)
        status = lc_error_set(err, LC_EUSAGE,
                              "only %zu nets of %s are left to choose %zu from; ask for fewer",
                              s->candidate.n, s->space->name, least);
    return status;
}
