/* embed, similar and monotonicity of a folder or a model as people run them, on a made-up pool
 * whose devices are bound by different things. */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../devices/schema_check.h"
#include "base/text.h"
#include "latcast/space.h"
#include "world.h"

/* Nanoseconds per multiply-accumulate, byte and operator. */
typedef struct cost {
    double mac, byte, op;
} cost;

/* Writes NAME.json: n random nets of a space drawn from `seed`. */
static void write_device(const char *name, const char *space_name, uint64_t seed, int n, cost c) {
    const lc_space *space = lc_space_find(space_name);
    lc__buf json = {0};
    lc__buf_printf(&json,
                   "{\"schema_version\":1,\"name\":\"%s\",\"config\":{\"backend\":\"native\","
                   "\"isa\":\"\",\"threads\":1,\"dtype\":\"f32\"},\"fingerprint\":{\"board\":"
                   "\"made up\"},\"samples\":[",
                   name);
    for (int i = 0; i < n; i++) {
        int choices[LC_NET_MAX_CHOICES];
        lc_net *net;
        lc_space_random(space, &seed, choices);
        cr_assert_eq(lc_space_net(space, choices, space->n_positions, &net, NULL), LC_OK);
        lc_cost k = lc_net_cost(net);
        double ns = 2e4 + c.mac * k.macs + c.byte * (k.bytes_read + k.bytes_written) +
                    c.op * lc_net_size(net);
        char *text = lc_net_to_json(net, false);
        lc__buf_printf(&json,
                       "%s{\"id\":\"t-%d\",\"kind\":\"net\",\"net\":%s,\"latency_ns\":%.9g,"
                       "\"ci_low_ns\":%.9g,\"ci_high_ns\":%.9g,\"median_ns\":%.9g,"
                       "\"p95_ns\":%.9g,\"min_ns\":%.9g,\"n\":9,\"steady\":true}",
                       i ? ",\n" : "", i, text, ns, ns, ns, ns, ns, ns);
        free(text);
        lc_net_free(net);
    }
    lc__buf_printf(&json, "]}\n");
    cr_assert(!json.failed);
    char file[100];
    snprintf(file, sizeof file, "%s.json", name);
    world_write_text(file, json.text);
    free(json.text);
}

/* A pool of three, and a target like `macs`. */
static void make_pool(void) {
    world_open();
    write_device("macs", "fbnet", 1, 60, (cost){5e-2, 1e-3, 100});
    write_device("bytes", "fbnet", 2, 60, (cost){1e-3, 5e-2, 100});
    write_device("ops", "fbnet", 3, 60, (cost){1e-3, 1e-3, 20000});
    const char *args[] = {"train", "--pool", world_path(""), "--out", world_path("model.lc"), NULL};
    ran r = predict(args);
    cr_assert_eq(r.code, 0, "%s", r.err);
    ran_clear(&r);
    write_device("target", "fbnet", 4, 20, (cost){4e-2, 2e-3, 100});
}

TestSuite(placing, .init = make_pool, .fini = world_close);

static ran place(const char *verb, const char *device, const char *a, const char *b,
                 const char *c) {
    const char *args[] = {verb, "--device", world_path(device), a, b, c, NULL};
    return predict(args);
}

static cJSON *json_of(ran *r, const char *schema) {
    char why[200];
    cr_assert_eq(r->code, 0, "%s", r->err);
    cJSON *o = cJSON_Parse(r->out);
    cr_assert_not_null(o, "%s", r->out);
    cr_expect(schema_valid(schema, o, why, sizeof why), "%s", why);
    ran_clear(r);
    return o;
}

static double number(const cJSON *object, const char *key) {
    const cJSON *v = cJSON_GetObjectItem(object, key);
    cr_assert(cJSON_IsNumber(v), "%s is missing", key);
    return v->valuedouble;
}

/* Sum of |difference| between the values of two embeddings. */
static double apart(const cJSON *a, const cJSON *b, const char *list) {
    const cJSON *x = cJSON_GetObjectItem(a, list)->child, *y = cJSON_GetObjectItem(b, list)->child;
    double sum = 0;
    for (; x && y; x = x->next, y = y->next)
        sum += fabs(number(x, "value") - number(y, "value"));
    cr_expect(!x && !y);
    return sum;
}

/* The same device from other nets lands in the same place; another device elsewhere. */
Test(placing, embeddings_compare) {
    ran r = place("embed", "target.json", "--json", NULL, NULL);
    cJSON *a = json_of(&r, "embedding.schema.json");
    write_device("target", "fbnet", 5, 20, (cost){4e-2, 2e-3, 100});
    r = place("embed", "target.json", "--json", NULL, NULL);
    cJSON *b = json_of(&r, "embedding.schema.json");
    write_device("target", "fbnet", 5, 20, (cost){1e-3, 1e-3, 30000});
    r = place("embed", "target.json", "--json", NULL, NULL);
    cJSON *c = json_of(&r, "embedding.schema.json");
    cr_expect(apart(a, b, "axes") < 0.03 && apart(a, c, "axes") > 5 * apart(a, b, "axes"));
    cr_expect(apart(a, c, "shares") > 3 * apart(a, b, "shares"));
    cr_expect_eq(cJSON_GetArraySize(cJSON_GetObjectItem(a, "pool")), 3);
    cJSON_Delete(a);
    cJSON_Delete(b);
    cJSON_Delete(c);
}

Test(placing, an_embedding_for_people) {
    ran r = place("embed", "target.json", NULL, NULL, NULL);
    cr_assert_eq(r.code, 0, "%s", r.err);
    cr_expect(strstr(r.out, "target, by 20 measured nets, over 256 random fbnet nets beside 3"),
              "%s", r.out);
    cr_expect(strstr(r.out, "unlike any pool device") && strstr(r.out, "pointwise"), "%s", r.out);
    cr_expect_str_empty(r.err);
    ran_clear(&r);
}

/* The nearest device is the one that it was made like, and what differs from another is named. */
Test(placing, similar_devices_and_why) {
    ran r = place("similar", "target.json", "--json", "--n", "2");
    cJSON *o = json_of(&r, "similar.schema.json"), *e;
    cJSON *list = cJSON_GetObjectItem(o, "similar");
    cr_expect_eq(cJSON_GetArraySize(list), 2);
    const cJSON *first = cJSON_GetArrayItem(list, 0), *second = cJSON_GetArrayItem(list, 1);
    cr_expect_str_eq(cJSON_GetStringValue(cJSON_GetObjectItem(first, "device")), "macs");
    cr_expect(number(first, "rank_correlation") > 0.97);
    cr_expect(number(first, "distance") < 0.5 * number(second, "distance"));
    int told = 0;
    cJSON_ArrayForEach(e, cJSON_GetObjectItem(second, "families")) told +=
        cJSON_IsTrue(cJSON_GetObjectItem(e, "differs"));
    cr_expect_gt(told, 0);
    cJSON_Delete(o);
    r = place("similar", "target.json", NULL, NULL, NULL);
    cr_expect(strstr(r.out, "macs: ") && strstr(r.out, "relatively"), "%s", r.out);
    ran_clear(&r);
}

/* Measured on another space than the pool: still placed, over the space it was measured on or the
 * one that is named. */
Test(placing, a_device_measured_on_another_space) {
    write_device("target", "nasbench201", 6, 20, (cost){4e-2, 2e-3, 100});
    ran r = place("similar", "target.json", "--json", "--space", "fbnet");
    cJSON *o = json_of(&r, "similar.schema.json");
    cr_expect_str_eq(cJSON_GetStringValue(cJSON_GetObjectItem(o, "space")), "fbnet");
    cJSON_Delete(o);
    r = place("embed", "target.json", "--json", NULL, NULL);
    o = json_of(&r, "embedding.schema.json");
    cr_expect_str_eq(cJSON_GetStringValue(cJSON_GetObjectItem(o, "space")), "nasbench201");
    cJSON_Delete(o);
}

/* Nets of a folder's devices are matched by what they compute, of one space or of all. */
Test(placing, monotonicity_of_a_folder) {
    write_device("target", "fbnet", 1, 40, (cost){4e-2, 2e-3, 100}); /* the nets of macs.json */
    write_device("bytes", "fbnet", 1, 50, (cost){1e-3, 5e-2, 100});
    write_device("ops", "fbnet", 1, 60, (cost){1e-3, 1e-3, 20000});
    const char *args[] = {"monotonicity", "--pool", world_path(""), "--json", NULL, NULL, NULL};
    ran r = predict(args);
    cJSON *o = json_of(&r, "monotonicity.schema.json");
    cr_expect_eq(cJSON_GetArraySize(cJSON_GetObjectItem(o, "devices")), 4);
    cr_expect(number(o, "nets") == 60 && number(o, "fewest_common") == 40);
    cJSON_Delete(o);
    args[4] = "--space";
    args[5] = "nasbench201";
    r = predict(args);
    cr_expect(r.code == 1 && strstr(r.err, "only 0 nets in common"), "%s", r.err);
    ran_clear(&r);
    const char *forecasts[] = {"monotonicity", "--space", "fbnet", "--nets", "50", NULL};
    r = predict(forecasts);
    cr_expect(r.code == 0 && strstr(r.out, "of forecast latency, 3 devices, 50 nets"), "%s%s",
              r.out, r.err);
    ran_clear(&r);
}

static void expect_failure(ran r, int code, const char *says) {
    cr_expect_eq(r.code, code, "exit %d: %s", r.code, r.err);
    cr_expect(strstr(r.err, says) != NULL, "no \"%s\" in %s", says, r.err);
    cr_expect_str_empty(r.out);
    ran_clear(&r);
}

Test(placing, notes_and_refusals) {
    ran r = place("similar", "macs.json", "--without", "m?cs", NULL);
    cr_expect(r.code == 0 && !strstr(r.out, "macs:"), "%s%s", r.out, r.err);
    ran_clear(&r);
    r = place("embed", "macs.json", NULL, NULL, NULL);
    cr_expect(r.code == 0 && strstr(r.err, "note: macs itself is in the pool"), "%s", r.err);
    ran_clear(&r);
    expect_failure(place("similar", "target.json", "--without", "*", NULL), 4, "no pool device");
    expect_failure(place("embed", "target.json", "--space", "fbnett", NULL), 3, "there are");
    expect_failure(place("embed", "target.json", "--nets", "3", NULL), 2, "16 .. 10000");
    expect_failure(place("embed", "target.json", "--model", "/nonexistent", NULL), 1,
                   "/nonexistent");
    expect_failure(place("similar", "nothing.json", NULL, NULL, NULL), 1, "nothing.json");
    write_device("target", "fbnet", 4, 0, (cost){1, 1, 1});
    expect_failure(place("embed", "target.json", NULL, NULL, NULL), 1, "has no samples");
    write_device("target", "fbnet", 4, 2, (cost){4e-2, 2e-3, 100});
    r = place("embed", "target.json", NULL, NULL, NULL);
    cr_expect(r.code == 0 && strstr(r.err, "only 2 samples of target"), "%s", r.err);
    ran_clear(&r);
}
