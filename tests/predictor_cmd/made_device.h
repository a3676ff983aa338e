/* Made-up devices as files: their latencies are sums of costs. */
#ifndef TEST_MADE_DEVICE_H
#define TEST_MADE_DEVICE_H

#include <stdint.h>
#include "latcast/net.h"

double latency_of(const lc_net *net, double per_mac, double per_byte);

/* Writes NAME.json into the world: n random FBNet nets drawn from `seed`, 9 runs each. */
void write_device(const char *name, uint64_t seed, int n, double per_mac, double per_byte);

#endif
