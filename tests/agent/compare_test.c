/* profagent compare: runs that are alike, that differ in all, in some, in nothing that can be
 * told. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/compare.h"
#include "../devices/schema_check.h"
#include "rig.h"

#define N 30

/* A device of N operators; latency number i is (i + 1) us times factor(i). */
static const char *write_device(const char *name, const char *config, double (*factor)(int)) {
    const char *path = rig_path(name);
    FILE *f = fopen(path, "w");
    cr_assert_not_null(f);
    fprintf(f,
            "{\"schema_version\":1,\"name\":\"d\",\"config\":{\"backend\":\"native\",\"threads\":1,"
            "\"dtype\":\"f32\"%s},\"fingerprint\":{\"board\":\"b\",\"temp_mc\":%d},\"samples\":[",
            config, (int)strlen(name));
    for (int i = 0; i < N; i++) {
        double ns = 1000 * (i + 1) * factor(i);
        fprintf(f,
                "%s{\"id\":\"%s-%d\",\"kind\":\"op\",\"net\":{\"name\":\"op%d\",\"ops\":[{\"id\":"
                "\"x\",\"op\":\"input\",\"shape\":[1,4,4,3]},{\"id\":\"y\",\"op\":\"conv2d\","
                "\"inputs\":[\"x\"],\"out_channels\":%d}],\"output\":\"y\"},\"latency_ns\":%.3f,"
                "\"ci_low_ns\":%.3f,\"ci_high_ns\":%.3f,\"median_ns\":%.3f,\"p95_ns\":%.3f,"
                "\"min_ns\":%.3f,\"n\":99,\"steady\":true}",
                i ? ",\n" : "", name, i, i, i + 1, ns, ns * .995, ns * 1.005, ns * 1.1, ns * 1.2,
                ns * .99);
    }
    fprintf(f, "]}\n");
    fclose(f);
    return path;
}

static double one(int i) {
    (void)i;
    return 1;
}

static double wiggle(int i) {
    return 1 + .012 * ((i * 7 % 5) - 2) / 2.;
}

static double slower(int i) {
    return 1.08 * wiggle(i);
}

static double two_slower(int i) {
    return i == 3 || i == 20 ? 1.15 : wiggle(i);
}

static lc__comparison compare(const char *a, const char *b, lc_device device[2]) {
    lc_error err;
    lc__comparison c;
    const lc__compare_options options = {.repeatability = 0.01, .fdr = 0.05};
    cr_assert_eq(lc_device_load(a, &device[0], &err), LC_OK, "%s", err.message);
    cr_assert_eq(lc_device_load(b, &device[1], &err), LC_OK, "%s", err.message);
    cr_assert_eq(lc__compare(&device[0], &device[1], &options, &c, &err), LC_OK, "%s", err.message);
    return c;
}

static void clear(lc__comparison *c, lc_device device[2]) {
    lc__comparison_clear(c);
    lc_device_clear(&device[0]);
    lc_device_clear(&device[1]);
}

Test(compare, what_two_runs_of_the_same_show_is_no_difference) {
    lc_device d[2];
    lc__comparison c = compare(write_device("a", "", one), write_device("b", "", wiggle), d);
    cr_expect_eq(c.n, N);
    cr_expect(!c.common_differs && c.n_differing == 0);
    cr_expect_gt(c.spearman, 0.999);
    clear(&c, d);
}

Test(compare, what_is_common_to_all_is_told_with_its_interval) {
    lc_device d[2];
    lc__comparison c = compare(write_device("a", "", one), write_device("b", "", slower), d);
    cr_expect(c.common_differs && c.n_differing == N);
    cr_expect(c.low < 1.08 && 1.08 < c.high && c.high / c.low < 1.07);
    clear(&c, d);
}

Test(compare, single_items_are_found_among_many_alike) {
    lc_device d[2];
    lc__comparison c = compare(write_device("a", "", one), write_device("b", "", two_slower), d);
    cr_expect_not(c.common_differs);
    cr_assert_eq(c.n_differing, 2);
    cr_expect(c.item[3].differs && c.item[20].differs);
    cr_expect(c.item[3].low < 1.15 && c.item[3].high > 1.15);
    clear(&c, d);
}

Test(compare, command_exits_0_when_alike_and_6_when_not) {
    const char *a = write_device("a", "", one), *b = write_device("b", "", wiggle);
    const char *c = write_device("c", ",\"weights\":\"cold\"", slower);
    rig_result r = RIG_RUN(rig_agent, "compare", a, b);
    cr_expect_eq(r.code, 0, "%s", r.err);
    cr_expect_not_null(strstr(r.out, "alike: 30 items"), "%s", r.out);
    cr_expect_null(strstr(r.out, "temp_mc"), "that is of the moment");
    r = RIG_RUN(rig_agent, "compare", a, c, "--json");
    cr_expect_eq(r.code, 6, "%s", r.err);
    cr_expect_not_null(strstr(r.out, "\"differ\":true"), "%s", r.out);
    cr_expect_not_null(strstr(r.out, "{\"key\":\"weights\",\"a\":null,\"b\":\"cold\"}"));
    char why[200];
    cJSON *json = cJSON_Parse(r.out);
    cr_expect(schema_valid("compare.schema.json", json, why, sizeof why), "%s", why);
    cJSON_Delete(json);
}

Test(compare, command_names_what_is_wrong) {
    const char *a = write_device("a", "", one), *plan = rig_plan("p", 1);
    rig_result r = RIG_RUN(rig_agent, "compare", a);
    cr_expect(r.code == 2 && strstr(r.err, "give two device.json files, not 1"), "%s", r.err);
    r = RIG_RUN(rig_agent, "compare", a, rig_path("nowhere"));
    cr_expect(r.code == 1 && strstr(r.err, "nowhere: cannot open"), "%s", r.err);
    r = RIG_RUN(rig_agent, "compare", a, plan);
    cr_expect(r.code == 1 && strstr(r.err, "p:1"), "%s", r.err);
    rig_write(rig_path("empty"),
              "{\"schema_version\":1,\"name\":\"e\",\"config\":{\"backend\":\"b\",\"threads\":1,"
              "\"dtype\":\"f32\"},\"fingerprint\":{},\"samples\":[]}");
    r = RIG_RUN(rig_agent, "compare", a, rig_path("empty"));
    cr_expect(r.code == 1 && strstr(r.err, "nothing to compare"), "%s", r.err);
    r = RIG_RUN(rig_agent, "compare", a, a, "--fdr", "2");
    cr_expect(r.code == 2 && strstr(r.err, "--fdr"), "%s", r.err);
}
