/* A translation as HAT times it: the encoder once over the sentence, then the decoder word by word
 * with a beam of hypotheses, keys and values of earlier words kept.
 *
 * The graph holds every STRIDE-th word only, since all are alike: 30 words would be 4,000 nodes. A
 * forecast learns from samples how long a node takes, so it does not matter that each stands for
 * several, but the encoder's share would be too large by as much; it is a few per cent.
 */
#include "tasks/hat.h"

#include <math.h>
#include <stdio.h>

#include "tasks/transformer.h"

enum {
    STRIDE = 6,
    BEAM = 5,
    ATTENTION_WIDTH = 512, /* of queries, keys and values, whatever the layer's own width */
    MAX_LAYERS = 12,
    MAX_CROSS = 3,
    MAX_SIZE = 1 << 16
};

/* What the decoder's layers attend to: projections of the last encoder layers. */
typedef struct memory {
    int n[MAX_LAYERS]; /* how many of them */
    int keys[MAX_LAYERS][MAX_CROSS], values[MAX_LAYERS][MAX_CROSS];
} memory;

/* Layers share a mean out: layer i of n gets the whole part that keeps the sum nearest. */
static int part(double mean, int i) {
    return (int)(lround(mean * (i + 1)) - lround(mean * i));
}

static int feed_forward(lc__build *b, int x, int width, int hidden) {
    int y = lc__build_linear(b, "ffn1", x, hidden, LC_ACT_RELU);
    y = lc__build_linear(b, "ffn2", y, width, LC_ACT_NONE);
    return lc__tf_join(b, "ffn", x, y);
}

static int encoder_layer(lc__build *b, int x, const lc__hat_shape *s) {
    int width = (int)s->encoder_width;
    int query = lc__build_linear(b, "query", x, ATTENTION_WIDTH, LC_ACT_NONE);
    int keys = lc__build_linear(b, "keys", x, ATTENTION_WIDTH, LC_ACT_NONE);
    int values = lc__build_linear(b, "values", x, ATTENTION_WIDTH, LC_ACT_NONE);
    int y = lc__tf_attend(b, query, keys, values);
    y = lc__build_linear(b, "out", y, width, LC_ACT_NONE);
    return feed_forward(b, lc__tf_join(b, "self", x, y), width, (int)lround(s->encoder_ffn));
}

static int numbered(lc__build *b, const char *id, int number, int x) {
    char name[32];
    snprintf(name, sizeof name, "%s%d", id, number);
    return lc__build_linear(b, name, x, ATTENTION_WIDTH, LC_ACT_NONE);
}

static void encode(lc__build *b, const lc__hat_corpus *corpus, const lc__hat_shape *s, memory *m) {
    int layers[MAX_LAYERS], n = (int)s->encoder_layers;
    int x = lc__build_input(b, (lc_shape){1, 1, corpus->tokens, 1});
    x = lc__tf_embedding(b, "words", x, corpus->source_words, (int)s->encoder_width);
    for (int i = 0; i < n; i++) {
        lc__build_scope(b, "encoder%d.", i);
        x = layers[i] = encoder_layer(b, x, s);
    }
    for (int i = 0; i < (int)s->decoder_layers; i++) {
        lc__build_scope(b, "memory%d.", i);
        int wanted = part(s->cross_layers, i);
        m->n[i] = wanted < n ? wanted : n;
        for (int k = 0; k < m->n[i]; k++) {
            m->keys[i][k] = numbered(b, "keys", k, layers[n - 1 - k]);
            m->values[i][k] = numbered(b, "values", k, layers[n - 1 - k]);
        }
    }
}

/* Keys and values of the words before come from outside, as `past`; that this word's are kept with
 * them is drawn as sums. */
static int attend_past(lc__build *b, int x, int past) {
    int query = lc__build_linear(b, "query", x, ATTENTION_WIDTH, LC_ACT_NONE);
    int keys = lc__build_linear(b, "keys", x, ATTENTION_WIDTH, LC_ACT_NONE);
    int values = lc__build_linear(b, "values", x, ATTENTION_WIDTH, LC_ACT_NONE);
    query = lc__build_add(b, "keep_keys", query, keys, LC_ACT_NONE);
    int y = lc__tf_attend(b, query, past, past);
    return lc__build_add(b, "keep_values", y, values, LC_ACT_NONE);
}

/* HAT puts the encoder layers that are attended to side by side in every word; here each is
 * attended to by itself, and the results are added. */
static int attend_memory(lc__build *b, int x, const memory *m, int step, int layer) {
    int query = lc__build_linear(b, "query", x, ATTENTION_WIDTH, LC_ACT_NONE), sum = -1;
    for (int k = 0; k < m->n[layer]; k++) {
        lc__build_scope(b, "word%d.decoder%d.cross%d.", step, layer, k);
        int y = lc__tf_attend(b, query, m->keys[layer][k], m->values[layer][k]);
        sum = k == 0 ? y : lc__build_add(b, "add", sum, y, LC_ACT_NONE);
    }
    return sum;
}

static int decoder_layer(lc__build *b, int x, int past, const memory *m, int step, int layer,
                         const lc__hat_shape *s) {
    int width = (int)s->decoder_width;
    lc__build_scope(b, "word%d.decoder%d.self.", step, layer);
    int y = attend_past(b, x, past);
    y = lc__build_linear(b, "out", y, width, LC_ACT_NONE);
    x = lc__tf_join(b, "self", x, y);
    lc__build_scope(b, "word%d.decoder%d.cross.", step, layer);
    y = attend_memory(b, x, m, step, layer);
    y = lc__build_linear(b, "out", y, width, LC_ACT_NONE);
    lc__build_scope(b, "word%d.decoder%d.", step, layer);
    x = lc__tf_join(b, "cross", x, y);
    return feed_forward(b, x, width, (int)lround(s->decoder_ffn));
}

/* The word after `words` [1,1,BEAM,1], the step-th drawn. */
static int next_word(lc__build *b, int words, const memory *m, int step,
                     const lc__hat_corpus *corpus, const lc__hat_shape *s) {
    lc__build_scope(b, "word%d.", step);
    lc_op past = lc_op_init(LC_OP_INPUT);
    past.shape = (lc_shape){1, 1, step * STRIDE + 1, ATTENTION_WIDTH};
    int before = lc__build_op(b, "past", &past, NULL, 0);
    int x = lc__tf_embedding(b, "words", words, corpus->words, (int)s->decoder_width);
    for (int i = 0; i < (int)s->decoder_layers; i++)
        x = decoder_layer(b, x, before, m, step, i, s);
    lc__build_scope(b, "word%d.", step);
    x = lc__build_linear(b, "logits", x, corpus->words, LC_ACT_NONE);
    x = lc__build_plain(b, "softmax", LC_OP_SOFTMAX, x);
    return lc__build_linear(b, "choose", x, 1, LC_ACT_NONE); /* stands for the largest */
}

static lc_status check(const lc__hat_shape *s, lc_error *err) {
    const double sizes[] = {s->encoder_width, s->encoder_ffn, s->decoder_width, s->decoder_ffn};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (!(sizes[i] >= 1 && sizes[i] <= MAX_SIZE))
            return lc_error_set(err, LC_EFORMAT, "a width must be in 1 .. %d, is %g", MAX_SIZE,
                                sizes[i]);
    const double layers[] = {s->encoder_layers, s->decoder_layers};
    for (size_t i = 0; i < 2; i++)
        if (!(layers[i] >= 1 && layers[i] <= MAX_LAYERS))
            return lc_error_set(err, LC_EFORMAT, "%s has 1 to %d layers, not %g",
                                i ? "the decoder" : "the encoder", MAX_LAYERS, layers[i]);
    if (!(s->cross_layers >= 1 && s->cross_layers <= MAX_CROSS))
        return lc_error_set(err, LC_EFORMAT,
                            "a decoder layer attends to 1 to %d encoder layers, not %g", MAX_CROSS,
                            s->cross_layers);
    return LC_OK;
}

lc_status lc__hat_net(const char *name, const lc__hat_corpus *corpus, const lc__hat_shape *shape,
                      lc_net **out, lc_error *err) {
    lc_status s = check(shape, err);
    if (s)
        return s;
    lc__build b = {.net = lc_net_new(name), .err = err};
    if (!b.net)
        return lc_error_set(err, LC_ENOMEM, "out of memory");
    memory m = {0};
    encode(&b, corpus, shape, &m);
    lc__build_scope(&b, "start.");
    int words = lc__build_input(&b, (lc_shape){1, 1, BEAM, 1});
    for (int step = 0; step * STRIDE < corpus->tokens; step++)
        words = next_word(&b, words, &m, step, corpus, shape);
    if (b.status)
        lc_net_free(b.net);
    else
        *out = b.net;
    return b.status;
}
