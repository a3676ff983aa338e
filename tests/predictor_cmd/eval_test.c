/* predict eval on one's own table: nets from a file or from a space, and all that can be wrong. */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../devices/schema_check.h"
#include "base/text.h"
#include "eval_data.h"
#include "world.h"

static void setup(void) {
    world_open();
    eval_data_write("slow");
}

TestSuite(eval, .init = setup, .fini = world_close);

static double figure(const cJSON *row, const char *key) {
    return cJSON_GetNumberValue(cJSON_GetObjectItem(cJSON_GetObjectItem(row, key), "mean"));
}

/* Holes are "not measured"; every method answers; the columns are those of the documentation. */
Test(eval, own_nets_and_devices) {
    const char *args[] = {"eval",
                          "--table",
                          world_path("t.csv"),
                          "--nets",
                          world_path("n.jsonl"),
                          "--source",
                          "fast",
                          "--target",
                          "slow,gaps",
                          "--samples",
                          "5",
                          "--seeds",
                          "2",
                          "--baseline",
                          "ours,flops,scratch,nearest,oneproxy",
                          "--json",
                          NULL};
    ran r = predict(args);
    cr_assert_eq(r.code, 0, "%s", r.err);
    cJSON *o = cJSON_Parse(r.out);
    const cJSON *results = cJSON_GetObjectItem(o, "results"), *row;
    cr_assert_eq(cJSON_GetArraySize(results), 5 * 3);
    cr_expect(cJSON_IsTrue(cJSON_GetObjectItem(o, "complete")));
    char why[200];
    cr_expect(schema_valid("eval.schema.json", o, why, sizeof why), "%s", why);
    cJSON_ArrayForEach(row, results) {
        const char *method = cJSON_GetStringValue(cJSON_GetObjectItem(row, "method"));
        cr_expect(figure(row, "spearman") > 0.5, "%s", method);
        cr_expect_eq(cJSON_IsNull(cJSON_GetObjectItem(row, "coverage90")) != 0,
                     strcmp(method, "ours") != 0);
        cr_expect_eq(cJSON_GetNumberValue(cJSON_GetObjectItem(row, "seeds")), 2);
    }
    cr_expect(figure(cJSON_GetArrayItem(results, 0), "spearman") > 0.95);
    cJSON_Delete(o);
    ran_clear(&r);
}

Test(eval, without_sources_says_what_is_known) {
    const char *args[] = {
        "eval",     "--table",    world_path("t.csv"), "--nets", world_path("n.jsonl"),
        "--target", "slow",       "--samples",         "2",      "--seeds",
        "1",        "--baseline", "ours,nearest,lut",  NULL};
    ran r = predict(args);
    cr_expect_eq(r.code, 0, "%s", r.err);
    cr_expect(strstr(r.err, "nearest lacks what it needs and is left out: own") != NULL, "%s",
              r.err);
    cr_expect(strstr(r.err, "lut lacks what it needs and is left out: own") != NULL, "%s", r.err);
    cr_expect(strstr(r.err, "no source devices, the nets alone are known: own") != NULL, "%s",
              r.err);
    cr_expect(strstr(r.err, "fewer than 3 samples") != NULL, "%s", r.err);
    ran_clear(&r);
}

/* Cells of NAS-Bench-201 as strings of a table, and as nets that say the same. */
static void write_cells(void) {
    static const char *const ops[] = {"none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3"};
    lc__buf table = {0}, nets = {0};
    lc__buf_printf(&table, "arch,a,b\n");
    for (int i = 0; i < 40; i++) {
        char arch[200];
        snprintf(arch, sizeof arch, "|%s~0|+|%s~0|%s~1|+|skip_connect~0|%s~1|nor_conv_1x1~2|",
                 ops[i % 4], ops[3 - i / 4 % 4], ops[(i / 2 + 1) % 4], ops[(i / 16 + 2) % 4]);
        lc__buf_printf(&table, "%s,%d,%.3f\n", arch, 3 + i * 7 % 31, 2 + 0.1 * (i * 7 % 31));
        lc__buf_printf(&nets,
                       "{\"schema_version\":1,\"name\":\"%s\",\"space\":\"nasbench201\","
                       "\"arch\":\"%s\"}\n",
                       arch, arch);
    }
    cr_assert(!table.failed && !nets.failed);
    world_write("cells.csv", table.text, table.length);
    world_write("cells.jsonl", nets.text, nets.length);
    free(table.text);
    free(nets.text);
}

static ran eval_cells(const char *option, const char *value) {
    const char *args[] = {"eval",      "--table",    world_path("cells.csv"),
                          option,      value,        "--source",
                          "a",         "--target",   "b",
                          "--samples", "6",          "--seeds",
                          "2",         "--baseline", "ours,flops",
                          "--json",    NULL};
    ran r = predict(args);
    cr_assert_eq(r.code, 0, "%s", r.err);
    return r;
}

/* However the nets are named, they are the same nets: same draws, same figures. */
Test(eval, a_space_and_a_file_of_nets_agree) {
    write_cells();
    ran by_space = eval_cells("--space", "nasbench201");
    ran by_file = eval_cells("--nets", world_path("cells.jsonl"));
    cJSON *a = cJSON_Parse(by_space.out), *b = cJSON_Parse(by_file.out);
    const cJSON *rows = cJSON_GetObjectItem(a, "results"),
                *others = cJSON_GetObjectItem(b, "results");
    cr_assert_eq(cJSON_GetArraySize(rows), 4);
    static const char *const keys[] = {"spearman", "within10", "mape"};
    for (int i = 0; i < 4; i++)
        for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
            cr_expect(fabs(figure(cJSON_GetArrayItem(rows, i), keys[k]) -
                           figure(cJSON_GetArrayItem(others, i), keys[k])) < 1e-12,
                      "row %d: %s", i, keys[k]);
    cJSON_Delete(a);
    cJSON_Delete(b);
    ran_clear(&by_space);
    ran_clear(&by_file);
}

#define NET_ARGS "--nets", "n.jsonl"

/* Arguments after "eval"; names of files in the world are replaced by their paths. */
static const struct {
    const char *args[14];
    int code;
    const char *says;
} bad[] = {
    {{NULL}, 2, "either --suite FILE or --table FILE"},
    {{"--suite", "s.json", "--table", "t.csv"}, 2, "either --suite FILE or --table FILE"},
    {{"--suite", "s.json"}, 2, "--suite needs --data"},
    {{"--table", "t.csv", NET_ARGS}, 2, "--table needs --target"},
    {{"--table", "t.csv", "--target", "slow"}, 2, "either --nets FILE or --space NAME"},
    {{"--table", "t.csv", NET_ARGS, "--target", "slow,slow"}, 2, "named twice: \"slow\""},
    {{"--table", "t.csv", NET_ARGS, "--target", "slow", "--source", "slow"},
     2,
     "is a source and a target"},
    {{"--table", "t.csv", NET_ARGS, "--target", "slow", "--baseline", "magic"},
     2,
     "ours, flops, scratch, lut, oneproxy, nearest, not \"magic\""},
    {{"--table", "t.csv", NET_ARGS, "--target", "slow", "--baseline", "ours,ours"},
     2,
     "lists ours twice"},
    {{"--table", "t.csv", NET_ARGS, "--target", "slow", "--samples", "5,5"}, 2, "lists 5 twice"},
    {{"--table", "t.csv", NET_ARGS, "--target", "slow", "--samples", "05"}, 2, "\"05\" is not"},
    {{"--suite", "gone.json", "--data", ".", "--task", "T,T"}, 2, "lists T twice"},
    {{"--suite", "gone.json", "--data", ".", "--target", "slow"}, 2, "--target goes with --table"},
    {{"--table", "t.csv", NET_ARGS, "--target", "slow", "--task", "T"},
     2,
     "--task goes with --suite"},
    {{"--table", "t.csv", NET_ARGS, "--target", "slo"},
     1,
     "t.csv:1: task own names device \"slo\", which the table lacks; did you mean slow?"},
    {{"--table", "t.csv", NET_ARGS, "--target", "flat"},
     1,
     "t.csv:2: column \"flat\" reads 2 for every net"},
    {{"--table", "t.csv", NET_ARGS, "--target", "slow", "--source", "flat"},
     1,
     "t.csv:2: column \"flat\" reads 2 for every net"},
    {{"--table", "t.csv", NET_ARGS, "--target", "rare"},
     1,
     "device \"rare\" of task own has 4 measured nets, 22 are needed"},
    {{"--table", "t.csv", NET_ARGS, "--target", "rare", "--samples", "3"},
     1,
     "has 4 measured nets, 5 are needed"},
    {{"--table", "t.csv", NET_ARGS, "--target", "slow", "--baseline", "lut"},
     3,
     "lut cannot run on task own: it needs nets of a search space"},
    {{"--table", "t.csv", "--space", "fbnet", "--target", "slow"}, 1, "t.csv:2: "},
    {{"--table", "t.csv", NET_ARGS, "--target", "slow", "--format", "xml"},
     3,
     "unknown format \"xml\"; there are csv, hat, edgetran"},
    {{"--table", "t.csv", NET_ARGS, "--target", "slow", "--quantity", "mood"},
     3,
     "unknown quantity \"mood\"; there are latency, energy, peak_power"},
    {{"--table", "huge.csv", NET_ARGS, "--target", "a"},
     1,
     "huge.csv:2: a: a measurement is at least 1e-09 and at most 1e+09, this is 1e30"},
    {{"--table", "zero.csv", NET_ARGS, "--target", "a"},
     1,
     "zero.csv:3: a: a measurement is at least 1e-09"},
    {{"--table", "twice.csv", NET_ARGS, "--target", "a"},
     1,
     "twice.csv:3: arch: net \"net0\" is on line 2 already"},
    {{"--suite", "gone.json", "--data", "."},
     1,
     "t.csv:1: task T names device \"fats\", which the table lacks; did you mean fast?"},
    {{"--suite", "gone.json", "--data", ".", "--task", "U"}, 2, "no task \"U\""},
    {{"--suite", "cut.json", "--data", "."}, 1, "cut.json:2: "},
    {{"--suite", "gone.json", "--data", "/nonexistent"}, 1, "/nonexistent/t.csv: "},
    {{"--table", "t.csv", "--nets", "few.jsonl", "--target", "slow"},
     1,
     "few.jsonl: no net is called \"net0\""},
};

/* "." is the folder of the world. */
static bool is_file(const char *arg) {
    return strstr(arg, ".csv") || strstr(arg, ".json") || !strcmp(arg, ".");
}

Test(eval, bad_input_is_said_with_its_place) {
    world_write_text("huge.csv", "arch,a\nnet0,1e30\nnet1,2\n");
    world_write_text("gone.json",
                     "{\"schema_version\":1,\"name\":\"s\",\"tasks\":[{\"name\":\"T\",\"table\":"
                     "\"t.csv\",\"nets\":\"n.jsonl\",\"source_samples\":9,\"sources\":[\"fats\"],"
                     "\"targets\":[\"slow\"]}]}");
    world_write_text("cut.json", "{\"schema_version\":1,\n\"name\":\"s\",\"tasks\":[{\"name\"");
    world_write_text("zero.csv", "arch,a\nnet0,1\nnet1,0\n");
    world_write_text("twice.csv", "arch,a\nnet0,1\nnet0,2\n");
    world_write_text("few.jsonl", "{\"schema_version\":1,\"name\":\"other\",\"ops\":[{\"id\":\"x\","
                                  "\"op\":\"input\",\"shape\":[1,1,1,4]}],\"output\":\"x\"}\n");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *args[20] = {"eval"};
        for (size_t k = 0; bad[i].args[k]; k++)
            args[k + 1] = is_file(bad[i].args[k]) ? world_path(bad[i].args[k]) : bad[i].args[k];
        ran r = predict(args);
        cr_expect_eq(r.code, bad[i].code, "row %zu: code %d, %s", i, r.code, r.err);
        cr_expect(strstr(r.err, bad[i].says) != NULL, "row %zu: %s", i, r.err);
        cr_expect_str_eq(r.out, "", "row %zu prints", i);
        ran_clear(&r);
    }
}
