/* EdgeTran's samples: nets described by their layers, three quantities each. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tasks/edgetran.h"

#define ARCH                                                                                       \
    "{\"l\":2,\"o\":[[\"sa_sdp_8\",\"sa_wma_8\",\"l_dct_8\",\"c_5_8\"],[\"l_dft_16\"]],"           \
    "\"h\":[32,48],\"f\":[[64,24],[96]]}"
#define SAMPLE(arch, device, rest) "{\"arch\":" arch ",\"device\":\"" device "\"," rest "}"
#define VALUES "\"latency\":2.5,\"energy\":7,\"peak_power\":4.1,\"glue\":0.8"

static lc_status load(const char *text, const char *quantity, lc__table *t, lc_error *err) {
    char path[] = "/tmp/latcast-edgetran-XXXXXX";
    int fd = mkstemp(path);
    cr_assert(fd >= 0);
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    lc_status s = lc__format_edgetran.load(path, quantity, t, err);
    unlink(path);
    return s;
}

Test(edgetran, a_net_is_known_by_its_arch_on_every_device) {
    static const struct {
        const char *quantity, *unit;
        double first;
    } quantities[] = {{"latency", "s", 2.5}, {"energy", "J", 7}, {"peak_power", "W", 4.1}};
    const char *other = "{\"l\":1,\"o\":[[\"c_3_4\"]],\"h\":[8],\"f\":[[8]]}";
    char text[2000];
    snprintf(text, sizeof text, "[%s,\n%s,\n{\"arch\":%s,\"device\":\"b\",%s}]",
             SAMPLE(ARCH, "a", VALUES), SAMPLE(ARCH, "b", VALUES), other, VALUES);
    for (size_t i = 0; i < 3; i++) {
        lc__table t;
        lc_error err;
        cr_assert_eq(load(text, quantities[i].quantity, &t, &err), LC_OK, "%s", err.message);
        cr_assert(t.n_devices == 2 && t.n_rows == 2);
        cr_expect_str_eq(t.unit, quantities[i].unit);
        cr_expect_eq(lc__table_column(&t, "a")[0], quantities[i].first);
        cr_expect(isnan(lc__table_column(&t, "a")[1]));
        cr_expect_str_eq(t.archs[1], other);
        lc__table_clear(&t);
    }
}

Test(edgetran, the_net_holds_what_its_authors_count) {
    lc_net *net;
    lc_error err;
    cr_assert_eq(lc__format_edgetran.net(ARCH, &net, &err), LC_OK, "%s", err.message);
    bool needed[LC_NET_MAX_NODES];
    int kinds[LC_OP_COUNT] = {0}, cosines = 0, embeddings = 0;
    lc_net_needed(net, needed);
    for (int i = 0; i < lc_net_size(net); i++) {
        const lc_node *node = lc_net_node(net, i);
        kinds[node->op.type]++;
        cosines += node->op.cosine;
        embeddings += node->op.type == LC_OP_EMBEDDING && node->op.out_channels == 32;
        /* query and key of a transforming head are projected and not read, as by its authors */
        cr_expect(needed[i] || strstr(node->id, ".query") || strstr(node->id, ".keys"), "%s",
                  node->id);
    }
    cr_expect(kinds[LC_OP_FOURIER] == 2 && cosines == 1);
    cr_expect(kinds[LC_OP_SDPA] == 1 && kinds[LC_OP_WMA] == 1 && kinds[LC_OP_DYNAMIC_CONV] == 1);
    cr_expect_eq(embeddings, 1);
    /* words, then per layer: projections, attention's own, output, feed forward; between layers and
     * at the end: projections, classes; biases and norms left out */
    double weights = 50265.0 * 32 + 3 * 32 * 32 + 8 * 8 + (5 * 8 + 8 * 8 + 5 * 8 + 8 * 8);
    weights += 32 * 32 + 32 * 64 + 64 * 24 + 24 * 32 + 32 * 48;
    weights += 3 * 48 * 16 + 16 * 48 + 2 * 48 * 96 + 48 * 48 + 48 * 2;
    cr_expect_float_eq(lc_net_cost(net).weight_bytes / 4, weights, 1500);
    lc_net_free(net);
}

#define LAYER(o, h, f) "{\"l\":1,\"o\":" o ",\"h\":" h ",\"f\":" f "}"

static const struct {
    const char *text;
    int line;
    const char *path, *says;
} bad[] = {
    {"{}", 1, "", "array"},
    {"[]", 0, "", "no measurements"},
    {"[" SAMPLE(ARCH, "a", VALUES) ",\n" SAMPLE(ARCH, "a", VALUES) "]", 2, "[1]",
     "measured on a already"},
    {"[" SAMPLE(ARCH, "a", "\"energy\":1") "]", 1, "", "\"latency\""},
    {"[" SAMPLE(ARCH, "a", "\"latency\":0") "]", 1, "latency", "above 0"},
    {"[" SAMPLE(ARCH, "a", "\"latency\":1e30") "]", 1, "latency", "1000000000"},
    {"[" SAMPLE(ARCH, "a", "\"latency\":\"fast\"") "]", 1, "latency", "number"},
    {"[{\"device\":\"a\"}]", 1, "", "arch"},
    {"[" SAMPLE(LAYER("[[\"sa_10\"]]", "[8]", "[[8]]"), "a", VALUES) "]", 1, "o[0][0]",
     "\"sa_10\" is no operation"},
    {"[" SAMPLE(LAYER("[[\"c_4_8\"]]", "[8]", "[[8]]"), "a", VALUES) "]", 1, "o[0][0]", "odd K"},
    {"[" SAMPLE(LAYER("[[\"c_5_8x\"]]", "[8]", "[[8]]"), "a", VALUES) "]", 1, "o[0][0]",
     "no operation"},
    {"[" SAMPLE(LAYER("[[\"c_5_ +8\"]]", "[8]", "[[8]]"), "a", VALUES) "]", 1, "o[0][0]",
     "no operation"},
    {"[" SAMPLE(ARCH, "", VALUES) "]", 1, "[0]", "the device has no name"},
    {"[" SAMPLE(LAYER("[[\"c_5_8\",\"sa_sdp_4\"]]", "[8]", "[[8]]"), "a", VALUES) "]", 1, "o[0][1]",
     "one width"},
    {"[" SAMPLE(LAYER("[[\"c_5_8\"]]", "[8,8]", "[[8]]"), "a", VALUES) "]", 1, "h",
     "2 elements for 1 layers"},
    {"[" SAMPLE(LAYER("[[]]", "[8]", "[[8]]"), "a", VALUES) "]", 1, "o[0]", "1 to 16 elements"},
    {"[" SAMPLE(LAYER("[[\"c_5_8\"]]", "[8]", "[[0]]"), "a", VALUES) "]", 1, "f[0][0]", "1"},
};

Test(edgetran, says_what_is_wrong_and_where) {
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        lc__table t;
        lc_error err = {0};
        cr_expect_eq(load(bad[i].text, "latency", &t, &err), LC_EFORMAT, "row %zu", i);
        cr_expect_eq(err.line, bad[i].line, "row %zu: line %d", i, err.line);
        cr_expect(strstr(err.path, bad[i].path) != NULL, "row %zu: path %s", i, err.path);
        cr_expect(strstr(err.message, bad[i].says) != NULL, "row %zu: %s", i, err.message);
    }
}
