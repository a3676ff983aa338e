/* predict plan: what it says of the nets it chooses, and what it refuses. */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../devices/schema_check.h"
#include "latcast/device.h"
#include "made_device.h"
#include "world.h"

#define MEASURED 12
#define RUNS 9 /* that write_device() says a net had */

static void setup(void) {
    world_open();
    write_device("alpha", 1, 60, 1e-2, 1e-2);
    write_device("beta", 2, 60, 3e-2, 1e-3);
    const char *train[] = {"train", "--pool", world_path(""), "--out", world_path("model.lc"),
                           NULL};
    ran r = predict(train);
    cr_assert_eq(r.code, 0, "%s", r.err);
    ran_clear(&r);
    setenv("LATCAST_MODEL", world_path("model.lc"), 1);
    write_device("target", 4, MEASURED, 2e-2, 2e-2);
}

TestSuite(plan, .init = setup, .fini = world_close);

/* Runs `plan --space fbnet --out p.json` with these options. */
static ran plan(const char *const *more) {
    const char *args[24] = {"plan",  "--space",           "fbnet", "--candidates", "300",
                            "--out", world_path("p.json")};
    for (size_t i = 0; more[i]; i++)
        args[7 + i] = more[i];
    return predict(args);
}

static cJSON *explained(const char *const *more) {
    ran r = plan(more);
    cr_assert_eq(r.code, 0, "%s", r.err);
    cJSON *json = cJSON_Parse(r.out);
    cr_assert_not_null(json, "not JSON: %.200s", r.out);
    char why[200];
    cr_expect(schema_valid("plan-report.schema.json", json, why, sizeof why), "%s", why);
    ran_clear(&r);
    return json;
}

static double num(const cJSON *object, const char *key) {
    const cJSON *v = cJSON_GetObjectItem(object, key);
    cr_assert(cJSON_IsNumber(v), "%s is missing", key);
    return v->valuedouble;
}

static double sum(const cJSON *picks, const char *key) {
    double total = 0;
    const cJSON *pick;
    cJSON_ArrayForEach(pick, picks) total += num(pick, key);
    return total;
}

/* Every pick adds its part, and the parts are the whole that is said. */
Test(plan, says_what_each_net_is_for) {
    const char *more[] = {"--n", "6", "--device", world_path("target.json"), "--json", NULL};
    cJSON *o = explained(more), *picks = cJSON_GetObjectItem(o, "picks");
    cr_expect_str_eq(cJSON_GetObjectItem(o, "method")->valuestring, "active");
    cr_expect_eq(num(o, "measured"), MEASURED);
    cr_expect_eq(cJSON_GetArraySize(picks), 6);
    cr_expect_float_eq(sum(picks, "tells"), num(o, "tells"), 1e-9);
    cr_expect(num(o, "tells") > 0 && num(o, "tells") < 1);
    cr_expect(num(o, "half_interval_after") < num(o, "half_interval_now"));
    cr_expect_eq(num(o, "repeats"), RUNS);
    cr_expect_float_eq(sum(picks, "seconds"), sum(picks, "latency_ns") * 1e-9 * RUNS, 1e-9);
    cJSON_Delete(o);
}

/* Without a device nothing is said of times, and a random draw asks no model at all. */
Test(plan, says_no_more_than_is_known) {
    const char *more[] = {"--n", "4", "--json", NULL};
    cJSON *o = explained(more);
    cr_expect(num(o, "tells") > 0 && !cJSON_HasObjectItem(o, "half_interval_now"));
    cJSON_Delete(o);
    const char *draw[] = {"--n", "4", "--json", "--method", "random", NULL};
    o = explained(draw);
    cr_expect(num(o, "items") == 4 && !cJSON_HasObjectItem(o, "tells"));
    cJSON_Delete(o);
}

Test(plan, people_read_the_same) {
    const char *more[] = {"--n", "3", "--device", world_path("target.json"), NULL};
    ran r = plan(more);
    cr_assert_eq(r.code, 0, "%s", r.err);
    cr_expect(strstr(r.out, "expected 90 % interval of a net") != NULL, "%s", r.out);
    cr_expect(strstr(r.out, "9 runs a net") != NULL, "%s", r.out);
    ran_clear(&r);
}

Test(plan, every_method_makes_a_plan_of_distinct_nets) {
    static const char *const methods[] = {"plan", "active", "random", "macs", "kmeans"};
    for (size_t m = 0; m < sizeof methods / sizeof *methods; m++) {
        const char *more[] = {
            "--n", "5", "--method", methods[m], "--device", world_path("target.json"), NULL};
        ran r = plan(more);
        cr_assert_eq(r.code, 0, "%s: %s", methods[m], r.err);
        ran_clear(&r);
        lc_plan p;
        cr_assert_eq(lc_plan_load(world_path("p.json"), &p, NULL), LC_OK);
        cr_expect_eq(p.n_items, 5u, "%s", methods[m]);
        lc_plan_clear(&p);
    }
}

/* What a budget buys is expected to fit into it, and cheap nets are bought first. */
Test(plan, a_budget_is_kept) {
    const char *free_choice[] = {"--n", "4", "--device", world_path("target.json"), "--json", NULL};
    const char *bought[] = {"--n",    "4",          "--device", world_path("target.json"),
                            "--json", "--budget-s", "0.002",    "--repeats",
                            "2",      NULL};
    cJSON *a = explained(free_choice), *b = explained(bought);
    double n = num(b, "items");
    cr_expect(n >= 1 && num(b, "seconds") <= 0.002);
    cr_expect_lt(sum(cJSON_GetObjectItem(b, "picks"), "latency_ns") / n,
                 sum(cJSON_GetObjectItem(a, "picks"), "latency_ns") / 4);
    cJSON_Delete(a);
    cJSON_Delete(b);
    bought[6] = "0.000001";
    ran r = plan(bought);
    cr_expect(r.code == 4 && strstr(r.err, "no net is expected to be measured"), "%s", r.err);
    ran_clear(&r);
}

/* An aim that is reached already leaves nothing to measure; one out of reach is said to be. */
Test(plan, until_says_how_many_more) {
    const char *more[] = {"--until", "100%", "--device", world_path("target.json"), "--json", NULL};
    cJSON *o = explained(more);
    cr_expect(num(o, "items") == 0 && cJSON_IsTrue(cJSON_GetObjectItem(o, "until_expected")));
    cr_expect(access(world_path("p.json"), F_OK) != 0, "no plan of nothing");
    cJSON_Delete(o);
    more[1] = "0.0001";
    o = explained(more);
    cr_expect(num(o, "items") == 20 && cJSON_IsFalse(cJSON_GetObjectItem(o, "until_expected")));
    cJSON_Delete(o);
}

/* Operators are planned each once, and the nets' own variance says which. */
Test(plan, operators_of_a_space_and_of_nets) {
    const char *more[] = {"--operators", "--n", "12", "--json", NULL};
    cJSON *o = explained(more);
    cr_expect(num(o, "items") == 12 && num(o, "tells") > 0.5 && num(o, "tells") < 1);
    cJSON_Delete(o);
    lc_plan p;
    cr_assert_eq(lc_plan_load(world_path("p.json"), &p, NULL), LC_OK);
    for (size_t i = 0; i < p.n_items; i++) {
        cr_expect_eq(p.items[i].kind, LC_SAMPLE_OP);
        for (size_t j = 0; j < i; j++)
            cr_expect_neq(lc_net_digest(p.items[i].net), lc_net_digest(p.items[j].net));
    }
    lc_plan_clear(&p);
    const char *args[] = {"plan", "--operators", "--arch", "zoo:resnet18", "--n", "400", NULL};
    ran r = predict(args);
    cr_expect(r.code == 2 && strstr(r.err, "operators of these 1 nets are left"), "%s", r.err);
    ran_clear(&r);
    args[5] = "8";
    r = predict(args);
    cr_expect_eq(r.code, 0, "%s", r.err);
    ran_clear(&r);
    args[4] = "--method";
    args[5] = "macs";
    r = predict(args);
    cr_expect(r.code == 2 && strstr(r.err, "do not go together"), "%s", r.err);
    ran_clear(&r);
}

/* Samples of another space say something of the device, though not of such nets: that is said. */
Test(plan, foreign_samples_are_named) {
    const char *args[] = {"plan",
                          "--space",
                          "nasbench201",
                          "--n",
                          "2",
                          "--candidates",
                          "50",
                          "--method",
                          "active",
                          "--device",
                          world_path("target.json"),
                          NULL};
    ran r = predict(args);
    cr_assert_eq(r.code, 0, "%s", r.err);
    cr_expect(strstr(r.err, "none of the 12 net samples of target is of nasbench201"), "%s", r.err);
    ran_clear(&r);
}

static const struct {
    const char *option[4];
    const char *says;
} refused[] = {
    {{"--until", "soon"}, "--until takes a percentage"},
    {{"--until", "0%"}, "--until takes a percentage"},
    {{"--until", "5%"}, "--until needs --device with measured nets"},
    {{"--budget-s", "5"}, "--budget-s needs --device with measured nets"},
    {{"--method", "best"}, "--method is one of plan, active, random, macs, kmeans"},
    {{"--n", "501"}, "at most 500 nets"},
};

Test(plan, refuses) {
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        const char *more[] = {refused[i].option[0], refused[i].option[1], NULL};
        ran r = plan(more);
        cr_expect(r.code == 2 && strstr(r.err, refused[i].says), "%s %s: %d %s", more[0], more[1],
                  r.code, r.err);
        ran_clear(&r);
    }
    const char *mixed[] = {
        "--until", "5%", "--method", "macs", "--device", world_path("target.json"), NULL};
    ran r = plan(mixed);
    cr_expect(r.code == 2 && strstr(r.err, "does not go with --method macs"), "%s", r.err);
    ran_clear(&r);
    const char *bare[] = {"plan", "--space", "fbnet", "--json", NULL};
    r = predict(bare);
    cr_expect(r.code == 2 && strstr(r.err, "--json explains the plan"), "%s", r.err);
    ran_clear(&r);
}
