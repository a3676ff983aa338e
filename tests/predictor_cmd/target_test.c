/* Energy and peak power are forecast as latency is, from the samples that carry them. */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "latcast/device.h"
#include "latcast/space.h"
#include "world.h"

#define UJ_PER_NS 0.003
#define NETS 20
#define NO_SLOW (-1)

static double latency_of(const lc_net *net) {
    return 2e4 + 1e-2 * lc_net_cost(net).macs;
}

/* Energy is in step with latency; every third sample has no peak power. */
static void add_extras(lc__buf *json, int number, double ns) {
    lc__buf_printf(json, ",\"energy_uj\":%.17g", UJ_PER_NS * ns);
    if (number % 3)
        lc__buf_printf(json, ",\"peak_power_mw\":%.17g", 4000 + ns / 1e4);
    else
        lc__buf_printf(json, ",\"peak_power_mw\":null,\"peak_power_mw_absent\":\"meter off\"");
}

static void add_sample(lc__buf *json, uint64_t *seed, int number, bool extras, double slowness) {
    const lc_space *space = lc_space_find("fbnet");
    int choices[LC_NET_MAX_CHOICES];
    lc_net *net;
    lc_space_random(space, seed, choices);
    cr_assert_eq(lc_space_net(space, choices, space->n_positions, &net, NULL), LC_OK);
    char *text = lc_net_to_json(net, false);
    double ns = slowness * latency_of(net);
    lc__buf_printf(json,
                   "%s{\"id\":\"t-%d\",\"kind\":\"net\",\"net\":%s,\"latency_ns\":%.17g,"
                   "\"ci_low_ns\":1,\"ci_high_ns\":1e12,\"median_ns\":1e12,\"p95_ns\":1e12,"
                   "\"min_ns\":1,\"n\":9,\"steady\":true",
                   number ? ",\n" : "", number, text, ns);
    if (extras)
        add_extras(json, number, ns);
    lc__buf_printf(json, "}");
    free(text);
    lc_net_free(net);
}

/* Sample number `slow` takes five times as long as its net should. */
static void write_device(const char *name, uint64_t seed, bool extras, int slow) {
    lc__buf json = {0};
    char file[40];
    lc__buf_printf(&json,
                   "{\"schema_version\":1,\"name\":\"%s\",\"config\":{\"backend\":\"native\","
                   "\"threads\":1,\"dtype\":\"f32\"},\"fingerprint\":{},\"samples\":[\n",
                   name);
    for (int i = 0; i < NETS; i++)
        add_sample(&json, &seed, i, extras, i == slow ? 5 : 1);
    lc__buf_printf(&json, "]}\n");
    cr_assert(!json.failed);
    snprintf(file, sizeof file, "%s.json", name);
    world_write_text(file, json.text);
    free(json.text);
}

static void setup(void) {
    world_open();
    write_device("pool", 1, false, NO_SLOW);
    const char *args[] = {"train", "--pool", world_path(""), "--out", world_path("model.lc"), NULL};
    ran r = predict(args);
    cr_assert_eq(r.code, 0, "%s", r.err);
    ran_clear(&r);
    write_device("plain", 2, false, NO_SLOW);
    write_device("meter", 2, true, NO_SLOW);
}

TestSuite(target, .init = setup, .fini = world_close);

static ran forecast(const char *device, const char *target, const char *json) {
    const char *args[] = {"--device", world_path(device),
                          "--arch",   "fbnet:0-1-2-3-4-5-6-7-8-0-1-2-3-4-5-6-7-8-0-1-2-3",
                          "--target", target,
                          json,       NULL};
    return predict(args);
}

static cJSON *answer(const char *target, const char **err) {
    static char talk[1000];
    ran r = forecast("meter.json", target, "--json");
    cr_assert_eq(r.code, 0, "%s", r.err);
    cJSON *o = cJSON_Parse(r.out);
    cr_assert_not_null(o, "%s", r.out);
    snprintf(talk, sizeof talk, "%s", r.err);
    *err = talk;
    ran_clear(&r);
    return o;
}

static double num(const cJSON *object, const char *key) {
    const cJSON *v = cJSON_GetObjectItem(object, key);
    cr_assert(cJSON_IsNumber(v), "%s is missing", key);
    return v->valuedouble;
}

/* No unit is built in: what is a multiple of latency is forecast as that multiple. */
Test(target, energy_in_step_with_latency_is_forecast_so) {
    const char *talk;
    cJSON *ns = answer("latency", &talk), *uj = answer("energy", &talk), *e;
    static const char *const keys[][2] = {{"latency_ns", "energy_uj"},
                                          {"low_ns", "low_uj"},
                                          {"high_ns", "high_uj"},
                                          {"overhead_ns", "overhead_uj"}};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        double expected = UJ_PER_NS * num(ns, keys[i][0]), got = num(uj, keys[i][1]);
        cr_expect(fabs(got - expected) <= 1e-6 * num(uj, "energy_uj"), "%s: %g, not %g", keys[i][1],
                  got, expected);
        cr_expect_null(cJSON_GetObjectItem(uj, keys[i][0]), "%s is no energy", keys[i][0]);
    }
    double sum = num(uj, "overhead_uj");
    cJSON_ArrayForEach(e, cJSON_GetObjectItem(uj, "operators")) sum += num(e, "energy_uj");
    cr_expect(fabs(sum / num(uj, "energy_uj") - 1) < 1e-6, "the breakdown sums to %g", sum);
    cr_expect_str_empty(talk);
    cJSON_Delete(ns);
    cJSON_Delete(uj);
}

Test(target, samples_without_the_value_are_left_aside_and_counted) {
    const char *talk;
    cJSON *mw = answer("peak_power", &talk);
    double power = num(mw, "peak_power_mw");
    cr_expect(num(mw, "low_mw") < power && power < num(mw, "high_mw"));
    cr_expect(power > 4000 && power < 4500, "%g", power);
    cr_expect_eq(num(mw, "samples"), 13);
    cr_expect(strstr(talk, "7 of the 20 samples of meter have no \"peak_power_mw\""), "%s", talk);
    cJSON_Delete(mw);
}

Test(target, people_read_units_that_fit) {
    ran r = forecast("meter.json", "energy", NULL);
    cr_assert_eq(r.code, 0, "%s", r.err);
    cr_expect(strstr(r.out, " mJ (90 % interval "), "%s", r.out);
    cr_expect(strstr(r.out, "count      energy   share"), "%s", r.out);
    ran_clear(&r);
    r = forecast("meter.json", "peak_power", NULL);
    cr_expect(strstr(r.out, " W (90 % interval "), "%s", r.out);
    ran_clear(&r);
}

Test(target, power_of_a_net_far_away_is_called_a_guess) {
    const char *args[] = {
        "--device", world_path("meter.json"), "--arch", "zoo:resnet18", "--target", "peak_power",
        NULL};
    ran r = predict(args);
    cr_assert_eq(r.code, 0, "%s", r.err);
    cr_expect(strstr(r.err, "a guess by size, which this hardly depends on"), "%s", r.err);
    ran_clear(&r);
}

Test(target, what_is_not_there_is_not_forecast) {
    ran r = forecast("plain.json", "energy", NULL);
    cr_expect_eq(r.code, 1);
    cr_expect_str_empty(r.out);
    cr_expect(strstr(r.err, "plain.json") && strstr(r.err, "none of the 20 samples") &&
                  strstr(r.err, "\"energy_uj\""),
              "%s", r.err);
    ran_clear(&r);
    r = forecast("meter.json", "beauty", NULL);
    cr_expect_eq(r.code, 2);
    cr_expect(strstr(r.err, "latency, energy or peak_power, not \"beauty\""), "%s", r.err);
    ran_clear(&r);
}

/* A board that swapped or throttled while one net ran says so, if asked to compare. */
Test(target, a_sample_that_does_not_fit_is_named) {
    write_device("hiccup", 2, true, 7);
    ran r = forecast("hiccup.json", "latency", "--json");
    cr_assert_eq(r.code, 0, "%s", r.err);
    cr_expect(strstr(r.err, "warning: sample t-7 (") && strstr(r.err, "measure again"), "%s",
              r.err);
    cJSON *o = cJSON_Parse(r.out), *list = cJSON_GetObjectItem(o, "doubtful_samples");
    cr_assert_eq(cJSON_GetArraySize(list), 1, "%s", r.out);
    cr_expect_str_eq(cJSON_GetArrayItem(list, 0)->valuestring, "t-7");
    cJSON_Delete(o);
    ran_clear(&r);
    r = forecast("meter.json", "latency", "--json");
    cr_expect(strstr(r.out, "\"doubtful_samples\":[]"), "%s", r.out);
    ran_clear(&r);
}
