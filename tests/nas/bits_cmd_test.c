/* The verb nas bits, on a net that trains in a second. */
#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../devices/schema_check.h"
#include "latcast/net.h"

#define DATA "shapes:96,48"
#define COMMON "--data " DATA " --batch 16 --quiet"

static char folder[] = "/tmp/latcast-bits-XXXXXX", said[16384];

/* Runs nas in the folder; its exit code. `said` is stdout and stderr. */
__attribute__((format(printf, 1, 2))) static int nas(const char *format, ...) {
    char arguments[1000], command[1200];
    va_list args;
    va_start(args, format);
    vsnprintf(arguments, sizeof arguments, format, args);
    va_end(args);
    snprintf(command, sizeof command, "cd %s && " LATCAST_TEST_BIN "/nas %s 2>&1", folder,
             arguments);
    FILE *f = popen(command, "r");
    cr_assert_not_null(f);
    said[fread(said, 1, sizeof said - 1, f)] = '\0';
    int status = pclose(f);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static FILE *file(const char *name) {
    char path[100];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    cr_assert_not_null(f);
    return f;
}

static void write_net(void) {
    FILE *f = file("net.json");
    fputs("{\"schema_version\":1,\"name\":\"tiny\",\"ops\":["
          "{\"id\":\"x\",\"op\":\"input\",\"shape\":[1,32,32,3]},"
          "{\"id\":\"stem\",\"op\":\"conv2d\",\"inputs\":[\"x\"],\"kernel\":[3,3],\"stride\":[4,4],"
          "\"pad\":[1,1],\"out_channels\":8,\"act\":\"relu6\"},"
          "{\"id\":\"mid\",\"op\":\"conv2d\",\"inputs\":[\"stem\"],\"out_channels\":8,"
          "\"act\":\"relu6\"},"
          "{\"id\":\"pool\",\"op\":\"global_avg_pool\",\"inputs\":[\"mid\"]},"
          "{\"id\":\"out\",\"op\":\"linear\",\"inputs\":[\"pool\"],\"out_channels\":10}],"
          "\"output\":\"out\"}",
          f);
    fclose(f);
}

static void write_table(void) {
    FILE *f = file("cycles.csv");
    fputs("layer,weight_bits,activation_bits,cycles\n", f);
    for (int l = 0; l < 3; l++)
        for (int w = 2; w <= 8; w++)
            for (int a = 2; a <= 8; a++)
                fprintf(f, "%d,%d,%d,%d\n", l, w, a, 10 * w * a);
    fclose(f);
}

static void expect_valid(void) {
    char why[300];
    cJSON *json = cJSON_Parse(said);
    cr_assert_not_null(json, "%s", said);
    cr_expect(schema_valid("bits.schema.json", json, why, sizeof why), "%s", why);
    cJSON_Delete(json);
}

static void begin(void) {
    cr_assert_not_null(mkdtemp(folder));
    write_net();
    write_table();
    int code = nas("train --arch net.json --out w.lc --epochs 2 " COMMON);
    cr_assert_eq(code, 0, "%s", said);
}

static void end(void) {
    char command[100];
    snprintf(command, sizeof command, "rm -r %s", folder);
    cr_assert_eq(system(command), 0);
}

TestSuite(bits_cmd, .init = begin, .fini = end);

#define BITS "bits --arch net.json --weights w.lc --out found.json " COMMON " "

/* A limit is kept, the net written has the bits that are told, weights lie beside it; the same
 * command again trains no more and says the same. */
Test(bits_cmd, finds_bits_within_the_cycles) {
    lc_net *net = NULL;
    lc_error err = {0};
    char path[100], before[sizeof said];
    cr_assert_eq(nas(BITS "--table cycles.csv --share 0.5 --fine-tune 1 --images 32 --json"), 0,
                 "%s", said);
    expect_valid();
    const char *found = strstr(said, "\"bits\":\"found\""), *eight = strstr(said, "\"bits\":\"8\"");
    cr_assert(found && eight && strstr(said, "\"bits\":\"f32\""), "%s", said);
    cr_expect(strstr(eight, "\"cycles\":1920,"), "%s", said);
    double cycles = strtod(strstr(found, "\"cycles\":") + 9, NULL);
    cr_expect(cycles > 500 && cycles <= 960, "%g", cycles);
    cr_expect(strstr(said, "{\"id\":\"stem\",\"weight_bits\":"), "%s", said);
    snprintf(path, sizeof path, "%s/found.json", folder);
    cr_assert_eq(lc_net_load(path, &net, &err), LC_OK, "%s", err.message);
    double sum = 0;
    for (int i = 1; i <= 4; i++) { /* what a layer reads is what the node before it gives */
        const lc_op *op = &lc_net_node(net, i)->op;
        cr_expect_eq(op->dtype, LC_DTYPE_INT8);
        sum += op->weight_bits
                   ? 10 * op->weight_bits * (i == 1 ? 8 : lc_net_node(net, i - 1)->op.act_bits)
                   : 0;
    }
    cr_expect_eq(sum, cycles);
    lc_net_free(net);
    snprintf(path, sizeof path, "%s/found.json.found.lc", folder);
    cr_expect_eq(access(path, R_OK), 0);
    strcpy(before, said);
    cr_assert_eq(nas(BITS "--table cycles.csv --share 0.5 --fine-tune 1 --images 32 --json"), 0);
    cr_expect_str_eq(said, before);
}

/* Size alone, without a table or fine-tuning; words for people. */
Test(bits_cmd, finds_bits_within_a_size) {
    cr_assert_eq(nas(BITS "--size-kb 0.3 --fine-tune 0 --images 16"), 0, "%s", said);
    const char *found = strstr(said, "\nfound");
    cr_assert_not_null(found, "%s", said);
    cr_expect(strstr(said, "found.json has the bits found"), "%s", said);
}

Test(bits_cmd, limits_that_nothing_keeps_exit_with_4) {
    cr_expect_eq(nas(BITS "--table cycles.csv --cycles 100"), 4);
    cr_expect(strstr(said, "no bits bring the number of cycles down to 100 cycles: the cheapest, 2 "
                           "bits wherever they help, take 240, 8 bits throughout 1920"),
              "%s", said);
    cr_expect_eq(nas(BITS "--size-kb 0.1"), 4);
    cr_expect(strstr(said, "the size down to 0.1 kB"), "%s", said);
}

Test(bits_cmd, bad_input_is_told) {
    static const struct {
        const char *arguments, *says;
        int code;
    } cases[] = {
        {"--table cycles.csv", "give a limit", 2},
        {"--cycles 500", "--cycles needs --table", 2},
        {"--latency-ms 5", "--latency-ms needs --device", 2},
        {"--share 0.5", "give one", 2},
        {"--table cycles.csv --share 0.5 --cycles 10", "give one of them", 2},
        {"--table none.csv --share 0.5", "none.csv", 1},
        {"--table net.json --share 0.5", "net.json:1: the first line must be", 1},
        {"--size-kb 1 --weights net.json", "net.json", 1},
        {"--size-kb 999 --arch zoo:mobilenet_v2", "is a checkpoint of another training", 2},
        {"--size-kb 1 --out w.lc", "--out", 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int code = nas(BITS "%s", cases[i].arguments);
        cr_expect_eq(code, cases[i].code, "%s: %d: %s", cases[i].arguments, code, said);
        cr_expect(strstr(said, cases[i].says), "%s: %s", cases[i].arguments, said);
    }
}
