#include "pgp.h"

#include <string.h>
#include "base/rng.h"
#include "positions.h"

lc__option_kind lc__option_kind_of(const lc_space *space, int position, int option) {
    static const struct {
        const char *prefix;
        lc__option_kind kind;
    } kinds[] = {{"shift_", LC__OPTION_SHIFT},
                 {"adder_", LC__OPTION_ADDER},
                 {"attention", LC__OPTION_ATTENTION},
                 {"skip", LC__OPTION_SKIP}};
    const char *name = space->option_name(position, option);
    for (size_t i = 0; name && i < sizeof kinds / sizeof *kinds; i++)
        if (!strncmp(name, kinds[i].prefix, strlen(kinds[i].prefix)))
            return kinds[i].kind;
    return LC__OPTION_CONV;
}

lc__pgp lc__pgp_plan(int epochs) {
    int third = epochs / 3;
    return (lc__pgp){.conv = third,
                     .adder = third,
                     .mixture = epochs - 2 * third,
                     .conv_rate = 1.0,
                     .adder_rate = 2.0};
}

lc__pgp lc__pgp_plain(int epochs) {
    return (lc__pgp){.mixture = epochs, .conv_rate = 2.0, .adder_rate = 2.0};
}

lc__pgp_stage lc__pgp_at(const lc__pgp *pgp, int epoch) {
    const unsigned adder = 1U << LC__OPTION_ADDER, all = (1U << LC__OPTION_KINDS) - 1;
    if (epoch < pgp->conv)
        return (lc__pgp_stage){"conv", all & ~adder, 0, pgp->conv_rate};
    if (epoch < pgp->conv + pgp->adder)
        return (lc__pgp_stage){"adder", all, all & ~adder, pgp->adder_rate};
    return (lc__pgp_stage){"mixture", all, 0, pgp->adder_rate};
}

static bool holds(unsigned kinds, const lc_space *space, int position, int option) {
    return kinds >> lc__option_kind_of(space, position, option) & 1;
}

/* Uniform over the options of a position whose kind is in `kinds`; -1 if there is none. */
static int draw(unsigned kinds, const lc_space *space, int position, uint64_t *seed) {
    int n = space->n_options(position);
    uint64_t there = 0;
    for (int o = 0; o < n; o++)
        if (holds(kinds, space, position, o))
            there++;
    if (!there)
        return -1;
    uint64_t left = lc__rng_below(seed, there);
    int o = 0;
    for (; !holds(kinds, space, position, o) || left-- > 0; o++)
        continue;
    return o;
}

void lc__pgp_sample(const lc__pgp_stage *stage, const lc_space *space, uint64_t *seed,
                    int *choices) {
    const unsigned all = (1U << LC__OPTION_KINDS) - 1;
    for (int p = 0; p < space->n_positions; p++) {
        choices[p] = draw(stage->sampled, space, p, seed);
        if (choices[p] < 0)
            choices[p] = draw(all, space, p, seed);
    }
}

bool lc__pgp_freezes(const lc__pgp_stage *stage, const lc_space *space, int position, int option) {
    return position >= 0 && holds(stage->frozen, space, position, option);
}

static bool is_convolution(const lc_op *op) {
    return op->type == LC_OP_CONV2D || op->type == LC_OP_SHIFT_CONV2D ||
           op->type == LC_OP_ADDER_CONV2D;
}

/* A convolution whose outputs nothing but their batch-norm changes. */
static bool is_bare(const lc_node *n) {
    return is_convolution(&n->op) && n->op.act == LC_ACT_NONE;
}

static bool depends_on(const lc_net *net, int node, int on) {
    const lc_node *n = lc_net_node(net, node);
    bool found = node == on;
    for (int k = 0; k < n->n_inputs && !found && node > on; k++)
        found = depends_on(net, n->inputs[k], on);
    return found;
}

/* Whatever is chosen something else comes into the sum: what the branch itself begins with, or
 * another that does not start at 0. An edge among others of a cell has no such. */
static bool is_added_to_a_shortcut(const lc_net *net, int node, int sum) {
    const lc_node *s = lc_net_node(net, sum);
    if (s->op.type != LC_OP_ADD || lc__node_position(net, sum) != lc__node_position(net, node))
        return false;
    for (int k = 0; k < s->n_inputs; k++) {
        int other = s->inputs[k];
        if (other != node && (!is_bare(lc_net_node(net, other)) || depends_on(net, node, other)))
            return true;
    }
    return false;
}

bool lc__pgp_starts_at_zero(const lc_net *net, int node) {
    int readers = 0;
    if (!is_bare(lc_net_node(net, node)) || node == lc_net_output(net))
        return false;
    for (int i = node + 1; i < lc_net_size(net); i++) {
        const lc_node *reader = lc_net_node(net, i);
        for (int k = 0; k < reader->n_inputs; k++) {
            if (reader->inputs[k] != node)
                continue;
            if (!is_added_to_a_shortcut(net, node, i))
                return false;
            readers++;
        }
    }
    return readers > 0;
}
