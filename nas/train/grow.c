#include "grow.h"

#include "base/rng.h"
#include "latcast/net.h"

lc_status lc__grow_largest(const lc_space *space, int *choices, lc_error *err) {
    int trial[LC_NET_MAX_CHOICES] = {0};
    lc_status st = LC_OK;
    for (int p = 0; p < space->n_positions && st == LC_OK; p++) {
        double most = -1;
        for (int o = 0; o < space->n_options(p) && st == LC_OK; o++) {
            lc_net *net = NULL;
            trial[p] = o;
            st = lc_space_net(space, trial, space->n_positions, &net, err);
            if (st != LC_OK)
                break;
            double macs = lc_net_cost(net).macs;
            if (macs > most) {
                most = macs;
                choices[p] = o;
            }
            lc_net_free(net);
        }
        trial[p] = 0;
    }
    return st;
}

void lc__grow_back(const lc_space *space, const int *largest, double done, uint64_t *seed,
                   int *choices) {
    for (int p = 0; p < space->n_positions; p++)
        if (LC__GROWS + lc__rng_unit(seed) * (LC__GROWN - LC__GROWS) >= done)
            choices[p] = largest[p];
}
