/* The pieces that transformers of every kind are drawn with. A token is a place along W: tensors
 * are [1, 1, tokens, channels]. */
#ifndef OPS_SPACES_TRANSFORMER_H
#define OPS_SPACES_TRANSFORMER_H

#include "build.h"

/* All return the index of the new node; `id` follows the builder's scope. */
int lc__tf_embedding(lc__build *b, const char *id, int tokens, int rows, int channels);

/* Three projections of x: nodes "query", "keys", "values". */
typedef struct lc__tf_projections {
    int query, keys, values;
} lc__tf_projections;
lc__tf_projections lc__tf_project(lc__build *b, int x, int channels);

/* Attention of one kind, LC_OP_SDPA or LC_OP_WMA. */
int lc__tf_attend(lc__build *b, const char *id, lc_op_type kind, int heads, int query, int keys,
                  int values);

/* layer_norm(x + y): nodes "<id>_add", "<id>_norm". */
int lc__tf_join(lc__build *b, const char *id, int x, int y);

#endif
