/* Measurements and nets come from two files: a mix-up would teach the predictor nonsense. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "tasks/dataset.h"

static char folder[] = "/tmp/latcast-dataset-XXXXXX";

static const char *in_folder(const char *name) {
    static char path[4][200];
    static int next;
    next = (next + 1) % 4;
    snprintf(path[next], sizeof path[next], "%s/%s", folder, name);
    return path[next];
}

static void write_text(const char *name, const char *text) {
    cr_assert_eq(lc__file_write(in_folder(name), text, strlen(text), NULL), LC_OK);
}

static void setup(void) {
    cr_assert_not_null(mkdtemp(folder));
}

static void teardown(void) {
    unlink(in_folder("t.csv"));
    unlink(in_folder("n.jsonl"));
    rmdir(folder);
}

TestSuite(dataset, .init = setup, .fini = teardown);

#define NET(name, channels)                                                                        \
    "{\"schema_version\":1,\"name\":\"" name "\",\"ops\":["                                        \
    "{\"id\":\"x\",\"op\":\"input\",\"shape\":[1,1,1,10]},"                                        \
    "{\"id\":\"y\",\"op\":\"linear\",\"inputs\":[\"x\"],\"out_channels\":" channels                \
    "}],\"output\":\"y\"}\n"

Test(dataset, nets_of_a_file_meet_their_rows_by_name) {
    write_text("t.csv", "arch,a\nfirst,1\nsecond,2\nthird,1\n");
    write_text("n.jsonl",
               NET("second", "7") "\n" NET("stranger", "1") NET("first", "3") NET("third", "3"));
    lc__origin origin = {.table = in_folder("t.csv"),
                         .format = "csv",
                         .quantity = "energy",
                         .nets = in_folder("n.jsonl")};
    lc__dataset data;
    lc_error err;
    cr_assert_eq(lc__dataset_load(&origin, &data, &err), LC_OK, "%s", err.message);
    cr_expect(data.costs[0].macs > 29 && data.costs[0].macs < 31 && data.costs[1].macs > 69);
    cr_expect_eq(data.n_unused, 1u);
    cr_expect_eq(data.n_alike, 1u); /* third is first */
    cr_expect_str_eq(data.one_unused, "stranger");
    cr_expect_str_eq(data.table.unit, "mJ");
    lc__dataset_clear(&data);
}

static const struct {
    const char *format, *quantity, *space, *nets;
    lc_status status;
    int line;
    const char *says;
} bad[] = {
    {"xml", "latency", "fbnet", NULL, LC_EUNSUPPORTED, 0, "unknown format \"xml\""},
    {"csv", "beauty", "fbnet", NULL, LC_EUNSUPPORTED, 0, "unknown quantity \"beauty\""},
    {"csv", "latency", "resnet", NULL, LC_EUNSUPPORTED, 0, "unknown space \"resnet\""},
    {"csv", "latency", "fbnet", NET("n", "1"), LC_EFORMAT, 0, "one of the two"},
    {"csv", "latency", NULL, NULL, LC_EFORMAT, 0, "one of the two"},
    {"csv", "latency", "fbnet", NULL, LC_EFORMAT, 2, ""}, /* "first" is no net of it */
    {"csv", "latency", NULL, NET("first", "1"), LC_EFORMAT, 0,
     "no net is called \"second\" (line 3 of"},
    {"csv", "latency", NULL, NET("first", "1") NET("", "2"), LC_EFORMAT, 0,
     "the net on line 2 has no \"name\""},
    {"csv", "latency", NULL, NET("first", "1") NET("second", "2") NET("first", "1"), LC_EFORMAT, 3,
     "\"first\" is on line 1 already"},
    {"csv", "latency", NULL, NET("first", "1") "{\"ops\":3}\n", LC_EFORMAT, 2, "schema_version"},
};

Test(dataset, refuses_with_a_reason) {
    write_text("t.csv", "arch,a\nfirst,1\nsecond,2\n");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (bad[i].nets)
            write_text("n.jsonl", bad[i].nets);
        lc__origin origin = {.table = in_folder("t.csv"),
                             .format = bad[i].format,
                             .quantity = bad[i].quantity,
                             .space = bad[i].space,
                             .nets = bad[i].nets ? in_folder("n.jsonl") : NULL};
        lc__dataset data;
        lc_error err;
        cr_expect_eq(lc__dataset_load(&origin, &data, &err), bad[i].status, "row %zu", i);
        cr_expect(strstr(err.message, bad[i].says) != NULL, "row %zu: %s", i, err.message);
        cr_expect_eq(err.line, bad[i].line, "row %zu: line %d", i, err.line);
        cr_expect(*err.file, "row %zu names no file", i);
    }
}
