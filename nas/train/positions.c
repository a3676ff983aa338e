#include "positions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reads `text` off *at, then a number below LC_NET_MAX_CHOICES. */
static bool take(const char **at, const char *text, int *number) {
    size_t n = strlen(text);
    char *end;
    if (strncmp(*at, text, n) != 0 || (*at)[n] < '0' || (*at)[n] > '9')
        return false;
    long value = strtol(*at + n, &end, 10);
    *at = end;
    *number = (int)value;
    return value < LC_NET_MAX_CHOICES;
}

/* By the id alone; -1: none. */
static int position_of_id(const char *id) {
    int stage, cell, from, to, position;
    const char *at = id;
    if (take(&at, "block", &position))
        return *at == '.' ? position : -1;
    at = id;
    bool edge = take(&at, "stage", &stage) && take(&at, ".cell", &cell) && take(&at, ".", &from) &&
                take(&at, "-", &to);
    return edge && from < to ? to * (to - 1) / 2 + from : -1;
}

int lc__node_position(const lc_net *net, int node) {
    int n = 0;
    const int *choices = lc_net_choices(net, &n);
    int position = choices ? position_of_id(lc_net_node(net, node)->id) : -1;
    return position < n ? position : -1;
}

void lc__node_key(const lc_net *net, int node, char *key, size_t size) {
    const char *id = lc_net_node(net, node)->id;
    int n, position = lc__node_position(net, node);
    const lc_space *space = position >= 0 ? lc_space_find(lc_net_space(net)) : NULL;
    const char *option =
        space ? space->option_name(position, lc_net_choices(net, &n)[position]) : NULL;
    snprintf(key, size, "%s%s%s", id, option ? "/" : "", option ? option : "");
}

void lc__position_outputs(const lc_net *net, int n_positions, int *nodes) {
    int next = 0, last = 0; /* the first position without an output; the node before this one */
    bool inside = false;
    for (int i = 0; i < lc_net_size(net); i++) {
        int position = lc__node_position(net, i);
        if (position < 0 && inside)
            break; /* what follows the blocks */
        for (; next < position && next < n_positions; next++)
            nodes[next] = last;
        inside = inside || position >= 0;
        last = i;
    }
    for (; next < n_positions; next++)
        nodes[next] = last;
}

lc_status lc__positions_check(const lc_space *space, lc_error *err) {
    int choices[LC_NET_MAX_CHOICES], last = -1;
    uint64_t seed = 1;
    lc_net *net;
    lc_space_random(space, &seed, choices);
    lc_status st = lc_space_net(space, choices, space->n_positions, &net, err);
    if (st)
        return st;
    for (int i = 0; i < lc_net_size(net) && st == LC_OK; i++) {
        int position = lc__node_position(net, i);
        if (position >= 0 && position < last) {
            lc_error_set(err, LC_EUNSUPPORTED,
                         "nets of %s are no blocks in a row, so single positions have no gates; "
                         "search it by nsga2, lana, random or exhaustive",
                         space->name);
            st = LC_EUNSUPPORTED;
        }
        last = position >= 0 ? position : last;
    }
    lc_net_free(net);
    if (st == LC_OK && last < 0) {
        lc_error_set(err, LC_EUNSUPPORTED,
                     "nets of %s do not say which operators are of a position: search it by nsga2, "
                     "random or exhaustive, with a table of accuracies",
                     space->name);
        st = LC_EUNSUPPORTED;
    }
    return st;
}
