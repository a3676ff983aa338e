/* nas search by the real command: what it finds, what it says, what it refuses. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "scene.h"

TestSuite(nas_search, .init = scene_open);

#define SEARCH(...) RIG_RUN(scene_nas, "search", "--out", rig_path("net.json"), __VA_ARGS__)
#define BY_TABLE(device, table) "--space", "nasbench201", "--device", device, "--accuracies", table

static void has(const char *text, const char *words) {
    cr_assert_not_null(strstr(text, words), "\"%s\" is not in: %s", words, text);
}

/* The whole way: supernet, gradients, a net that the other commands read. */
Test(nas_search, finds_a_net_that_predict_reads) {
    const char *device = scene_device("nasa", 12);
    rig_result r = SEARCH("--space", "nasa", "--device", device, "--latency-ms", "0.15",
                          "--tolerance", "0.2", SCENE_SEARCH, "--json");
    cr_assert_eq(r.code, 0, "%s", r.err);
    has(r.out, "\"budget_ns\":150000");
    has(r.out, "\"method\":\"lightnas\"");
    char *net = rig_read(rig_path("net.json"));
    has(net, "\"space\":\"nasa\"");
    has(net, "\"search\":{");
    free(net);
    cr_assert_neq(access(rig_path("net.json.search"), F_OK), 0, "the state was left behind");
    r = RIG_RUN(scene_predict, "--device", device, "--arch", rig_path("net.json"));
    cr_assert_eq(r.code, 0, "%s", r.err);
}

/* Of a table the best net that keeps the budget, whatever the search's way. */
Test(nas_search, finds_the_best_of_a_table) {
    const char *device = scene_device("nasbench201", 12), *table = scene_table(3);
    rig_result r = SEARCH(BY_TABLE(device, table), "--latency-ms", "9");
    cr_assert_eq(r.code, 0, "%s", r.err);
    has(r.out, "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|");
    r = SEARCH(BY_TABLE(device, table), "--latency-ms", "9", "--method", "nsga2");
    cr_assert_eq(r.code, 0, "%s", r.err);
    has(r.out, "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|");
}

Test(nas_search, names_the_fastest_net_where_none_keeps_the_budget) {
    const char *device = scene_device("nasbench201", 12), *table = scene_table(3);
    rig_result r = SEARCH(BY_TABLE(device, table), "--latency-ms", "0.001");
    cr_assert_eq(r.code, 4);
    has(r.err, "no net has a latency of 1.00 us or less: the least is");
    has(r.err, "|none~");
    cr_assert_neq(access(rig_path("net.json"), F_OK), 0);
}

/* With other limits beside, too: of the nets that there may be, not of the space. */
Test(nas_search, names_the_fastest_net_that_may_be_chosen) {
    const char *device = scene_device("nasbench201", 12), *table = scene_table(3);
    rig_result r =
        SEARCH(BY_TABLE(device, table), "--latency-ms", "0.1", "--choose", "nor_conv_?x?");
    cr_assert_eq(r.code, 4, "%s", r.err);
    has(r.err, "no net of the options chosen keeps the budget");
    has(r.err, "|nor_conv_1x1~0|+|nor_conv_1x1~0|nor_conv_1x1~1|+|nor_conv_1x1~0|");
    r = SEARCH(BY_TABLE(device, table), "--latency-ms", "9", "--energy-mj", "0.000001");
    cr_assert_eq(r.code, 4, "%s", r.err);
    has(r.err, "and an energy of");
    has(r.err, "|none~2|");
    r = SEARCH(BY_TABLE(device, table), "--energy-mj", "9");
    cr_assert_eq(r.code, 0, "%s", r.err);
    has(r.out, "energy ");
}

Test(nas_search, names_options_that_there_are) {
    const char *device = scene_device("nasbench201", 3), *table = scene_table(4);
    rig_result r =
        SEARCH(BY_TABLE(device, table), "--latency-ms", "9", "--choose", "nor_*,skip_conect");
    cr_assert_eq(r.code, 2, "%s", r.err);
    has(r.err, "no option of nasbench201 is called \"skip_conect\"");
    has(r.err, "skip_connect, nor_conv_1x1");
    device = scene_device("nasa", 3);
    r = SEARCH("--space", "nasa", "--device", device, "--latency-ms", "9", "--choose", "skip");
    cr_assert_eq(r.code, 2, "%s", r.err);
    has(r.err, "leaves position 1 of nasa nothing to choose; it has conv_k3e3");
}

Test(nas_search, says_that_every_net_keeps_the_budget) {
    const char *device = scene_device("nasbench201", 12), *table = scene_table(3);
    rig_result r = SEARCH(BY_TABLE(device, table), "--latency-ms", "1000", "--tolerance", "0.01");
    cr_assert_eq(r.code, 0, "%s", r.err);
    has(r.err, "note: every net keeps a latency of 1.00 s");
}

Test(nas_search, warns_of_few_samples) {
    const char *device = scene_device("nasbench201", 2), *table = scene_table(3);
    rig_result r = SEARCH(BY_TABLE(device, table), "--latency-ms", "1000");
    cr_assert_eq(r.code, 0, "%s", r.err);
    has(r.err, "only 2 nets of made-up measured");
}

/* ---- bad tables ---- */

Test(nas_search, takes_what_a_table_lacks_for_not_there) {
    const char *device = scene_device("nasbench201", 12), *table = rig_path("few.csv");
    rig_write(table, "arch,accuracy\n"
                     "|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|none~2|,60\n");
    rig_result r = SEARCH(BY_TABLE(device, table), "--latency-ms", "1000");
    cr_assert_eq(r.code, 0, "%s", r.err);
    has(r.out, "accuracy  60.00 %");
    r = SEARCH(BY_TABLE(device, table), "--latency-ms", "1000", "--method", "lana");
    cr_assert_eq(r.code, 1);
    has(r.err, "accuracy");
}

Test(nas_search, refuses_tables_by_line) {
    static const struct {
        const char *text, *says;
    } tables[] = {
        {"arch,accuracy\n|none~0|+|none~0|none~1|+|none~0|none~1|none~2|,60\n"
         "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|,61\n",
         "few.csv:3"},
        {"arch,accuracy\n|none~0|+|none~0|none~1|+|none~0|none~1|none~2|,\n", "few.csv:2"},
        {"arch,accuracy\nnot a net,50\n", "few.csv:2"},
        {"arch,latency\n|none~0|+|none~0|none~1|+|none~0|none~1|none~2|,60\n", "few.csv:1"},
        {"arch,accuracy\n", "few.csv"},
        {"", "few.csv"}};
    const char *device = scene_device("nasbench201", 12), *table = rig_path("few.csv");
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        rig_write(table, tables[i].text);
        rig_result r = SEARCH(BY_TABLE(device, table), "--latency-ms", "1000");
        cr_assert_eq(r.code, 1, "table %zu: %d %s", i, r.code, r.err);
        has(r.err, tables[i].says);
    }
}

/* ---- usage ---- */

Test(nas_search, does_not_overwrite_what_it_reads) {
    const char *device = scene_device("nasbench201", 3), *table = scene_table(4);
    rig_result r =
        RIG_RUN(scene_nas, "search", "--out", device, BY_TABLE(device, table), "--latency-ms", "1");
    cr_assert_eq(r.code, 2);
    has(r.err, "is what --device reads");
    r = RIG_RUN(scene_nas, "search", "--out", table, BY_TABLE(device, table), "--latency-ms", "1");
    cr_assert_eq(r.code, 2);
    has(r.err, "is what --accuracies reads");
}

/* Before a supernet is trained for nothing. */
Test(nas_search, refuses_at_once_what_cannot_be_written) {
    const char *device = scene_device("nasa", 3);
    char path[300];
    snprintf(path, sizeof path, "%s/net.json", rig_path("absent"));
    rig_result r = RIG_RUN(scene_nas, "search", "--space", "nasa", "--device", device,
                           "--latency-ms", "1", "--out", path);
    cr_assert_eq(r.code, 1, "%s", r.err);
    has(r.err, path);
    r = RIG_RUN(scene_nas, "search", "--space", "nasa", "--device", device, "--latency-ms", "1",
                "--out", rig_dir());
    cr_assert_eq(r.code, 2, "%s", r.err);
    has(r.err, "is a folder");
    r = SEARCH("--space", "nasa", "--device", device, "--latency-ms", "1", "--validation", "0");
    cr_assert_eq(r.code, 2, "%s", r.err);
    has(r.err, "--validation 0");
    cr_assert_neq(access(rig_path("net.json.supernet"), F_OK), 0);
    device = scene_device("nasbench201", 3);
    r = RIG_RUN(scene_nas, "search", BY_TABLE(device, scene_table(4)), "--latency-ms", "100",
                "--out", "/dev/full");
    cr_assert_eq(r.code, 1, "%s", r.err);
    has(r.err, "No space left");
}

Test(nas_search, refuses_numbers_that_are_no_budgets) {
    static const char *const budgets[] = {"0", "-1", "nan", "inf", "1ms", ""};
    const char *device = scene_device("nasbench201", 3), *table = scene_table(4);
    for (size_t i = 0; i < sizeof budgets / sizeof budgets[0]; i++) {
        rig_result r = SEARCH(BY_TABLE(device, table), "--latency-ms", budgets[i]);
        cr_assert_eq(r.code, 2, "%s", budgets[i]);
        has(r.err, "--latency-ms");
    }
}

Test(nas_search, wants_a_budget_and_a_method_that_fits) {
    const char *device = scene_device("nasbench201", 3), *table = scene_table(4);
    rig_result r = SEARCH(BY_TABLE(device, table));
    cr_assert_eq(r.code, 2);
    has(r.err, "--latency-ms");
    r = SEARCH(BY_TABLE(device, table), "--latency-ms", "1", "--method", "lightnas");
    cr_assert_eq(r.code, 2);
    r = SEARCH(BY_TABLE(device, table), "--latency-ms", "1", "--method", "guess");
    cr_assert_eq(r.code, 2);
    has(r.err, "nsga2");
}
