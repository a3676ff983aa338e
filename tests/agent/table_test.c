/* profagent table: lookup tables made of the samples of devices. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "latcast/device.h"
#include "latcast/space.h"
#include "ops/spaces/sweep.h"
#include "rig.h"

/* Ten nanoseconds and one more for each thousand multiply-accumulates and bytes written. */
static double time_of(const lc_net *one) {
    lc_cost cost = lc_net_cost(one);
    return 10 + (cost.macs + cost.bytes_written) / 1000;
}

static void add_sample(lc_device *device, const lc_net *net, const char *kind, double ns) {
    lc__buf b = {0};
    char *text = lc_net_to_json(net, false);
    lc_sample sample;
    lc_error err;
    lc__buf_printf(&b,
                   "{\"id\":\"%s-%zu\",\"kind\":\"%s\",\"net\":%s,\"latency_ns\":%.17g,"
                   "\"ci_low_ns\":%.17g,\"ci_high_ns\":%.17g,\"median_ns\":%.17g,\"p95_ns\":1e15,"
                   "\"min_ns\":1,\"n\":9,\"steady\":true,\"energy_uj\":2000}",
                   device->name, device->n_samples, kind, text, ns, ns, ns, ns);
    cr_assert_eq(lc_sample_parse(b.text, b.length, NULL, 0, &sample, &err), LC_OK, "%s",
                 err.message);
    cr_assert_eq(lc_device_add(device, &sample, &err), LC_OK, "%s", err.message);
    free(text);
    free(b.text);
}

/* Adds the operators of a net that the device lacks. */
static lc_status add_operators(void *ctx, int position, int option, const lc_net *net,
                               lc_error *err) {
    (void)position, (void)option;
    lc_device *device = ctx;
    for (int i = 0; i < lc_net_size(net); i++) {
        lc_net *one;
        size_t k = 0;
        if (lc_net_node(net, i)->n_inputs == 0)
            continue;
        cr_assert_eq(lc_net_operator(net, i, &one, err), LC_OK);
        while (k < device->n_samples &&
               strcmp(lc_net_name(device->samples[k].net), lc_net_name(one)) != 0)
            k++;
        if (k == device->n_samples)
            add_sample(device, one, "op", time_of(one));
        lc_net_free(one);
    }
    return LC_OK;
}

static lc_device make_device(const char *name) {
    lc_device d;
    char header[200];
    int n = snprintf(header, sizeof header,
                     "{\"schema_version\":1,\"kind\":\"device\",\"device\":\"%s\",\"config\":"
                     "{\"backend\":\"native\",\"threads\":1,\"dtype\":\"f32\"},\"fingerprint\":{}}",
                     name);
    lc_error err;
    cr_assert_eq(lc_device_parse_header(header, (size_t)n, NULL, 0, &d, &err), LC_OK, "%s",
                 err.message);
    return d;
}

static const char *save(lc_device *d) {
    const char *path = rig_path(d->name);
    cr_assert_eq(lc_device_save(d, path, NULL), LC_OK);
    lc_device_clear(d);
    return path;
}

/* A device that measured every operator of FBNet. */
static const char *fbnet_device(const char *name) {
    int base[LC_NET_MAX_CHOICES] = {0};
    lc_device d = make_device(name);
    cr_assert_eq(lc__space_sweep(lc_space_find("fbnet"), base, add_operators, &d, NULL), LC_OK);
    return save(&d);
}

/* The value in the last column of the line that starts with `key`. */
static double cell(const char *csv, const char *key) {
    const char *line = strstr(csv, key);
    cr_assert_not_null(line, "no line %s", key);
    return strtod(line + strlen(key), NULL);
}

/* What the table is for: the sum of its entries is that of the net's operators. */
Test(table, choices_add_up_to_nets) {
    const char *path = fbnet_device("whole");
    rig_result r = RIG_RUN(rig_agent, "table", path, "--space", "fbnet");
    cr_assert_eq(r.code, 0, "%s", r.err);
    const lc_space *space = lc_space_find("fbnet");
    uint64_t seed = 5;
    int choices[22];
    lc_net *net, *one;
    lc_space_random(space, &seed, choices);
    cr_assert_eq(lc_space_net(space, choices, 22, &net, NULL), LC_OK);
    double sum = cell(r.out, "\n,,every net,"), whole = 0;
    for (int p = 0; p < 22; p++) {
        char key[64];
        snprintf(key, sizeof key, "\n%d,%d,%s,", p, choices[p], space->option_name(p, choices[p]));
        sum += cell(r.out, key);
    }
    for (int i = 1; i < lc_net_size(net); i++) {
        cr_assert_eq(lc_net_operator(net, i, &one, NULL), LC_OK);
        whole += time_of(one) / 1e6;
        lc_net_free(one);
    }
    cr_expect_float_eq(sum, whole, 1e-7 * whole);
    lc_net_free(net);
}

/* Two devices of different operators: gaps stay gaps, and a comma in a name cannot make a
 * column. */
Test(table, puts_devices_side_by_side_and_leaves_gaps) {
    lc_device a = make_device("first"), b = make_device("second");
    lc_net *net = NULL;
    for (int i = 0; i < 3; i++) {
        static const char *const names[] = {"one", "two, \"too\"", "three"};
        lc_op in = lc_op_init(LC_OP_INPUT), op = lc_op_init(LC_OP_SOFTMAX);
        int at;
        in.shape = (lc_shape){1, 1, 1, 10 + i};
        net = lc_net_new(names[i]);
        cr_assert_eq(lc_net_add(net, NULL, &in, NULL, 0, &at, NULL), LC_OK);
        cr_assert_eq(lc_net_add(net, NULL, &op, &at, 1, NULL, NULL), LC_OK);
        if (i < 2)
            add_sample(&a, net, "op", 1e6 * (i + 1));
        if (i > 0)
            add_sample(&b, net, "op", 2e6 * (i + 1));
        lc_net_free(net);
    }
    const char *pa = save(&a), *pb = save(&b);
    rig_result r = RIG_RUN(rig_agent, "table", pa, pb);
    cr_assert_eq(r.code, 0, "%s", r.err);
    cr_expect_str_eq(r.out, "arch,first,second\none,1,\n\"two, \"\"too\"\"\",2,4\nthree,,6\n");
    cr_expect(strstr(r.err, "2 of 6 cells are empty") != NULL, "%s", r.err);
    r = RIG_RUN(rig_agent, "table", pb, "--energy", "--json");
    cr_assert_eq(r.code, 0, "%s", r.err);
    cr_expect(strstr(r.out, "\"quantity\":\"energy_mj\"") && strstr(r.out, "\"values\":[2]"), "%s",
              r.out);
    r = RIG_RUN(rig_agent, "table", pa, pb, "--space", "fbnet");
    cr_expect_eq(r.code, 1);
    cr_expect(strstr(r.err, "predict plan --operators --all --space fbnet") != NULL, "%s", r.err);
}

Test(table, refuses_what_makes_no_table) {
    const char *path = fbnet_device("again");
    rig_result r = RIG_RUN(rig_agent, "table", path, path);
    cr_expect_eq(r.code, 1);
    cr_expect(strstr(r.err, "device again is in") != NULL, "%s", r.err);
    r = RIG_RUN(rig_agent, "table", path, "--nets");
    cr_expect_eq(r.code, 1);
    cr_expect(strstr(r.err, "no samples of nets") != NULL, "%s", r.err);
    r = RIG_RUN(rig_agent, "table", path, "--space", "nasbench201");
    cr_expect_eq(r.code, 3);
    cr_expect(strstr(r.err, "depend on each other") != NULL, "%s", r.err);
    r = RIG_RUN(rig_agent, "table", path, "--space", "fbnett");
    cr_expect_eq(r.code, 3);
    r = RIG_RUN(rig_agent, "table", path, "--space", "fbnet", "--nets");
    cr_expect_eq(r.code, 2);
    r = RIG_RUN(rig_agent, "table");
    cr_expect_eq(r.code, 2);
}
