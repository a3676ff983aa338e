/* The pieces that transformers of every kind are drawn with. A token is a place along W: tensors
 * are [1, 1, tokens, channels]. Tensors cannot be cut, so the heads of an attention are drawn as
 * one product of all channels: as many multiplications, one launch in place of a batched one. */
#ifndef TASKS_TRANSFORMER_H
#define TASKS_TRANSFORMER_H

#include "ops/build.h"

/* All return the index of the new node; `id` follows the builder's scope. */
int lc__tf_embedding(lc__build *b, const char *id, int tokens, int rows, int channels);
int lc__tf_matmul(lc__build *b, const char *id, int x, int y, bool transpose_b);

/* softmax(query keys^T) values: nodes "scores", "softmax", "mix". */
int lc__tf_attend(lc__build *b, int query, int keys, int values);

/* layer_norm(x + y): nodes "<id>_add", "<id>_norm". */
int lc__tf_join(lc__build *b, const char *id, int x, int y);

#endif
