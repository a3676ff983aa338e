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

static cJSON *explained_with(int code, const char *const *more) {
    ran r = plan(more);
    cr_assert_eq(r.code, code, "%s", r.err);
    cJSON *json = cJSON_Parse(r.out);
    cr_assert_not_null(json, "not JSON: %.200s", r.out);
    char why[200];
    cr_expect(schema_valid("plan-report.schema.json", json, why, sizeof why), "%s", why);
    ran_clear(&r);
    return json;
}

static cJSON *explained(const char *const *more) {
    return explained_with(0, more);
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
    const char *more[] = {
        "--n", "6", "--device", world_path("target.json"), "--json", "--repeatability", "0", NULL};
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
    cr_expect(strstr(r.out, "90 % interval of a net (median; 3 % for another occasion") != NULL,
              "%s", r.out);
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

/* Items of p.json, whatever was in it before. */
static size_t planned(void) {
    lc_plan p;
    cr_assert_eq(lc_plan_load(world_path("p.json"), &p, NULL), LC_OK);
    size_t n = p.n_items;
    lc_plan_clear(&p);
    return n;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Median of half the intervals that a bare `predict` prints for the nets of a plan. */
static double printed_half(const char *plan_path, const char *repeatability) {
    const char *args[] = {"--device",        world_path("target.json"),
                          "--arch",          plan_path,
                          "--repeatability", repeatability,
                          "--json",          NULL};
    ran r = predict(args);
    cr_assert_eq(r.code, 0, "%s", r.err);
    cJSON *list = cJSON_Parse(r.out), *o;
    double half[300];
    size_t n = 0;
    cJSON_ArrayForEach(o, list) {
        cr_assert(n < 300);
        half[n++] = (num(o, "high_ns") - num(o, "low_ns")) / 2 / num(o, "latency_ns");
    }
    qsort(half, n, sizeof *half, ascending);
    cr_assert_eq(n, 300u);
    cJSON_Delete(list);
    ran_clear(&r);
    return (half[149] + half[150]) / 2;
}

/* The interval of now is what `predict` prints for the candidates: the occasion included. */
Test(plan, the_interval_is_that_of_predict) {
    static const char *const repeatability[] = {"0.03", "0.1"};
    const char *draw[] = {
        "plan",     "--space", "fbnet", "--n", "300", "--out", world_path("all.json"),
        "--method", "random",  NULL};
    ran r = predict(draw);
    cr_assert_eq(r.code, 0, "%s", r.err);
    ran_clear(&r);
    for (size_t i = 0; i < 2; i++) {
        const char *more[] = {"--n",
                              "4",
                              "--device",
                              world_path("target.json"),
                              "--json",
                              i ? "--repeatability" : NULL,
                              repeatability[i],
                              NULL};
        cJSON *o = explained(more);
        double now = num(o, "half_interval_now");
        cr_expect_float_eq(now, printed_half(world_path("all.json"), repeatability[i]), 1e-9);
        cr_expect_float_eq(num(o, "repeatability"), atof(repeatability[i]), 1e-12);
        cJSON_Delete(o);
    }
}

/* From few samples to many: no measurement is expected to make a forecast worse. */
Test(plan, no_expectation_rises) {
    static const int measured[] = {1, 3, 6, 10};
    for (size_t i = 0; i < sizeof measured / sizeof *measured; i++) {
        write_device("few", 4, measured[i], 2e-2, 2e-2);
        const char *more[] = {"--n", "20", "--device", world_path("few.json"), "--json", NULL};
        cJSON *o = explained(more);
        const cJSON *pick;
        double last = num(o, "half_interval_now");
        cJSON_ArrayForEach(pick, cJSON_GetObjectItem(o, "picks")) {
            double half = num(pick, "half_interval");
            cr_expect(half <= last, "%d measured: %g after %g", measured[i], half, last);
            last = half;
        }
        cr_expect_eq(num(o, "half_interval_after"), last);
        cJSON_Delete(o);
    }
}

/* A goal that is reached already leaves an empty plan, not an older one; one out of reach is
 * infeasible, and the plan has the first of what was looked at. */
Test(plan, until_says_how_many_more) {
    const char *more[] = {"--until", "100%", "--device", world_path("target.json"), "--json", NULL};
    cJSON *o = explained(more);
    cr_expect(num(o, "items") == 0 && cJSON_IsTrue(cJSON_GetObjectItem(o, "until_expected")));
    cJSON_Delete(o);
    cr_expect_eq(planned(), 0u);
    more[1] = "0.0001";
    o = explained_with(4, more);
    cr_expect_eq(planned(), 20u);
    cr_expect(num(o, "items") == 20 && cJSON_IsFalse(cJSON_GetObjectItem(o, "until_expected")));
    cJSON_Delete(o);
}

Test(plan, says_why_there_is_no_more_to_do) {
    const char *more[] = {"--until", "100%", "--device", world_path("target.json"), NULL};
    ran r = plan(more);
    cr_expect(r.code == 0 && strstr(r.err, "nothing is left to measure"), "%d %s", r.code, r.err);
    ran_clear(&r);
    more[1] = "1%";
    r = plan(more);
    cr_expect(r.code == 4 && strstr(r.err, "--until 1 % is not expected within 100 more") &&
                  strstr(r.err, "another occasion alone makes it"),
              "%d %s", r.code, r.err);
    ran_clear(&r);
}

/* A screen has the first of a long plan, JSON all of it; and "-" is no file. */
Test(plan, long_ones_are_cut_for_people) {
    const char *more[] = {"--n", "30", "--device", world_path("target.json"), NULL};
    ran r = plan(more);
    cr_assert_eq(r.code, 0, "%s", r.err);
    cr_expect(strstr(r.out, "... and 10 more") != NULL, "%s", r.out);
    ran_clear(&r);
    const char *dash[] = {"plan", "--space", "fbnet", "--n", "2", "--out", "-", NULL};
    r = predict(dash);
    lc_plan p;
    cr_assert_eq(lc_plan_parse(r.out, strlen(r.out), "stdout", &p, NULL), LC_OK, "%s", r.err);
    cr_expect(p.n_items == 2 && access("-", F_OK) != 0);
    lc_plan_clear(&p);
    ran_clear(&r);
}

/* Operators are planned each once, by names that tell them apart, and the nets' own variance says
 * which. */
Test(plan, operators_of_a_space_and_of_nets) {
    const char *more[] = {"--operators", "--n", "12", "--json", NULL};
    cJSON *o = explained(more);
    cr_expect(num(o, "items") == 12 && num(o, "tells") > 0.5 && num(o, "tells") < 1);
    cJSON_Delete(o);
    lc_plan p;
    cr_assert_eq(lc_plan_load(world_path("p.json"), &p, NULL), LC_OK);
    for (size_t i = 0; i < p.n_items; i++) {
        cr_expect_eq(p.items[i].kind, LC_SAMPLE_OP);
        for (size_t j = 0; j < i; j++) {
            cr_expect_neq(lc_net_digest(p.items[i].net), lc_net_digest(p.items[j].net));
            cr_expect_str_neq(lc_net_name(p.items[i].net), lc_net_name(p.items[j].net));
        }
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

static lc_plan made_plan(const char *const *args) {
    lc_plan p;
    ran r = predict(args);
    cr_assert_eq(r.code, 0, "%s", r.err);
    ran_clear(&r);
    cr_assert_eq(lc_plan_load(world_path("p.json"), &p, NULL), LC_OK);
    return p;
}

/* A lookup table needs them all: no operator of any net may be missing. */
Test(plan, all_operators_of_a_space_are_in_those_of_any_net) {
    const char *all[] = {"plan",  "--operators",        "--all", "--space", "fbnet",
                         "--out", world_path("p.json"), NULL};
    lc_plan p = made_plan(all);
    cr_expect_eq(p.n_items, 147u); /* as counted over 20,000 random nets */
    lc_plan_clear(&p);
    const char *more[] = {"plan",
                          "--operators",
                          "--all",
                          "--arch",
                          "fbnet:7-1-2-3-4-5-6-7-8-0-1-2-3-4-5-6-7-8-0-1-2-3",
                          "--exclude",
                          world_path("p.json"),
                          NULL};
    ran r = predict(more);
    cr_expect_eq(r.code, 2);
    cr_expect(strstr(r.err, "nothing is left to plan") != NULL, "%s", r.err);
    ran_clear(&r);
}

Test(plan, cover_takes_turns_among_the_kinds_and_keeps_the_limit) {
    const char *args[] = {"plan", "--cover", "depthwise,adder,linear", "--n", "12", "--max-work",
                          "1e6",  "--out",   world_path("p.json"),     NULL};
    lc_plan p = made_plan(args);
    int of[LC_OP_COUNT] = {0};
    cr_expect_eq(p.n_items, 12u);
    for (size_t i = 0; i < p.n_items; i++) {
        lc_cost cost = lc_net_cost(p.items[i].net);
        cr_expect_leq(cost.macs + cost.adds + cost.shifts, 1e6);
        cr_expect_eq(p.items[i].kind, LC_SAMPLE_OP);
        of[lc_net_node(p.items[i].net, lc_net_output(p.items[i].net))->op.type]++;
    }
    cr_expect(of[LC_OP_CONV2D] == 4 && of[LC_OP_ADDER_CONV2D] == 4 && of[LC_OP_LINEAR] == 4);
    lc_plan_clear(&p);
}

Test(plan, refuses_options_that_mean_nothing_together) {
    static const struct {
        const char *args[8], *says;
    } bad[] = {{{"plan", "--all", "--space", "fbnet"}, "--all goes with --operators"},
               {{"plan", "--max-work", "1e6", "--space", "fbnet"}, "--max-work goes with --cover"},
               {{"plan", "--cover", "all", "--space", "fbnet"}, "--cover draws operators"},
               {{"plan", "--cover", "dense,deptwise"}, "did you mean depthwise?"},
               {{"plan", "--cover", "all", "--method", "random"}, "--cover and --method"},
               {{"plan", "--operators", "--all", "--space", "fbnet", "--n", "3"},
                "--all takes every operator"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ran r = predict(bad[i].args);
        cr_expect_eq(r.code, 2, "%s", bad[i].says);
        cr_expect(strstr(r.err, bad[i].says) != NULL, "%s", r.err);
        ran_clear(&r);
    }
}
