/* HAT's files hold averages over layers; what is read must make the net that was timed. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "tasks/hat.h"

#define HEADER                                                                                     \
    "encoder_embed_dim,encoder_layer_num,encoder_ffn_embed_dim_avg,"                               \
    "encoder_self_attention_heads_avg,decoder_embed_dim,decoder_layer_num,"                        \
    "decoder_ffn_embed_dim_avg,decoder_self_attention_heads_avg,"                                  \
    "decoder_ende_attention_heads_avg,decoder_arbitrary_ende_attn_avg,latency_mean_encoder,"       \
    "latency_mean_decoder,latency_std_encoder,latency_std_decoder\n"
#define NET "640,6,1962.67,6.0,512,4,1920.0,2.5,5.5,1.5,"
#define ROW NET "5.5,124.5,0.05,0.4\n"

static char folder[] = "/tmp/latcast-hat-XXXXXX";
static const char *const files[] = {"wmt14ende_cpu_b_all.csv", "iwslt14deen_gpu_a_all.csv",
                                    "notes.csv", "wmt14ende_cpu_b.csv"};

static const char *in_folder(const char *name) {
    static char path[200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void write_text(const char *name, const char *text) {
    cr_assert_eq(lc__file_write(in_folder(name), text, strlen(text), NULL), LC_OK);
}

static void setup(void) {
    cr_assert_not_null(mkdtemp(folder));
}

static void teardown(void) {
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        unlink(in_folder(files[i]));
    rmdir(folder);
}

TestSuite(hat, .init = setup, .fini = teardown);

Test(hat, a_device_is_a_file_and_latency_the_sum_of_both_halves) {
    lc__table t;
    lc_error err;
    write_text(files[0], HEADER NET "10,200,1,1\r\n");
    write_text(files[1], HEADER ROW ROW); /* two nets of the same averages are two nets */
    cr_assert_eq(lc__format_hat.load(folder, "latency", &t, &err), LC_OK, "%s", err.message);
    cr_assert(t.n_devices == 2 && t.n_rows == 3);
    const double *a = lc__table_column(&t, "iwslt14deen_gpu_a");
    const double *b = lc__table_column(&t, "wmt14ende_cpu_b");
    cr_assert(a && b);
    cr_expect(a[0] == 130 && a[1] == 130 && isnan(a[2]));
    cr_expect(isnan(b[0]) && b[2] == 210);
    cr_expect_str_eq(t.unit, "ms");
    cr_expect_str_eq(t.archs[2], "wmt14ende_cpu_b:2:640,6,1962.67,6.0,512,4,1920.0,2.5,5.5,1.5");
    lc__table_clear(&t);
}

static lc_net *net_of(const char *arch) {
    lc_net *net = NULL;
    lc_error err;
    cr_assert_eq(lc__format_hat.net(arch, &net, &err), LC_OK, "%s", err.message);
    return net;
}

/* What nothing depends on would be timed by no one. */
Test(hat, every_operator_reaches_the_last_word) {
    lc_net *net = net_of("wmt14ende_cpu_b:2:640,6,1962.67,6,512,4,1920,2,5,1.5");
    bool needed[LC_NET_MAX_NODES];
    lc_net_needed(net, needed);
    for (int i = 0; i < lc_net_size(net); i++)
        cr_expect(needed[i], "%s", lc_net_node(net, i)->id);
    lc_net_free(net);
}

Test(hat, the_decoder_runs_once_a_word_and_the_encoder_once) {
    static const char *const shapes[] = {"wmt14ende_b:2:512,6,1024,4,512,2,1024,4,4,1",
                                         "wmt14ende_b:2:512,6,1024,4,512,3,1024,4,4,1",
                                         "wmt14ende_b:2:512,6,2048,4,512,2,1024,4,4,1"};
    double macs[3];
    for (int i = 0; i < 3; i++) {
        lc_net *net = net_of(shapes[i]);
        macs[i] = lc_net_cost(net).macs;
        lc_net_free(net);
    }
    /* a further decoder layer: five words of five hypotheses each: query, keys, values and output
     * twice over less the keys and values of the memory, which are projected once, and two feed
     * forward layers; attention over 1, 7, 13, 19, 25 and 5 times 30 words */
    double words = 5 * 5, linear = 6 * 512 * 512 + 2 * 512 * 1024;
    double attention = 2 * 512 * 5 * (1 + 7 + 13 + 19 + 25 + 5 * 30);
    double memory = 2 * 30 * 512 * 512;
    cr_expect_float_eq(macs[1] - macs[0], words * linear + attention + memory, 1);
    /* wider feed-forward layers in the encoder: 6 layers over 30 words at once */
    cr_expect_float_eq(macs[2] - macs[0], 6.0 * 30 * 2 * 512 * 1024, 1);
}

static const struct {
    const char *file, *text;
    int line;
    const char *column, *says;
} bad[] = {
    {"notes.csv", HEADER ROW, 0, "", "must begin with iwslt14deen_, wmt14ende_ or wmt14enfr_"},
    {"wmt14ende_cpu_b_all.csv", "arch,a\nn,1\n", 1, "encoder_embed_dim", "not \"arch\""},
    {"wmt14ende_cpu_b_all.csv", HEADER, 2, "", "no measurements"},
    {"wmt14ende_cpu_b_all.csv", HEADER ROW NET "5,6,7\n", 3, "latency_std_decoder", "ends before"},
    {"wmt14ende_cpu_b_all.csv", HEADER NET "5,6,7,8,9\n", 2, "", "more than 14 fields"},
    {"wmt14ende_cpu_b_all.csv", HEADER NET "5,,7,8\n", 2, "latency_mean_decoder", "number"},
    {"wmt14ende_cpu_b_all.csv", HEADER NET "5,0,7,8\n", 2, "latency_mean_decoder", "above 0"},
    {"wmt14ende_cpu_b_all.csv", HEADER NET "5,1e30,7,8\n", 2, "latency_mean_decoder", "1e+09"},
    {"wmt14ende_cpu_b_all.csv", HEADER NET "5,nan,7,8\n", 2, "latency_mean_decoder", "number"},
    {"wmt14ende_cpu_b_all.csv", HEADER ROW "\n" ROW, 3, "", "an empty line"},
};

Test(hat, says_what_is_wrong_and_where) {
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        lc__table t;
        lc_error err;
        write_text(bad[i].file, bad[i].text);
        cr_expect_eq(lc__format_hat.load(folder, "latency", &t, &err), LC_EFORMAT, "row %zu", i);
        cr_expect(strstr(err.file, bad[i].file) != NULL, "row %zu: file %s", i, err.file);
        cr_expect_eq(err.line, bad[i].line, "row %zu: line %d", i, err.line);
        cr_expect_str_eq(err.path, bad[i].column, "row %zu: column %s", i, err.path);
        cr_expect(strstr(err.message, bad[i].says) != NULL, "row %zu: %s", i, err.message);
        unlink(in_folder(bad[i].file));
    }
}

Test(hat, the_last_row_needs_no_newline) {
    lc__table t;
    lc_error err;
    write_text(files[0], HEADER NET "10,200,1,1");
    cr_assert_eq(lc__format_hat.load(folder, "latency", &t, &err), LC_OK, "%s", err.message);
    cr_expect(t.n_rows == 1 && t.values[0] == 210);
    lc__table_clear(&t);
}

/* Rows behind a zero byte would be lost without a word. */
Test(hat, refuses_what_is_no_text) {
    static const char text[] = HEADER ROW "\0" ROW;
    lc__table t;
    lc_error err;
    cr_assert_eq(lc__file_write(in_folder(files[0]), text, sizeof text - 1, NULL), LC_OK);
    cr_expect_eq(lc__format_hat.load(folder, "latency", &t, &err), LC_EFORMAT);
    cr_expect(strstr(err.message, "zero byte") != NULL, "%s", err.message);
    cr_expect(strstr(err.file, files[0]) != NULL);
}

/* Both would be one column, each net in it twice. */
Test(hat, refuses_two_files_of_a_device) {
    lc__table t;
    lc_error err;
    write_text("wmt14ende_cpu_b.csv", HEADER ROW);
    write_text("wmt14ende_cpu_b_all.csv", HEADER ROW);
    cr_expect_eq(lc__format_hat.load(folder, "latency", &t, &err), LC_EFORMAT);
    cr_expect(strstr(err.message, "a second file of wmt14ende_cpu_b") != NULL, "%s", err.message);
}

Test(hat, needs_a_folder_with_files_and_knows_latency_only) {
    lc__table t;
    lc_error err;
    cr_expect_eq(lc__format_hat.load(folder, "latency", &t, &err), LC_EFORMAT);
    cr_expect(strstr(err.message, "no measurements") != NULL, "%s", err.message);
    cr_expect_eq(lc__format_hat.load("/nowhere", "latency", &t, &err), LC_EIO);
    cr_expect_eq(lc__format_hat.load(folder, "energy", &t, &err), LC_EUNSUPPORTED);
}

Test(hat, refuses_shapes_that_make_no_net) {
    static const struct {
        const char *arch, *says;
    } shapes[] = {{"wmt14ende_b", "no net of HAT's"},
                  {"wmt14esen_b:2:512,6,1,4,512,2,1,4,4,1", "no net of HAT's"},
                  {"wmt14ende_b:2:512,6,1024,4,512,2,1024,4,4", "ends before"},
                  {"wmt14ende_b:2:512,60,1024,4,512,2,1024,4,4,1", "the encoder has 1 to 12"},
                  {"wmt14ende_b:2:512,6,1024,4,512,0.5,1024,4,4,1", "the decoder has 1 to 12"},
                  {"wmt14ende_b:2:512,6,1024,4,512,2,1024,4,4,7", "1 to 3 encoder layers"},
                  {"wmt14ende_b:2:5e8,6,1024,4,512,2,1024,4,4,1", "a width must be in"}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        lc_net *net;
        lc_error err;
        cr_expect_eq(lc__format_hat.net(shapes[i].arch, &net, &err), LC_EFORMAT, "row %zu", i);
        cr_expect(strstr(err.message, shapes[i].says) != NULL, "row %zu: %s", i, err.message);
    }
}
