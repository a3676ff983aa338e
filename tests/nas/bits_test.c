/* Bit widths of layers: problem, table, size, scores, and the assignment against brute force. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "latcast/nas.h"
#include "ops/build.h"

/* A residual block and a classifier: five layers. */
static lc_net *small_net(void) {
    lc__build b = {.net = lc_net_new("small")};
    int x = lc__build_input(&b, (lc_shape){1, 8, 8, 3});
    x = lc__build_conv(&b, "stem", x, (lc__conv){8, .kernel = 3, .act = LC_ACT_RELU6});
    int y = lc__build_conv(&b, "expand", x, (lc__conv){16, .act = LC_ACT_RELU6});
    y = lc__build_pool(&b, "max", LC_OP_MAX_POOL, y, 3, 1, 1);
    y = lc__build_conv(&b, "depthwise", y, (lc__conv){16, .kernel = 3, .groups = 16});
    y = lc__build_conv(&b, "project", y, (lc__conv){.channels = 8, .no_bias = true});
    y = lc__build_add(&b, "sum", x, y, LC_ACT_NONE);
    y = lc__build_plain(&b, "pool", LC_OP_GLOBAL_AVG_POOL, y);
    lc__build_linear(&b, "classifier", y, 5, LC_ACT_NONE);
    cr_assert_eq(b.status, LC_OK);
    return b.net;
}

static lc_nas_bits *bits_of(lc_net *net) {
    lc_nas_bits *bits = NULL;
    lc_error err = {0};
    cr_assert_eq(lc_nas_bits_new(net, &bits, &err), LC_OK, "%s", err.message);
    lc_net_free(net);
    return bits;
}

static size_t places_of(const lc_nas_bits *bits) {
    const lc_nas_problem *p = lc_nas_bits_problem(bits);
    return lc_nas_place(p, p->n_positions);
}

static const lc_op *op_of(const lc_net *net, const char *id) {
    for (int i = 0; i < lc_net_size(net); i++)
        if (!strcmp(lc_net_node(net, i)->id, id))
            return &lc_net_node(net, i)->op;
    cr_assert(false, "no node %s", id);
    return NULL;
}

/* Bits of activations stand at the operator that computes them, behind a pool that moves them and
 * at the sum of a residual block. */
Test(bits, nets_have_the_bits_chosen) {
    lc_nas_bits *bits = bits_of(small_net());
    const lc_nas_problem *p = lc_nas_bits_problem(bits);
    int choices[LC_NAS_MAX_POSITIONS];
    lc_net *net = NULL;
    cr_assert_eq(p->n_positions, 5);
    cr_expect_eq(p->n_options[0], 7, "the stem reads images");
    cr_expect_eq(p->n_options[1], 49);
    cr_expect_str_eq(lc_nas_bits_layer(bits, 2)->id, "depthwise");
    cr_expect_null(lc_nas_bits_layer(bits, 5));
    for (int i = 0; i < 5; i++) {
        choices[i] = 0;
        lc_nas_width w;
        do
            w = lc_nas_bits_width(bits, i, choices[i]++);
        while (w.weight != 2 + i || (i > 0 && w.activation != 7 - i));
        choices[i]--;
    }
    cr_assert_eq(lc_nas_bits_net(bits, choices, &net, NULL), LC_OK);
    cr_expect_eq(op_of(net, "stem")->weight_bits, 2);
    cr_expect_eq(op_of(net, "stem")->act_bits, 6, "which expand reads");
    cr_expect_eq(op_of(net, "expand")->act_bits, 5);
    cr_expect_eq(op_of(net, "max")->act_bits, 0);
    cr_expect_eq(op_of(net, "depthwise")->act_bits, 4);
    cr_expect_eq(op_of(net, "project")->act_bits, 0, "all of int8's");
    cr_expect_eq(op_of(net, "pool")->act_bits, 3);
    cr_expect_eq(op_of(net, "classifier")->weight_bits, 6);
    cr_expect_eq(op_of(net, "sum")->dtype, LC_DTYPE_INT8);
    lc_net_free(net);
    lc_nas_bits_free(bits);
}

/* Two layers that read one sum: the fewer bits of both. */
Test(bits, of_shared_activations_the_fewest_count) {
    lc__build b = {.net = lc_net_new("fork")};
    int x = lc__build_input(&b, (lc_shape){1, 4, 4, 3}), choices[3];
    x = lc__build_conv(&b, "stem", x, (lc__conv){.channels = 8});
    int y = lc__build_conv(&b, "left", x, (lc__conv){.channels = 8});
    int z = lc__build_conv(&b, "right", x, (lc__conv){.channels = 8});
    lc__build_add(&b, "sum", y, z, LC_ACT_NONE);
    lc_nas_bits *bits = bits_of(b.net);
    lc_net *net = NULL;
    cr_assert_eq(lc_nas_bits_uniform(bits, (lc_nas_width){8, 6}, choices, NULL), LC_OK);
    int six = choices[1];
    cr_assert_eq(lc_nas_bits_uniform(bits, (lc_nas_width){8, 4}, choices, NULL), LC_OK);
    choices[1] = six;
    cr_assert_eq(lc_nas_bits_net(bits, choices, &net, NULL), LC_OK);
    cr_expect_eq(op_of(net, "stem")->act_bits, 4);
    cr_expect_eq(lc_nas_bits_uniform(bits, (lc_nas_width){8, 1}, choices, NULL), LC_EUSAGE);
    lc_net_free(net);
    lc_nas_bits_free(bits);
}

Test(bits, nets_without_layers_have_none) {
    lc__build b = {.net = lc_net_new("pool")};
    int x = lc__build_input(&b, (lc_shape){1, 4, 4, 3});
    lc__build_plain(&b, "pool", LC_OP_GLOBAL_AVG_POOL, x);
    lc_nas_bits *bits;
    lc_error err;
    cr_expect_eq(lc_nas_bits_new(b.net, &bits, &err), LC_EUNSUPPORTED);
    cr_expect(strstr(err.message, "0 convolutions and linear layers"), "%s", err.message);
    lc_net_free(b.net);
}

Test(bits, size_is_that_of_the_weights) {
    lc_nas_bits *bits = bits_of(small_net());
    const lc_nas_problem *p = lc_nas_bits_problem(bits);
    double *table = calloc(places_of(bits), sizeof *table), base;
    int choices[5];
    lc_nas_bits_size(bits, table, &base);
    const int weights = 27 * 8 + 8 * 16 + 9 * 16 + 16 * 8 + 8 * 5, biases = 8 + 16 + 16 + 5;
    cr_expect_float_eq(base, biases * 32 / 8e3, 1e-12);
    for (int b = 2; b <= 8; b += 3) {
        double sum = 0;
        cr_assert_eq(lc_nas_bits_uniform(bits, (lc_nas_width){b, b}, choices, NULL), LC_OK);
        for (int i = 0; i < p->n_positions; i++)
            sum += table[lc_nas_place(p, i) + (size_t)choices[i]];
        cr_expect_float_eq(sum, weights * b / 8e3, 1e-12);
    }
    free(table);
    lc_nas_bits_free(bits);
}

/* ---- the table ---- */

/* What a row of the made-up table says. */
static int cycles_of(int layer, int weight, int activation) {
    return 100 * (layer + 1) * weight * activation + layer;
}

static void write_table(const char *path, const char *more, int skip_layer, const char *end) {
    FILE *f = fopen(path, "w");
    cr_assert_not_null(f);
    fprintf(f, "layer,weight_bits,activation_bits,cycles%s", end);
    for (int l = 0; l < 5; l++)
        for (int w = 1; w <= 8; w++)
            for (int a = 1; a <= 8; a++)
                if (l != skip_layer || w != 3)
                    fprintf(f, "%d,%d,%d,%d%s", l, w, a, cycles_of(l, w, a), end);
    fputs(more, f);
    fclose(f);
}

static const char *temporary(void) {
    static char path[64];
    snprintf(path, sizeof path, "/tmp/latcast-bits-%d.csv", (int)getpid());
    return path;
}

Test(bits, cycles_are_read_from_a_table) {
    static const char *const ends[] = {"\n", "\r\n"};
    lc_nas_bits *bits = bits_of(small_net());
    const lc_nas_problem *p = lc_nas_bits_problem(bits);
    double *table = calloc(places_of(bits), sizeof *table);
    lc_error err = {0};
    for (int e = 0; e < 2; e++) {
        write_table(temporary(), "", -1, ends[e]);
        cr_assert_eq(lc_nas_bits_cycles(bits, temporary(), table, &err), LC_OK, "%s", err.message);
        for (int i = 0; i < p->n_positions; i++)
            for (int o = 0; o < p->n_options[i]; o++) {
                lc_nas_width w = lc_nas_bits_width(bits, i, o);
                cr_expect_eq(table[lc_nas_place(p, i) + (size_t)o],
                             cycles_of(i, w.weight, w.activation));
            }
    }
    unlink(temporary());
    free(table);
    lc_nas_bits_free(bits);
}

/* Each bad table: what is added to a good one, and what is said, at its line 322. */
Test(bits, bad_tables_are_told) {
    static const struct {
        const char *more, *says;
        int line;
    } cases[] = {
        {"0,1,1,5\n", "is on line 2 already", 322},
        {"5,1,1,5\n", "layer must be in 0 .. 4, is 5", 322},
        {"0,0,1,5\n", "weight_bits must be in 1 .. 16, is 0", 322},
        {"0,1,17,5\n", "activation_bits must be in 1 .. 16, is 17", 322},
        {"0,x,1,5\n", "weight_bits is \"x\"", 322},
        {"0,-1,1,5\n", "weight_bits is \"-1\"", 322},
        {"0,9,9\n", "3 columns", 322},
        {"0,9,9,5,6\n", "more than 4 columns", 322},
        {"\n", "1 columns", 322},
        {"0,9,9,0\n", "cycles must be above 0", 322},
        {"0,9,9,nan\n", "cycles is \"nan\"", 322},
        {"0,9,9,1e99\n", "at most 1e+15", 322},
        {"0,9,9,\n", "cycles is \"\"", 322},
    };
    lc_nas_bits *bits = bits_of(small_net());
    double *table = calloc(places_of(bits), sizeof *table);
    lc_error err;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_table(temporary(), cases[i].more, -1, "\n");
        cr_expect_eq(lc_nas_bits_cycles(bits, temporary(), table, &err), LC_EFORMAT, "%s",
                     cases[i].more);
        cr_expect(strstr(err.message, cases[i].says), "%s", err.message);
        cr_expect_eq(err.line, cases[i].line, "%s: line %d", cases[i].more, err.line);
        cr_expect_str_eq(err.file, temporary());
    }
    unlink(temporary());
    cr_expect_eq(lc_nas_bits_cycles(bits, temporary(), table, &err), LC_EIO);
    free(table);
    lc_nas_bits_free(bits);
}

static void expect_refused(const lc_nas_bits *bits, double *table, const char *says, int line) {
    lc_error err;
    cr_expect_eq(lc_nas_bits_cycles(bits, temporary(), table, &err), LC_EFORMAT);
    cr_expect(strstr(err.message, says), "%s", err.message);
    cr_expect_eq(err.line, line, "line %d", err.line);
    unlink(temporary());
}

Test(bits, missing_cells_and_headers_are_named) {
    lc_nas_bits *bits = bits_of(small_net());
    double *table = calloc(places_of(bits), sizeof *table);
    write_table(temporary(), "", 2, "\n");
    expect_refused(bits, table,
                   "no row for layer 2 (node depthwise) with 3 bits of weights and 2 of "
                   "activations, and 6 rows more",
                   0);
    FILE *f = fopen(temporary(), "w");
    fputs("layer,bits,cycles\n", f);
    fclose(f);
    expect_refused(bits, table, "the first line must be layer,weight_bits,activation_bits,cycles",
                   1);
    fclose(fopen(temporary(), "w"));
    expect_refused(bits, table, "the first line must be", 1);
    f = fopen(temporary(), "w");
    fwrite("layer\0x", 1, 7, f);
    fclose(f);
    expect_refused(bits, table, "zero byte", 0);
    free(table);
    lc_nas_bits_free(bits);
}

/* ---- scores ---- */

/* Losses that are sums: of 4 to the power of minus the bits, weighted; by how often it was asked.
 */
typedef struct losses {
    const lc_nas_bits *bits;
    int asked, stop_at;
    bool noisy;
} losses;

static double true_loss(const lc_nas_bits *bits, int position, int option) {
    lc_nas_width w = lc_nas_bits_width(bits, position, option);
    double weight = (1 + position % 3) * pow(4, -w.weight);
    double activation = (2 + position % 2) * pow(4, -w.activation);
    return weight + (lc_nas_bits_problem(bits)->n_options[position] > 7 ? activation : 0);
}

static lc_status loss_of(void *ctx, const int *choices, double *loss, lc_error *err) {
    losses *l = ctx;
    (void)err;
    *loss = 1;
    for (int i = 0; i < lc_nas_bits_problem(l->bits)->n_positions; i++)
        *loss += true_loss(l->bits, i, choices[i]);
    if (l->noisy && l->asked % 2) /* fewer bits may do better by chance */
        *loss -= 0.02;
    l->asked++;
    return LC_OK;
}

static bool go_on(void *ctx, size_t asked, size_t all) {
    const losses *l = ctx;
    cr_assert(asked == (size_t)l->asked && asked < all);
    return l->asked != l->stop_at;
}

Test(bits, scores_are_each_layers_own_loss) {
    lc_nas_bits *bits = bits_of(small_net());
    const lc_nas_problem *p = lc_nas_bits_problem(bits);
    double *score = calloc(places_of(bits), sizeof *score);
    losses l = {.bits = bits, .stop_at = -1};
    const lc_nas_bits_losses how = {loss_of, go_on, &l, 4};
    cr_assert_eq(lc_nas_bits_scores(bits, &how, score, NULL), LC_OK);
    cr_expect_eq(l.asked, 1 + 3 * 9);
    for (int i = 0; i < p->n_positions; i++) {
        const double *own = score + lc_nas_place(p, i);
        int full = p->n_options[i] - 1;
        cr_expect_eq(own[full], 0);
        for (int o = 0; o < full; o++) /* to what the loss of 8 bits is in those of more than 4 */
            cr_expect_float_eq(own[o], true_loss(bits, i, full) - true_loss(bits, i, o), 1e-4);
    }
    free(score);
    lc_nas_bits_free(bits);
}

Test(bits, scores_fall_with_bits_whatever_chance_says) {
    lc_nas_bits *bits = bits_of(small_net());
    double *score = calloc(places_of(bits), sizeof *score);
    losses l = {.bits = bits, .noisy = true};
    lc_error err;
    lc_nas_bits_losses how = {loss_of, NULL, &l, 7};
    cr_assert_eq(lc_nas_bits_scores(bits, &how, score, NULL), LC_OK);
    for (int o = 1; o < 7; o++)
        cr_expect(score[o] >= score[o - 1] && score[o] <= 0);
    how.asked = 8;
    cr_expect_eq(lc_nas_bits_scores(bits, &how, score, &err), LC_EUSAGE);
    how = (lc_nas_bits_losses){loss_of, go_on, &l, 4};
    l = (losses){.bits = bits, .stop_at = 3};
    cr_expect_eq(lc_nas_bits_scores(bits, &how, score, &err), LC_ERUNTIME);
    cr_expect(strstr(err.message, "stopped after 3 of 28 losses"), "%s", err.message);
    free(score);
    lc_nas_bits_free(bits);
}

/* ---- the assignment ---- */

/* Three layers, every net of their 7 x 49 x 49 tried: cycles and size within limits. */
Test(bits, assignment_is_that_of_brute_force) {
    lc__build b = {.net = lc_net_new("three")};
    int x = lc__build_input(&b, (lc_shape){1, 8, 8, 3});
    x = lc__build_conv(&b, "one", x, (lc__conv){6, .kernel = 3});
    x = lc__build_conv(&b, "two", x, (lc__conv){.channels = 12});
    lc__build_conv(&b, "three", x, (lc__conv){4, .kernel = 3});
    lc_nas_bits *bits = bits_of(b.net);
    lc_nas_problem p = *lc_nas_bits_problem(bits);
    size_t places = places_of(bits);
    double *score = calloc(3 * places, sizeof *score), *cycles = score + places;
    double *size = cycles + places, base;
    losses l = {.bits = bits};
    const lc_nas_bits_losses how = {loss_of, NULL, &l, 7};
    cr_assert_eq(lc_nas_bits_scores(bits, &how, score, NULL), LC_OK);
    lc_nas_bits_size(bits, size, &base);
    for (int i = 0; i < 3; i++)
        for (int o = 0; o < p.n_options[i]; o++) {
            lc_nas_width w = lc_nas_bits_width(bits, i, o);
            cycles[lc_nas_place(&p, i) + (size_t)o] = cycles_of(i, w.weight, w.activation);
        }
    p.costs[0] = (lc_nas_cost){.name = "cycles", .unit = "cycles", .table = cycles};
    p.costs[1] = (lc_nas_cost){.name = "size", .unit = "kB", .table = size, .base = base};
    p.n_costs = 2;
    for (int k = 0; k < 4; k++) {
        p.costs[0].limit = 38400 * (0.2 + 0.2 * k);
        p.costs[1].limit = base + 0.66 * (k % 2 ? 0.9 : 0.6);
        double best = -INFINITY;
        int try[3], found[LC_NAS_MAX_POSITIONS];
        lc_nas_proof proof;
        for (try[0] = 0; try[0] < 7; try[0]++)
            for (try[1] = 0; try[1] < 49; try[1]++)
                for (try[2] = 0; try[2] < 49; try[2]++) {
                    double c = 0, kb = base, s = 0;
                    for (int i = 0; i < 3; i++) {
                        size_t at = lc_nas_place(&p, i) + (size_t)try[i];
                        c += cycles[at];
                        kb += size[at];
                        s += score[at];
                    }
                    if (c <= p.costs[0].limit && kb <= p.costs[1].limit)
                        best = fmax(best, s);
                }
        cr_assert_eq(lc_nas_assign(&p, score, 0, found, &proof, NULL), LC_OK);
        cr_expect_float_eq(proof.score, best, 1e-9);
        cr_expect(proof.optimal);
    }
    p.costs[0].limit = 100;
    lc_error err;
    int none[LC_NAS_MAX_POSITIONS];
    lc_nas_proof proof;
    cr_expect_eq(lc_nas_assign(&p, score, 0, none, &proof, &err), LC_EINFEASIBLE);
    free(score);
    lc_nas_bits_free(bits);
}

/* The table of the paper's authors: cycles of uniform bits on MobileNetV2's 53 layers. */
Test(bits, reads_the_reference) {
    const char *folder = getenv("LATCAST_REFERENCE");
    if (!folder)
        cr_skip_test("LATCAST_REFERENCE names no folder of public tables");
    char path[4096];
    lc_net *net = NULL;
    snprintf(path, sizeof path, "%s/haq/mobilenetv2_layer_cycles.csv", folder);
    cr_assert_eq(lc_zoo_net("mobilenet_v2:32:10", &net, NULL), LC_OK);
    lc_nas_bits *bits = bits_of(net);
    const lc_nas_problem *p = lc_nas_bits_problem(bits);
    double *table = calloc(places_of(bits), sizeof *table), sum = 0;
    int choices[LC_NAS_MAX_POSITIONS];
    lc_error err = {0};
    cr_assert_eq(p->n_positions, 53);
    cr_assert_eq(lc_nas_bits_cycles(bits, path, table, &err), LC_OK, "%s", err.message);
    cr_assert_eq(lc_nas_bits_uniform(bits, (lc_nas_width){8, 8}, choices, NULL), LC_OK);
    for (int i = 0; i < 53; i++)
        sum += table[lc_nas_place(p, i) + (size_t)choices[i]];
    cr_expect_eq(sum, 39624933);
    free(table);
    lc_nas_bits_free(bits);
}
