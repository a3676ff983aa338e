/* net.json, as people and programs hand it in: read back what was written, refuse the rest with the
 * place named, and survive anything. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/rng.h"
#include "base/text.h"
#include "latcast/space.h"
#include "ops/net_json.h"

static lc_status parse(const char *text, lc_net **net, lc_error *err) {
    return lc_net_parse(text, strlen(text), "t.json", 0, net, err);
}

/* Every operator and attribute but those on tokens, listed backwards. */
static const char backwards[] =
    "{\"schema_version\":1,\"name\":\"all\",\"future\":{\"kept\":true},\"output\":\"out\",\"ops\":["
    "\n"
    "{\"id\":\"out\",\"op\":\"linear\",\"inputs\":[\"cat\"],\"out_channels\":3,\"bias\":false},\n"
    "{\"id\":\"cat\",\"op\":\"concat\",\"inputs\":[\"gap\",\"emb\"]},\n"
    "{\"id\":\"emb\",\"op\":\"embedding\",\"inputs\":[\"pick\"],\"rows\":5,\"out_channels\":8},\n"
    "{\"id\":\"pick\",\"op\":\"linear\",\"inputs\":[\"four\"],\"out_channels\":1,\n"
    " \"dtype\":\"int8\",\"weight_bits\":4},\n"
    "{\"id\":\"four\",\"op\":\"fourier\",\"inputs\":[\"gap\"]},\n"
    "{\"id\":\"gap\",\"op\":\"global_avg_pool\",\"inputs\":[\"z\"],\"shape\":[1,1,1,8]},\n"
    "{\"id\":\"z\",\"op\":\"add\",\"inputs\":[\"zero\",\"se\",\"mm\"],\"act\":\"relu\"},\n"
    "{\"id\":\"zero\",\"op\":\"zero\",\"inputs\":[\"se\"]},\n"
    "{\"id\":\"mm\",\"op\":\"matmul\",\"inputs\":[\"sm\",\"sm\"],\"transpose_b\":true},\n"
    "{\"id\":\"sm\",\"op\":\"softmax\",\"inputs\":[\"ln\"]},\n"
    "{\"id\":\"ln\",\"op\":\"layer_norm\",\"inputs\":[\"att\"]},\n"
    "{\"id\":\"att\",\"op\":\"attention\",\"inputs\":[\"se\"],\"heads\":2},\n"
    "{\"id\":\"se\",\"op\":\"squeeze_excite\",\"inputs\":[\"m\"],\"squeeze\":2,\"act\":"
    "\"hsigmoid\"},\n"
    "{\"id\":\"m\",\"op\":\"mul\",\"inputs\":[\"shuf\",\"shift\"]},\n"
    "{\"id\":\"shift\",\"op\":\"spatial_shift\",\"inputs\":[\"shuf\"],\"kernel\":3},\n"
    "{\"id\":\"shuf\",\"op\":\"channel_shuffle\",\"inputs\":[\"act\"],\"groups\":2},\n"
    "{\"id\":\"act\",\"op\":\"activation\",\"inputs\":[\"ap\"],\"act\":\"gelu\"},\n"
    "{\"id\":\"ap\",\"op\":\"avg_pool\",\"inputs\":[\"mp\"],\"kernel\":[3,3],\"pad\":1},\n"
    "{\"id\":\"mp\",\"op\":\"max_pool\",\"inputs\":[\"c3\"],\"kernel\":[1,2],\"stride\":[1,2]},\n"
    "{\"id\":\"c3\",\"op\":\"adder_conv2d\",\"inputs\":[\"c2\"],\"out_channels\":8},\n"
    "{\"id\":\"c2\",\"op\":\"shift_conv2d\",\"inputs\":[\"c1\"],\"out_channels\":8,\"groups\":2,\n"
    " \"dtype\":\"int16\",\"act_bits\":9},\n"
    "{\"id\":\"c1\",\"op\":\"conv2d\",\"inputs\":[\"in\"],\"out_channels\":8,\"kernel\":[3,5],\n"
    " \"stride\":[1,1],\"pad\":[1,2],\"groups\":1,\"bias\":true,\"act\":\"hswish\"},\n"
    "{\"id\":\"in\",\"op\":\"input\",\"shape\":[1,8,16,3]}]}";

/* The others, composites among them. */
static const char tokens[] =
    "{\"schema_version\":1,\"name\":\"all\",\"output\":\"out\",\"ops\":[\n"
    "{\"id\":\"in\",\"op\":\"input\",\"shape\":[1,1,6,8]},\n"
    "{\"id\":\"dct\",\"op\":\"fourier\",\"inputs\":[\"in\"],\"cosine\":true},\n"
    "{\"id\":\"at\",\"op\":\"sdpa\",\"inputs\":[\"in\",\"dct\",\"in\"],\"heads\":2},\n"
    "{\"id\":\"wma\",\"op\":\"wma\",\"inputs\":[\"at\",\"in\",\"at\"],\"heads\":2},\n"
    "{\"id\":\"sh\",\"op\":\"split_heads\",\"inputs\":[\"wma\"],\"heads\":4},\n"
    "{\"id\":\"mh\",\"op\":\"merge_heads\",\"inputs\":[\"sh\"],\"grid\":[2,3]},\n"
    "{\"id\":\"bl\",\"op\":\"butterfly_linear\",\"inputs\":[\"mh\"],\"out_channels\":12,\"act\":"
    "\"relu\"},\n"
    "{\"id\":\"dy\",\"op\":\"dynamic_conv\",\"inputs\":[\"mh\",\"bl\"],\"kernel\":[1,3],\"heads\":"
    "4},\n"
    "{\"id\":\"un\",\"op\":\"unfused_attention\",\"inputs\":[\"dy\"],\"heads\":2},\n"
    "{\"id\":\"ba\",\"op\":\"butterfly_attention\",\"inputs\":[\"un\"],\"heads\":2},\n"
    "{\"id\":\"ff\",\"op\":\"feed_forward\",\"inputs\":[\"ba\"],\"hidden\":16,\"act\":\"gelu\"},\n"
    "{\"id\":\"ir\",\"op\":\"inverted_residual\",\"inputs\":[\"ff\"],\"kernel\":3,\"expand\":3,"
    "\"out_channels\":8,\"squeeze\":4,\"act\":\"relu\",\"shape\":[1,2,3,8]},\n"
    "{\"id\":\"ls\",\"op\":\"lstm\",\"inputs\":[\"ir\"],\"hidden\":5,\"bias\":false},\n"
    "{\"id\":\"rn\",\"op\":\"range_batch_norm\",\"inputs\":[\"ls\"]},\n"
    "{\"id\":\"out\",\"op\":\"mc_dropout\",\"inputs\":[\"rn\"],\"passes\":3,\"rate_percent\":20}]}";

static void mark_types(const char *text, bool *met) {
    lc_net *net = NULL;
    lc_error err = {0};
    cr_assert_eq(parse(text, &net, &err), LC_OK, "line %d %s: %s", err.line, err.path, err.message);
    for (int i = 0; i < lc_net_size(net); i++) {
        const lc_node *node = lc_net_node(net, i);
        met[node->op.type] = true;
        for (int k = 0; k < node->n_inputs; k++)
            cr_expect_lt(node->inputs[k], i);
    }
    cr_expect_str_eq(lc_net_node(net, lc_net_output(net))->id, "out");
    cr_expect_str_eq(lc_net_name(net), "all");
    lc_net_free(net);
}

Test(net_json, reads_every_operator_in_any_order) {
    bool met[LC_OP_COUNT] = {false};
    mark_types(backwards, met);
    mark_types(tokens, met);
    for (int t = 0; t < LC_OP_COUNT; t++)
        cr_expect_eq(met[t], t < LC_OP_FIRST_COMPOSITE, "%s", lc_op_type_name((lc_op_type)t));
}

/* A composite is its parts, under ids of their own; the whole takes the last one's place. */
Test(net_json, composites_become_their_parts) {
    static const char *const ids[] = {"un.query_heads", "un.merge",  "un",           "ba.attend",
                                      "ff.up",          "ir.expand", "ir.depthwise", "ir"};
    lc_net *net = NULL;
    lc_error err;
    size_t met = 0;
    cr_assert_eq(parse(tokens, &net, NULL), LC_OK);
    for (int i = 0; i < lc_net_size(net); i++)
        for (size_t k = 0; k < sizeof ids / sizeof *ids; k++)
            met += !strcmp(lc_net_node(net, i)->id, ids[k]);
    cr_expect_eq(met, sizeof ids / sizeof *ids);
    lc_net_free(net);
    cr_expect_eq(parse("{\"schema_version\":1,\"output\":\"y\",\"ops\":["
                       "{\"id\":\"x\",\"op\":\"input\",\"shape\":[1,1,6,8]},\n"
                       "{\"id\":\"y.up\",\"op\":\"softmax\",\"inputs\":[\"x\"]},\n"
                       "{\"id\":\"y\",\"op\":\"feed_forward\",\"inputs\":[\"y.up\"],"
                       "\"hidden\":4}]}",
                       &net, &err),
                 LC_EFORMAT);
    cr_expect(strstr(err.message, "\"y.up\" is taken"), "%s", err.message);
    cr_expect_eq(err.line, 3);
}

static void check_rewritten(const char *given) {
    lc_net *net = NULL, *again = NULL;
    cr_assert_eq(parse(given, &net, NULL), LC_OK);
    char *text = lc_net_to_json(net, false);
    cr_assert_not_null(text);
    cr_assert_eq(parse(text, &again, NULL), LC_OK, "%s", text);
    char *text_again = lc_net_to_json(again, true);
    cr_expect_str_eq(text, text_again);
    cr_expect_eq(lc_net_digest(net), lc_net_digest(again));
    cr_expect_str_eq(lc_net_name(again), "all");
    free(text);
    free(text_again);
    lc_net_free(net);
    lc_net_free(again);
}

Test(net_json, what_is_written_reads_the_same) {
    check_rewritten(backwards);
    check_rewritten(tokens);
}

#define HEAD "{\"schema_version\":1,\"name\":\"x\","
#define IN "{\"id\":\"in\",\"op\":\"input\",\"shape\":[1,4,4,4]}"
#define OPS(list) HEAD "\"output\":\"in\",\"ops\":[" IN ",\n" list "]}"

static const struct {
    const char *text;
    lc_status status;
    int line;
    const char *path, *message;
} bad_files[] = {
    {"[]", LC_EFORMAT, 1, "$", "must be an object"},
    {"{}", LC_EFORMAT, 1, "$", "\"schema_version\" is missing"},
    {"{\"schema_version\":2}", LC_EUNSUPPORTED, 1, "$.schema_version", "version 2"},
    {HEAD "\"arch\":1}", LC_EFORMAT, 1, "$", "\"ops\" is missing"},
    {HEAD "\"ops\":[],\"output\":\"a\"}", LC_EFORMAT, 1, "$.ops", "1 .. 4096"},
    {HEAD "\"ops\":{}}", LC_EFORMAT, 1, "$.ops", "must be an array"},
    {HEAD "\"ops\":[" IN "]}", LC_EFORMAT, 1, "$", "\"output\" is missing"},
    {HEAD "\"ops\":[" IN "],\n\"output\":\"inn\"}", LC_EFORMAT, 2, "$.output",
     "did you mean \"in\"?"},
    {HEAD "\"ops\":[7]}", LC_EFORMAT, 1, "$.ops[0]", "must be an object"},
    {OPS("{\"op\":\"softmax\"}"), LC_EFORMAT, 2, "$.ops[1]", "\"id\" is missing"},
    {OPS("{\"id\":\"a\"}"), LC_EFORMAT, 2, "$.ops[1]", "\"op\" is missing"},
    {OPS("{\"id\":\"a\",\"op\":\"conv2\"}"), LC_EUNSUPPORTED, 2, "$.ops[1].op",
     "unknown operator \"conv2\"; did you mean \"conv2d\"?"},
    {OPS("{\"id\":\"in\",\"op\":\"softmax\",\"inputs\":[\"in\"]}"), LC_EFORMAT, 2, "$.ops[1]",
     "id \"in\" is taken by ops[0]"},
    {OPS("{\"id\":\"a\",\"op\":\"softmax\"}"), LC_EFORMAT, 2, "$.ops[1]", "\"inputs\" is missing"},
    {OPS("{\"id\":\"a\",\"op\":\"softmax\",\"inputs\":\"in\"}"), LC_EFORMAT, 2, "$.ops[1].inputs",
     "must be an array"},
    {OPS("{\"id\":\"a\",\"op\":\"softmax\",\"inputs\":[0]}"), LC_EFORMAT, 2, "$.ops[1].inputs[0]",
     "must be a string"},
    {OPS("{\"id\":\"a\",\"op\":\"softmax\",\"inputs\":[\"input\"]}"), LC_EFORMAT, 2,
     "$.ops[1].inputs[0]", "no operator has the id \"input\""},
    {OPS("{\"id\":\"a\",\"op\":\"softmax\",\"inputs\":[\"in\",\"in\"]}"), LC_EFORMAT, 2,
     "$.ops[1].inputs", "takes at most 1 input, has 2"},
    {OPS("{\"id\":\"a\",\"op\":\"add\",\"inputs\":[\"in\"]}"), LC_EFORMAT, 2, "$.ops[1]",
     "takes 2 to 16 inputs"},
    {OPS("{\"id\":\"a\",\"op\":\"input\",\"inputs\":[\"in\"],\"shape\":[1,1,1,1]}"), LC_EFORMAT, 2,
     "$.ops[1].inputs", "at most 0 inputs"},
    {OPS("{\"id\":\"a\",\"op\":\"input\"}"), LC_EFORMAT, 2, "$.ops[1]", "\"shape\" is missing"},
    {OPS("{\"id\":\"a\",\"op\":\"input\",\"shape\":[1,1,1]}"), LC_EFORMAT, 2, "$.ops[1].shape",
     "[N,H,W,C]"},
    {OPS("{\"id\":\"a\",\"op\":\"input\",\"shape\":[1,0,1,1]}"), LC_EFORMAT, 2, "$.ops[1].shape[1]",
     "must be in 1 .. 1048576, is 0"},
    {OPS("{\"id\":\"a\",\"op\":\"input\",\"shape\":[1,1e9,1,1]}"), LC_EFORMAT, 2,
     "$.ops[1].shape[1]", "must be in"},
    {OPS("{\"id\":\"a\",\"op\":\"input\",\"shape\":[1024,1024,1024,1024]}"), LC_EFORMAT, 2,
     "$.ops[1]", "2^31 elements"},
    {OPS("{\"id\":\"a\",\"op\":\"conv2d\",\"inputs\":[\"in\"]}"), LC_EFORMAT, 2, "$.ops[1]",
     "\"out_channels\" is missing"},
    {OPS("{\"id\":\"a\",\"op\":\"conv2d\",\"inputs\":[\"in\"],\"out_channels\":4,\n\"kernal\":3}"),
     LC_EFORMAT, 3, "$.ops[1].kernal",
     "conv2d has no attribute \"kernal\"; did you mean \"kernel\"?"},
    {OPS("{\"id\":\"a\",\"op\":\"softmax\",\"inputs\":[\"in\"],\"groups\":1}"), LC_EFORMAT, 2,
     "$.ops[1].groups", "softmax has no attribute \"groups\""},
    {OPS("{\"id\":\"a\",\"op\":\"conv2d\",\"inputs\":[\"in\"],\"out_channels\":4,\"kernel\":[3]}"),
     LC_EFORMAT, 2, "$.ops[1].kernel", "[height, width]"},
    {OPS("{\"id\":\"a\",\"op\":\"conv2d\",\"inputs\":[\"in\"],\"out_channels\":4,\"stride\":[1,0]"
         "}"),
     LC_EFORMAT, 2, "$.ops[1].stride[1]", "must be in 1"},
    {OPS("{\"id\":\"a\",\"op\":\"conv2d\",\"inputs\":[\"in\"],\"out_channels\":2.5}"), LC_EFORMAT,
     2, "$.ops[1].out_channels", "whole number"},
    {OPS("{\"id\":\"a\",\"op\":\"conv2d\",\"inputs\":[\"in\"],\"out_channels\":4,\"bias\":1}"),
     LC_EFORMAT, 2, "$.ops[1].bias", "true or false"},
    {OPS("{\"id\":\"a\",\"op\":\"activation\",\"inputs\":[\"in\"],\"act\":\"rellu\"}"),
     LC_EUNSUPPORTED, 2, "$.ops[1].act", "did you mean \"relu\"?"},
    {OPS("{\"id\":\"a\",\"op\":\"softmax\",\"inputs\":[\"in\"],\"dtype\":\"int32\"}"),
     LC_EUNSUPPORTED, 2, "$.ops[1].dtype", "unknown dtype \"int32\"; did you mean \"int"},
    {OPS("{\"id\":\"a\",\"op\":\"softmax\",\"inputs\":[\"in\"],\"act_bits\":17}"), LC_EFORMAT, 2,
     "$.ops[1].act_bits", "must be in 0 .. 16"},
    {OPS("{\"id\":\"a\",\"op\":\"softmax\",\"inputs\":[\"in\"],\"act_bits\":7}"), LC_EUNSUPPORTED,
     2, "$.ops[1]", "needs \"dtype\" int8 or int16"},
    {OPS("{\"id\":\"a\",\"op\":\"conv2d\",\"inputs\":[\"in\"],\"out_channels\":4,\"kernel\":9}"),
     LC_EFORMAT, 2, "$.ops[1]", "kernel 9x9 is larger than input [1,4,4,4]"},
    {OPS("{\"id\":\"a\",\"op\":\"softmax\",\"inputs\":[\"in\"],\n\"shape\":[1,4,4,5]}"), LC_EFORMAT,
     3, "$.ops[1].shape", "the output of this softmax is [1,4,4,4]"},
    {OPS("{\"id\":\"a\",\"op\":\"softmax\",\"inputs\":[\"c\"]},\n"
         "{\"id\":\"b\",\"op\":\"softmax\",\"inputs\":[\"a\"]},\n"
         "{\"id\":\"c\",\"op\":\"add\",\"inputs\":[\"in\",\"b\"]}"),
     LC_EFORMAT, 2, "$.ops[1]", "cycle: a -> b -> c -> a"},
    {OPS("{\"id\":\"a\",\"op\":\"softmax\",\"inputs\":[\"a\"]}"), LC_EFORMAT, 2, "$.ops[1]",
     "cycle: a -> a"},
    {HEAD "\"space\":\"fbnet\",\"ops\":[]}", LC_EFORMAT, 1, "$", "both"},
    {HEAD "\"space\":\"fbnett\",\"choices\":[]}", LC_EUNSUPPORTED, 1, "$.space",
     "did you mean \"fbnet\"?; this build knows fbnet, nasbench201, ofa_mbv3"},
    {HEAD "\"space\":\"fbnet\"}", LC_EFORMAT, 1, "$", "\"choices\" is missing"},
    {HEAD "\"space\":\"nasbench201\",\"choices\":[1,2]}", LC_EFORMAT, 1, "$.choices",
     "has 6 choices, not 2"},
    {HEAD "\"space\":\"nasbench201\",\"choices\":[1,2,3,4,0,\n5]}", LC_EFORMAT, 2, "$.choices[5]",
     "must be in 0 .. 4, is 5"},
    {HEAD "\"space\":\"fbnet\",\"arch\":\"1-2-3\"}", LC_EFORMAT, 1, "$.arch", "no FBNet"},
    {HEAD "\"space\":\"nasbench201\",\"choices\":[1,1,1,1,1,1],\n\"arch\":"
          "\"|none~0|+|none~0|none~1|+|none~0|none~1|none~2|\"}",
     LC_EFORMAT, 2, "$.arch", "another net"},
};
enum { N_BAD_FILES = sizeof bad_files / sizeof *bad_files };

Test(net_json, refuses_bad_files_naming_the_place) {
    for (size_t i = 0; i < N_BAD_FILES; i++) {
        lc_net *net = NULL;
        lc_error err = {0};
        lc_status s = parse(bad_files[i].text, &net, &err);
        cr_expect_eq(s, bad_files[i].status, "case %zu: %s", i, lc_status_name(s));
        cr_expect_str_eq(err.file, "t.json", "case %zu", i);
        cr_expect_str_eq(err.path, bad_files[i].path, "case %zu: %s", i, err.message);
        cr_expect_eq(err.line, bad_files[i].line, "case %zu: line %d", i, err.line);
        cr_expect(strstr(err.message, bad_files[i].message), "case %zu: %s", i, err.message);
    }
}

/* A ring of 200 operators is named in part. */
Test(net_json, long_cycles_are_cut_short) {
    lc__buf text = {0};
    lc__buf_printf(&text, HEAD "\"output\":\"o0\",\"ops\":[");
    for (int i = 0; i < 200; i++)
        lc__buf_printf(&text, "%s{\"id\":\"o%d\",\"op\":\"softmax\",\"inputs\":[\"o%d\"]}",
                       i ? "," : "", i, (i + 1) % 200);
    lc__buf_add(&text, "]}", 2);
    lc_net *net;
    lc_error err;
    cr_assert_eq(parse(text.text, &net, &err), LC_EFORMAT);
    cr_expect(strstr(err.message, "o0 -> o199 -> o198"), "%s", err.message);
    cr_expect(strstr(err.message, "(191 more) -> o0"), "%s", err.message);
    free(text.text);
}

Test(net_json, refuses_more_nodes_than_the_limit) {
    lc__buf text = {0};
    lc_net *net;
    lc_error err;
    lc__buf_printf(&text, HEAD "\"ops\":[0");
    for (int i = 0; i < LC_NET_MAX_NODES; i++)
        lc__buf_add(&text, ",0", 2);
    lc__buf_add(&text, "]}", 2);
    cr_assert_eq(parse(text.text, &net, &err), LC_EFORMAT);
    cr_expect(strstr(err.message, "this one 4097"), "%s", err.message);
    free(text.text);
}

/* Fields that nobody knows may nest as deep as they like; they must not take the stack. */
Test(net_json, refuses_deep_nesting) {
    enum { DEPTH = 100000 };
    lc__buf text = {0};
    lc_net *net;
    lc_error err;
    lc__buf_printf(&text, HEAD "\"deep\":");
    for (int i = 0; i < 2 * DEPTH; i++)
        lc__buf_add(&text, i < DEPTH ? "[" : "]", 1);
    lc__buf_add(&text, "}", 1);
    cr_assert_eq(parse(text.text, &net, &err), LC_EFORMAT);
    cr_expect(strstr(err.message, "nested"), "%s", err.message);
    free(text.text);
}

Test(net_json, every_prefix_of_a_file_fails_cleanly) {
    for (size_t n = 0; n < sizeof backwards - 1; n++) {
        lc_net *net;
        lc_error err = {0};
        cr_assert_eq(lc_net_parse(backwards, n, "cut.json", 0, &net, &err), LC_EFORMAT, "%zu", n);
        cr_expect(err.message[0] && err.line > 0, "%zu", n);
    }
}

/* Overwrites one to four bytes; in every second round digits alone, so that much still parses. */
static void damage(char *text, size_t length, int round, uint64_t *seed) {
    static const char bytes[] = "\"{}[]:,0123456789-.eE\\u ntf\x80\xff";
    for (uint64_t left = 1 + lc__rng_below(seed, 4); left > 0;) {
        char *at = &text[lc__rng_below(seed, length)];
        if (round % 2)
            *at = bytes[lc__rng_below(seed, sizeof bytes - 1)];
        else if (*at >= '0' && *at <= '9')
            *at = (char)('0' + lc__rng_below(seed, 10));
        else
            continue;
        left--;
    }
}

/* What still parses after the damage must also survive its use. */
Test(net_json, random_damage_never_crashes) {
    uint64_t seed = 7;
    int read = 0;
    for (int round = 0; round < 4000; round++) {
        char text[sizeof backwards];
        lc_net *net, *pruned;
        lc_error err = {0};
        memcpy(text, backwards, sizeof text);
        damage(text, sizeof text - 1, round, &seed);
        if (lc_net_parse(text, sizeof text - 1, "damaged.json", 0, &net, &err)) {
            cr_assert(err.message[0]);
            continue;
        }
        read++;
        cr_assert_eq(lc_net_prune(net, &pruned, NULL), LC_OK);
        char *written = lc_net_to_json(net, true);
        cr_assert_not_null(written);
        free(written);
        lc_net_free(pruned);
        lc_net_free(net);
    }
    cr_expect_gt(read, 100, "%d", read);
}

Test(net_json, arch_stands_in_for_choices) {
    lc_net *a = NULL, *b = NULL;
    int n = 0;
    cr_assert_eq(parse("{\"schema_version\":1,\"space\":\"nasbench201\",\"arch\":"
                       "\"|none~0|+|skip_connect~0|nor_conv_1x1~1|+"
                       "|nor_conv_3x3~0|avg_pool_3x3~1|none~2|\"}",
                       &a, NULL),
                 LC_OK);
    cr_assert_eq(parse(HEAD "\"space\":\"nasbench201\",\"choices\":[0,1,2,3,4,0]}", &b, NULL),
                 LC_OK);
    cr_expect_eq(lc_net_digest(a), lc_net_digest(b));
    cr_expect_str_eq(lc_net_space(a), "nasbench201");
    cr_expect_eq(lc_net_choices(a, &n)[4], 4);
    cr_expect_eq(n, 6);
    cr_expect_str_eq(lc_net_name(b), "x");
    lc_net_free(a);
    lc_net_free(b);
}

/* Samples and plans hold nets in the middle of their own fields. */
Test(net_json, nets_live_inside_other_objects) {
    static const char text[] = "{\"id\":\"s1\",\"kind\":\"net\",\n\"net\":\n"
                               "{\"space\":\"nasbench201\",\"choices\":[0,1,2,3,4,9]}}";
    lc__doc doc;
    lc__cur root, member;
    lc_net *net;
    lc_error err;
    cr_assert_eq(lc__doc_parse(&doc, text, strlen(text), "spool", 40, NULL), LC_OK);
    root = lc__doc_root(&doc);
    cr_assert(lc__json_get(&root, "net", &member));
    cr_assert_eq(lc__net_from_json(&member, &net, &err), LC_EFORMAT);
    cr_expect_str_eq(err.path, "$.net.choices[5]");
    cr_expect_eq(err.line, 43);
    lc__doc_clear(&doc);
}

Test(net_json, loads_files_and_names_the_missing) {
    char path[] = "/tmp/latcast-net-XXXXXX";
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, backwards, sizeof backwards - 1), (ssize_t)sizeof backwards - 1);
    close(fd);
    lc_net *net = NULL;
    lc_error err = {0};
    cr_expect_eq(lc_net_load(path, &net, &err), LC_OK, "%s", err.message);
    lc_net_free(net);
    unlink(path);
    cr_expect_eq(lc_net_load(path, &net, &err), LC_EIO);
    cr_expect_str_eq(err.file, path);
}
