#include "made_device.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "latcast/space.h"
#include "world.h"

#define MADE_UP "\"fingerprint\":{\"board\":\"made up\"},\n"

double latency_of(const lc_net *net, double per_mac, double per_byte) {
    lc_cost c = lc_net_cost(net);
    return 2e4 + per_mac * c.macs + per_byte * (c.bytes_read + c.bytes_written);
}

static void add_sample(lc__buf *json, const lc_net *net, int number, double ns) {
    char *text = lc_net_to_json(net, false);
    lc__buf_printf(json,
                   "%s{\"id\":\"t-%d\",\"kind\":\"net\",\"net\":%s,\"latency_ns\":%.9g,"
                   "\"ci_low_ns\":%.9g,\"ci_high_ns\":%.9g,\"median_ns\":%.9g,\"p95_ns\":%.9g,"
                   "\"min_ns\":%.9g,\"n\":9,\"steady\":true}",
                   number ? ",\n" : "", number, text, ns, ns, ns, ns, ns, ns);
    free(text);
}

void write_device(const char *name, uint64_t seed, int n, double per_mac, double per_byte) {
    const lc_space *space = lc_space_find("fbnet");
    lc__buf json = {0};
    lc__buf_printf(&json,
                   "{\"schema_version\":1,\"name\":\"%s\",\"config\":{\"backend\":\"native\","
                   "\"isa\":\"\",\"threads\":1,\"dtype\":\"f32\"}," MADE_UP "\"samples\":[\n",
                   name);
    for (int i = 0; i < n; i++) {
        int choices[LC_NET_MAX_CHOICES];
        lc_net *net;
        lc_space_random(space, &seed, choices);
        cr_assert_eq(lc_space_net(space, choices, space->n_positions, &net, NULL), LC_OK);
        add_sample(&json, net, i, latency_of(net, per_mac, per_byte));
        lc_net_free(net);
    }
    lc__buf_printf(&json, "]}\n");
    cr_assert(!json.failed);
    char file[100];
    snprintf(file, sizeof file, "%s.json", name);
    world_write_text(file, json.text);
    free(json.text);
}
