/* The parts that backends share: threads, memory plan, weights, the kernel table, instruction sets,
 * stored values. */
#include <criterion/criterion.h>
#include <ftw.h>
#include <math.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "backends/arena.h"
#include "backends/ledger.h"
#include "backends/memory.h"
#include "backends/weights.h"
#include "base/file.h"
#include "base/rng.h"
#include "kernels/kernel.h"
#include "kernels/quant.h"
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

/* How many items there were, and how many members had more than half of all. */
static void add_items(void *context, size_t begin, size_t end) {
    atomic_size_t *seen = context;
    atomic_fetch_add(&seen[0], end - begin);
    atomic_fetch_add(&seen[1], end - begin > SIZE_MAX / 2 ? 1 : 0);
}

/* A number of items that times the threads is more than a size_t holds, as a layer of a 32-bit
 * board may have. */
Test(team, shares_of_any_number_are_even) {
    atomic_size_t seen[2];
    lc__team *team = lc__team_new(3, 0);
    atomic_init(&seen[0], 0);
    atomic_init(&seen[1], 0);
    lc__parallel_for(team, SIZE_MAX, add_items, seen);
    cr_assert_eq(atomic_load(&seen[0]), SIZE_MAX);
    cr_assert_eq(atomic_load(&seen[1]), 0);
    lc__team_free(team);
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
        size_t n = 1 + (size_t)lc__rng_below(&seed, 30), total = 0;
        for (size_t i = 0; i < n; i++) {
            int first = (int)lc__rng_below(&seed, 20);
            lives[i] = (lc__life){.size = (size_t)lc__rng_below(&seed, 5000),
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
    cr_assert_null(lc__arena_alloc(SIZE_MAX - SIZE_MAX / 8));
}

/* Two of half of the address space cannot live at once, but follow each other. */
Test(arena, what_no_address_reaches_is_refused) {
    lc_error err = {0};
    size_t total = 0;
    lc__life lives[] = {{SIZE_MAX / 2 + 1, 0, 1, 0}, {SIZE_MAX / 2 + 1, 1, 2, 0}};
    cr_assert_eq(lc__arena_plan(lives, 2, &total, &err), LC_ENOMEM);
    cr_assert_not_null(strstr(err.message, "in use together"), "%s", err.message);
    lives[1].first = 2;
    cr_assert_eq(lc__arena_plan(lives, 2, &total, &err), LC_OK, "%s", err.message);
    cr_assert_eq(total, SIZE_MAX / 2 + 1);
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

/* --- memory that can be had ------------------------------------------------------------------- */

/* A tree with files of text, removed at the end of the test. */
static char tree[64];

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw) {
    (void)st, (void)flag, (void)ftw;
    return remove(path);
}

static void clear_tree(void) {
    nftw(tree, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void plant(const char *path, const char *text) {
    char full[256];
    snprintf(full, sizeof full, "%s%s", tree, path);
    for (char *slash = strchr(full + strlen(tree) + 1, '/'); slash != NULL;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(full, 0755);
        *slash = '/';
    }
    cr_assert_eq(lc__file_write(full, text, strlen(text), NULL), LC_OK);
}

static void plant_machine(void) {
    snprintf(tree, sizeof tree, "/tmp/latcast-parts-XXXXXX");
    cr_assert_not_null(mkdtemp(tree));
    plant("/proc/meminfo", "MemTotal: 8000000 kB\nMemAvailable: 4000000 kB\n");
}

TestSuite(memory, .fini = clear_tree);

Test(memory, of_the_machine) {
    plant_machine();
    cr_assert_eq(lc__memory_available(tree), 4000000.0 * 1024);
}

/* A board may have more than a process of 32 bits can reach. */
Test(memory, of_the_address_space) {
    plant_machine();
    plant("/proc/meminfo", "MemAvailable: 99999999999999999 kB\n");
    cr_assert_lt(lc__memory_available(tree), (double)UINTPTR_MAX);
}

/* A container's limit lies above it, seen from inside; its page cache can be had. */
Test(memory, of_groups_of_version_2) {
    plant_machine();
    plant("/proc/self/cgroup", "0::/job/step\n");
    plant("/sys/fs/cgroup/job/step/memory.max", "max\n");
    plant("/sys/fs/cgroup/job/step/memory.current", "1000\n");
    plant("/sys/fs/cgroup/job/memory.max", "1000000\n");
    plant("/sys/fs/cgroup/job/memory.current", "600000\n");
    plant("/sys/fs/cgroup/job/memory.stat", "anon 100\ninactive_file 50000\n");
    cr_assert_eq(lc__memory_available(tree), 450000);
}

Test(memory, of_groups_of_version_1) {
    plant_machine();
    plant("/proc/self/cgroup", "5:cpu:/\n4:memory:/elsewhere\n0::/\n");
    plant("/sys/fs/cgroup/memory/memory.limit_in_bytes", "2000000\n");
    plant("/sys/fs/cgroup/memory/memory.usage_in_bytes", "500000\n");
    cr_assert_eq(lc__memory_available(tree), 1500000);
}

/* 16 channels of 4x4 in, 32 of 2x2 out: the net needs 18560 bytes of weights and 1536 of values. */
Test(memory, too_little_is_refused_by_operator) {
    lc_error err = {0};
    lc_net *net = conv_net(LC_OP_CONV2D);
    lc__ledger ledger = {.net = net, .available = 20096};
    cr_assert_eq(lc__ledger_check(&ledger, LC_DTYPE_F32, &err), LC_OK);
    ledger.available = 20095;
    cr_assert_eq(lc__ledger_check(&ledger, LC_DTYPE_F32, &err), LC_ENOMEM);
    cr_assert_not_null(
        strstr(err.message, "needs at least 20096 bytes of memory, node conv (conv2d)"), "%s",
        err.message);
    ledger.available = 5024;
    cr_assert_eq(lc__ledger_check(&ledger, LC_DTYPE_INT8, &err), LC_OK, "a quarter of it");
    lc_net_free(net);
}

/* Something is left to all else; of very little, most can be used all the same. */
Test(memory, a_part_is_spared) {
    cr_assert_eq(lc__ledger_open(NULL, 32.0 * (1 << 30)).available, 31.0 * (1 << 30) - (8 << 20));
    cr_assert_eq(lc__ledger_open(NULL, 16 << 20).available, 12 << 20);
}

Test(memory, what_was_given_back_can_be_taken_again) {
    lc_error err = {0};
    lc_net *net = conv_net(LC_OP_CONV2D);
    lc__ledger ledger = {.net = net, .available = 100};
    cr_assert_eq(lc__ledger_take(&ledger, 1, 60, 60, &err), LC_OK);
    cr_assert_eq(lc__ledger_take(&ledger, 1, 50, 50, &err), LC_ENOMEM);
    cr_assert_not_null(strstr(err.message, "needs at least 110 bytes of memory, node conv (conv2d) "
                                           "50 of them, and 100 can be had"),
                       "%s", err.message);
    lc__ledger_give(&ledger, 60);
    cr_assert_eq(lc__ledger_take(&ledger, 1, 50, 50, &err), LC_OK);
    cr_assert_eq(ledger.most, 60);
    lc_net_free(net);
}

/* Before anything is allocated, and so at once. */
Test(memory, a_net_beyond_the_limit_is_refused) {
#if defined __SANITIZE_ADDRESS__ || defined LATCAST_EMULATED
    cr_skip_test("the sanitizer's own address space is beyond any limit, and QEMU keeps none");
#endif
    const struct rlimit limit = {(rlim_t)1 << 30, (rlim_t)1 << 30};
    const lc_exec_config config = {.threads = 1};
    lc_net *net = lc_net_new("large");
    lc_op input = lc_op_init(LC_OP_INPUT), relu = lc_op_init(LC_OP_ACTIVATION);
    lc_exec *exec = NULL;
    lc_error err = {0};
    int index = 0;
    snprintf(tree, sizeof tree, "/tmp/latcast-parts-none");
    input.shape = (lc_shape){1, 1024, 1024, 1024};
    relu.act = LC_ACT_RELU;
    cr_assert_eq(lc_net_add(net, "in", &input, NULL, 0, NULL, NULL), LC_OK);
    cr_assert_eq(lc_net_add(net, "relu", &relu, &index, 1, NULL, NULL), LC_OK);
    cr_assert_eq(setrlimit(RLIMIT_AS, &limit), 0);
    cr_assert_eq(lc_exec_new(lc_backend_find("native"), net, &config, &exec, &err), LC_ENOMEM);
    cr_assert_not_null(strstr(err.message, "node relu (activation)"), "%s", err.message);
    lc_net_free(net);
}

/* OpenBLAS tries for ever to get its buffer. */
Test(memory, a_buffer_of_openblas_beyond_the_limit_is_refused, .timeout = 20) {
#if defined __SANITIZE_ADDRESS__ || defined LATCAST_EMULATED
    cr_skip_test("the sanitizer's own address space is beyond any limit, and QEMU keeps none");
#endif
    const lc_backend *openblas = lc_backend_find("openblas");
    if (!openblas)
        cr_skip_test("built without OpenBLAS");
    const struct rlimit limit = {100 << 20, 100 << 20};
    const lc_exec_config config = {.threads = 1};
    lc_net *net = conv_net(LC_OP_CONV2D);
    lc_exec *exec = NULL;
    lc_error err = {0};
    snprintf(tree, sizeof tree, "/tmp/latcast-parts-none");
    cr_assert_eq(setrlimit(RLIMIT_AS, &limit), 0);
    lc_status status = lc_exec_new(openblas, net, &config, &exec, &err);
    cr_assert(status == LC_ENOMEM || status == LC_EUNSUPPORTED, "%s", err.message);
    lc_net_free(net);
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

static const lc__kernel *find(lc_op op, lc_shape in, lc_dtype dtype, lc__isa allowed) {
    lc__call call = {.op = op, .n_in = 1, .in_shape = {in}, .in_dtype = dtype};
    call.op.dtype = dtype;
    return lc__kernel_find(&call, allowed);
}

Test(kernels, every_operator_has_one) {
    for (int type = LC_OP_INPUT + 1; type < LC_OP_FIRST_COMPOSITE; type++) {
        lc_op op = lc_op_init((lc_op_type)type);
        cr_assert_not_null(find(op, (lc_shape){1, 1, 1, 1}, LC_DTYPE_F32, LC__ISA_BASELINE), "%s",
                           lc_op_type_name((lc_op_type)type));
    }
}

Test(kernels, depthwise_goes_to_its_own) {
    lc_op op = lc_op_init(LC_OP_ADDER_CONV2D);
    lc_shape in = {1, 8, 8, 32};
    op.groups = op.out_channels = 32;
    cr_assert_str_eq(find(op, in, LC_DTYPE_F32, LC__ISA_BASELINE)->name,
                     "f32_adder_depthwise__scalar_16");
    op.out_channels = 64; /* two outputs per channel */
    cr_assert_str_eq(find(op, in, LC_DTYPE_F32, LC__ISA_BASELINE)->name,
                     "f32_adder_conv2d__scalar_4x8");
}

/* An operator that lacks a kernel of its dtype is refused by name where there is no conversion. */
Test(kernels, one_of_another_dtype_is_not_taken) {
    lc_op op = lc_op_init(LC_OP_SOFTMAX);
    cr_assert_null(find(op, (lc_shape){1, 1, 1, 8}, LC_DTYPE_INT16, lc__isa_detect()));
    cr_assert_not_null(find(op, (lc_shape){1, 1, 1, 8}, LC_DTYPE_F32, lc__isa_detect()));
}

/* What a kernel needs must be something that a CPU of this kind can have: a slip in the list of one
 * architecture would otherwise make a kernel that is never chosen. */
Test(kernels, need_what_there_can_be) {
    size_t count = 0;
    const lc__kernel *const *kernels = lc__kernels(&count);
    for (size_t i = 0; i < count; i++) {
        cr_expect_eq(kernels[i]->isa & ~lc__isa_known(), 0, "%s", kernels[i]->name);
        cr_expect_not_null(kernels[i]->run, "%s", kernels[i]->name);
        for (size_t k = 0; k < i; k++) {
            cr_expect_str_neq(kernels[i]->name, kernels[k]->name);
        }
    }
}

/* --- instruction sets ------------------------------------------------------------------------- */

Test(isa, a_cap_allows_what_it_implies_and_no_more) {
    lc__isa present = lc__isa_detect(), allowed = 0;
    lc_error err = {0};
    cr_assert_eq(lc__isa_cap(NULL, &allowed, &err), LC_OK);
    cr_assert_eq(allowed, present);
    cr_assert_eq(lc__isa_cap("baseline", &allowed, &err), LC_OK);
    cr_assert_eq(allowed, LC__ISA_BASELINE);
    if ((present & LC__ISA_AVX512) == 0) {
        cr_skip_test("no AVX-512 to leave out");
    }
    cr_assert_eq(lc__isa_cap("avx2", &allowed, &err), LC_OK);
    cr_assert_eq(allowed, LC__ISA_SSE41 | LC__ISA_AVX | LC__ISA_AVX2);
    cr_assert_str_eq(lc__isa_name(allowed), "avx2");
}

Test(isa, an_unknown_cap_is_refused_with_the_known_ones) {
    lc_error err = {0};
    lc__isa allowed = 0;
    cr_assert_eq(lc__isa_cap("avx9", &allowed, &err), LC_EUNSUPPORTED);
    cr_assert_not_null(strstr(err.message, "avx9"), "%s", err.message);
    cr_assert_not_null(strstr(err.message, "baseline"), "%s", err.message);
}

/* --- stored values ---------------------------------------------------------------------------- */

/* Ties go to the even neighbour, and what is out of range stays at its end. */
Test(quant, rounds_to_even_and_saturates) {
    static const float x[] = {0.5F / 32, 1.5F / 32, -0.5F / 32, -2.5F / 32, 100, -100, 1.2F / 32};
    static const int8_t expected[] = {0, 2, 0, -2, 127, -127, 1};
    int8_t y[7];
    lc__store_row(lc__format_new(LC_DTYPE_INT8, 0), x, 7, y);
    cr_assert_arr_eq(y, expected, sizeof y);
}

Test(quant, fewer_bits_are_the_upper_ones) {
    static const float x[] = {3.0F / 32, 2.0F / 32, 6.1F / 32, 100, -100};
    static const int8_t expected[] = {4, 0, 8, 31 * 4, -31 * 4};
    int8_t y[5];
    lc__store_row(lc__format_new(LC_DTYPE_INT8, 6), x, 5, y);
    cr_assert_arr_eq(y, expected, sizeof y);
}

/* Every stored value survives the way through f32. */
static void check_there_and_back(lc_dtype dtype, int least, int most) {
    float f[1];
    for (int v = least; v <= most; v++) {
        int8_t v8 = (int8_t)v, w8 = 0;
        int16_t v16 = (int16_t)v, w16 = 0;
        bool narrow = dtype == LC_DTYPE_INT8;
        const void *from = narrow ? (const void *)&v8 : (const void *)&v16;
        lc__load_row(dtype, from, 1, f);
        lc__store_row(lc__format_new(dtype, 0), f, 1, narrow ? (void *)&w8 : (void *)&w16);
        cr_assert_eq(narrow ? w8 : w16, v);
    }
}

Test(quant, stored_values_survive_f32) {
    check_there_and_back(LC_DTYPE_INT8, -127, 127);
    check_there_and_back(LC_DTYPE_INT16, -32767, 32767);
    check_there_and_back(LC_DTYPE_BF16, 0, 0x7f80);
}

Test(quant, weights_use_their_whole_range) {
    static const float w[] = {0.7F, -0.35F, 0.1F, 0};
    float step = lc__weight_step(w, 4, 4);
    cr_assert_float_eq(step, 0.1F, 1e-7F);
    cr_assert_eq(lc__quantise_weight(w[0], step), 7);
    cr_assert_eq(lc__quantise_weight(w[2], step), 1);
    cr_assert_eq(lc__weight_step(w + 3, 1, 8), 1.0F, "all zero");
}

Test(quant, shift_codes_hold_sign_and_exponent) {
    cr_assert_eq(lc__shift_code(1.0F), 7);
    cr_assert_eq(lc__shift_code(0x1p-7F), 0);
    cr_assert_eq(lc__shift_code(-0.5F), 0x80 | 6);
}
