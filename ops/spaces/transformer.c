#include "spaces/transformer.h"

#include <stdio.h>

int lc__tf_embedding(lc__build *b, const char *id, int tokens, int rows, int channels) {
    lc_op op = lc_op_init(LC_OP_EMBEDDING);
    op.rows = rows;
    op.out_channels = channels;
    return lc__build_op(b, id, &op, &tokens, 1);
}

lc__tf_projections lc__tf_project(lc__build *b, int x, int channels) {
    lc__tf_projections p;
    p.query = lc__build_linear(b, "query", x, channels, LC_ACT_NONE);
    p.keys = lc__build_linear(b, "keys", x, channels, LC_ACT_NONE);
    p.values = lc__build_linear(b, "values", x, channels, LC_ACT_NONE);
    return p;
}

int lc__tf_attend(lc__build *b, const char *id, lc_op_type kind, int heads, int query, int keys,
                  int values) {
    lc_op op = lc_op_init(kind);
    op.heads = heads;
    return lc__build_op(b, id, &op, (const int[]){query, keys, values}, 3);
}

int lc__tf_join(lc__build *b, const char *id, int x, int y) {
    char part[48];
    snprintf(part, sizeof part, "%s_add", id);
    int sum = lc__build_add(b, part, x, y, LC_ACT_NONE);
    snprintf(part, sizeof part, "%s_norm", id);
    return lc__build_plain(b, part, LC_OP_LAYER_NORM, sum);
}
