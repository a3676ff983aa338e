/* Which position of its space each operator of a net belongs to. Spaces say it by their ids:
 * "block<p>.": position p; "stage<s>.cell<c>.<from>-<to>": that edge of a cell (NAS-Bench-201). */
#ifndef TRAIN_POSITIONS_H
#define TRAIN_POSITIONS_H

#include "latcast/net.h"
#include "latcast/space.h"

/* -1: none, also in a net without origin. */
int lc__node_position(const lc_net *net, int node);

/* The name that a node's weights go by: its id, and at a position "<id>/<option>", so that each
 * option has its own. */
void lc__node_key(const lc_net *net, int node, char *key, size_t size);

/* nodes[n_positions]: the node whose output is that of each position of a net of blocks in a row
 * ("block<p>."), which for a position that is skipped is the output of the one before. */
void lc__position_outputs(const lc_net *net, int n_positions, int *nodes);

/* Whether nets of the space are blocks in a row, as lc__position_outputs() wants them: OK, or
 * LC_EUNSUPPORTED (cells that repeat, such as NAS-Bench-201). */
lc_status lc__positions_check(const lc_space *space, lc_error *err);

#endif
