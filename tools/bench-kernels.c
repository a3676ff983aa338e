/* Times the library's own kernels, each as a net of one operator run as the agent runs it, on one
 * thread that keeps to one processor, beside what the processor can do at most (bench-mixes.h) and
 * beside oneDNN. Prints one JSON object. For tools/bench, which runs it several times.
 *
 * A round measures every limit and every row once, one after the other, so that a slow change of
 * the machine falls on all of them; a row's share of its limit is that of the same round. A row's
 * time in a round is the 5th percentile of its calls.
 *
 * usage: bench-kernels ROUNDS [ISA]     ISA caps kernels, limits and oneDNN, as profagent's --isa
 * does
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/stats.h"
#include "bench-mixes.h"
#include "latcast/backend.h"

enum { ROUNDS_MAX = 100, CALLS_MAX = 4000, CALLS_MIN = 10, WARM_UP = 3, NONE = -1 };

#define ROUND_SECONDS 0.03 /* of calls of one row */
#define QUANTILE 0.05

enum { IMAGE = 56, TOKENS = 197, HEADS = 3, WIDTH = 64 };

typedef enum row_id {
    CONV_F32,
    CONV_INT8,
    POINT_F32,
    POINT_INT8,
    ADDER_F32,
    ADDER_INT8,
    SHIFT_F32,
    SHIFT_INT16,
    SHIFT_INT8,
    DEPTHWISE_3,
    DEPTHWISE_5,
    ADDER_DEPTHWISE_F32,
    ADDER_DEPTHWISE_INT8,
    SHIFT_DEPTHWISE_F32,
    SHIFT_DEPTHWISE_INT8,
    ATTENTION,
    ATTENTION_IN_PARTS,
    DNN_CONV,
    DNN_DEPTHWISE_3,
    DNN_DEPTHWISE_5,
    DNN_ATTENTION,
    ROWS
} row_id;

/* What a row runs and what is asked of it. */
typedef struct row {
    const char *name, *backend;
    lc_op_type type; /* a convolution; SDPA, or MATMUL for the same in parts */
    lc_dtype dtype;
    int kernel, in, out; /* channels; depthwise where groups are as many */
    int groups;
    int form;     /* mix_form of its limit, or NONE */
    double share; /* of the limit, at least; 0 = not asked */
    int against;  /* row to be compared with in operations per second, or NONE */
    double ratio; /* to that row, at least */
} row;

#define NATIVE(type_, dtype_) .backend = "native", .type = LC_OP_##type_, .dtype = LC_DTYPE_##dtype_
#define DNN(type_) .backend = "onednn", .type = LC_OP_##type_, .dtype = LC_DTYPE_F32
#define DENSE .kernel = 3, .in = 64, .out = 64, .groups = 1
#define POINT .kernel = 1, .in = 64, .out = 256, .groups = 1
#define DEPTHWISE(k) .kernel = (k), .in = 144, .out = 144, .groups = 144
#define LIMIT(form_, share_) .form = MIX_##form_, .share = (share_)
#define NO_LIMIT .form = NONE
#define AGAINST(row_, ratio_) .against = (row_), .ratio = (ratio_)
#define ALONE .against = NONE

static const row rows[ROWS] = {
    [CONV_F32] = {"conv 3x3 64-64 f32", NATIVE(CONV2D, F32), DENSE, LIMIT(FMA, .65), ALONE},
    [CONV_INT8] = {"conv 3x3 64-64 int8", NATIVE(CONV2D, INT8), DENSE, LIMIT(MULTIPLY_INT8, .60),
                   ALONE},
    [POINT_F32] = {"pointwise 64-256 f32", NATIVE(CONV2D, F32), POINT, LIMIT(FMA, .62), ALONE},
    [POINT_INT8] = {"pointwise 64-256 int8", NATIVE(CONV2D, INT8), POINT, LIMIT(MULTIPLY_INT8, .50),
                    ALONE},
    [ADDER_F32] = {"adder 3x3 64-64 f32", NATIVE(ADDER_CONV2D, F32), DENSE, LIMIT(ADDER_F32, .85),
                   AGAINST(CONV_F32, .6)},
    [ADDER_INT8] = {"adder 3x3 64-64 int8", NATIVE(ADDER_CONV2D, INT8), DENSE,
                    LIMIT(ADDER_INT8, .80), AGAINST(DNN_CONV, 2.5)},
    [SHIFT_F32] = {"shift 3x3 64-64 f32", NATIVE(SHIFT_CONV2D, F32), DENSE, LIMIT(SHIFT_F32, .82),
                   ALONE},
    [SHIFT_INT16] = {"shift 3x3 64-64 int16 (int32)", NATIVE(SHIFT_CONV2D, INT16), DENSE,
                     LIMIT(SHIFT_INT16, .82), ALONE},
    [SHIFT_INT8] = {"shift 3x3 64-64 int8 (int16)", NATIVE(SHIFT_CONV2D, INT8), DENSE,
                    LIMIT(SHIFT_INT8, .75), ALONE},
    [DEPTHWISE_3] = {"depthwise 3x3 144 f32", NATIVE(CONV2D, F32), DEPTHWISE(3), NO_LIMIT,
                     AGAINST(DNN_DEPTHWISE_3, 1)},
    [DEPTHWISE_5] = {"depthwise 5x5 144 f32", NATIVE(CONV2D, F32), DEPTHWISE(5), NO_LIMIT,
                     AGAINST(DNN_DEPTHWISE_5, 1)},
    [ADDER_DEPTHWISE_F32] = {"adder depthwise 3x3 144 f32", NATIVE(ADDER_CONV2D, F32), DEPTHWISE(3),
                             NO_LIMIT, AGAINST(DEPTHWISE_3, 0)},
    [ADDER_DEPTHWISE_INT8] = {"adder depthwise 3x3 144 int8", NATIVE(ADDER_CONV2D, INT8),
                              DEPTHWISE(3), NO_LIMIT, AGAINST(DEPTHWISE_3, 0)},
    [SHIFT_DEPTHWISE_F32] = {"shift depthwise 3x3 144 f32", NATIVE(SHIFT_CONV2D, F32), DEPTHWISE(3),
                             NO_LIMIT, AGAINST(DEPTHWISE_3, 0)},
    [SHIFT_DEPTHWISE_INT8] = {"shift depthwise 3x3 144 int8", NATIVE(SHIFT_CONV2D, INT8),
                              DEPTHWISE(3), NO_LIMIT, AGAINST(DEPTHWISE_3, 0)},
    [ATTENTION] = {"attention 197 x 3 x 64 f32, fused", NATIVE(SDPA, F32), NO_LIMIT,
                   AGAINST(DNN_ATTENTION, 1)},
    [ATTENTION_IN_PARTS] = {"attention 197 x 3 x 64 f32, in parts", NATIVE(MATMUL, F32), NO_LIMIT,
                            AGAINST(DNN_ATTENTION, 0)},
    [DNN_CONV] = {"oneDNN conv 3x3 64-64 f32", DNN(CONV2D), DENSE, LIMIT(FMA, 0), ALONE},
    [DNN_DEPTHWISE_3] = {"oneDNN depthwise 3x3 144 f32", DNN(CONV2D), DEPTHWISE(3), NO_LIMIT,
                         ALONE},
    [DNN_DEPTHWISE_5] = {"oneDNN depthwise 5x5 144 f32", DNN(CONV2D), DEPTHWISE(5), NO_LIMIT,
                         ALONE},
    [DNN_ATTENTION] = {"oneDNN matmul, softmax, matmul f32", DNN(MATMUL), NO_LIMIT, ALONE},
};

/* A row made ready, and what was measured; `exec` is NULL where `absent` says why. */
typedef struct bench {
    lc_net *net;
    lc_exec *exec;
    char absent[sizeof(((lc_error *)NULL)->message)];
    double operations;                               /* of a call; 2 for each multiply-accumulate */
    double seconds[ROUNDS_MAX];                      /* of a call */
    double of[ROUNDS_MAX], of_two_ports[ROUNDS_MAX]; /* limits, operations / s */
} bench;

static void stop(const char *what, const lc_error *err) {
    fprintf(stderr, "bench-kernels: %s: %s\n", what, err ? err->message : "failed");
    exit(1);
}

static int add_to(lc_net *net, const lc_op *op, const int *inputs, int n_inputs) {
    int index = 0;
    lc_error err;
    if (lc_net_add(net, NULL, op, inputs, n_inputs, &index, &err))
        stop("making a net", &err);
    return index;
}

static int add_input(lc_net *net, lc_shape shape) {
    lc_op op = lc_op_init(LC_OP_INPUT);
    op.shape = shape;
    return add_to(net, &op, NULL, 0);
}

static void make_conv(const row *r, lc_net *net) {
    lc_op op = lc_op_init(r->type);
    op.kernel_h = op.kernel_w = r->kernel;
    op.pad_h = op.pad_w = r->kernel / 2;
    op.groups = r->groups;
    op.out_channels = r->out;
    op.dtype = r->dtype;
    int input = add_input(net, (lc_shape){1, IMAGE, IMAGE, r->in});
    add_to(net, &op, &input, 1);
}

/* An attention without its projections: queries, keys, values. */
static void make_attention(const row *r, lc_net *net) {
    lc_op op = lc_op_init(r->type);
    lc_shape shape = {1, 1, TOKENS, HEADS * WIDTH};
    int inputs[3];
    for (int i = 0; i < 3; i++)
        inputs[i] = add_input(net, shape);
    op.heads = HEADS;
    op.dtype = r->dtype;
    add_to(net, &op, inputs, 3);
}

/* The same as scores, softmax and weighted values. */
static void make_attention_in_parts(const row *r, lc_net *net) {
    lc_shape shape = {1, HEADS, TOKENS, WIDTH};
    lc_op product = lc_op_init(LC_OP_MATMUL), softmax = lc_op_init(LC_OP_SOFTMAX);
    int inputs[2] = {add_input(net, shape), add_input(net, shape)};
    product.dtype = softmax.dtype = r->dtype;
    product.transpose_b = true;
    inputs[0] = add_to(net, &product, inputs, 2);
    inputs[0] = add_to(net, &softmax, inputs, 1);
    inputs[1] = add_input(net, shape);
    product.transpose_b = false;
    add_to(net, &product, inputs, 2);
}

static void prepare(const row *r, const char *isa, bench *b) {
    lc_exec_config config = {.threads = 1, .isa = isa, .weight_seed = 1};
    const lc_backend *backend = lc_backend_find(r->backend);
    lc_backend_info info;
    lc_error err;
    b->net = lc_net_new(r->name);
    if (!b->net)
        stop("allocating", NULL);
    if (r->type == LC_OP_SDPA)
        make_attention(r, b->net);
    else if (r->type == LC_OP_MATMUL)
        make_attention_in_parts(r, b->net);
    else
        make_conv(r, b->net);
    b->operations = 2 * lc_net_cost(b->net).macs;
    if (r->type == LC_OP_ADDER_CONV2D || r->type == LC_OP_SHIFT_CONV2D)
        b->operations = 2.0 * IMAGE * IMAGE * r->out * r->kernel * r->kernel * r->in / r->groups;
    if (!backend)
        snprintf(b->absent, sizeof b->absent, "this build has no backend %s", r->backend);
    else if (lc_backend_open(backend, &config, &info, &err) ||
             lc_exec_new(backend, b->net, &config, &b->exec, &err))
        snprintf(b->absent, sizeof b->absent, "%s", err.message);
    for (char *c = b->absent; *c; c++)
        *c = *c == '"' || *c == '\\' || *c < ' ' ? '\'' : *c; /* it goes into JSON */
}

static void call(bench *b) {
    lc_error err;
    if (lc_exec_run(b->exec, &err))
        stop(lc_net_name(b->net), &err);
}

/* Seconds of one call. */
static double time_row(bench *b) {
    static double seconds[CALLS_MAX];
    size_t n = 0;
    for (int i = 0; i < WARM_UP; i++)
        call(b);
    double begin = mix_now(), last = begin;
    while (n < CALLS_MAX && (n < CALLS_MIN || last - begin < ROUND_SECONDS)) {
        call(b);
        double now = mix_now();
        seconds[n++] = now - last;
        last = now;
    }
    lc__sort(seconds, n);
    return lc__quantile(seconds, n, QUANTILE);
}

/* Limits of a round, operations per second; 0 where there is none for this processor. */
typedef struct limits {
    double form[ROUNDS_MAX][MIX_FORMS], two_ports[ROUNDS_MAX][MIX_FORMS];
    double cycles[ROUNDS_MAX]; /* per second */
} limits;

static void run_round(bench *benches, lc__isa allowed, limits *l, int round) {
    l->cycles[round] = mix_cycles();
    for (int f = 0; f < MIX_FORMS; f++) {
        const mix *m = mix_of((mix_form)f, allowed);
        if (!m)
            continue;
        l->form[round][f] = 2.0 * m->groups * m->terms / mix_seconds(m);
        l->two_ports[round][f] = 2.0 * m->terms * l->cycles[round] * 2 / m->instructions;
    }
    for (int i = 0; i < ROWS; i++) {
        bench *b = &benches[i];
        b->seconds[round] = b->exec ? time_row(b) : 0;
        if (rows[i].form == NONE)
            continue;
        b->of[round] = l->form[round][rows[i].form];
        b->of_two_ports[round] = l->two_ports[round][rows[i].form];
    }
}

/* "name": {"median": .., "min": .., "max": ..} */
static void print_spread(const char *name, double *values, int n) {
    double median = lc__median(values, (size_t)n);
    lc__sort(values, (size_t)n);
    printf("\"%s\": {\"median\": %.6g, \"min\": %.6g, \"max\": %.6g}", name, median, values[0],
           values[n - 1]);
}

static void print_limits(const limits *l, lc__isa allowed, int rounds) {
    double values[ROUNDS_MAX] = {0};
    memcpy(values, l->cycles, (size_t)rounds * sizeof *values);
    print_spread("cycles_per_s", values, rounds);
    printf(", \"limits\": [");
    const char *separator = "";
    for (int f = 0; f < MIX_FORMS; f++) {
        const mix *m = mix_of((mix_form)f, allowed);
        if (!m)
            continue;
        printf("%s\n{\"form\": \"%s\", \"instructions\": \"%s\", \"terms\": %d, ", separator,
               mix_name((mix_form)f), m->what, m->terms);
        for (int i = 0; i < rounds; i++)
            values[i] = 1e-9 * l->two_ports[i][f];
        print_spread("two_ports_gops", values, rounds);
        for (int i = 0; i < rounds; i++)
            values[i] = 1e-9 * l->form[i][f];
        printf(", ");
        print_spread("gops", values, rounds);
        printf("}");
        separator = ",";
    }
    printf("]");
}

/* A ratio that is asked for: by how much, and whether it was reached. */
static void print_asked(double least, double *ratios, int rounds) {
    double median = lc__median(ratios, (size_t)rounds);
    printf("{");
    print_spread("ratio", ratios, rounds);
    if (least > 0)
        printf(", \"required\": %g, \"met\": %s", least, median >= least ? "true" : "false");
    printf("}");
}

static void print_row(const bench *benches, int i, int rounds) {
    const row *r = &rows[i];
    const bench *b = &benches[i];
    double values[ROUNDS_MAX] = {0};
    printf("\n{\"row\": \"%s\", \"backend\": \"%s\", ", r->name, r->backend);
    if (!b->exec) {
        printf("\"absent\": \"%s\"}", b->absent);
        return;
    }
    for (int k = 0; k < rounds; k++)
        values[k] = 1e6 * b->seconds[k];
    print_spread("latency_us", values, rounds);
    for (int k = 0; k < rounds; k++)
        values[k] = 1e-9 * b->operations / b->seconds[k];
    printf(", ");
    print_spread("gops", values, rounds);
    if (r->form != NONE && b->of[0] > 0) {
        for (int k = 0; k < rounds; k++)
            values[k] = b->operations / b->seconds[k] / b->of[k];
        printf(", \"limit\": \"%s\", \"of_limit\": ", mix_name((mix_form)r->form));
        print_asked(r->share, values, rounds);
        for (int k = 0; k < rounds; k++)
            values[k] = b->operations / b->seconds[k] / b->of_two_ports[k];
        printf(", \"of_two_ports\": ");
        print_asked(0, values, rounds);
    }
    if (r->against != NONE && benches[r->against].exec) {
        const bench *other = &benches[r->against];
        for (int k = 0; k < rounds; k++)
            values[k] = b->operations / b->seconds[k] * other->seconds[k] / other->operations;
        printf(", \"against\": \"%s\", \"of_other\": ", rows[r->against].name);
        print_asked(r->ratio, values, rounds);
    }
    printf("}");
}

/* Stays on the last processor that it may use, as profagent does. */
static void pin(void) {
    cpu_set_t set;
    size_t cpu = CPU_SETSIZE - 1;
    if (sched_getaffinity(0, sizeof set, &set))
        return;
    while (cpu > 0 && !CPU_ISSET(cpu, &set))
        cpu--;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (sched_setaffinity(0, sizeof set, &set))
        stop("keeping to one processor", NULL);
}

int main(int argc, char **argv) {
    static bench benches[ROWS];
    static limits l;
    const char *isa = argc == 3 ? argv[2] : NULL;
    int rounds = argc == 2 || argc == 3 ? (int)strtol(argv[1], NULL, 10) : 0;
    lc__isa allowed = LC__ISA_BASELINE;
    lc_error err;
    if (rounds < 1 || rounds > ROUNDS_MAX) {
        fprintf(stderr, "usage: bench-kernels ROUNDS [ISA]   (1 to %d rounds)\n", ROUNDS_MAX);
        return 2;
    }
    if (lc__isa_cap(isa, &allowed, &err))
        stop("the cap on the instruction set", &err);
    pin();
    for (int i = 0; i < ROWS; i++)
        prepare(&rows[i], isa, &benches[i]);
    for (int round = 0; round < rounds; round++)
        run_round(benches, allowed, &l, round);
    printf("{");
    print_limits(&l, allowed, rounds);
    printf(",\n\"rows\": [");
    for (int i = 0; i < ROWS; i++) {
        printf(i ? "," : "");
        print_row(benches, i, rounds);
    }
    printf("]}\n");
    for (int i = 0; i < ROWS; i++) {
        lc_exec_free(benches[i].exec);
        lc_net_free(benches[i].net);
    }
    return 0;
}
