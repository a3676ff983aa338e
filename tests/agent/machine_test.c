/* Frequency, energy, choice of CPUs, disturbances: on trees that the tests write. */
#include <criterion/criterion.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/energy.h"
#include "agent/freq.h"
#include "agent/state.h"
#include "agent/watch.h"
#include "rig.h"

/* A file of a tree in the scratch directory, and the directories above it. */
static void put(const char *path, const char *text) {
    char full[400];
    snprintf(full, sizeof full, "%s%s", rig_dir(), path);
    for (char *p = strchr(full + strlen(rig_dir()) + 1, '/'); p; p = strchr(p + 1, '/')) {
        *p = '\0';
        mkdir(full, 0755);
        *p = '/';
    }
    rig_write(full, text);
}

static const char *get(const char *path) {
    static char text[100];
    char full[400];
    snprintf(full, sizeof full, "%s%s", rig_dir(), path);
    FILE *f = fopen(full, "r");
    text[0] = '\0';
    if (f && fgets(text, sizeof text, f))
        text[strcspn(text, "\n")] = '\0';
    if (f)
        fclose(f);
    return text;
}

static const lc__cpus first_cpu = {.cpu = {0}, .n = 1};

#define CPUFREQ "/sys/devices/system/cpu/cpu0/cpufreq"

static void make_cpufreq(const char *governors) {
    put(CPUFREQ "/scaling_min_freq", "600000\n");
    put(CPUFREQ "/scaling_max_freq", "1500000\n");
    put(CPUFREQ "/cpuinfo_min_freq", "600000\n");
    put(CPUFREQ "/cpuinfo_max_freq", "1800000\n");
    put(CPUFREQ "/scaling_governor", "ondemand\n");
    put(CPUFREQ "/scaling_setspeed", "<unsupported>\n");
    put(CPUFREQ "/scaling_available_governors", governors);
    put(CPUFREQ "/scaling_available_frequencies", "1500000 600000 1000000 \n");
}

static void expect_restored(void) {
    cr_expect_str_eq(get(CPUFREQ "/scaling_min_freq"), "600000");
    cr_expect_str_eq(get(CPUFREQ "/scaling_max_freq"), "1500000");
    cr_expect_str_eq(get(CPUFREQ "/scaling_governor"), "ondemand");
}

Test(freq, points_are_those_listed_or_named_and_possible) {
    double khz[LC__FREQ_POINTS];
    size_t n;
    lc_error err;
    make_cpufreq("ondemand performance\n");
    cr_assert_eq(lc__freq_points(rig_dir(), &first_cpu, "all", khz, &n, &err), LC_OK, "%s",
                 err.message);
    cr_assert_eq(n, 3);
    cr_expect(khz[0] == 600000 && khz[1] == 1000000 && khz[2] == 1500000);
    cr_expect_eq(lc__freq_points(rig_dir(), &first_cpu, "1800000", khz, &n, &err), LC_OK);
    cr_expect_eq(lc__freq_points(rig_dir(), &first_cpu, "2e6", khz, &n, &err), LC_EUNSUPPORTED);
    cr_expect_not_null(strstr(err.message, "600000 to 1800000"));
    cr_expect_eq(lc__freq_points(rig_dir(), &first_cpu, "fast", khz, &n, &err), LC_EUSAGE);
    cr_expect_eq(lc__freq_points(rig_dir(), &first_cpu, "", khz, &n, &err), LC_EUSAGE);
    put(CPUFREQ "/scaling_available_frequencies", "");
    cr_expect_eq(lc__freq_points(rig_dir(), &first_cpu, "all", khz, &n, &err), LC_EUNSUPPORTED);
    cr_expect_not_null(strstr(err.message, "name some"), "%s", err.message);
}

Test(freq, is_held_and_given_back) {
    lc__freq freq;
    lc_error err;
    make_cpufreq("ondemand userspace\n");
    cr_assert_eq(lc__freq_hold(&freq, rig_dir(), &first_cpu, &err), LC_OK, "%s", err.message);
    cr_assert_eq(lc__freq_set(&freq, 1000000, &err), LC_OK, "%s", err.message);
    cr_expect_str_eq(get(CPUFREQ "/scaling_min_freq"), "1000000");
    cr_expect_str_eq(get(CPUFREQ "/scaling_max_freq"), "1000000");
    cr_expect_str_eq(get(CPUFREQ "/scaling_governor"), "userspace");
    cr_expect_str_eq(get(CPUFREQ "/scaling_setspeed"), "1000000");
    cr_expect_eq(lc__freq_release(&freq, &err), LC_OK);
    expect_restored();
}

/* SIGKILL leaves no time to clean up: the guardian does, and outlives what a service manager's
 * watchdog sends to all of a service. */
Test(freq, is_given_back_when_the_process_is_killed) {
    static const int signals[] = {SIGKILL, SIGTERM, SIGSEGV};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        make_cpufreq("ondemand performance\n");
        pid_t pid = fork();
        if (pid == 0) {
            lc__freq freq;
            if (!lc__freq_hold(&freq, rig_dir(), &first_cpu, NULL) &&
                !lc__freq_set(&freq, 1000000, NULL)) {
                kill(freq.guardian, SIGABRT);
                signal(signals[i], SIG_DFL);
                kill(getpid(), signals[i]);
            }
            _exit(1);
        }
        cr_expect_eq(rig_wait(pid), -signals[i]);
        for (int k = 0; k < 400 && strcmp(get(CPUFREQ "/scaling_min_freq"), "600000") != 0; k++)
            nanosleep(&(struct timespec){0, 5000000}, NULL);
        nanosleep(&(struct timespec){0, 20000000}, NULL); /* the last of its writes */
        expect_restored();
    }
}

Test(freq, without_cpufreq_or_rights_it_says_so) {
    lc__freq freq;
    lc_error err;
    cr_expect_eq(lc__freq_hold(&freq, "/nowhere", &first_cpu, &err), LC_EUNSUPPORTED);
    cr_expect_not_null(strstr(err.message, "cpu0/cpufreq"));
    cr_expect_eq(lc__freq_hold(&freq, "/nowhere", &(lc__cpus){.n = 0}, &err), LC_EUSAGE);
    make_cpufreq("ondemand\n");
    char path[300];
    snprintf(path, sizeof path, "%s" CPUFREQ "/scaling_max_freq", rig_dir());
    chmod(path, 0444);
    chmod(rig_dir(), 0755);
    if (geteuid() == 0 && (setegid(65534) || seteuid(65534)))
        cr_skip_test("root may write everything, and cannot be left");
    cr_expect_eq(lc__freq_hold(&freq, rig_dir(), &first_cpu, &err), LC_EIO);
    cr_expect_not_null(strstr(err.message, "--freq needs root"), "%s", err.message);
    cr_expect_eq(lc__freq_release(&freq, &err), LC_OK, "nothing is held");
}

#define RAPL "/sys/class/powercap/intel-rapl:0"

static void make_rapl(const char *energy) {
    put(RAPL "/name", "package-0\n");
    put(RAPL "/max_energy_range_uj", "262143328850\n");
    put(RAPL "/energy_uj", energy);
}

/* Reads what is drawn while a file goes from one value to another. */
static bool drawn(lc__energy *e, const char *path, const char *from, const char *to,
                  lc__energy_sum *sum) {
    lc__energy_mark mark;
    *sum = (lc__energy_sum){0};
    put(path, from);
    lc__energy_begin(e, &mark);
    put(path, to);
    return lc__energy_end(e, &mark, sum);
}

Test(energy, counters_wrap_around) {
    lc__energy e;
    lc__energy_sum sum;
    make_rapl("0\n");
    lc__energy_open(&e, rig_dir());
    cr_assert(e.counts && e.n == 1, "%s", e.absent);
    cr_expect_str_eq(e.source, "intel-rapl:0:package-0");
    cr_expect(drawn(&e, RAPL "/energy_uj", "1000\n", "5500\n", &sum) && sum.uj == 4500);
    cr_expect(sum.peak_mw > 0 && sum.ns > 0);
    cr_expect(drawn(&e, RAPL "/energy_uj", "262143328000\n", "150\n", &sum) && sum.uj == 1000);
    put(RAPL "/energy_uj", "");
    cr_expect_not(drawn(&e, RAPL "/energy_uj", "1000\n", "", &sum), "a counter that is gone");
    cr_expect(sum.uj == 0 && sum.ns == 0);
    lc__energy_close(&e);
}

/* Parts of a package are in it already; its DRAM is not, and the platform holds them all. */
Test(energy, packages_and_their_memory_are_summed) {
    lc__energy e;
    make_rapl("7\n");
    put("/sys/class/powercap/intel-rapl:0:0/name", "core\n");
    put("/sys/class/powercap/intel-rapl:0:0/energy_uj", "3\n");
    put("/sys/class/powercap/intel-rapl:0:1/name", "dram\n");
    put("/sys/class/powercap/intel-rapl:0:1/energy_uj", "3\n");
    put("/sys/class/powercap/intel-rapl:1/name", "psys\n");
    put("/sys/class/powercap/intel-rapl:1/energy_uj", "3\n");
    lc__energy_open(&e, rig_dir());
    cr_expect_str_eq(e.source, "intel-rapl:0:package-0 + intel-rapl:0:1:dram");
    lc__energy_close(&e);
}

Test(energy, ina3221_of_jetson_boards_by_hwmon_and_by_the_older_driver) {
    lc__energy e;
    lc__energy_sum sum = {0};
    lc__energy_mark mark;
    put("/sys/class/hwmon/hwmon3/name", "ina3221\n");
    put("/sys/class/hwmon/hwmon3/in1_label", "VDD_IN\n");
    put("/sys/class/hwmon/hwmon3/in1_input", "5000\n");
    put("/sys/class/hwmon/hwmon3/curr1_input", "800\n");
    put("/sys/class/hwmon/hwmon3/in2_label", "VDD_CPU_GPU_CV\n");
    put("/sys/class/hwmon/hwmon3/in2_input", "5000\n");
    put("/sys/class/hwmon/hwmon3/curr2_input", "300\n");
    lc__energy_open(&e, rig_dir());
    cr_expect_str_eq(e.source, "ina3221:VDD_IN", "the others are part of it");
    cr_assert_eq(lc__energy_start(&e, &(lc__cpus){.n = 0}, 0.05, NULL), LC_OK);
    cr_expect(fabs(e.idle_mw - 4000) < 40, "5 V times .8 A: %g", e.idle_mw);
    lc__energy_begin(&e, &mark);
    put("/sys/class/hwmon/hwmon3/curr1_input", "1600\n");
    nanosleep(&(struct timespec){0, 500000000}, NULL); /* some readings, also on a busy machine */
    cr_expect(lc__energy_end(&e, &mark, &sum));
    cr_expect(sum.peak_mw == 8000, "%g", sum.peak_mw);
    cr_expect(sum.uj / sum.ns * 1e6 > 6000 && sum.readings >= 3);
    lc__energy_close(&e);
}

Test(energy, the_older_jetson_driver_counts_milliwatts) {
    lc__energy e;
    put("/sys/bus/i2c/drivers/ina3221x/6-0040/iio:device0/rail_name_0", "POM_5V_IN\n");
    put("/sys/bus/i2c/drivers/ina3221x/6-0040/iio:device0/in_power0_input", "2100\n");
    put("/sys/bus/i2c/drivers/ina3221x/6-0040/iio:device0/rail_name_1", "POM_5V_GPU\n");
    put("/sys/bus/i2c/drivers/ina3221x/6-0040/iio:device0/in_power1_input", "400\n");
    lc__energy_open(&e, rig_dir());
    cr_expect_str_eq(e.source, "ina3221x:POM_5V_IN");
    cr_assert_eq(lc__energy_start(&e, &(lc__cpus){.n = 0}, 0.05, NULL), LC_OK);
    cr_expect(fabs(e.idle_mw - 2100) < 30, "%g", e.idle_mw);
    lc__energy_close(&e);
}

Test(energy, where_there_is_no_meter_the_reason_is_kept) {
    lc__energy e;
    lc__energy_sum sum = {0};
    lc__energy_mark mark;
    lc__energy_open(&e, "/nowhere");
    cr_expect_eq(e.n, 0);
    cr_expect_str_eq(e.absent, "no power or energy meter");
    cr_expect_eq(lc__energy_start(&e, &first_cpu, 10, NULL), LC_OK, "at once");
    lc__energy_begin(&e, &mark);
    cr_expect_not(lc__energy_end(&e, &mark, &sum));
    cr_expect(isnan(e.idle_mw) && sum.uj == 0);
    lc__energy_close(&e);
}

/* Six CPUs: 0 to 3 little, 4 and 5 big. */
static void make_big_little(void) {
    static const char *const capacity[] = {"446\n", "446\n", "446\n", "446\n", "1024\n", "1024\n"};
    char path[100];
    for (int i = 0; i < 6; i++) {
        snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/cpu_capacity", i);
        put(path, capacity[i]);
    }
}

static const lc__cpus six = {.cpu = {0, 1, 2, 3, 4, 5}, .n = 6};

static void expect_choice(const char *cluster, int count, const char *expected) {
    lc__cpus chosen;
    lc_error err;
    char text[64];
    lc_status s = lc__choose_cpus(rig_dir(), &six, cluster, count, &chosen, &err);
    cr_expect_str_eq(s ? lc_status_name(s) : lc__cpus_text(&chosen, text, sizeof text), expected,
                     "%s %d", cluster ? cluster : "any", count);
}

Test(cpus, the_fastest_cluster_comes_first) {
    make_big_little();
    expect_choice(NULL, 1, "5");
    expect_choice("fast", 2, "4,5");
    expect_choice(NULL, 3, "3,4,5");
    expect_choice("slow", 1, "3");
    expect_choice("slow", 5, "LC_EUNSUPPORTED");
    expect_choice("middle", 1, "LC_EUNSUPPORTED");
    expect_choice("tiny", 1, "LC_EUSAGE");
}

/* Two threads a core: siblings come last, as they share what is measured. */
Test(cpus, siblings_are_avoided) {
    static const char *const siblings[] = {"0,3\n", "1,4\n", "2,5\n"};
    char path[100];
    for (int i = 0; i < 6; i++) {
        snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list",
                 i);
        put(path, siblings[i % 3]);
    }
    expect_choice(NULL, 3, "3,4,5");
    expect_choice(NULL, 4, "2,3,4,5");
    expect_choice("slow", 1, "LC_EUNSUPPORTED");
}

static double next_tick(void *ctx) {
    return *(double *)ctx += 1000;
}

static uint64_t ticks(void *ctx) {
    return (uint64_t)next_tick(ctx);
}

/* A watch on a tree, with a clock that takes each song for 1000 ns. */
static void watch_tree(lc__watch *w, lc__clock *clock, double *now, lc__cpus *cpus) {
    *clock = (lc__clock){.ticks = ticks, .ctx = now, .ns_per_tick = 1};
    cr_assert_eq(lc__watch_init(w, rig_dir(), cpus, 1, clock, NULL), LC_OK);
}

Test(watch, each_disturbance_is_told_by_its_witness) {
    lc__watch w;
    lc__clock clock;
    double now = 0;
    lc__cpus none = {.n = 0};
    watch_tree(&w, &clock, &now, &none);
    const lc__look calm = {.at_ns = 0, .throttles = NAN, .canary = w.canary.quiet};
    static const struct {
        double waited, preempted, stolen, throttles, compute, memory;
        bool moved;
        unsigned why;
    } cases[] = {
        {1e5, 0, 0, NAN, 1, 1, false, 0},           {5e6, 0, 0, NAN, 1, 1, false, LC__WAITED},
        {NAN, 1, 0, NAN, 1, 1, false, 0},           {NAN, 5, 0, NAN, 1, 1, false, LC__WAITED},
        {0, 0, 1e7, NAN, 1, 1, false, LC__STOLEN},  {0, 0, NAN, NAN, 1.2, 1, false, LC__SLOWED},
        {0, 0, 0, NAN, 1, 2, false, LC__CONTENDED}, {0, 0, 0, NAN, 1, 1, true, LC__MOVED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        lc__look after = {.at_ns = 2e7,
                          .waited_ns = cases[i].waited,
                          .preempted = cases[i].preempted,
                          .stolen_ns = cases[i].stolen,
                          .throttles = cases[i].throttles,
                          .moved = cases[i].moved,
                          .canary = {cases[i].compute * w.canary.quiet.compute_ns,
                                     cases[i].memory * w.canary.quiet.memory_ns}};
        cr_expect_eq(lc__watch_judge(&w, &calm, &after), cases[i].why, "case %zu", i);
    }
    cr_expect_eq(w.turns, 8);
    cr_expect_eq(w.disturbed_turns, 6);
    lc__watch_clear(&w);
}

/* The kernel lifts a thread's pinning when its CPU goes away. */
Test(watch, a_lifted_pinning_is_seen_and_restored) {
    lc__watch w;
    lc__clock clock;
    double now = 0;
    lc__cpus cpus;
    cpu_set_t all, set;
    sched_getaffinity(0, sizeof all, &all);
    if (CPU_COUNT(&all) < 2)
        cr_skip_test("needs two CPUs");
    cr_assert_eq(lc__pin("", NULL, NULL, 1, &cpus, NULL), LC_OK);
    int pinned = cpus.cpu[0];
    watch_tree(&w, &clock, &now, &cpus);
    cr_expect_not(lc__watch_look(&w).moved);
    cr_assert_eq(sched_setaffinity(0, sizeof all, &all), 0);
    nanosleep(&(struct timespec){0, 2000000}, NULL);
    cr_expect(lc__watch_look(&w).moved);
    cr_expect_not_null(strstr(w.pinned_anew, "pinned again"), "%s", w.pinned_anew);
    sched_getaffinity(0, sizeof set, &set);
    cr_expect(CPU_COUNT(&set) == 1 && CPU_ISSET((size_t)pinned, &set));
    lc__watch_clear(&w);
}

Test(watch, a_cpu_that_is_gone_is_replaced) {
    lc__cpus cpus = {.cpu = {1023}, .n = 1};
    char text[160];
    cr_expect_not(lc__pin_holds(&cpus));
    lc__repin("", &cpus, 1, text, sizeof text);
    cr_expect_not_null(strstr(text, "CPU 1023 is not there any more; pinned to"), "%s", text);
    cr_expect(cpus.n == 1 && cpus.cpu[0] < 1023 && lc__pin_holds(&cpus));
}

Test(state, says_what_is_known_and_what_not) {
    lc__state s, later;
    put("/proc/loadavg", "1.25 0.80 0.70 2/300 4242\n");
    put("/proc/stat", "cpu  10 0 10 100 0 0 0 0 0 0\ncpu0 7 0 3 50 0 0 0 5 0 0\nprocs_running 3\n");
    put("/sys/class/thermal/thermal_zone0/temp", "48000\n");
    put("/sys/class/thermal/thermal_zone1/temp", "61000\n");
    lc__state_read(rig_dir(), &first_cpu, &s);
    cr_expect(s.load1 == 1.25 && s.runnable == 3 && s.temp_mc == 61000);
    cr_expect(isnan(s.freq_khz) && isnan(s.pressure));
    cr_expect(s.busy_ns * (double)sysconf(_SC_CLK_TCK) == 10e9, "ticks of user and system");
    later = s;
    later.at_ns += 1e9;
    later.busy_ns += 25e7;
    cJSON *json = lc__state_json(&later, &first_cpu, &s);
    char *text = cJSON_PrintUnformatted(json);
    cr_expect_not_null(strstr(text, "\"others_cpu\":0.25"), "%s", text);
    cr_expect_not_null(strstr(text, "\"freq_khz\":null,\"freq_khz_absent\":\"no cpufreq"));
    cJSON_free(text);
    cJSON_Delete(json);
}
