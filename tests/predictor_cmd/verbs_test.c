/* The verbs on a pool of made-up devices whose latencies are sums of costs, so that what a forecast
 * should say is known. */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../devices/schema_check.h"
#include "base/file.h"
#include "base/text.h"
#include "latcast/device.h"
#include "latcast/space.h"
#include "made_device.h"
#include "world.h"

static ran ok(const char *const *args) {
    ran r = predict(args);
    cr_assert_eq(r.code, 0, "%s: exit %d: %s", args[0], r.code, r.err);
    return r;
}

static cJSON *json_of(const ran *r) {
    cJSON *json = cJSON_Parse(r->out);
    cr_assert_not_null(json, "not JSON: %.200s", r->out);
    return json;
}

/* Output that is as its published schema says. */
static cJSON *valid_json_of(const ran *r, const char *schema) {
    char why[200];
    cJSON *json = json_of(r);
    cr_expect(schema_valid(schema, json, why, sizeof why), "%s: %s", schema, why);
    return json;
}

static double num(const cJSON *object, const char *key) {
    const cJSON *v = cJSON_GetObjectItem(object, key);
    cr_assert(cJSON_IsNumber(v), "%s is missing", key);
    return v->valuedouble;
}

/* Three pool devices and their model; then the target, 20 nets of it. */
static void make_pool(void) {
    world_open();
    write_device("alpha", 1, 40, 1e-2, 1e-2);
    write_device("beta", 2, 40, 3e-2, 1e-3);
    write_device("gamma", 3, 40, 1e-3, 5e-2);
    world_write_text("plan.json", "{\"schema_version\":1,\"name\":\"p\",\"items\":[]}");
    const char *args[] = {"train", "--pool", world_path(""), "--out", world_path("model.lc"), NULL};
    ran r = ok(args);
    cr_assert(strstr(r.out, "alpha") && strstr(r.out, "40 fbnet"), "%s", r.out);
    cr_assert(strstr(r.out, "3 devices, 120 nets"), "%s", r.out);
    ran_clear(&r);
    write_device("target", 4, 20, 2e-2, 2e-2);
}

TestSuite(verbs, .init = make_pool, .fini = world_close);

static const char net_word[] = "fbnet:0-1-2-3-4-5-6-7-8-0-1-2-3-4-5-6-7-8-0-1-2-3";

/* A forecast with up to two more arguments. */
static ran forecast(const char *device, const char *arch, const char *more, const char *value) {
    const char *args[] = {"--device", world_path(device), "--arch", arch, "--json", more, value,
                          NULL};
    return predict(args);
}

Test(verbs, a_forecast_is_right_and_adds_up) {
    ran r = forecast("target.json", net_word, NULL, NULL);
    cr_assert_eq(r.code, 0, "%s", r.err);
    cJSON *o = valid_json_of(&r, "forecast.schema.json"), *e;
    double latency = num(o, "latency_ns"), sum = num(o, "overhead_ns"),
           weight = num(o, "physical_weight");
    cr_expect(num(o, "low_ns") < latency && latency < num(o, "high_ns"));
    cr_expect(num(o, "samples") == 20);
    cJSON_ArrayForEach(e, cJSON_GetObjectItem(o, "operators")) sum += num(e, "latency_ns");
    cr_expect(fabs(sum / latency - 1) < 1e-6, "operators sum to %g of %g", sum, latency);
    cJSON_ArrayForEach(e, cJSON_GetObjectItem(o, "sources")) weight += num(e, "weight");
    cr_expect(fabs(weight - 1) < 1e-6, "weights sum to %g", weight);
    int choices[22];
    lc_net *net;
    const lc_space *space = lc_space_find("fbnet");
    cr_assert_eq(space->parse(net_word + 6, choices, NULL), LC_OK);
    cr_assert_eq(lc_space_net(space, choices, 22, &net, NULL), LC_OK);
    double truth = latency_of(net, 2e-2, 2e-2);
    cr_expect(fabs(latency / truth - 1) < 0.1, "%g, truth %g", latency, truth);
    lc_net_free(net);
    cJSON_Delete(o);
    ran_clear(&r);
}

Test(verbs, a_forecast_for_people) {
    const char *args[] = {"--device", world_path("target.json"), "--arch", net_word, NULL};
    ran r = ok(args);
    static const char *const parts[] = {"on target: ",
                                        "90 % interval",
                                        "depthwise",
                                        "overhead",
                                        "from 20 measured nets of target",
                                        "physical features"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        cr_expect(strstr(r.out, parts[i]) != NULL, "no \"%s\" in %s", parts[i], r.out);
    cr_expect_str_empty(r.err);
    ran_clear(&r);
}

Test(verbs, several_nets_make_an_array) {
    const char *two[] = {"--device", world_path("target.json"),
                         "--arch",   net_word,
                         "--arch",   "zoo:resnet18",
                         "--json",   NULL};
    ran r = ok(two);
    cJSON *array = valid_json_of(&r, "forecast.schema.json");
    cr_expect_eq(cJSON_GetArraySize(array), 2);
    cr_expect(strstr(r.err, "warning: ") && strstr(r.err, "a rate estimate by size"),
              "an ImageNet net is far from CIFAR ones: %s", r.err);
    cr_expect(cJSON_IsTrue(cJSON_GetObjectItem(cJSON_GetArrayItem(array, 1), "out_of_range")));
    cr_expect(cJSON_IsFalse(cJSON_GetObjectItem(cJSON_GetArrayItem(array, 0), "out_of_range")));
    cJSON_Delete(array);
    ran_clear(&r);
    world_write_text("one.jsonl", "{\"schema_version\":1,\"space\":\"fbnet\",\"arch\":"
                                  "\"0-1-2-3-4-5-6-7-8-0-1-2-3-4-5-6-7-8-0-1-2-3\"}\n");
    r = forecast("target.json", world_path("one.jsonl"), NULL, NULL);
    array = valid_json_of(&r, "forecast.schema.json");
    cr_expect_eq(cJSON_GetArraySize(array), 1, "a file of nets gives an array, even of one");
    cJSON_Delete(array);
    ran_clear(&r);
}

static bool has_source(const ran *r, const char *name) {
    bool found = false;
    cJSON *o = json_of(r), *e;
    cJSON_ArrayForEach(e, cJSON_GetObjectItem(o, "sources")) found |=
        !strcmp(cJSON_GetStringValue(cJSON_GetObjectItem(e, "device")), name);
    cJSON_Delete(o);
    return found;
}

Test(verbs, the_device_itself_can_be_left_out) {
    write_device("alpha", 9, 20, 1e-2, 1e-2);
    ran r = forecast("alpha.json", net_word, NULL, NULL);
    cr_expect(r.code == 0 && strstr(r.err, "note: alpha itself is in the pool"), "%s", r.err);
    ran_clear(&r);
    r = forecast("alpha.json", net_word, "--without", "alpha");
    cr_expect(r.code == 0 && !has_source(&r, "alpha"), "%s", r.err);
    cr_expect_str_empty(r.err);
    ran_clear(&r);
    r = forecast("alpha.json", net_word, "--without", "*a");
    cr_expect(r.code == 0 && strstr(r.out, "\"sources\":[]"), "a pattern leaves out all: %s",
              r.out);
    ran_clear(&r);
    r = forecast("alpha.json", net_word, "--without", "alfa");
    cr_expect(r.code == 2 && strstr(r.err, "did you mean alpha?"), "%s", r.err);
    ran_clear(&r);
}

/* One sample places the scale and no more: it must be answered, widely, and said so. */
Test(verbs, one_sample_gives_a_wide_interval_and_a_warning) {
    write_device("target", 4, 1, 2e-2, 2e-2);
    ran one = forecast("target.json", net_word, NULL, NULL);
    cr_assert_eq(one.code, 0, "%s", one.err);
    cr_expect(strstr(one.err, "warning: only 1 sample of target"), "%s", one.err);
    write_device("target", 4, 20, 2e-2, 2e-2);
    ran twenty = forecast("target.json", net_word, NULL, NULL);
    cJSON *a = json_of(&one), *b = json_of(&twenty);
    cr_expect(num(a, "high_ns") - num(a, "low_ns") > num(b, "high_ns") - num(b, "low_ns"));
    cJSON_Delete(a);
    cJSON_Delete(b);
    ran_clear(&one);
    ran_clear(&twenty);
}

/* ---- plan ---- */

static lc_plan plan_of(const char *file) {
    lc_plan plan;
    lc_error err = {0};
    cr_assert_eq(lc_plan_load(world_path(file), &plan, &err), LC_OK, "%s", err.message);
    return plan;
}

static size_t shared(const lc_plan *a, const lc_plan *b) {
    size_t n = 0;
    for (size_t i = 0; i < a->n_items; i++)
        for (size_t j = 0; j < b->n_items; j++)
            n += lc_net_digest(a->items[i].net) == lc_net_digest(b->items[j].net);
    return n;
}

Test(verbs, plans_are_distinct_repeatable_and_exclude) {
    const char *base[] = {
        "plan",         "--space", "fbnet", "--n", "7", "--out", world_path("a.json"),
        "--candidates", "200",     NULL};
    ran r = ok(base);
    ran_clear(&r);
    base[6] = world_path("b.json");
    r = ok(base);
    ran_clear(&r);
    const char *other[] = {"plan",
                           "--space",
                           "fbnet",
                           "--n",
                           "9",
                           "--out",
                           world_path("c.json"),
                           "--method",
                           "random",
                           "--exclude",
                           world_path("a.json"),
                           NULL};
    r = ok(other);
    ran_clear(&r);
    lc_plan a = plan_of("a.json"), b = plan_of("b.json"), c = plan_of("c.json");
    cr_expect(a.n_items == 7 && c.n_items == 9);
    cr_expect_eq(shared(&a, &a), 7u, "distinct");
    cr_expect_eq(shared(&a, &b), 7u, "the same seed gives the same plan");
    cr_expect_eq(shared(&a, &c), 0u, "excluded nets stay out");
    lc_plan_clear(&a);
    lc_plan_clear(&b);
    lc_plan_clear(&c);
}

/* The random draw with the device's own seed gives the device's nets, unless they are known. */
Test(verbs, a_plan_does_not_repeat_what_was_measured) {
    lc_device d;
    const char *args[] = {
        "plan",     "--space", "fbnet", "--n", "20", "--seed", "4", "--out", world_path("p.json"),
        "--method", "random",  NULL,    NULL,  NULL};
    ran r = ok(args);
    ran_clear(&r);
    lc_plan p = plan_of("p.json");
    cr_assert_eq(lc_device_load(world_path("target.json"), &d, NULL), LC_OK);
    cr_assert_eq(lc_net_digest(p.items[0].net), lc_net_digest(d.samples[0].net));
    lc_plan_clear(&p);
    args[11] = "--device";
    args[12] = world_path("target.json");
    r = ok(args);
    ran_clear(&r);
    p = plan_of("p.json");
    for (size_t i = 0; i < p.n_items; i++)
        for (size_t j = 0; j < d.n_samples; j++)
            cr_expect_neq(lc_net_digest(p.items[i].net), lc_net_digest(d.samples[j].net));
    lc_plan_clear(&p);
    lc_device_clear(&d);
}

static const struct {
    const char *space, *n;
    int code;
    const char *says;
} bad_plans[] = {{"fbnett", "5", 3, "there are"}, {"fbnet", "501", 2, "at most 500"}};

/* More than a space has, which only a random draw may ask for. */
Test(verbs, a_space_is_not_endless) {
    const char *args[] = {"plan",  "--space",  "nasbench201", "--n",
                          "16000", "--method", "random",      NULL};
    ran r = predict(args);
    cr_expect(r.code == 2 && strstr(r.err, "only 15625 nets"), "%s", r.err);
    ran_clear(&r);
}

/* Nets of no space are planned in full, each once; what says how to choose does not go with it. */
Test(verbs, a_plan_of_nets_named) {
    const char *args[] = {
        "plan",         "--arch", "zoo:vit_tiny",       "--arch", net_word, "--arch",
        "zoo:vit_tiny", "--out",  world_path("p.json"), NULL,     NULL,     NULL};
    lc_net *vit;
    ran r = ok(args);
    cr_expect(strstr(r.err, "1 of the nets named left out") != NULL, "%s", r.err);
    ran_clear(&r);
    lc_plan p = plan_of("p.json");
    cr_assert_eq(p.n_items, 2u);
    cr_assert_eq(lc_zoo_net("vit_tiny", &vit, NULL), LC_OK);
    cr_expect_eq(lc_net_digest(p.items[0].net), lc_net_digest(vit));
    cr_expect(p.items[0].kind == LC_SAMPLE_NET);
    cr_expect_str_eq(lc_net_space(p.items[1].net), "fbnet");
    lc_net_free(vit);
    lc_plan_clear(&p);
    args[8] = world_path("more.json");
    args[9] = "--exclude";
    args[10] = world_path("p.json");
    r = predict(args);
    cr_expect(r.code == 2 && strstr(r.err, "nothing is left to plan"), "%s", r.err);
    ran_clear(&r);
    args[9] = "--n";
    args[10] = "5";
    r = predict(args);
    cr_expect(r.code == 2 && strstr(r.err, "--n does not go with it"), "%s", r.err);
    ran_clear(&r);
}

/* As shells leave it behind: not the name of a model that cannot be opened. */
Test(verbs, an_empty_LATCAST_MODEL_counts_as_unset) {
    const char *args[] = {"plan", "--space", "fbnet", "--n", "3", "--candidates", "20", NULL};
    setenv("LATCAST_MODEL", "", 1);
    ran r = ok(args);
    cr_expect(strstr(r.out, "\"items\"") != NULL, "%s", r.out);
    ran_clear(&r);
}

Test(verbs, plans_that_cannot_be) {
    for (size_t i = 0; i < sizeof bad_plans / sizeof *bad_plans; i++) {
        const char *args[] = {"plan", "--space", bad_plans[i].space, "--n", bad_plans[i].n, NULL};
        ran r = predict(args);
        cr_expect_eq(r.code, bad_plans[i].code);
        cr_expect(strstr(r.err, bad_plans[i].says) != NULL, "%s", r.err);
        ran_clear(&r);
    }
}

/* ---- check ---- */

Test(verbs, check_compares_by_what_nets_compute) {
    write_device("later", 77, 12, 2e-2, 2e-2);
    const char *plan[] = {"plan",
                          "--space",
                          "fbnet",
                          "--n",
                          "12",
                          "--seed",
                          "77",
                          "--method",
                          "random",
                          "--out",
                          world_path("later-plan.json"),
                          NULL};
    ran r = ok(plan);
    ran_clear(&r);
    r = forecast("target.json", world_path("later-plan.json"), NULL, NULL);
    world_write_text("forecast.json", r.out);
    ran_clear(&r);
    const char *args[] = {
        "check",  "--forecast", world_path("forecast.json"), "--measured", world_path("later.json"),
        "--json", NULL};
    r = ok(args);
    cJSON *o = valid_json_of(&r, "check.schema.json");
    cr_expect_eq(cJSON_GetArraySize(cJSON_GetObjectItem(o, "nets")), 12);
    cr_expect(num(o, "spearman") > 0.95 && num(o, "within10") > 0.9);
    cr_expect(strstr(r.err, "forecasts are for target, the measurements are of later"), "%s",
              r.err);
    const cJSON *net = cJSON_GetArrayItem(cJSON_GetObjectItem(o, "nets"), 0);
    cr_expect(fabs(num(net, "latency_ns") / num(net, "measured_ns") - 1 - num(net, "error")) <
              1e-9);
    cJSON_Delete(o);
    ran_clear(&r);
    args[5] = NULL;
    r = ok(args);
    cr_expect(strstr(r.out, "12 nets on target, forecast from 20 samples: Spearman"), "%s", r.out);
    ran_clear(&r);
    args[4] = world_path("alpha.json"); /* other nets */
    r = predict(args);
    cr_expect(r.code == 1 && strstr(r.err, "none of the forecast nets"), "%s", r.err);
    ran_clear(&r);
}

/* ---- train ---- */

Test(verbs, train_refuses_what_it_cannot_use) {
    const char *args[] = {"train", "--pool", world_path(""), "--out", world_path("m.lc"), NULL};
    world_write_text("twin.json", "");
    ran r = predict(args);
    cr_expect(r.code == 1 && strstr(r.err, "twin.json"), "a broken file: %s", r.err);
    ran_clear(&r);
    lc_device d;
    cr_assert_eq(lc_device_load(world_path("alpha.json"), &d, NULL), LC_OK);
    cr_assert_eq(lc_device_save(&d, world_path("twin.json"), NULL), LC_OK);
    lc_device_clear(&d);
    r = predict(args);
    cr_expect(r.code == 1 && strstr(r.err, "a second device called alpha"), "%s", r.err);
    ran_clear(&r);
    args[2] = "/nonexistent";
    r = predict(args);
    cr_expect(r.code == 1 && strstr(r.err, "/nonexistent: cannot read the folder"), "%s", r.err);
    ran_clear(&r);
}

/* Rewrites the file of a device with what `change` makes of the latency of sample i. */
static void change_device(const char *file, double (*change)(size_t i, double ns)) {
    const char *const others[] = {"ci_low_ns", "ci_high_ns", "median_ns", "p95_ns", "min_ns"};
    char *text = NULL;
    size_t length, i = 0;
    cr_assert_eq(lc__file_read(world_path(file), 1 << 24, &text, &length, NULL), LC_OK);
    cJSON *device = cJSON_Parse(text), *sample;
    cr_assert_not_null(device);
    cJSON_ArrayForEach(sample, cJSON_GetObjectItem(device, "samples")) {
        cJSON *ns = cJSON_GetObjectItem(sample, "latency_ns");
        cJSON_SetNumberValue(ns, change(i++, ns->valuedouble));
        for (size_t k = 0; k < sizeof others / sizeof *others; k++)
            cJSON_SetNumberValue(cJSON_GetObjectItem(sample, others[k]), ns->valuedouble);
    }
    free(text);
    text = cJSON_PrintUnformatted(device);
    world_write_text(file, text);
    free(text);
    cJSON_Delete(device);
}

static double all_alike(size_t i, double ns) {
    (void)i, (void)ns;
    return 1e6;
}

static double first_wild(size_t i, double ns) {
    return i ? ns : 1e15;
}

static double to_steps(size_t i, double ns) {
    (void)i;
    return 1e5 * ceil(ns / 1e5);
}

/* It would be a very sure forecast of nothing. */
Test(verbs, a_device_that_reads_the_same_for_every_net_is_refused) {
    change_device("target.json", all_alike);
    const char *const runs[][8] = {
        {"--device", world_path("target.json"), "--arch", net_word, NULL},
        {"embed", "--device", world_path("target.json"), NULL},
        {"similar", "--device", world_path("target.json"), NULL},
        {"plan", "--space", "fbnet", "--device", world_path("target.json"), NULL},
        {"train", "--pool", world_path(""), "--out", world_path("m.lc"), NULL}};
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        ran r = predict(runs[i]);
        cr_expect_eq(r.code, 1, "run %zu: exit %d", i, r.code);
        cr_expect(
            strstr(r.err, "target.json: all 20 nets of device target read the same (1.00 ms)"),
            "run %zu: %s", i, r.err);
        cr_expect(strstr(r.err, "the clock was too coarse"), "%s", r.err);
        ran_clear(&r);
    }
}

Test(verbs, rounded_readings_are_warned_of) {
    change_device("target.json", to_steps);
    ran r = forecast("target.json", net_word, NULL, NULL);
    cr_expect_eq(r.code, 0, "%s", r.err);
    cr_expect(strstr(r.err, "different values, 100 us or more apart: readings look rounded"), "%s",
              r.err);
    cr_expect_null(strstr(r.err, "in another state"), "%s", r.err);
    ran_clear(&r);
}

Test(verbs, train_notes_what_it_should_better_not_learn_from) {
    write_device("small", 5, 6, 2e-2, 2e-2);
    change_device("target.json", first_wild);
    const char *args[] = {"train", "--pool", world_path(""), "--out", world_path("m.lc"), NULL};
    ran r = ok(args);
    cr_expect(strstr(r.err, "note: small has only 6 nets"), "%s", r.err);
    cr_expect(strstr(r.err, "warning: 1 sample of target, t-0 (1000000 s) first"), "%s", r.err);
    ran_clear(&r);
}

Test(verbs, train_says_what_it_learned_from) {
    const char *args[] = {"train",  "--pool", world_path(""), "--out", world_path("m.lc"),
                          "--json", NULL};
    ran r = ok(args);
    cJSON *o = json_of(&r);
    const cJSON *devices = cJSON_GetObjectItem(o, "devices"), *last;
    cr_assert_eq(cJSON_GetArraySize(devices), 4);
    last = cJSON_GetArrayItem(devices, 3); /* by name */
    cr_expect_str_eq(cJSON_GetStringValue(cJSON_GetObjectItem(last, "name")), "target");
    cr_expect(num(last, "nets") == 20 && num(o, "nets") == 140);
    cJSON_Delete(o);
    ran_clear(&r);
}

/* Results that did not reach their reader are a failure, not a success. */
Test(verbs, a_full_disk_is_reported) {
    const char *args[] = {"train", "--pool", world_path(""), "--out", "/dev/full", NULL};
    ran r = predict(args);
    cr_expect(r.code == 1 && strstr(r.err, "/dev/full"), "exit %d: %s", r.code, r.err);
    ran_clear(&r);
}

/* A rank correlation of 0 would say that the forecast is bad. */
Test(verbs, check_ranks_no_single_net) {
    write_device("later", 77, 3, 2e-2, 2e-2);
    const char *plan[] = {"plan",
                          "--space",
                          "fbnet",
                          "--n",
                          "1",
                          "--seed",
                          "77",
                          "--method",
                          "random",
                          "--out",
                          world_path("one.json"),
                          NULL};
    ran r = ok(plan);
    ran_clear(&r);
    r = forecast("target.json", world_path("one.json"), NULL, NULL);
    world_write_text("forecast.json", r.out);
    ran_clear(&r);
    const char *args[] = {
        "check",  "--forecast", world_path("forecast.json"), "--measured", world_path("later.json"),
        "--json", NULL};
    r = ok(args);
    cJSON *o = json_of(&r);
    cr_expect(cJSON_IsNull(cJSON_GetObjectItem(o, "spearman")) &&
              cJSON_IsNull(cJSON_GetObjectItem(o, "kendall")));
    cJSON_Delete(o);
    ran_clear(&r);
    args[5] = NULL;
    r = ok(args);
    cr_expect(strstr(r.out, "1 net on target, forecast from 20 samples: within 10 %"), "%s", r.out);
    ran_clear(&r);
}
