#include "positions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "latcast/space.h"

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
