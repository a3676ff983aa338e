#include "latcast/space.h"

#include <string.h>

#include "base/rng.h"
#include "spaces/spaces.h"

const lc_space *const *lc_spaces(void) {
    static const lc_space *const spaces[] = {&lc__space_fbnet,
                                             &lc__space_nasbench201,
                                             &lc__space_ofa_mbv3,
                                             &lc__space_hat,
                                             &lc__space_flexibert,
                                             &lc__space_nasa,
                                             NULL};
    return spaces;
}

const lc_space *lc_space_find(const char *name) {
    for (const lc_space *const *s = lc_spaces(); *s; s++)
        if (!strcmp((*s)->name, name))
            return *s;
    return NULL;
}

static lc_status check_choices(const lc_space *space, const int *choices, int n_choices,
                               lc_error *err) {
    if (n_choices != space->n_positions)
        return lc_error_set(err, LC_EFORMAT, "space %s has %d choices, not %d", space->name,
                            space->n_positions, n_choices);
    for (int i = 0; i < n_choices; i++)
        if (choices[i] < 0 || choices[i] >= space->n_options(i))
            return lc_error_set(err, LC_EFORMAT, "choice %d of space %s must be in 0 .. %d, is %d",
                                i, space->name, space->n_options(i) - 1, choices[i]);
    return LC_OK;
}

lc_status lc_space_net(const lc_space *space, const int *choices, int n_choices, lc_net **out,
                       lc_error *err) {
    char name[LC__ARCH_MAX];
    lc_status s = check_choices(space, choices, n_choices, err);
    if (s)
        return s;
    space->format(choices, name, sizeof name);
    lc_net *net = lc_net_new(name);
    if (!net)
        return lc_error_set(err, LC_ENOMEM, "out of memory");
    s = space->build(choices, net, err);
    if (!s)
        s = lc_net_set_origin(net, space->name, choices, n_choices, err);
    if (s)
        lc_net_free(net);
    else
        *out = net;
    return s;
}

void lc_space_random(const lc_space *space, uint64_t *seed, int *choices) {
    for (int i = 0; i < space->n_positions; i++)
        choices[i] = (int)lc__rng_below(seed, (uint64_t)space->n_options(i));
}
