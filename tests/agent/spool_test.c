/* The spool after every way a process may end. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/sample_json.h"
#include "agent/spool.h"
#include "rig.h"

#define HEADER(name, threads, board)                                                               \
    "{\"schema_version\":1,\"kind\":\"device\",\"device\":\"" name "\",\"config\":{\"backend\":"   \
    "\"null\",\"isa\":\"\",\"threads\":" threads ",\"dtype\":\"f32\"},\"fingerprint\":{\"board\":" \
    "\"" board "\",\"cpu_model\":null,\"temp_mc\":" threads "}}"
static const char header[] = HEADER("board1", "1", "b");

static lc_net *net(int channels) {
    lc_net *n = lc_net_new("n");
    lc_op in = lc_op_init(LC_OP_INPUT), conv = lc_op_init(LC_OP_CONV2D);
    in.shape = (lc_shape){1, 2, 2, 1};
    conv.out_channels = channels;
    cr_assert_eq(lc_net_add(n, NULL, &in, NULL, 0, NULL, NULL), LC_OK);
    cr_assert_eq(lc_net_add(n, NULL, &conv, (int[]){0}, 1, NULL, NULL), LC_OK);
    return n;
}

/* A sample of net(channels) as the agent writes it. */
static char *sample(int channels) {
    lc_plan_item item = {.kind = LC_SAMPLE_NET, .net = net(channels)};
    lc__measurement m = {.latency = 1000.5,
                         .ci_low = 999,
                         .ci_high = 1002,
                         .median = 1100,
                         .p95 = 2000,
                         .min = 990,
                         .mean = 1200,
                         .stddev = 50,
                         .n = 70,
                         .block = 1,
                         .n_values = 3,
                         .steady = true};
    lc__perf perf = {.fd = {-1, -1, -1}, .absent = "ENOENT: none"};
    char *line = lc__sample_to_json(&(lc__sample_facts){.device = "board1",
                                                        .run_id = "0123456789ab",
                                                        .item = &item,
                                                        .result = &m,
                                                        .perf = &perf,
                                                        .raw_ns = (double[]){1, 2, 3}});
    lc_net_free(item.net);
    cr_assert_not_null(line);
    return line;
}

static const char *path(void) {
    return rig_path("x.spool");
}

/* Makes a spool of n samples (of 1 .. n channels). */
static void fill(int n) {
    lc__spool spool;
    lc_error err;
    cr_assert_eq(lc__spool_open(&spool, path(), header, false, &err), LC_OK, "%s", err.message);
    for (int i = 1; i <= n; i++) {
        char *line = sample(i);
        cr_assert_eq(lc__spool_append(&spool, line, &err), LC_OK, "%s", err.message);
        free(line);
    }
    lc__spool_close(&spool);
}

static bool has(const lc__spool *spool, int channels) {
    lc_net *n = net(channels);
    bool found = lc__spool_has(spool, n);
    lc_net_free(n);
    return found;
}

Test(spool, samples_are_found_again) {
    fill(3);
    lc__spool spool;
    cr_assert_eq(lc__spool_open(&spool, path(), header, false, NULL), LC_OK);
    cr_expect(spool.resumed);
    cr_expect_eq(spool.device.n_samples, 3);
    cr_expect(has(&spool, 1) && has(&spool, 3) && !has(&spool, 4));
    cr_expect(spool.device.samples[0].latency_ns == 1000.5);
    lc__spool_close(&spool);
}

/* Cut anywhere in the last line, also just before its newline, and in the header alone. */
Test(spool, every_torn_end_loses_only_the_last_line) {
    fill(2);
    char *whole = rig_read(path());
    size_t length = strlen(whole);
    for (size_t cut = 1; cut < length; cut += 13) {
        lc__spool spool;
        lc_error err;
        char *part = strndup(whole, length - cut);
        size_t lines = rig_count(part, "\n");
        rig_write(path(), part);
        cr_assert_eq(lc__spool_open(&spool, path(), header, false, &err), LC_OK, "%s", err.message);
        cr_expect_eq(spool.device.n_samples, lines ? lines - 1 : 0, "cut %zu", cut);
        lc__spool_close(&spool);
        free(part);
    }
    free(whole);
}

Test(spool, goes_on_after_a_torn_line) {
    fill(2);
    cr_assert_eq(truncate(path(), (off_t)strlen(rig_read(path())) - 5), 0);
    lc__spool spool;
    cr_assert_eq(lc__spool_open(&spool, path(), header, false, NULL), LC_OK);
    cr_expect_gt(spool.torn, 0);
    char *line = sample(7);
    cr_assert_eq(lc__spool_append(&spool, line, NULL), LC_OK);
    lc__spool_close(&spool);
    lc_device device;
    cr_assert_eq(lc__spool_read(path(), &device, NULL), LC_OK);
    cr_expect_eq(device.n_samples, 2);
    lc_device_clear(&device);
}

Test(spool, damage_in_the_middle_is_named) {
    fill(3);
    char *text = rig_read(path());
    char *second = strchr(strchr(text, '\n') + 1, '\n') + 1;
    second[0] = second[1] = '@';
    rig_write(path(), text);
    lc__spool spool;
    lc_error err;
    cr_assert_eq(lc__spool_open(&spool, path(), header, false, &err), LC_EFORMAT);
    cr_expect_eq(err.line, 3);
    cr_expect_not_null(strstr(err.message, "--fresh"), "%s", err.message);
}

/* As `cat x.spool >> x.spool` makes it. */
Test(spool, one_that_holds_itself_twice_is_told_as_such) {
    fill(2);
    char *text = rig_read(path()), twice[20000];
    snprintf(twice, sizeof twice, "%s%s", text, text);
    rig_write(path(), twice);
    free(text);
    lc__spool spool;
    lc_error err;
    cr_assert_eq(lc__spool_open(&spool, path(), header, false, &err), LC_EFORMAT);
    cr_expect_eq(err.line, 4);
    cr_expect_not_null(strstr(err.message, "a second header"), "%s", err.message);
}

Test(spool, two_agents_cannot_share) {
    lc__spool first, second;
    lc_error err;
    cr_assert_eq(lc__spool_open(&first, path(), header, false, NULL), LC_OK);
    cr_expect_eq(lc__spool_open(&second, path(), header, false, &err), LC_ERUNTIME);
    cr_expect_not_null(strstr(err.message, "another profagent"), "%s", err.message);
    lc__spool_close(&first);
}

Test(spool, of_another_device_configuration_or_machine_is_refused) {
    static const struct {
        const char *header, *word;
    } cases[] = {{HEADER("board2", "1", "b"), "board2"},
                 {HEADER("board1", "2", "b"), "\"threads\""},
                 {HEADER("board1", "1,\"pace_ms\":5", "b"), "\"pace_ms\""},
                 {HEADER("board1", "1", "c"), "another machine"}};
    fill(1);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        lc__spool spool;
        lc_error err;
        cr_expect_eq(lc__spool_open(&spool, path(), cases[i].header, false, &err), LC_EUSAGE);
        cr_expect_not_null(strstr(err.message, cases[i].word), "%s", err.message);
        cr_expect_not_null(strstr(err.message, "--fresh"), "%s", err.message);
    }
}

Test(spool, fresh_discards) {
    fill(2);
    lc__spool spool;
    cr_assert_eq(lc__spool_open(&spool, path(), HEADER("other", "1", "b"), true, NULL), LC_OK);
    cr_expect_eq(spool.device.n_samples, 0);
    lc__spool_close(&spool);
}

Test(spool, a_line_that_is_no_sample_is_not_kept) {
    fill(1);
    lc__spool spool;
    lc_error err;
    cr_assert_eq(lc__spool_open(&spool, path(), header, false, NULL), LC_OK);
    long long before = spool.length;
    cr_expect_eq(lc__spool_append(&spool, "{\"id\":1}", &err), LC_EFORMAT);
    cr_expect_eq(spool.length, before);
    lc__spool_close(&spool);
    cr_expect_eq((long long)strlen(rig_read(path())), before);
}

/* A full disk, as /dev/full plays it. */
Test(spool, full_disk_is_an_error_with_advice) {
    if (access("/dev/full", W_OK) != 0)
        cr_skip_test("there is no /dev/full here");
    cr_assert_eq(symlink("/dev/full", path()), 0);
    lc__spool spool;
    lc_error err;
    cr_expect_eq(lc__spool_open(&spool, path(), header, false, &err), LC_EIO);
    cr_expect_not_null(strstr(err.message, "No space left"), "%s", err.message);
    cr_expect_not_null(strstr(err.message, "free some space"), "%s", err.message);
}
