/* profagent run as a user meets it: results, resuming, refusals, exit codes. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent/spool.h"
#include "latcast/backend.h"
#include "rig.h"

/* A run with the null backend, quick. */
#define RUN(plan, ...)                                                                             \
    RIG_RUN(rig_agent, "run", "--plan", plan, "--out", rig_path("o.json"), "--backend", "null",    \
            "--max-seconds-per-item", "0.02", "--precision", "1", "--device", "d", __VA_ARGS__)

static lc_device load(void) {
    lc_device device;
    lc_error err;
    cr_assert_eq(lc_device_load(rig_path("o.json"), &device, &err), LC_OK, "%s", err.message);
    return device;
}

static void expect_err(rig_result r, int code, const char *words) {
    cr_expect_eq(r.code, code, "exit %d: %s", r.code, r.err);
    cr_expect_not_null(strstr(r.err, words), "\"%s\" is not in: %s", words, r.err);
}

Test(run, writes_a_device_with_every_item) {
    rig_result r = RUN(rig_plan("p", 5), "--json");
    cr_assert_eq(r.code, 0, "%s", r.err);
    cr_expect_not_null(strstr(r.out, "\"measured\":5"), "%s", r.out);
    lc_device d = load();
    cr_expect_eq(d.n_samples, 5);
    cr_expect_str_eq(d.name, "d");
    cr_expect_str_eq(d.backend, "null");
    for (size_t i = 0; i < d.n_samples; i++)
        cr_expect(d.samples[i].latency_ns > 0 && d.samples[i].n > 0);
    lc_device_clear(&d);
}

/* Absent counters are null and say why; raw values come on request only. */
Test(run, sample_lines_hold_counters_or_the_reason_and_raw_values_on_request) {
    cr_assert_eq(RUN(rig_plan("p", 1), "--quiet").code, 0);
    char *text = rig_read(rig_path("o.json.spool"));
    cr_expect(strstr(text, "\"counters\":{") ||
              strstr(text, "\"counters\":null,\"counters_absent\":\"E"));
    cr_expect_null(strstr(text, "raw_ns"));
    cr_expect_eq(rig_count(text, "\":null"), rig_count(text, "_absent\":\""), "%s", text);
    cr_assert_eq(RUN(rig_plan("p", 1), "--raw", "--fresh").code, 0);
    cr_expect_not_null(strstr(rig_read(rig_path("o.json.spool")), "\"raw_ns\":["));
}

Test(run, a_second_run_repeats_nothing_and_a_longer_plan_goes_on) {
    cr_assert_eq(RUN(rig_plan("p", 3), "--quiet").code, 0);
    char *first = rig_read(rig_path("o.json.spool"));
    rig_result r = RUN(rig_plan("p", 5), "--json");
    cr_expect_not_null(strstr(r.out, "\"there_before\":3,\"measured\":2"), "%s", r.out);
    char *second = rig_read(rig_path("o.json.spool"));
    cr_expect_eq(strncmp(second, first, strlen(first)), 0, "what was spooled must stay");
    cr_expect_eq(rig_count(second, "\n"), 6);
    /* A run that measures nothing takes nothing back of what is known of the last one. */
    r = RUN(rig_plan("p", 5), "--json");
    cr_expect_not_null(strstr(r.out, "\"measured\":0"), "%s", r.out);
    cr_expect_not_null(strstr(r.out, "\"samples\":5,\"unsteady_samples\":"), "%s", r.out);
    char *device = rig_read(rig_path("o.json"));
    cr_expect(strstr(device, "\"watch\":{\"turns\":") && strstr(device, "\"before\":{") &&
              strstr(device, "\"after\":{"));
}

Test(run, another_configuration_is_refused_until_fresh) {
    const char *plan = rig_plan("p", 1);
    cr_assert_eq(RUN(plan, "--weight-seed", "1").code, 0);
    rig_result r = RUN(plan, "--weight-seed", "2");
    expect_err(r, 2, "\"weight_seed\"");
    expect_err(r, 2, "--fresh");
    cr_expect_eq(RUN(plan, "--weight-seed", "2", "--fresh").code, 0);
}

/* Dtype and batch make another device, and the nets of its samples stay those of the plan. */
Test(run, dtype_and_batch_are_part_of_the_device) {
    const char *plan = rig_plan("p", 2);
    rig_result r = RIG_RUN(rig_agent, "run", "--plan", plan, "--out", rig_path("o.json"),
                           "--backend", "native", "--isa", "baseline", "--dtype", "int8", "--batch",
                           "3", "--max-seconds-per-item", "0.02", "--precision", "1", "--quiet");
    cr_assert(r.code == 0 || r.code == 6, "%d %s", r.code, r.err);
    lc_device d = load();
    cr_expect_not_null(strstr(d.name, "_native-baseline_t1_int8_b3"), "%s", d.name);
    cr_expect_str_eq(d.dtype, "int8");
    cr_expect_eq(d.batch, 3);
    cr_expect_eq(lc_net_node(d.samples[0].net, 0)->shape.n, 1);
    r = RIG_RUN(rig_agent, "run", "--plan", plan, "--out", rig_path("o.json"), "--device", d.name,
                "--backend", "native", "--isa", "baseline", "--dtype", "int8");
    expect_err(r, 2, "\"batch\"");
    lc_device_clear(&d);
}

Test(run, dtypes_that_there_are_not_are_refused) {
    const char *plan = rig_plan("p", 1);
    expect_err(RUN(plan, "--dtype", "int4"), 2,
               "--dtype takes f32, bf16, int16 or int8, not \"int4\"");
    expect_err(RUN(plan, "--dtype", "any"), 2, "--dtype takes");
    expect_err(RUN(plan, "--batch", "0"), 2, "--batch");
}

static size_t complete_lines(void) {
    char *text = rig_read(rig_path("o.json.spool"));
    size_t n = text ? rig_count(text, "\n") : 0;
    free(text);
    return n;
}

static pid_t start_long_run(const char *plan) {
    const char *const argv[] = {rig_agent,
                                "run",
                                "--plan",
                                plan,
                                "--out",
                                rig_path("o.json"),
                                "--backend",
                                "null",
                                "--device",
                                "d",
                                "--max-seconds-per-item",
                                "0.2",
                                "--precision",
                                "1",
                                NULL};
    pid_t pid = rig_start("long", argv);
    for (int i = 0; i < 2000 && complete_lines() < 4; i++)
        nanosleep(&(struct timespec){0, 5000000}, NULL);
    return pid;
}

Test(run, kill_9_loses_nothing_and_repeats_nothing) {
    const char *plan = rig_plan("p", 30);
    pid_t pid = start_long_run(plan);
    kill(pid, SIGKILL);
    cr_expect_eq(rig_wait(pid), -SIGKILL);
    cr_expect_neq(access(rig_path("o.json"), F_OK), 0, "an unfinished run has no result file");
    char *before = rig_read(rig_path("o.json.spool"));
    *(strrchr(before, '\n') + 1) = '\0';
    size_t kept = rig_count(before, "\n") - 1;
    cr_assert_geq(kept, 3);
    rig_result r = RUN(plan, "--json");
    cr_assert_eq(r.code, 0, "%s", r.err);
    char there[60];
    snprintf(there, sizeof there, "\"there_before\":%zu,\"measured\":%zu,", kept, 30 - kept);
    cr_expect_not_null(strstr(r.out, there), "%s not in %s", there, r.out);
    char *after = rig_read(rig_path("o.json.spool"));
    cr_expect_eq(strncmp(after, before, strlen(before)), 0);
    lc_device d = load();
    cr_expect_eq(d.n_samples, 30);
    lc_device_clear(&d);
}

Test(run, ctrl_c_keeps_what_is_spooled_and_says_how_to_go_on) {
    static const int signals[][2] = {{SIGINT, 130}, {SIGTERM, 143}};
    for (int i = 0; i < 2; i++) {
        unlink(rig_path("o.json.spool"));
        pid_t pid = start_long_run(rig_plan("p", 30));
        kill(pid, signals[i][0]);
        cr_expect_eq(rig_wait(pid), signals[i][1]);
        char *err = rig_read(rig_path("long.err"));
        cr_expect_not_null(strstr(err, "the same command goes on from there"), "%s", err);
        cr_expect_neq(access(rig_path("o.json"), F_OK), 0);
    }
}

/* A net of which a single run takes a second or more, with an hour's time. */
static pid_t start_slow_run(void) {
    static char text[4000];
    int n = snprintf(text, sizeof text,
                     "{\"schema_version\":1,\"name\":\"p\",\"items\":[{\"kind\":\"net\","
                     "\"schema_version\":1,\"name\":\"slow\",\"ops\":[{\"id\":\"x0\",\"op\":"
                     "\"input\",\"inputs\":[],\"shape\":[1,112,112,256]}");
    for (int i = 0; i < 4; i++)
        n += snprintf(text + n, sizeof text - (size_t)n,
                      ",{\"id\":\"x%d\",\"op\":\"conv2d\",\"inputs\":[\"x%d\"],\"kernel\":3,"
                      "\"pad\":1,\"out_channels\":256}",
                      i + 1, i);
    snprintf(text + n, sizeof text - (size_t)n, "],\"output\":\"x4\"}]}");
    rig_write(rig_path("slow"), text);
    const char *const argv[] = {rig_agent,        "run",    "--plan",
                                rig_path("slow"), "--out",  rig_path("o.json"),
                                "--backend",      "native", "--max-seconds-per-item",
                                "3600",           NULL};
    return rig_start("long", argv);
}

static bool has_said(const char *words) {
    for (int i = 0; i < 4000; i++) {
        char *err = rig_read(rig_path("long.err"));
        bool said = err && strstr(err, words);
        free(err);
        if (said)
            return true;
        nanosleep(&(struct timespec){0, 5000000}, NULL);
    }
    return false;
}

Test(run, a_stop_does_not_wait_for_the_end_of_a_slow_nets_turn) {
    pid_t pid = start_slow_run();
    cr_assert(has_said("profagent: device"));
    kill(pid, SIGTERM);
    cr_expect_eq(rig_wait(pid), 143);
    cr_expect_eq(complete_lines(), 1, "only the header: not one value was taken");
}

/* Whether the first item comes to be prepared, as its second line in OUT.begun tells. */
static bool is_prepared(void) {
    for (int i = 0; i < 16000; i++) {
        char *begun = rig_read(rig_path("o.json.begun"));
        bool ended = begun && strchr(begun, '-');
        free(begun);
        if (ended)
            return true;
        nanosleep(&(struct timespec){0, 5000000}, NULL);
    }
    return false;
}

/* Preparing loses nothing by being cut off, so that one signal is enough. */
Test(run, the_first_signal_ends_preparing) {
    pid_t pid = start_slow_run();
    cr_assert(has_said("profagent: device"));
    kill(pid, SIGINT);
    cr_expect_eq(rig_wait(pid), 130);
    cr_expect(has_said("0 samples are safe"));
}

Test(run, a_second_signal_ends_it_at_once) {
    pid_t pid = start_slow_run();
    cr_assert(is_prepared());
    kill(pid, SIGTERM);
    cr_assert(has_said("a second signal ends it at once"));
    kill(pid, SIGINT);
    cr_expect_eq(rig_wait(pid), -SIGINT);
}

/* A shell without job control starts `command &` with SIGINT ignored. */
Test(run, ctrl_c_of_the_foreground_leaves_a_job_in_the_background_alone) {
    signal(SIGINT, SIG_IGN); /* inherited by what is started */
    pid_t pid = start_long_run(rig_plan("p", 8));
    kill(pid, SIGINT);
    cr_expect_eq(rig_wait(pid), 0);
    lc_device d = load();
    cr_expect_eq(d.n_samples, 8);
    lc_device_clear(&d);
}

Test(run, two_agents_cannot_share_a_spool) {
    const char *plan = rig_plan("p", 30);
    pid_t pid = start_long_run(plan);
    expect_err(RUN(plan, "--quiet"), 1, "another profagent");
    kill(pid, SIGKILL);
    rig_wait(pid);
}

#define NET(ops) "{\"schema_version\":1,\"name\":\"p\",\"items\":[{\"kind\":\"net\"," ops "}]}"
#define OPS(op)                                                                                    \
    NET("\"schema_version\":1,\"name\":\"n\",\"ops\":[{\"id\":\"x\",\"op\":\"input\",\"inputs\":[" \
        "],"                                                                                       \
        "\"shape\":[1,4,4,3]},{\"id\":\"y\",\"op\":\"" op                                          \
        "\",\"inputs\":[\"x\"]}],\"output\":\"y\"")

Test(run, bad_plans_are_named_and_nothing_is_written) {
    static const struct {
        const char *text;
        int code;
        const char *words;
    } cases[] = {
        {"", 1, "bad:1: empty"},
        {"{", 1, "bad:1: "},
        {"{\"schema_version\":1,\"name\":\"p\",\"items\":[]}", 1, "no items"},
        {"{\"schema_version\":7,\"name\":\"p\",\"items\":[]}", 3, "schema version 7"},
        {"\xff\xfe", 1, "UTF-8"},
        {OPS("quantum_conv"), 3, "quantum_conv"},
        {NET("\"schema_version\":1,\"name\":\"n\",\"space\":\"atlantis\",\"choices\":[1]"), 3,
         "atlantis"},
    };
    const char *plan = rig_path("bad");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        rig_write(plan, cases[i].text);
        expect_err(RUN(plan, "--quiet"), cases[i].code, cases[i].words);
        cr_expect_neq(access(rig_path("o.json.spool"), F_OK), 0, "case %zu", i);
    }
}

Test(run, missing_plan) {
    expect_err(RUN(rig_path("nowhere"), "--quiet"), 1, "nowhere: cannot open");
}

Test(run, wrong_usage) {
    const char *plan = rig_plan("p", 1);
    expect_err(RUN(plan, "--thread", "1"), 2, "did you mean --threads");
    expect_err(RUN(plan, "--threads", "0"), 2, "--threads");
    expect_err(RUN(plan, "--precision", "nan"), 2, "--precision");
    expect_err(RUN(plan, "--pin", "2-"), 2, "--pin");
    expect_err(RUN(plan, "--device", "a/b"), 2, "--device");
    expect_err(RUN(plan, "--token-file", "x"), 2, "--upload");
    expect_err(RUN(plan, "--upload", "ftp://x"), 2, "http");
    expect_err(RIG_RUN(rig_agent, "run", "--plan", plan), 2, "--out");
    expect_err(RIG_RUN(rig_agent, "rnu"), 2, "did you mean run");
}

Test(run, unknown_backend_and_instruction_set) {
    const char *plan = rig_plan("p", 1), *out = rig_path("o.json");
    rig_result r = RIG_RUN(rig_agent, "run", "--plan", plan, "--out", out, "--backend", "tpu");
    expect_err(r, 3, "unknown backend \"tpu\"; this build has null");
    r = RIG_RUN(rig_agent, "run", "--plan", plan, "--out", out, "--backend", "native", "--isa",
                "mmx");
    expect_err(r, 3, "mmx");
    expect_err(RUN(plan, "--threads", "1024"), 3, "CPUs may be used");
}

/* The sum of 16 inputs of 2e9 elements each. */
static const char *too_large(void) {
    static char text[3000];
    char names[200] = "";
    text[0] = '\0';
    for (int i = 0; i < 16; i++) {
        size_t n = strlen(text), m = strlen(names);
        snprintf(text + n, sizeof text - n,
                 "{\"id\":\"x%d\",\"op\":\"input\",\"shape\":[1,20000,20000,5]},", i);
        snprintf(names + m, sizeof names - m, "%s\"x%d\"", i ? "," : "", i);
    }
    size_t n = strlen(text);
    snprintf(text + n, sizeof text - n, "{\"id\":\"y\",\"op\":\"add\",\"inputs\":[%s]}", names);
    return text;
}

/* A plan of three that can be measured and one of `ops`. */
static const char *plan_with(const char *ops) {
    static char plan[8000];
    const char *fine = rig_read(rig_plan("p", 3));
    snprintf(plan, sizeof plan,
             "%.*s,{\"kind\":\"op\",\"name\":\"odd\",\"ops\":[%s],\"output\":\"y\"}]}",
             (int)(strrchr(fine, ']') - fine), fine, ops);
    rig_write(rig_path("odd"), plan);
    return rig_path("odd");
}

static void expect_skipped(const char *ops, const char *backend, int code, const char *words) {
    rig_result r = RIG_RUN(rig_agent, "run", "--plan", plan_with(ops), "--out", rig_path("o.json"),
                           "--backend", backend, "--fresh", "--precision", "1",
                           "--max-seconds-per-item", "0.02", "--json");
    expect_err(r, code, words);
    expect_err(r, code, "odd is left out");
    cr_expect_not_null(strstr(r.out, "\"measured\":3"), "%s", r.out);
    cr_expect_not_null(strstr(r.out, "\"skipped\":[{\"name\":\"odd\""), "%s", r.out);
    lc_device d = load();
    cr_expect_eq(d.n_samples, 3);
    cr_expect_not_null(strstr(d.fingerprint_json, "\"skipped\":[{\"name\":\"odd\""));
    lc_device_clear(&d);
}

Test(run, what_the_backend_lacks_is_skipped_with_its_reason) {
    const lc_exec_config config = {.threads = 1};
    const lc_backend *openblas = lc_backend_find("openblas");
    if (!openblas || lc_backend_open(openblas, &config, NULL, NULL))
        cr_skip_test("OpenBLAS is not found");
    expect_skipped("{\"id\":\"x\",\"op\":\"input\",\"shape\":[1,4,4,1]},{\"id\":\"y\",\"op\":"
                   "\"conv2d\",\"out_channels\":8,\"dtype\":\"int16\",\"inputs\":[\"x\"]}",
                   "openblas", 3, "int16");
}

Test(run, what_there_is_too_little_memory_for_is_skipped_with_its_reason) {
    if ((double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE) > 3e10)
        cr_skip_test("this machine might have the memory");
    expect_skipped(too_large(), "native", 3, "bytes of memory, node y (add)");
}

/* Inputs of 8 GB each, which nobody reads. */
Test(run, the_null_backend_needs_no_memory_for_a_net) {
    rig_result r = RUN(plan_with(too_large()), "--json");
    cr_expect_eq(r.code, 0, "%s", r.err);
    cr_expect_not_null(strstr(r.out, "\"measured\":4"), "%s", r.out);
}

/* A rest of a minute: the signal ends it. */
Test(run, a_stop_is_heard_between_paced_runs) {
    const char *const argv[] = {
        rig_agent,   "run",  "--plan",    rig_plan("p", 1), "--out", rig_path("o.json"),
        "--backend", "null", "--pace-ms", "60000",          NULL};
    pid_t pid = rig_start("long", argv);
    cr_assert(has_said("profagent: device"));
    nanosleep(&(struct timespec){1, 0}, NULL); /* as a rule it rests by now */
    kill(pid, SIGTERM);
    cr_expect_eq(rig_wait(pid), 143);
    cr_expect_eq(complete_lines(), 1, "only the header");
}

Test(run, modes_are_devices_of_their_own) {
    rig_result r = RIG_RUN(rig_agent, "run", "--plan", rig_plan("p", 1), "--out",
                           rig_path("o.json"), "--backend", "null", "--pace-ms", "0.5", "--cold",
                           "--precision", "1", "--max-seconds-per-item", "0.05");
    cr_assert_eq(r.code, 0, "%s", r.err);
    lc_device d = load();
    cr_expect_not_null(strstr(d.name, "_paced0.5ms_cold"), "%s", d.name);
    cr_expect_not_null(strstr(d.config_json, "\"pace_ms\":0.5,\"weights\":\"cold\""));
    cr_expect(d.samples[0].n >= 5);
    lc_device_clear(&d);
}

Test(run, frequencies_that_cannot_be_set) {
    const char *plan = rig_plan("p", 1);
    if (access("/sys/devices/system/cpu/cpu0/cpufreq", F_OK) == 0)
        cr_skip_test("this machine has cpufreq");
    expect_err(RUN(plan, "--freq", "all"), 3, "/cpufreq");
    expect_err(RUN(plan, "--freq", "quick"), 2, "--freq takes");
    expect_err(RUN(plan, "--pin", "none", "--freq", "600000"), 2, "--pin none");
    expect_err(RUN(plan, "--cluster", "huge"), 2, "--cluster takes");
}

/* What can be known of --out is known before anything is measured, and nothing is left there. */
Test(run, bad_out_is_found_before_measuring) {
    const char *plan = rig_plan("p", 2);
    char inside[300], below_file[300];
    snprintf(inside, sizeof inside, "%s/o.json", rig_path("nowhere"));
    snprintf(below_file, sizeof below_file, "%s/o.json", plan);
    mkdir(rig_path("dir"), 0755);
    cr_assert_eq(symlink("/dev/null", rig_path("device")), 0);
    const struct {
        const char *out;
        int code;
        const char *words;
    } cases[] = {
        {rig_path("dir"), 1, "dir: cannot write: Is a directory"},
        {inside, 1, "o.json: cannot write: No such file or directory (its directory)"},
        {below_file, 1, "o.json: cannot write: Not a directory"},
        {rig_path("device"), 2, "device: not a regular file"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char spool[310];
        snprintf(spool, sizeof spool, "%s.spool", cases[i].out);
        rig_result r =
            RIG_RUN(rig_agent, "run", "--plan", plan, "--out", cases[i].out, "--backend", "null");
        expect_err(r, cases[i].code, cases[i].words);
        cr_expect_null(strstr(r.err, "measuring"), "%s", r.err);
        cr_expect_neq(access(spool, F_OK), 0, "case %zu left a spool", i);
    }
}

/* The result can no longer be written at the end: the spool still holds everything. */
Test(run, result_that_cannot_be_written) {
    const char *plan = rig_plan("p", 16), *out = rig_path("o.json");
    pid_t pid = start_long_run(plan);
    mkdir(out, 0755);
    cr_expect_eq(rig_wait(pid), 1);
    char *err = rig_read(rig_path("long.err"));
    cr_expect_not_null(strstr(err, "Is a directory"), "%s", err);
    free(err);
    cr_expect_eq(complete_lines(), 17);
    rmdir(out);
    rig_result r = RUN(plan, "--json");
    cr_expect_not_null(strstr(r.out, "\"there_before\":16,\"measured\":0"), "%s", r.out);
}

/* The summary cannot be written: the exit code says so. */
Test(run, full_disk_at_stdout) {
    if (access("/dev/full", W_OK) != 0)
        cr_skip_test("there is no /dev/full here");
    char command[600];
    snprintf(command, sizeof command,
             "%s run --plan %s --out %s --backend null --max-seconds-per-item 0.02 --precision 1 "
             "--quiet --json >/dev/full",
             rig_agent, rig_plan("p", 1), rig_path("o.json"));
    expect_err(RIG_RUN("/bin/sh", "-c", command), 1, "cannot write all output to stdout");
    cr_expect_eq(access(rig_path("o.json"), R_OK), 0);
}

/* A disk that fills while measuring, in earnest: a tmpfs of a few pages. */
Test(run, full_disk_while_measuring) {
    const char *mnt = rig_path("small");
    mkdir(mnt, 0755);
    if (mount("none", mnt, "tmpfs", 0, "size=32k") != 0)
        cr_skip_test("no tmpfs can be mounted here (needs root)");
    char out[300], spool[310];
    snprintf(out, sizeof out, "%s/o.json", mnt);
    snprintf(spool, sizeof spool, "%s.spool", out);
    rig_result r = RIG_RUN(rig_agent, "run", "--plan", rig_plan("p", 100), "--out", out,
                           "--backend", "null", "--max-seconds-per-item", "0.01", "--quiet");
    lc_device d;
    lc_error err;
    lc_status s = lc__spool_read(spool, &d, &err);
    umount(mnt);
    expect_err(r, 1, "No space left");
    expect_err(r, 1, "the same command goes on from there");
    cr_assert_eq(s, LC_OK, "%s", err.message);
    cr_expect_gt(d.n_samples, 5);
    lc_device_clear(&d);
}

Test(run, half_the_items_unsteady_is_exit_6_with_results) {
    /* no clock can be as even as 0.01 %, and four turns of a millisecond are too few */
    rig_result r =
        RIG_RUN(rig_agent, "run", "--plan", rig_plan("p", 3), "--out", rig_path("o.json"),
                "--backend", "native", "--precision", "0.0001", "--max-seconds-per-item", "0.001");
    cr_expect(r.code == 6 || r.code == 0, "%s", r.err);
    lc_device d = load();
    cr_expect_eq(d.n_samples, 3);
    lc_device_clear(&d);
    if (r.code == 6)
        expect_err(r, 6, "measure again on a quiet machine");
    /* starting it again measures nothing, and makes nothing steadier */
    rig_result again = RIG_RUN(rig_agent, "run", "--plan", rig_plan("p", 3), "--out",
                               rig_path("o.json"), "--backend", "native");
    cr_expect_eq(again.code, r.code, "%s", again.err);
}

Test(run, time_budget_still_measures_everything) {
    rig_result r =
        RIG_RUN(rig_agent, "run", "--plan", rig_plan("p", 40), "--out", rig_path("o.json"),
                "--backend", "null", "--time-budget", "0.4", "--precision", "1", "--json");
    cr_expect_not_null(strstr(r.out, "\"measured\":40"), "%s%s", r.out, r.err);
}

Test(info, json_of_a_recorded_tree) {
    static const char root[] = LATCAST_TEST_DATA "/sysroot-rpi4";
    rig_result r = RIG_RUN(rig_agent, "info", "--json", "--root", root);
    cr_expect_eq(r.code, 0, "%s", r.err);
    cr_expect_not_null(strstr(r.out, "Raspberry Pi 4 Model B"));
    cr_expect_not_null(strstr(r.out, "\"backends\""));
}

Test(info, root_that_is_no_directory) {
    expect_err(RIG_RUN(rig_agent, "info", "--root", rig_path("nowhere")), 1,
               "nowhere: cannot read the recorded tree: No such file");
    rig_write(rig_path("file"), "x");
    expect_err(RIG_RUN(rig_agent, "info", "--json", "--root", rig_path("file")), 1,
               "file: cannot read the recorded tree: Not a directory");
}
