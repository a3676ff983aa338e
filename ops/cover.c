#include "cover.h"

#include <math.h>

#include "base/memory.h"
#include "base/rng.h"
#include "build.h"

#define MOST_ELEMENTS (INT64_C(1) << 22)

/* An operator as it is drawn: one with further inputs sets n_in. */
typedef struct draft {
    uint64_t *seed;
    lc_op op;
    lc_shape in[3];
    int n_in;
} draft;

static int pick(draft *d, const int *of, size_t n) {
    return of[lc__rng_below(d->seed, n)];
}
#define PICK(d, ...)                                                                               \
    pick(d, (const int[]){__VA_ARGS__}, sizeof((const int[]){__VA_ARGS__}) / sizeof(int))

static bool coin(draft *d) {
    return lc__rng_below(d->seed, 2) != 0;
}

static int log_uniform(draft *d, double low, double high) {
    return (int)lround(exp(log(low) + log(high / low) * lc__rng_unit(d->seed)));
}

/* Most nets' channels are multiples of 8; kernels differ on those that are not. */
static int channels(draft *d) {
    int c = log_uniform(d, 3, 1024);
    return c < 8 || lc__rng_below(d->seed, 4) == 0 ? c : (c + 4) / 8 * 8;
}

/* As channels(), but parted evenly into `groups`. */
static int grouped_channels(draft *d, int groups) {
    return (channels(d) / groups + 1) * groups;
}

/* ---- inputs ---- */

static void draw_image(draft *d) {
    int side = PICK(d, 1, 2, 4, 7, 8, 14, 16, 28, 32, 56, 64, 112);
    d->in[0] = (lc_shape){1, side, side, channels(d)};
}

/* Tokens of so many heads; gives the number of heads. */
static int token_heads(draft *d) {
    int heads = PICK(d, 1, 2, 3, 4, 6, 8, 12);
    d->in[0] = (lc_shape){1, 1, log_uniform(d, 16, 512), heads * PICK(d, 16, 32, 64)};
    return heads;
}

static void draw_tokens(draft *d) {
    token_heads(d);
}

/* Scores of every head, tokens x tokens. */
static void draw_scores(draft *d) {
    int heads = token_heads(d), tokens = d->in[0].w;
    d->in[0] = (lc_shape){1, heads, tokens, tokens};
}

static void twice(draft *d) {
    d->in[1] = d->in[0];
    d->n_in = 2;
}

/* ---- convolutions ---- */

static void window(draft *d, int kernel) {
    d->op.kernel_h = d->op.kernel_w = kernel;
    d->op.stride_h = d->op.stride_w = PICK(d, 1, 1, 1, 2);
    d->op.pad_h = d->op.pad_w = kernel / 2;
}

static void conv(draft *d, int kernel) {
    draw_image(d);
    window(d, kernel);
    d->op.out_channels = channels(d);
    d->op.act = (lc_act)PICK(d, LC_ACT_NONE, LC_ACT_NONE, LC_ACT_RELU, LC_ACT_RELU, LC_ACT_RELU6,
                             LC_ACT_HSWISH);
}

static void draw_dense(draft *d) {
    conv(d, PICK(d, 3, 3, 3, 5, 7));
}

static void draw_pointwise(draft *d) {
    conv(d, 1);
}

static void draw_any_dense(draft *d) {
    conv(d, PICK(d, 1, 1, 3, 3, 5));
}

static void draw_grouped(draft *d) {
    conv(d, PICK(d, 1, 3, 3, 5));
    d->op.groups = PICK(d, 2, 4, 8);
    d->in[0].c = grouped_channels(d, d->op.groups);
    d->op.out_channels = grouped_channels(d, d->op.groups);
}

static void draw_depthwise(draft *d) {
    conv(d, PICK(d, 3, 3, 3, 5, 7));
    d->in[0].c = d->in[0].c < 8 ? 8 : d->in[0].c;
    d->op.groups = d->op.out_channels = d->in[0].c;
}

static void draw_spatial_shift(draft *d) {
    draw_image(d);
    d->op.kernel_h = d->op.kernel_w = PICK(d, 3, 5);
}

/* ---- products ---- */

/* On one vector, as a classifier, or on tokens. */
static void draw_linear(draft *d) {
    if (coin(d))
        draw_tokens(d);
    else
        d->in[0] = (lc_shape){1, 1, 1, channels(d)};
    d->op.out_channels = channels(d);
    d->op.act = (lc_act)PICK(d, LC_ACT_NONE, LC_ACT_RELU, LC_ACT_GELU);
}

/* Attention's two: queries with keys, or scores with values. */
static void draw_matmul(draft *d) {
    int heads = token_heads(d), tokens = d->in[0].w, size = d->in[0].c / heads;
    lc_shape values = {1, heads, tokens, size};
    d->op.transpose_b = coin(d);
    d->in[0] = d->op.transpose_b ? values : (lc_shape){1, heads, tokens, tokens};
    d->in[1] = values;
    d->n_in = 2;
}

static void draw_attention(draft *d) {
    d->op.heads = token_heads(d);
}

static void draw_squeeze_excite(draft *d) {
    draw_image(d);
    d->in[0].c = d->in[0].c < 16 ? 16 : d->in[0].c;
    d->op.squeeze = d->in[0].c / PICK(d, 4, 8);
    d->op.act = (lc_act)PICK(d, LC_ACT_SIGMOID, LC_ACT_HSIGMOID);
}

/* ---- tokens ---- */

static void draw_embedding(draft *d) {
    token_heads(d);
    d->op.rows = log_uniform(d, 100, 50000);
    d->op.out_channels = d->in[0].c;
    d->in[0].c = 1;
}

/* Token counts and widths that factor well, and those that do not. */
static void draw_fourier(draft *d) {
    token_heads(d);
    if (coin(d))
        d->in[0].w = PICK(d, 16, 32, 64, 128, 256, 512);
    d->op.cosine = coin(d);
}

/* Attention to the tokens themselves, or to those of another sequence. */
static void draw_sdpa(draft *d) {
    d->op.heads = token_heads(d);
    d->in[1] = d->in[0];
    if (coin(d))
        d->in[1].w = log_uniform(d, 16, 512);
    d->in[2] = d->in[1];
    d->n_in = 3;
}

/* [N, heads, T, channels of a head] */
static void draw_parted(draft *d) {
    int heads = token_heads(d);
    d->in[0] = (lc_shape){1, heads, d->in[0].w, d->in[0].c / heads};
}

static void draw_dynamic_conv(draft *d) {
    d->op.heads = token_heads(d);
    d->op.kernel_w = PICK(d, 3, 5, 7, 9, 13);
    d->in[1] = d->in[0];
    d->in[1].c = d->op.heads * d->op.kernel_w;
    d->n_in = 2;
}

static void draw_lstm(draft *d) {
    token_heads(d);
    d->in[0].w = PICK(d, 1, 8, 16, 32, 64);
    d->op.hidden = log_uniform(d, 32, 512);
}

/* ---- the small ones ---- */

static void draw_mc_dropout(draft *d) {
    draw_image(d);
    d->op.passes = PICK(d, 1, 1, 5, 10, 30);
    d->op.rate_percent = PICK(d, 10, 20, 50);
}

/* More than one pixel, since one has no range. */
static void draw_plane(draft *d) {
    draw_image(d);
    d->in[0].h = d->in[0].h < 2 ? 2 : d->in[0].h;
}

static void draw_pool(draft *d) {
    draw_image(d);
    window(d, PICK(d, 2, 3, 3));
}

static void draw_sum(draft *d) {
    draw_image(d);
    twice(d);
    d->op.act = (lc_act)PICK(d, LC_ACT_NONE, LC_ACT_NONE, LC_ACT_RELU);
}

/* Of two images, or with a factor for each channel. */
static void draw_product(draft *d) {
    draw_sum(d);
    if (coin(d))
        d->in[1].h = d->in[1].w = 1;
}

static void draw_concat(draft *d) {
    draw_image(d);
    twice(d);
    d->in[1].c = channels(d);
}

static void draw_shuffle(draft *d) {
    draw_image(d);
    d->op.groups = PICK(d, 2, 3, 4, 8);
    d->in[0].c = grouped_channels(d, d->op.groups);
}

static void draw_activation(draft *d) {
    draw_image(d);
    d->op.act = (lc_act)PICK(d, LC_ACT_RELU, LC_ACT_RELU6, LC_ACT_HSIGMOID, LC_ACT_HSWISH,
                             LC_ACT_GELU, LC_ACT_SIGMOID);
}

static const struct {
    const char *name;
    lc_op_type type;
    void (*draw)(draft *d);
} kinds[LC__COVER_KINDS] = {
#define KIND(kind, name, type, draw) [LC__COVER_##kind] = {name, LC_OP_##type, draw_##draw},
    LC__COVER_MAP(KIND)
#undef KIND
};

const char *lc__cover_name(lc__cover_kind kind) {
    return kinds[kind].name;
}

static bool small_enough(const lc_net *net, double most_work) {
    lc_cost cost = lc_net_cost(net);
    bool fits = cost.macs + cost.adds + cost.shifts <= most_work &&
                cost.weight_bytes <= (double)MOST_ELEMENTS * sizeof(float);
    for (int i = 0; i < lc_net_size(net); i++)
        fits = fits && lc_shape_count(lc_net_node(net, i)->shape) <= MOST_ELEMENTS;
    return fits;
}

static void locate(const draft *d, lc_shape out, double x[LC__COVER_DIMS]) {
    const lc_op *op = &d->op;
    const double at[LC__COVER_DIMS] = {log2((double)d->in[0].h * d->in[0].w) / 2,
                                       log2(d->in[0].c),
                                       log2(out.c),
                                       2 * log2(op->kernel_w),
                                       log2(op->groups) / 2,
                                       op->stride_h,
                                       op->act != LC_ACT_NONE};
    for (int i = 0; i < LC__COVER_DIMS; i++)
        x[i] = at[i];
}

/* One attempt; *out stays NULL with LC_OK where it came out too large. */
static lc_status attempt(lc__cover_kind kind, double most_work, uint64_t *seed, lc_net **out,
                         double x[LC__COVER_DIMS], lc_error *err) {
    draft d = {.seed = seed, .op = lc_op_init(kinds[kind].type), .n_in = 1};
    lc__build b = {.net = lc_net_new("draw"), .err = err};
    int inputs[3] = {0};
    if (!b.net)
        return lc__no_memory(err);
    kinds[kind].draw(&d);
    for (int i = 0; i < d.n_in; i++) {
        lc__build_scope(&b, "%d.", i);
        inputs[i] = lc__build_input(&b, d.in[i]);
    }
    int node = lc__build_op(&b, "op", &d.op, inputs, d.n_in);
    if (!b.status && small_enough(b.net, most_work)) {
        locate(&d, lc_net_node(b.net, node)->shape, x);
        b.status = lc_net_operator(b.net, node, out, err);
    }
    lc_net_free(b.net);
    return b.status;
}

lc_status lc__cover_draw(lc__cover_kind kind, double most_work, uint64_t *seed, lc_net **out,
                         double x[LC__COVER_DIMS], lc_error *err) {
    enum { TRIES = 10000 }; /* one in a few is small enough, unless next to nothing is */
    lc_status status = LC_OK;
    *out = NULL;
    for (int i = 0; i < TRIES && !status && !*out; i++)
        status = attempt(kind, most_work, seed, out, x, err);
    if (!status && !*out)
        status =
            lc_error_set(err, LC_EINFEASIBLE, "hardly any %s operator has at most %g operations",
                         kinds[kind].name, most_work);
    return status;
}
