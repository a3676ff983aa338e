/* Fingerprints of recorded and written trees (tests/data/README-sysroots.md), clock, counters. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "agent/clock.h"
#include "agent/energy.h"
#include "agent/fingerprint.h"
#include "agent/host.h"
#include "agent/perf.h"
#include "agent/tree.h"

#define RPI4 LATCAST_TEST_DATA "/sysroot-rpi4"
#define EPYC LATCAST_TEST_DATA "/sysroot-kvm-epyc"
#define SENSORS LATCAST_TEST_DATA "/sysroot-sensors"

static cJSON *fingerprint(const char *root) {
    cJSON *object = NULL;
    cr_assert_eq(lc__fingerprint_tree(root, &object, NULL), LC_OK);
    return object;
}

static const char *text(const cJSON *object, const char *key) {
    const char *value = cJSON_GetStringValue(cJSON_GetObjectItem(object, key));
    return value ? value : "(null)";
}

/* Whether `key` is null and says why. */
static bool absent(const cJSON *object, const char *key) {
    char why[64];
    snprintf(why, sizeof why, "%s_absent", key);
    return cJSON_IsNull(cJSON_GetObjectItem(object, key)) &&
           strlen(text(object, why)) > strlen("(null)");
}

static const char *element(const cJSON *object, const char *key, int i) {
    const char *value =
        cJSON_GetStringValue(cJSON_GetArrayItem(cJSON_GetObjectItem(object, key), i));
    return value ? value : "(null)";
}

Test(fingerprint, virtual_x86_machine) {
    cJSON *f = fingerprint(EPYC);
    cr_expect_str_eq(text(f, "cpu_model"), "AMD EPYC");
    cr_expect_str_eq(text(f, "board"), "AMD EPYC under kvm");
    cr_expect_str_eq(text(f, "board_source"), "cpu");
    cr_expect_str_eq(text(f, "virtualisation"), "kvm");
    cr_expect_str_eq(element(f, "cpu_parts", 0),
                     "vendor_id AuthenticAMD, cpu family 26, model 2, stepping 1");
    cr_expect_eq(cJSON_GetArraySize(cJSON_GetObjectItem(f, "cpu_parts")), 1);
    cr_expect_eq(cJSON_GetObjectItem(f, "cores")->valueint, 2);
    cr_expect_str_eq(text(f, "distro"), "Debian GNU/Linux 12 (bookworm)");
    cJSON *l3 = cJSON_GetArrayItem(cJSON_GetObjectItem(f, "caches"), 3);
    cr_expect(cJSON_GetObjectItem(l3, "size_bytes")->valuedouble == 32768.0 * 1024);
    cJSON_Delete(f);
}

Test(fingerprint, what_a_virtual_machine_hides_is_null_with_a_reason) {
    cJSON *f = fingerprint(EPYC);
    cr_expect(absent(f, "governor") && absent(f, "freq_khz") && absent(f, "temp_mc") &&
              absent(f, "power_rails"));
    cJSON_Delete(f);
}

Test(fingerprint, raspberry_pi_4) {
    cJSON *f = fingerprint(RPI4);
    char slug[64];
    cr_expect_str_eq(text(f, "board"), "Raspberry Pi 4 Model B Rev 1.4");
    cr_expect_str_eq(text(f, "board_source"), "device-tree");
    cr_expect(absent(f, "cpu_model"));
    cr_expect_str_eq(element(f, "cpu_parts", 0),
                     "CPU implementer 0x41, CPU variant 0x0, CPU part 0xd08, CPU revision 3");
    cr_expect_str_eq(element(f, "isa_features", 0), "asimd");
    cr_expect_str_eq(text(f, "governor"), "ondemand");
    const cJSON *khz = cJSON_GetObjectItem(f, "freq_khz");
    cr_expect_eq(cJSON_GetObjectItem(khz, "cur")->valueint, 1500000);
    cr_expect_eq(cJSON_GetObjectItem(khz, "max")->valueint, 1800000);
    const cJSON *temp = cJSON_GetObjectItem(f, "temp_mc");
    cr_expect_eq(cJSON_GetObjectItem(temp, "thermal_zone0:cpu-thermal")->valueint, 48199);
    cr_expect(absent(f, "virtualisation"));
    lc__fingerprint_slug(f, slug, sizeof slug);
    cr_expect_str_eq(slug, "raspberry-pi-4-b-1.4");
    cJSON_Delete(f);
}

Test(fingerprint, power_rails_of_ina3221_power_meter_and_rapl) {
    cJSON *f = fingerprint(SENSORS);
    char slug[64];
    cr_expect_str_eq(element(f, "power_rails", 0), "hwmon2:ina3221:VDD_IN");
    cr_expect_str_eq(element(f, "power_rails", 1), "hwmon2:ina3221:VDD_CPU_GPU_CV");
    cr_expect_str_eq(element(f, "power_rails", 2), "hwmon10:power_meter:power1");
    cr_expect_str_eq(element(f, "power_rails", 3), "intel-rapl:0:package-0");
    cr_expect_str_eq(text(f, "board"), "Example Corp. Model 7");
    lc__fingerprint_slug(f, slug, sizeof slug);
    cr_expect_str_eq(slug, "intel-xeon-e5-2680-v4");
    cJSON_Delete(f);
}

/* What is read from a tree, how a single thread would be pinned there, and what measures energy. */
static const struct board {
    const char *tree, *board, *part, *feature, *governor, *best_cpu, *meter, *zone;
    int cores, policies;
    double last_cache; /* MiB */
} boards[] = {
    {"rpi5", "Raspberry Pi 5 Model B Rev 1.0", "0xd0b", "asimddp", "ondemand", "3", "",
     "thermal_zone0:cpu-thermal", 4, 1, 2},
    {"jetson-nano", "NVIDIA Jetson Nano Developer Kit", "0xd07", "asimd", "schedutil", "3",
     "ina3221x:POM_5V_IN", "thermal_zone1:CPU-therm", 4, 1, 2},
    {"jetson-orin", "NVIDIA Jetson Orin Nano Developer Kit", "0xd42", "asimdhp", "schedutil", "5",
     "ina3221:VDD_IN", "thermal_zone3:tj-thermal", 6, 1, 2},
    {"android", "Qualcomm Technologies, Inc. kona MTP", "0x805", "asimddp", "schedutil", "7", "",
     "thermal_zone2:cpu-1-7", 8, 3, 4},
    {"amd-server", "Example Computer Inc. A7543", "family 25", "avx2", "schedutil", "3",
     "intel-rapl:0:package-0", "hwmon0:k10temp:temp1", 4, 1, 32},
    {"intel-server", "Example Computer Inc. I6338", "model 106", "avx512_vnni", "performance", "3",
     "intel-rapl:0:package-0 + intel-rapl:0:0:dram", "thermal_zone0:x86_pkg_temp", 4, 1, 48},
};

static double largest_cache(const cJSON *f) {
    double most = 0;
    const cJSON *e;
    cJSON_ArrayForEach(e, cJSON_GetObjectItem(f, "caches")) {
        most = fmax(most, cJSON_GetObjectItem(e, "size_bytes")->valuedouble);
    }
    return most / (1 << 20);
}

static void check_board(const struct board *b) {
    char root[300], cpu[16];
    lc__cpus all = {.n = b->cores}, chosen;
    lc__energy energy;
    snprintf(root, sizeof root, "%s/sysroot-%s", LATCAST_TEST_DATA, b->tree);
    cJSON *f = fingerprint(root);
    char *features = cJSON_PrintUnformatted(cJSON_GetObjectItem(f, "isa_features"));
    cr_expect_str_eq(text(f, "board"), b->board);
    cr_expect_not_null(strstr(element(f, "cpu_parts", 0), b->part), "%s", b->tree);
    cr_expect_not_null(strstr(features, b->feature), "%s: %s", b->tree, features);
    cr_expect_str_eq(text(f, "governor"), b->governor);
    cr_expect_eq(cJSON_GetObjectItem(f, "cores")->valueint, b->cores);
    cr_expect_eq(cJSON_GetArraySize(cJSON_GetObjectItem(f, "cpu_policies")), b->policies, "%s",
                 b->tree);
    cr_expect(largest_cache(f) == b->last_cache, "%s", b->tree);
    cr_expect_not_null(cJSON_GetObjectItem(cJSON_GetObjectItem(f, "temp_mc"), b->zone), "%s",
                       b->tree);
    cJSON_free(features);
    cJSON_Delete(f);
    for (int i = 0; i < b->cores; i++)
        all.cpu[i] = i;
    cr_assert_eq(lc__choose_cpus(root, &all, NULL, 1, &chosen, NULL), LC_OK);
    cr_expect_str_eq(lc__cpus_text(&chosen, cpu, sizeof cpu), b->best_cpu, "%s", b->tree);
    lc__energy_open(&energy, root);
    cr_expect_str_eq(energy.source, b->meter);
    cr_expect((energy.n > 0) == (energy.absent[0] == '\0'));
    lc__energy_close(&energy);
}

Test(fingerprint, boards_phones_and_servers) {
    for (size_t i = 0; i < sizeof boards / sizeof boards[0]; i++)
        check_board(&boards[i]);
}

Test(fingerprint, three_kinds_of_core) {
    cJSON *f = fingerprint(LATCAST_TEST_DATA "/sysroot-android");
    static const struct {
        const char *cpus;
        int capacity, max_khz;
    } kinds[] = {{"0 1 2 3", 284, 1804800}, {"4 5 6", 871, 2419200}, {"7", 1024, 2841600}};
    for (int i = 0; i < 3; i++) {
        const cJSON *p = cJSON_GetArrayItem(cJSON_GetObjectItem(f, "cpu_policies"), i);
        cr_expect_str_eq(text(p, "cpus"), kinds[i].cpus);
        cr_expect_eq(cJSON_GetObjectItem(p, "capacity")->valueint, kinds[i].capacity);
        cr_expect_eq(cJSON_GetObjectItem(p, "max_khz")->valueint, kinds[i].max_khz);
    }
    cr_expect_eq(cJSON_GetArraySize(cJSON_GetObjectItem(f, "cpu_parts")), 2);
    cr_expect(absent(f, "distro"), "Android has no os-release");
    cJSON_Delete(f);
    static const lc__cpus all = {.cpu = {0, 1, 2, 3, 4, 5, 6, 7}, .n = 8};
    lc__cpus chosen;
    cr_expect_eq(
        lc__choose_cpus(LATCAST_TEST_DATA "/sysroot-android", &all, "middle", 3, &chosen, NULL),
        LC_OK);
    cr_expect(chosen.n == 3 && chosen.cpu[0] == 4 && chosen.cpu[2] == 6);
}

Test(fingerprint, an_empty_tree_is_all_absent) {
    cJSON *f = fingerprint(LATCAST_TEST_DATA "/no-such-tree");
    for (const cJSON *e = f->child; e; e = e->next) {
        size_t n = strlen(e->string);
        bool reason = n > 7 && !strcmp(e->string + n - 7, "_absent");
        cr_expect(reason ? cJSON_IsString(e) : cJSON_IsNull(e), "%s", e->string);
    }
    cJSON_Delete(f);
}

Test(tree, lists) {
    static const struct {
        const char *list;
        int count;
    } cases[] = {{"0", 1}, {"0-3", 4}, {"0-1,4,6-7", 5}, {"", 0},
                 {"x", 0}, {"3-1", 0}, {"1,", 1},        {"1x", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_expect_eq(lc__list_count(cases[i].list), cases[i].count, "\"%s\"", cases[i].list);
}

Test(tree, words_are_whole) {
    cr_expect(lc__has_word("sse avx2 avx", "avx"));
    cr_expect_not(lc__has_word("sse avx2", "avx"));
    cr_expect_not(lc__has_word("xavx", "avx"));
}

Test(clock, falls_back_where_the_counter_is_not_known_to_be_constant) {
    lc__clock clock;
#if defined(__aarch64__)
    cr_assert_eq(lc__clock_init(&clock, EPYC, NULL),
                 LC_OK); /* each architecture doubts the other's board */
#else
    cr_assert_eq(lc__clock_init(&clock, RPI4, NULL), LC_OK);
#endif
    cr_expect_not(clock.cycle_counter);
    cr_expect(clock.ns_per_tick == 1);
    cr_expect_not_null(strstr(clock.about, "clock_gettime ("), "says why: %s", clock.about);
}

Test(clock, never_decreases) {
    lc__clock clock;
    cr_assert_eq(lc__clock_init(&clock, "", NULL), LC_OK);
    cr_assert_gt(clock.ns_per_tick, 0);
    uint64_t last = clock.ticks(clock.ctx);
    for (int i = 0; i < 1000; i++) {
        uint64_t now = clock.ticks(clock.ctx);
        cr_assert_geq(now, last);
        last = now;
    }
}

Test(perf, counts_or_says_why_not) {
    lc__perf perf;
    lc__perf_sum before, sum;
    memset(&sum, 0, sizeof sum);
    lc__perf_open(&perf, "");
    cr_expect_eq(perf.available, perf.absent[0] == '\0');
    cr_expect(perf.available || !strncmp(perf.absent, "E", 1), "%s", perf.absent);
    lc__perf_start(&perf, &before);
    lc__perf_stop(&perf, &before, &sum);
    for (int i = 0; i < LC__PERF_COUNT && !perf.available; i++)
        cr_expect(lc__perf_value(&sum, i, NULL) == -1, "absent is not 0");
    lc__perf_close(&perf);
}

Test(perf, values_are_scaled_for_the_time_not_counted) {
    lc__perf_sum sum = {.value = {100, 7, 0}, .enabled = {10, 10, 10}, .running = {5, 10, 0}};
    double share;
    cr_expect(lc__perf_value(&sum, 0, &share) == 200);
    cr_expect(share == 0.5);
    cr_expect(lc__perf_value(&sum, 1, NULL) == 7);
    cr_expect(lc__perf_value(&sum, 2, NULL) == -1);
}

Test(host, pins_to_the_last_cpu_or_a_list_or_not) {
    lc__cpus cpus;
    lc_error err;
    cr_assert_eq(lc__pin("", "none", NULL, 1, &cpus, &err), LC_OK);
    cr_expect_eq(cpus.n, 0);
    cr_expect_eq(lc__pin("", "0-", NULL, 1, &cpus, &err), LC_EUSAGE);
    cr_expect_eq(lc__pin("", "two", NULL, 1, &cpus, &err), LC_EUSAGE);
    cr_expect_eq(lc__pin("", "1023", NULL, 1, &cpus, &err), LC_EUNSUPPORTED);
    cr_expect_eq(lc__pin("", NULL, NULL, 1024, &cpus, &err), LC_EUNSUPPORTED);
    cr_assert_eq(lc__pin("", NULL, NULL, 1, &cpus, &err), LC_OK);
    cr_expect_eq(cpus.n, 1);
}
