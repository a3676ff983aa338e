#include "spaces/sweep.h"

#include <string.h>

lc_status lc__space_sweep(const lc_space *space, const int *base, lc__sweep_fn *visit, void *ctx,
                          lc_error *err) {
    int choices[LC_NET_MAX_CHOICES];
    lc_status status = LC_OK;
    for (int p = 0; p < space->n_positions && !status; p++) {
        memcpy(choices, base, (size_t)space->n_positions * sizeof *choices);
        for (int o = 0; o < space->n_options(p) && !status; o++) {
            lc_net *net = NULL;
            choices[p] = o;
            status = lc_space_net(space, choices, space->n_positions, &net, err);
            if (!status)
                status = visit(ctx, p, o, net, err);
            lc_net_free(net);
        }
    }
    return status;
}
