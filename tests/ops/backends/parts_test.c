/* The parts that backends share: threads, memory plan, weights, the kernel table. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "backends/arena.h"
#include "backends/weights.h"
#include "base/rng.h"
#include "kernels/kernel.h"
#include "latcast/backend.h"
#include "random_op.h"

#define ITEMS 1000

static void count_items(void *context, size_t begin, size_t end) {
    atomic_int *seen = context;
    for (size_t i = begin; i < end; i++) {
        atomic_fetch_add(&seen[i], 1);
    }
}

/* Every item once, for teams that spin, teams that sleep, and fewer items than threads. */
static void check_team(int threads, int spins) {
    static const size_t counts[] = {0, 1, 2, 3, 7, ITEMS};
    lc__team *team = lc__team_new(threads, spins);
    cr_assert_not_null(team);
    cr_assert_eq(lc__team_size(team), threads);
    for (int round = 0; round < 50; round++) {
        for (size_t k = 0; k < sizeof counts / sizeof counts[0]; k++) {
            atomic_int seen[ITEMS];
            for (size_t i = 0; i < ITEMS; i++) {
                atomic_init(&seen[i], 0);
            }
            lc__parallel_for(team, counts[k], count_items, seen);
            for (size_t i = 0; i < ITEMS; i++) {
                cr_assert_eq(atomic_load(&seen[i]), i < counts[k] ? 1 : 0);
            }
        }
    }
    lc__team_free(team);
}

Test(team, every_item_once) {
    check_team(1, 0);
    check_team(2, 0);
    check_team(2, 2000);
    check_team(5, 100);
}

static bool overlap(const lc__life *a, const lc__life *b) {
    bool in_time = a->first <= b->last && b->first <= a->last;
    bool in_space = a->offset < b->offset + b->size && b->offset < a->offset + a->size;
    return in_time && in_space;
}

Test(arena, buffers_in_use_together_never_overlap) {
    uint64_t seed = 11;
    for (int round = 0; round < 200; round++) {
        lc__life lives[30];
        size_t n = 1 + lc__rng_below(&seed, 30), total = 0;
        for (size_t i = 0; i < n; i++) {
            int first = (int)lc__rng_below(&seed, 20);
            lives[i] = (lc__life){.size = lc__rng_below(&seed, 5000),
                                  .first = first,
                                  .last = first + (int)lc__rng_below(&seed, 10)};
        }
        cr_assert_eq(lc__arena_plan(lives, n, &total, NULL), LC_OK);
        for (size_t i = 0; i < n; i++) {
            cr_assert_eq(lives[i].offset % LC__ALIGN, 0);
            cr_assert_leq(lives[i].offset + lives[i].size, total);
            for (size_t j = 0; j < i; j++) {
                cr_assert_not(overlap(&lives[i], &lives[j]));
            }
        }
    }
}

/* A chain of layers needs two buffers, however long it is. */
Test(arena, a_chain_needs_two_buffers) {
    lc__life lives[40];
    size_t total = 0;
    for (int i = 0; i < 40; i++) {
        lives[i] = (lc__life){.size = 1024, .first = i, .last = i + 1};
    }
    cr_assert_eq(lc__arena_plan(lives, 40, &total, NULL), LC_OK);
    cr_assert_eq(total, 2 * 1024);
}

/* More than any machine has must come back as an error, not as a kill. */
Test(arena, the_impossible_is_refused) {
    cr_assert_null(lc__arena_alloc(SIZE_MAX));
    cr_assert_null(lc__arena_alloc((size_t)1 << 55));
}

Test(arena, memory_is_aligned_and_zero) {
    char *memory = lc__arena_alloc(100);
    cr_assert_not_null(memory);
    cr_assert_eq((uintptr_t)memory % LC__ALIGN, 0);
    cr_assert_eq(memory[0] | memory[99], 0);
    free(memory);
}

static lc_net *conv_net(lc_op_type type) {
    lc_net *net = lc_net_new("conv");
    lc_op input = lc_op_init(LC_OP_INPUT), conv = lc_op_init(type);
    int index = 0;
    input.shape = (lc_shape){1, 4, 4, 16};
    conv.kernel_h = conv.kernel_w = 3;
    conv.out_channels = 32;
    cr_assert_eq(lc_net_add(net, "in", &input, NULL, 0, &index, NULL), LC_OK);
    cr_assert_eq(lc_net_add(net, "conv", &conv, &index, 1, NULL, NULL), LC_OK);
    return net;
}

#define CONV_WEIGHTS (32 * 3 * 3 * 16 + 32)

Test(weights, follow_the_seed) {
    static float a[CONV_WEIGHTS], b[CONV_WEIGHTS], c[CONV_WEIGHTS];
    lc_net *net = conv_net(LC_OP_CONV2D);
    lc__weights_draw(net, 1, 5, a);
    lc__weights_draw(net, 1, 5, b);
    lc__weights_draw(net, 1, 6, c);
    cr_assert_arr_eq(a, b, sizeof a);
    cr_assert_neq(memcmp(a, c, sizeof a), 0);
    lc_net_free(net);
}

/* +-2^p, p in -7 .. 0, with several exponents and both signs in use. */
Test(weights, shifts_are_powers_of_two) {
    static float w[CONV_WEIGHTS];
    int exponents[8] = {0}, negative = 0;
    lc_net *net = conv_net(LC_OP_SHIFT_CONV2D);
    lc__weights_draw(net, 1, 5, w);
    for (size_t i = 0; i < CONV_WEIGHTS - 32; i++) {
        int p = 0;
        cr_assert_eq(frexpf(fabsf(w[i]), &p), 0.5F, "%g", (double)w[i]);
        cr_assert(p - 1 >= -7 && p - 1 <= 0, "%g", (double)w[i]);
        exponents[1 - p]++;
        negative += w[i] < 0;
    }
    cr_assert_gt(exponents[7], 0);
    cr_assert_gt(exponents[4], 0);
    cr_assert(negative > 1000 && negative < CONV_WEIGHTS - 1000);
    lc_net_free(net);
}

/* An operator that only forecasts know must be refused before any work is done. */
static void check_refused(lc_op_type type) {
    const lc_exec_config config = {.threads = 1};
    uint64_t seed = 1;
    lc_net *net = random_op_net(type, &seed);
    lc_exec *exec = NULL;
    lc_error err = {0};
    cr_assert_eq(lc_exec_new(lc_backend_find("native"), net, &config, &exec, &err), LC_EUNSUPPORTED,
                 "%s", lc_op_type_name(type));
    cr_assert_null(exec);
    cr_assert_not_null(strstr(err.message, lc_op_type_name(type)), "%s", err.message);
    lc_net_free(net);
}

Test(kernels, every_operator_runs_or_is_refused) {
    for (int i = 0; i < LC_OP_COUNT; i++) {
        lc_op_type type = (lc_op_type)i;
        lc_op op = lc_op_init(type);
        bool has = lc__kernel_find(&op, (lc_shape){1, 1, 1, 1}) != NULL;
        cr_assert_eq(has, type != LC_OP_INPUT && !forecast_only(type), "%s", lc_op_type_name(type));
        if (forecast_only(type)) {
            check_refused(type);
        }
    }
}

Test(kernels, depthwise_goes_to_its_own) {
    lc_op op = lc_op_init(LC_OP_ADDER_CONV2D);
    lc_shape in = {1, 8, 8, 32};
    op.groups = op.out_channels = 32;
    cr_assert_str_eq(lc__kernel_find(&op, in)->name, "f32_adder_depthwise__scalar_16");
    op.out_channels = 64; /* two outputs per channel */
    cr_assert_str_eq(lc__kernel_find(&op, in)->name, "f32_adder_conv2d__scalar_4x8");
}
