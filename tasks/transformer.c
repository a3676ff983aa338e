#include "tasks/transformer.h"

#include <stdio.h>

int lc__tf_embedding(lc__build *b, const char *id, int tokens, int rows, int channels) {
    lc_op op = lc_op_init(LC_OP_EMBEDDING);
    op.rows = rows;
    op.out_channels = channels;
    return lc__build_op(b, id, &op, &tokens, 1);
}

int lc__tf_matmul(lc__build *b, const char *id, int x, int y, bool transpose_b) {
    lc_op op = lc_op_init(LC_OP_MATMUL);
    op.transpose_b = transpose_b;
    return lc__build_op(b, id, &op, (const int[]){x, y}, 2);
}

int lc__tf_attend(lc__build *b, int query, int keys, int values) {
    int scores = lc__tf_matmul(b, "scores", query, keys, true);
    scores = lc__build_plain(b, "softmax", LC_OP_SOFTMAX, scores);
    return lc__tf_matmul(b, "mix", scores, values, false);
}

int lc__tf_join(lc__build *b, const char *id, int x, int y) {
    char part[48];
    snprintf(part, sizeof part, "%s_add", id);
    int sum = lc__build_add(b, part, x, y, LC_ACT_NONE);
    snprintf(part, sizeof part, "%s_norm", id);
    return lc__build_plain(b, part, LC_OP_LAYER_NORM, sum);
}
