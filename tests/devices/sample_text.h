/* Sample and header objects as an agent writes them, for the tests of devices and collector. */
#ifndef TESTS_SAMPLE_TEXT_H
#define TESTS_SAMPLE_TEXT_H

#include <stdio.h>

#define SMALL_CONV                                                                                 \
    "{\"name\":\"conv\",\"ops\":[{\"id\":\"x\",\"op\":\"input\",\"shape\":[1,8,8,4]},"             \
    "{\"id\":\"y\",\"op\":\"conv2d\",\"inputs\":[\"x\"],\"kernel\":3,\"stride\":1,\"pad\":1,"      \
    "\"out_channels\":8}],\"output\":\"y\"}"

#define SMALL_NET "{\"name\":\"small\",\"space\":\"nasbench201\",\"choices\":[0,1,2,3,4,3]}"

#define CONFIG                                                                                     \
    "{\"backend\":\"native\",\"backend_version\":\"0.1\",\"library\":null,\"isa\":\"avx2\","       \
    "\"threads\":2,\"dtype\":\"f32\",\"pinned_cpus\":[0,1],\"weight_seed\":12345678901234567891}"

#define FINGERPRINT                                                                                \
    "{\"board\":\"test-board\",\"cores\":2,\"governor\":null,\"governor_absent\":\"no cpufreq\","  \
    "\"later_field\":{\"a\":[1,2]}}"

/* The statistics of 50 runs whose fifth percentile is latency_ns. */
static inline int statistics_text(char *buf, size_t size, double latency_ns) {
    return snprintf(buf, size,
                    "\"latency_ns\":%.17g,\"ci_low_ns\":%.17g,\"ci_high_ns\":%.17g,"
                    "\"median_ns\":%.17g,\"p95_ns\":%.17g,\"min_ns\":%.17g,\"n\":50,"
                    "\"steady\":true,\"time_unix\":1700000000",
                    latency_ns, 0.99 * latency_ns, 1.01 * latency_ns, 1.1 * latency_ns,
                    1.3 * latency_ns, 0.98 * latency_ns);
}

/* A sample on one line; `device` NULL leaves that member out, as device.json does. */
static inline const char *sample_text(char *buf, size_t size, const char *id, const char *device,
                                      double latency_ns) {
    char statistics[400], member[140] = "";
    statistics_text(statistics, sizeof statistics, latency_ns);
    if (device)
        snprintf(member, sizeof member, "\"device\":\"%s\",", device);
    snprintf(buf, size,
             "{\"id\":\"%s\",\"kind\":\"net\",%s\"net\":%s,%s,\"counters\":null,"
             "\"counters_absent\":\"perf_event_open: ENOENT\"}",
             id, member, SMALL_NET, statistics);
    return buf;
}

static inline const char *header_text(char *buf, size_t size, const char *device) {
    snprintf(buf, size,
             "{\"schema_version\":1,\"kind\":\"device\",\"device\":\"%s\",\"config\":%s,"
             "\"fingerprint\":%s}",
             device, CONFIG, FINGERPRINT);
    return buf;
}

#endif
