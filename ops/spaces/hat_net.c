/* A translation as HAT times it: the encoder once over the sentence, then the decoder word by word
 * with a beam of hypotheses, keys and values of earlier words kept (arXiv:2005.14187).
 *
 * The graph holds every STRIDE-th word only, since all are alike: 30 words would be 3,000 nodes. A
 * forecast learns from samples how long a node takes, so it does not matter that each stands for
 * several, but the encoder's share would be too large by as much; it is a few per cent. Every word
 * has weights of its own where a translator would use the same again.
 */
#include "spaces/hat_net.h"

#include <stdio.h>

#include "spaces/transformer.h"

enum {
    STRIDE = 6,
    BEAM = 5,
    ATTENTION_WIDTH = 512, /* of queries, keys and values, whatever the layer's own width */
    MAX_SIZE = 1 << 16
};

/* What the decoder's layers attend to: projections of the last encoder layers. */
typedef struct memory {
    int n[LC__HAT_LAYERS]; /* how many of them */
    int keys[LC__HAT_LAYERS][LC__HAT_MEMORY], values[LC__HAT_LAYERS][LC__HAT_MEMORY];
} memory;

/* What is being drawn. */
typedef struct sketch {
    lc__build *b;
    const lc__hat_corpus *corpus;
    const lc__hat_shape *shape;
    memory memory;
} sketch;

static int feed_forward(lc__build *b, int x, int width, int hidden) {
    int y = lc__build_linear(b, "ffn1", x, hidden, LC_ACT_RELU);
    y = lc__build_linear(b, "ffn2", y, width, LC_ACT_NONE);
    return lc__tf_join(b, "ffn", x, y);
}

static int attend(lc__build *b, int heads, int query, int keys, int values) {
    return lc__tf_attend(b, "attend", LC_OP_SDPA, heads, query, keys, values);
}

static int encoder_layer(lc__build *b, int x, int width, const lc__hat_layer *layer) {
    lc__tf_projections p = lc__tf_project(b, x, ATTENTION_WIDTH);
    int y = attend(b, layer->heads, p.query, p.keys, p.values);
    y = lc__build_linear(b, "out", y, width, LC_ACT_NONE);
    return feed_forward(b, lc__tf_join(b, "self", x, y), width, layer->hidden);
}

static int numbered(lc__build *b, const char *id, int number, int x) {
    char name[32];
    snprintf(name, sizeof name, "%s%d", id, number);
    return lc__build_linear(b, name, x, ATTENTION_WIDTH, LC_ACT_NONE);
}

static void encode(sketch *k) {
    lc__build *b = k->b;
    const lc__hat_shape *s = k->shape;
    int layers[LC__HAT_LAYERS], n = s->encoder_layers;
    int x = lc__build_input(b, (lc_shape){1, 1, k->corpus->tokens, 1});
    x = lc__tf_embedding(b, "words", x, k->corpus->source_words, s->encoder_width);
    for (int i = 0; i < n; i++) {
        lc__build_scope(b, "encoder%d.", i);
        x = layers[i] = encoder_layer(b, x, s->encoder_width, &s->encoder[i]);
    }
    for (int i = 0; i < s->decoder_layers; i++) {
        memory *m = &k->memory;
        int wanted = s->decoder[i].memory;
        lc__build_scope(b, "memory%d.", i);
        m->n[i] = wanted < n ? wanted : n;
        for (int j = 0; j < m->n[i]; j++) {
            m->keys[i][j] = numbered(b, "keys", j, layers[n - 1 - j]);
            m->values[i][j] = numbered(b, "values", j, layers[n - 1 - j]);
        }
    }
}

/* Keys and values of the words before come from outside, as `past`; that this word's are kept with
 * them is drawn as sums. */
static int attend_past(lc__build *b, int x, int past, int heads) {
    lc__tf_projections p = lc__tf_project(b, x, ATTENTION_WIDTH);
    int query = lc__build_add(b, "keep_keys", p.query, p.keys, LC_ACT_NONE);
    int y = attend(b, heads, query, past, past);
    return lc__build_add(b, "keep_values", y, p.values, LC_ACT_NONE);
}

/* HAT puts the encoder layers that are attended to side by side in every word; here each is
 * attended to by itself, and the results are added. */
static int attend_memory(const sketch *k, int x, int step, int layer) {
    lc__build *b = k->b;
    const memory *m = &k->memory;
    int query = lc__build_linear(b, "query", x, ATTENTION_WIDTH, LC_ACT_NONE), sum = -1;
    for (int i = 0; i < m->n[layer]; i++) {
        lc__build_scope(b, "word%d.decoder%d.cross%d.", step, layer, i);
        int y = attend(b, k->shape->decoder[layer].cross_heads, query, m->keys[layer][i],
                       m->values[layer][i]);
        sum = i == 0 ? y : lc__build_add(b, "add", sum, y, LC_ACT_NONE);
    }
    return sum;
}

static int decoder_layer(const sketch *k, int x, int past, int step, int layer) {
    lc__build *b = k->b;
    int width = k->shape->decoder_width;
    lc__build_scope(b, "word%d.decoder%d.self.", step, layer);
    int y = attend_past(b, x, past, k->shape->decoder[layer].heads);
    y = lc__build_linear(b, "out", y, width, LC_ACT_NONE);
    x = lc__tf_join(b, "self", x, y);
    lc__build_scope(b, "word%d.decoder%d.cross.", step, layer);
    y = attend_memory(k, x, step, layer);
    y = lc__build_linear(b, "out", y, width, LC_ACT_NONE);
    lc__build_scope(b, "word%d.decoder%d.", step, layer);
    x = lc__tf_join(b, "cross", x, y);
    return feed_forward(b, x, width, k->shape->decoder[layer].hidden);
}

/* The word after `words` [1,1,BEAM,1], the step-th drawn. */
static int next_word(const sketch *k, int words, int step) {
    lc__build *b = k->b;
    lc__build_scope(b, "word%d.", step);
    lc_op past = lc_op_init(LC_OP_INPUT);
    past.shape = (lc_shape){1, 1, step * STRIDE + 1, ATTENTION_WIDTH};
    int before = lc__build_op(b, "past", &past, NULL, 0);
    int x = lc__tf_embedding(b, "words", words, k->corpus->words, k->shape->decoder_width);
    for (int i = 0; i < k->shape->decoder_layers; i++)
        x = decoder_layer(k, x, before, step, i);
    lc__build_scope(b, "word%d.", step);
    x = lc__build_linear(b, "logits", x, k->corpus->words, LC_ACT_NONE);
    x = lc__build_plain(b, "softmax", LC_OP_SOFTMAX, x);
    return lc__build_linear(b, "choose", x, 1, LC_ACT_NONE); /* stands for the largest */
}

static lc_status check_layers(const lc__hat_layer *layers, int n, bool decoder, lc_error *err) {
    if (n < 1 || n > LC__HAT_LAYERS)
        return lc_error_set(err, LC_EFORMAT, "%s has 1 to %d layers, not %d",
                            decoder ? "the decoder" : "the encoder", LC__HAT_LAYERS, n);
    for (int i = 0; i < n; i++) {
        if (layers[i].hidden < 1 || layers[i].hidden > MAX_SIZE)
            return lc_error_set(err, LC_EFORMAT, "a width must be in 1 .. %d, is %d", MAX_SIZE,
                                layers[i].hidden);
        if (decoder && (layers[i].memory < 1 || layers[i].memory > LC__HAT_MEMORY))
            return lc_error_set(err, LC_EFORMAT,
                                "a decoder layer attends to 1 to %d encoder layers, not %d",
                                LC__HAT_MEMORY, layers[i].memory);
    }
    return LC_OK;
}

static lc_status check(const lc__hat_shape *s, lc_error *err) {
    const int widths[] = {s->encoder_width, s->decoder_width};
    for (size_t i = 0; i < 2; i++)
        if (widths[i] < 1 || widths[i] > MAX_SIZE)
            return lc_error_set(err, LC_EFORMAT, "a width must be in 1 .. %d, is %d", MAX_SIZE,
                                widths[i]);
    lc_status status = check_layers(s->encoder, s->encoder_layers, false, err);
    return status ? status : check_layers(s->decoder, s->decoder_layers, true, err);
}

lc_status lc__hat_build(const lc__hat_corpus *corpus, const lc__hat_shape *shape, lc_net *net,
                        lc_error *err) {
    lc__build b = {.net = net, .err = err};
    sketch k = {.b = &b, .corpus = corpus, .shape = shape};
    lc_status s = check(shape, err);
    if (s)
        return s;
    encode(&k);
    lc__build_scope(&b, "start.");
    int words = lc__build_input(&b, (lc_shape){1, 1, BEAM, 1});
    for (int step = 0; step * STRIDE < corpus->tokens; step++)
        words = next_word(&k, words, step);
    return b.status;
}
