#include "tasks/blocks.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void write_file(char *path, const char *text) {
    snprintf(path, 64, "/tmp/latcast-blocks-XXXXXX");
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

/* Operators and multiply-accumulates of the kinds of block. */
Test(blocks, names_become_nets) {
    static const struct {
        const char *name;
        int nodes; /* the input counts */
        double macs;
    } cases[] = {{"ConvBlock_H16_W16_Cin32_Cout32_exp1_kernel3_stride1_group1", 5,
                  16 * 16 * (32. * 32 + 9 * 32 + 32 * 32)},
                 {"ConvBlock_H16_W16_Cin32_Cout64_exp6_kernel5_stride2_group2", 5,
                  16. * 16 * 16 * 192 + 8. * 8 * (25 * 192 + 192 * 32)},
                 {"Skip_H8_W8_Cin64_Cout112_stride1", 2, 8. * 8 * 64 * 112},
                 {"ConvNorm_H32_W32_Cin3_Cout16_kernel3_stride1_group1", 2, 32. * 32 * 9 * 3 * 16},
                 {"FC_Cin1504_Cout100", 2, 1504. * 100}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lc_net *net;
        lc_error err = {0};
        cr_assert_eq(lc__block_net(cases[i].name, &net, &err), LC_OK, "%s", err.message);
        cr_expect_eq(lc_net_size(net), cases[i].nodes, "%s: %d", cases[i].name, lc_net_size(net));
        cr_expect_float_eq(lc_net_cost(net).macs, cases[i].macs, 1, "%s: %g", cases[i].name,
                           lc_net_cost(net).macs);
        lc_net_free(net);
    }
    lc_net *net;
    cr_assert_eq(lc__block_net("Skip_H8_W8_Cin64_Cout64_stride1", &net, NULL), LC_OK);
    cr_expect_null(net, "nothing to run");
}

/* Blocks that do nothing or took no time are no samples. */
Test(blocks, tables_are_read) {
    char path[64];
    lc__block_table t;
    lc_error err = {0};
    write_file(path, "block,latency_ms,energy_mj\nFC_Cin10_Cout10,0.5,1\nFC_Cin10_Cout20,0.0,1\n"
                     "Skip_H8_W8_Cin64_Cout64_stride1,0.1,\nAvgP_H4_W4_Cin8_Cout8_kernel4_stride1,"
                     "2e-2,\r\n");
    cr_assert_eq(lc__block_table_load(path, &t, &err), LC_OK, "%s", err.message);
    cr_assert_eq(t.n, 2);
    cr_expect_eq(t.ms[0], 0.5);
    cr_expect_eq(t.ms[1], 0.02);
    lc__block_table_clear(&t);
    unlink(path);
}

Test(blocks, bad_tables_name_the_line) {
    static const struct {
        const char *text, *message;
        int line;
    } cases[] = {{"block,latency_ms\nFC_Cin10_Cout10,0.5\nConv_17,3\n", "names no block", 3},
                 {"block,latency_ms\nFC_Cin10_Cout10,fast\n", "block,latency_ms", 2},
                 {"block,latency_ms\nFC_Cin10_Cout10,-1\n", "0 or more", 2},
                 {"block,latency_ms\nFC_Cin10_Cout10x,1\n", "names no block", 2},
                 {"block,latency_ms\nFC_Cin10_Cout-3,1\n", "", 2},
                 {"block,latency_ms\n", "no block was measured", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char path[64];
        lc__block_table t;
        lc_error err = {0};
        write_file(path, cases[i].text);
        cr_expect_neq(lc__block_table_load(path, &t, &err), LC_OK, "case %zu", i);
        cr_expect_not_null(strstr(err.message, cases[i].message), "%s", err.message);
        cr_expect_not_null(strstr(err.file, path), "%s", err.file);
        cr_expect(cases[i].line == 0 || err.line == cases[i].line, "case %zu: %d", i, err.line);
        unlink(path);
    }
}
