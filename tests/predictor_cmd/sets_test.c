/* The verbs on sets of devices, partition and monotonicity, run as people run them, on made-up
 * tables. */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/rng.h"
#include "base/text.h"
#include "latcast/space.h"
#include "../devices/schema_check.h"
#include "world.h"
#include "xml_check.h"

#define NETS 60

/* What a row of a made-up table costs: two things that nets need, which have nothing in common. */
typedef struct needs {
    double compute, memory;
} needs;

/* Writes table.csv: NETS fbnet nets on `n` devices, of which every second one is bound by memory;
 * `holes` rows of the first device are empty, the last device is constant if asked for. */
static void write_table(int n, int holes, bool constant) {
    const lc_space *space = lc_space_find("fbnet");
    uint64_t rng = 5;
    lc__buf csv = {0};
    lc__buf_printf(&csv, "arch");
    for (int d = 0; d < n; d++)
        lc__buf_printf(&csv, ",dev%d", d);
    for (int r = 0; r < NETS; r++) {
        int choices[LC_NET_MAX_CHOICES];
        char arch[200];
        lc_space_random(space, &rng, choices);
        space->format(choices, arch, sizeof arch);
        needs of = {lc__rng_unit(&rng), lc__rng_unit(&rng)};
        lc__buf_printf(&csv, "\n%s", arch);
        for (int d = 0; d < n; d++) {
            double ms = 1 + (d % 2 ? of.memory : of.compute) + 0.1 * lc__rng_unit(&rng);
            if (d == 0 && r < holes)
                lc__buf_printf(&csv, ",");
            else
                lc__buf_printf(&csv, ",%.6g", constant && d == n - 1 ? 3.0 : ms);
        }
    }
    lc__buf_printf(&csv, "\n");
    cr_assert(!csv.failed);
    world_write_text("table.csv", csv.text);
    free(csv.text);
}

TestSuite(sets, .init = world_open, .fini = world_close);

/* Runs `predict VERB --table table.csv --space fbnet` with up to four words more. */
static ran on_table(const char *verb, const char *a, const char *b, const char *c, const char *d) {
    const char *args[] = {verb, "--table", world_path("table.csv"), "--space", "fbnet", a, b, c,
                          d,    NULL};
    return predict(args);
}

static void expect_failure(ran r, int code, const char *says) {
    cr_expect_eq(r.code, code, "exit %d: %s", r.code, r.err);
    cr_expect(strstr(r.err, says) != NULL, "no \"%s\" in %s", says, r.err);
    cr_expect_str_empty(r.out);
    ran_clear(&r);
}

static double number(const cJSON *object, const char *key) {
    const cJSON *v = cJSON_GetObjectItem(object, key);
    cr_assert(cJSON_IsNumber(v), "%s is missing", key);
    return v->valuedouble;
}

/* The suite is one that eval runs, and its splits part the devices by what binds them. */
Test(sets, partition_makes_a_suite_of_hard_tasks) {
    write_table(8, 0, false);
    ran r = on_table("partition", "--out", world_path("suite.json"), "--tasks", "3");
    cr_assert_eq(r.code, 0, "%s", r.err);
    cr_expect(strstr(r.out, "random splits of the same sizes") != NULL, "%s", r.out);
    ran_clear(&r);
    const char *eval[] = {"eval",
                          "--suite",
                          world_path("suite.json"),
                          "--data",
                          world_path(""),
                          "--seeds",
                          "1",
                          "--samples",
                          "8",
                          "--json",
                          NULL};
    r = predict(eval);
    cr_expect_eq(r.code, 0, "%s", r.err);
    cr_expect(strstr(r.out, "\"P1\"") && strstr(r.out, "\"P3\""), "%s", r.out);
    ran_clear(&r);
    r = on_table("partition", "--json", "--tasks", "3", NULL);
    cJSON *suite = cJSON_Parse(r.out);
    cr_assert_not_null(suite, "%s", r.out);
    char why[200];
    cr_expect(schema_valid("suite.schema.json", suite, why, sizeof why), "%s", why);
    const cJSON *first = cJSON_GetArrayItem(cJSON_GetObjectItem(suite, "tasks"), 0);
    const cJSON *figures = cJSON_GetObjectItem(first, "correlation");
    cr_expect(number(figures, "between") < 0.4 && number(figures, "within_sources") > 0.8);
    cr_expect(number(figures, "between") <
              number(cJSON_GetObjectItem(suite, "random_splits"), "between_mean"));
    const cJSON *name;
    const char *side =
        cJSON_GetStringValue(cJSON_GetArrayItem(cJSON_GetObjectItem(first, "sources"), 0));
    cJSON_ArrayForEach(name, cJSON_GetObjectItem(first, "sources")) cr_expect_eq(
        (side[3] - name->valuestring[3]) % 2, 0, "%s beside %s", name->valuestring, side);
    cJSON_Delete(suite);
    ran_clear(&r);
}

Test(sets, partition_is_the_same_for_a_seed) {
    write_table(9, 10, false);
    ran a = on_table("partition", "--json", "--seed", "4", NULL);
    ran b = on_table("partition", "--json", "--seed", "4", NULL);
    cr_expect_eq(a.code, 0, "%s", a.err);
    cr_expect_str_eq(a.out, b.out);
    ran_clear(&a);
    ran_clear(&b);
}

Test(sets, what_cannot_be_partitioned) {
    write_table(1, 0, false);
    expect_failure(on_table("partition", NULL, NULL, NULL, NULL), 4, "take 2 devices, there is 1");
    write_table(6, 0, false);
    expect_failure(on_table("partition", "--sources", "4", "--targets", "3"), 4,
                   "4 sources and 3 targets take 7 devices, there are 6");
    expect_failure(on_table("partition", "--without", "dev9", NULL, NULL), 2,
                   "the table has no such device");
    write_table(6, 40, false);
    expect_failure(on_table("partition", NULL, NULL, NULL, NULL), 1,
                   "dev0 and dev1 were measured on only 20 nets in common, fewer than 30");
    write_table(6, 0, true);
    expect_failure(on_table("partition", NULL, NULL, NULL, NULL), 1,
                   "table.csv: dev5 takes the same time for every net");
    ran r = on_table("partition", "--without", "dev[1-5]", "--tasks", "1");
    expect_failure(r, 4, "there is 1");
    world_write_text("table.csv", "arch,a,b\n0-1,1,2\n");
    expect_failure(on_table("partition", NULL, NULL, NULL, NULL), 1, "table.csv:2");
}

/* ---- monotonicity ---- */

static char *read_world(const char *name) {
    char *text;
    size_t length;
    cr_assert_eq(lc__file_read(world_path(name), 1 << 20, &text, &length, NULL), LC_OK);
    return text;
}

/* The matrix is the same in all three forms, devices of a kind lie side by side. */
Test(sets, monotonicity_compares_and_draws) {
    write_table(6, 5, false);
    ran r = on_table("monotonicity", "--csv", world_path("m.csv"), "--svg", world_path("m.svg"));
    cr_assert_eq(r.code, 0, "%s", r.err);
    cr_expect(strstr(r.out, "Best proxy for the others: dev") != NULL, "%s", r.out);
    ran_clear(&r);
    r = on_table("monotonicity", "--json", NULL, NULL, NULL);
    cJSON *o = cJSON_Parse(r.out), *e;
    cr_assert_not_null(o, "%s", r.out);
    cr_expect(number(o, "nets") == NETS && number(o, "fewest_common") == NETS - 5);
    const cJSON *row = cJSON_GetArrayItem(cJSON_GetObjectItem(o, "correlation"), 0);
    double rho = cJSON_GetArrayItem(row, 1)->valuedouble;
    char why[200];
    cr_expect(schema_valid("monotonicity.schema.json", o, why, sizeof why), "%s", why);
    char text[40], *csv = read_world("m.csv"), *svg = read_world("m.svg");
    snprintf(text, sizeof text, ",1.000000,%.6f", rho);
    cr_expect(strstr(csv, text) != NULL, "no %s in %s", text, csv);
    cr_expect(xml_well_formed(svg, why, sizeof why), "%s", why);
    cr_expect(strstr(svg, "55 common nets: ") != NULL);
    int changes = 0, last = -1;
    cJSON_ArrayForEach(e, cJSON_GetObjectItem(o, "devices")) {
        int of = cJSON_GetStringValue(cJSON_GetObjectItem(e, "device"))[3] % 2;
        changes += of != last;
        last = of;
    }
    cr_expect_eq(changes, 2);
    free(csv);
    free(svg);
    cJSON_Delete(o);
    ran_clear(&r);
}

/* Names that mean something to XML or CSV, and a device that ranks nothing. */
Test(sets, monotonicity_of_odd_devices) {
    world_write_text("table.csv", "arch,a<b&\"c\",d\n1,1,5\n2,2,5\n3,3,5\n");
    const char *args[] = {
        "monotonicity",      "--table", world_path("table.csv"), "--least", "2", "--csv",
        world_path("m.csv"), "--svg",   world_path("m.svg"),     NULL};
    ran r = predict(args);
    cr_assert_eq(r.code, 0, "%s", r.err);
    cr_expect(strstr(r.err, "note: d takes the same time for every net") != NULL, "%s", r.err);
    char *csv = read_world("m.csv"), *svg = read_world("m.svg"), why[100];
    cr_expect(strstr(csv, "\"a<b&\"\"c\"\"\"") != NULL, "%s", csv);
    cr_expect(strstr(csv, ",0.000000") != NULL, "%s", csv);
    cr_expect(xml_well_formed(svg, why, sizeof why), "%s", why);
    free(csv);
    free(svg);
    ran_clear(&r);
}

Test(sets, what_cannot_be_compared) {
    write_table(1, 0, false);
    expect_failure(on_table("monotonicity", NULL, NULL, NULL, NULL), 4, "1 device: a comparison");
    write_table(3, 40, false);
    expect_failure(on_table("monotonicity", NULL, NULL, NULL, NULL), 1, "only 20 nets in common");
    expect_failure(on_table("monotonicity", "--pool", world_path(""), NULL, NULL), 2, "give one");
    const char *no_space[] = {"monotonicity", NULL};
    expect_failure(predict(no_space), 2, "--space is needed");
    const char *no_model[] = {"monotonicity", "--space", "fbnet", NULL};
    expect_failure(predict(no_model), 1, "model.lc");
    const char *no_pool[] = {"monotonicity", "--pool", "/nonexistent", NULL};
    expect_failure(predict(no_pool), 1, "cannot read the folder");
    const char *no_table[] = {"monotonicity", "--table", "/nonexistent.csv", NULL};
    expect_failure(predict(no_table), 1, "/nonexistent.csv");
    write_table(3, 0, false);
    expect_failure(on_table("monotonicity", "--svg", "/nonexistent/m.svg", NULL, NULL), 1,
                   "/nonexistent/m.svg");
}
