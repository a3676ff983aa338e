/* Devices of which operators were measured, with nets or without. */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "base/text.h"
#include "latcast/space.h"
#include "made_device.h"
#include "world.h"

#define NET "fbnet:0-1-2-3-4-5-6-7-8-0-1-2-3-4-5-6-7-8-0-1-2-3"
enum { PER_MAC_PS = 10, PER_BYTE_PS = 20, FIXED_NS = 20000 };

/* Without the 20 us that a net takes whatever it does: an operator alone takes none of them. */
static double time_of(const lc_net *net, bool op) {
    return latency_of(net, 1e-3 * PER_MAC_PS, 1e-3 * PER_BYTE_PS) - (op ? FIXED_NS : 0);
}

static lc_net *random_net(uint64_t *seed) {
    const lc_space *space = lc_space_find("fbnet");
    int choices[LC_NET_MAX_CHOICES];
    lc_net *net;
    lc_space_random(space, seed, choices);
    cr_assert_eq(lc_space_net(space, choices, space->n_positions, &net, NULL), LC_OK);
    return net;
}

/* A convolution of a random net, alone. */
static lc_net *random_operator(uint64_t *seed) {
    lc_net *net = random_net(seed), *one = lc_net_new("op");
    const lc_node *node;
    do
        node = lc_net_node(net, (int)lc__rng_below(seed, (uint64_t)lc_net_size(net)));
    while (node->op.type != LC_OP_CONV2D);
    lc_op in = lc_op_init(LC_OP_INPUT);
    int input;
    in.shape = lc_net_node(net, node->inputs[0])->shape;
    cr_assert_eq(lc_net_add(one, NULL, &in, NULL, 0, &input, NULL), LC_OK);
    cr_assert_eq(lc_net_add(one, NULL, &node->op, &input, 1, NULL, NULL), LC_OK);
    lc_net_free(net);
    return one;
}

static void add_sample(lc__buf *json, const lc_net *net, const char *kind, int number) {
    char *text = lc_net_to_json(net, false);
    double ns = time_of(net, !strcmp(kind, "op"));
    lc__buf_printf(json,
                   "%s{\"id\":\"o-%d\",\"kind\":\"%s\",\"net\":%s,\"latency_ns\":%.17g,"
                   "\"ci_low_ns\":%.17g,\"ci_high_ns\":%.17g,\"median_ns\":1e12,\"p95_ns\":1e12,"
                   "\"min_ns\":1,\"n\":9,\"steady\":true}",
                   number ? ",\n" : "", number, kind, text, ns, 0.99 * ns, 1.01 * ns);
    free(text);
}

static void write_mixed(const char *file, int ops, int nets) {
    uint64_t seed = 12;
    lc__buf json = {0};
    lc__buf_printf(&json, "{\"schema_version\":1,\"name\":\"parts\",\"config\":{\"backend\":"
                          "\"native\",\"threads\":1,\"dtype\":\"f32\"},\"fingerprint\":{},"
                          "\"samples\":[\n");
    for (int i = 0; i < ops + nets; i++) {
        lc_net *net = i < ops ? random_operator(&seed) : random_net(&seed);
        add_sample(&json, net, i < ops ? "op" : "net", i);
        lc_net_free(net);
    }
    lc__buf_printf(&json, "]}\n");
    cr_assert(!json.failed);
    world_write_text(file, json.text);
    free(json.text);
}

static void setup(void) {
    world_open();
    write_device("pool", 1, 40, 3e-2, 1e-2);
    const char *args[] = {"train", "--pool", world_path(""), "--out", world_path("model.lc"), NULL};
    ran r = predict(args);
    cr_assert_eq(r.code, 0, "%s", r.err);
    ran_clear(&r);
    write_mixed("ops.json", 25, 0);
    write_mixed("both.json", 25, 5);
}

TestSuite(operators_cmd, .init = setup, .fini = world_close);

static ran forecast(const char *device, const char *net, const char *json) {
    const char *args[] = {"--device", world_path(device), "--arch", net, json, NULL};
    return predict(args);
}

static double num(const cJSON *object, const char *key) {
    const cJSON *v = cJSON_GetObjectItem(object, key);
    cr_assert(cJSON_IsNumber(v), "%s is missing", key);
    return v->valuedouble;
}

/* Members that say what the forecast rests on and why it is uncertain. */
static void check_answer(const char *device, double nets, double tolerance) {
    ran r = forecast(device, NET, "--json");
    cr_assert_eq(r.code, 0, "%s", r.err);
    cJSON *o = cJSON_Parse(r.out);
    cr_assert_not_null(o, "%s", r.out);
    const cJSON *u = cJSON_GetObjectItem(o, "uncertainty");
    cr_expect_eq(num(o, "samples"), nets);
    cr_expect_eq(num(o, "operator_samples"), 25);
    cr_expect_float_eq(
        num(u, "noise") + num(u, "few_samples") + num(u, "unlike") + num(u, "occasion"), 1, 1e-9);
    cr_expect_gt(num(u, "relative_deviation"), 0);
    cr_expect_null(cJSON_GetObjectItem(u, "never_measured"));

    const lc_space *space = lc_space_find("fbnet");
    int choices[LC_NET_MAX_CHOICES];
    lc_net *net;
    cr_assert_eq(space->parse(strchr(NET, ':') + 1, choices, NULL), LC_OK);
    cr_assert_eq(lc_space_net(space, choices, space->n_positions, &net, NULL), LC_OK);
    double truth = time_of(net, false), error = num(o, "latency_ns") / truth - 1;
    cr_expect(-tolerance < error && error < tolerance, "%s: %g", device, error);
    cr_expect(num(o, "low_ns") < truth && truth < num(o, "high_ns"));
    lc_net_free(net);
    cJSON_Delete(o);
    ran_clear(&r);
}

Test(operators_cmd, alone_they_give_a_forecast_and_a_warning) {
    check_answer("ops.json", 0, 0.5);
    ran r = forecast("ops.json", NET, NULL);
    cr_expect_eq(r.code, 0);
    cr_expect(strstr(r.err, "only operators of parts were measured, no net"), "%s", r.err);
    cr_expect(strstr(r.out, "mostly few samples"), "%s", r.out);
    cr_expect(strstr(r.out, "from 0 measured nets and 25 operators of parts"), "%s", r.out);
    ran_clear(&r);
}

Test(operators_cmd, with_nets_they_give_a_good_one) {
    check_answer("both.json", 5, 0.1);
}

/* A vision transformer's attention is nowhere in the pool or the samples. */
Test(operators_cmd, families_never_measured_are_named) {
    ran r = forecast("both.json", "zoo:vit_tiny", "--json");
    cr_assert_eq(r.code, 0, "%s", r.err);
    cr_expect(strstr(r.err, "attention was never measured on parts nor in the pool"), "%s", r.err);
    cr_expect(strstr(r.out, "\"never_measured\":\t\"attention\"") ||
                  strstr(r.out, "\"never_measured\":\"attention\"") ||
                  strstr(r.out, "\"never_measured\": \"attention\""),
              "%s", r.out);
    ran_clear(&r);
}

/* An operator in a dtype of its own is not forecast as if it ran like the rest. */
Test(operators_cmd, a_narrow_operator_is_not_taken_for_a_wide_one) {
    world_write_text(
        "mixed.json",
        "{\"schema_version\":1,\"name\":\"mixed\",\"ops\":[{\"id\":\"x\",\"op\":\"input\","
        "\"shape\":[1,32,32,16]},{\"id\":\"a\",\"op\":\"conv2d\",\"inputs\":[\"x\"],"
        "\"out_channels\":64},{\"id\":\"b\",\"op\":\"conv2d\",\"inputs\":[\"a\"],"
        "\"out_channels\":64,\"dtype\":\"int8\"}],\"output\":\"b\"}");
    ran r = forecast("both.json", world_path("mixed.json"), NULL);
    cr_assert_eq(r.code, 0, "%s", r.err);
    cr_expect(strstr(r.err, "narrow_pointwise was never measured on parts nor in the pool"), "%s",
              r.err);
    ran_clear(&r);
}

/* What is forecast can be checked against later measurements, from operators alone too. */
Test(operators_cmd, forecasts_from_operators_can_be_checked) {
    uint64_t seed = 12;
    for (int i = 0; i < 25; i++)
        lc_net_free(random_operator(&seed));
    lc_net *net = random_net(&seed); /* the first of both.json */
    char *text = lc_net_to_json(net, false);
    world_write_text("net.json", text);
    ran r = forecast("ops.json", world_path("net.json"), "--json");
    cr_assert_eq(r.code, 0, "%s", r.err);
    world_write_text("forecast.json", r.out);
    ran_clear(&r);
    const char *args[] = {
        "check", "--forecast", world_path("forecast.json"), "--measured", world_path("both.json"),
        NULL};
    r = predict(args);
    cr_expect_eq(r.code, 0, "%s", r.err);
    cr_expect(strstr(r.out, "1 net on parts, forecast from 0 samples"), "%s", r.out);
    ran_clear(&r);
    free(text);
    lc_net_free(net);
}
