/* An item that ends the agent, every time: it is not tried for ever. And one that there is too
 * little memory for, in a control group that really has no more: it is left out before the kernel
 * kills anyone. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent/begun.h"
#include "latcast/backend.h"
#include "rig.h"

/* --- the file --------------------------------------------------------------------------------- */

static void open_it(lc__begun *begun, bool fresh) {
    lc_error err;
    cr_assert_eq(lc__begun_open(begun, rig_path("b"), fresh, &err), LC_OK, "%s", err.message);
}

/* Begins 7 after what the file holds, and dies. */
static void begin_and_die(void) {
    lc__begun begun;
    open_it(&begun, false);
    cr_assert_eq(lc__begun_start(&begun, 7, NULL), LC_OK);
    close(begun.fd);
    free(begun.item);
}

Test(begun, twice_is_too_often) {
    lc__begun begun;
    lc_error err;
    begin_and_die();
    open_it(&begun, false);
    cr_assert_eq(lc__begun_check(&begun, 7, &err), LC_OK);
    lc__begun_close(&begun);
    begin_and_die();
    open_it(&begun, false);
    cr_assert_eq(lc__begun_check(&begun, 7, &err), LC_EUNSUPPORTED);
    cr_assert_not_null(strstr(err.message, "killed twice while it ran this item (memory?)"), "%s",
                       err.message);
    cr_assert_eq(lc__begun_check(&begun, 8, &err), LC_OK);
    lc__begun_close(&begun);
    open_it(&begun, true);
    cr_assert_eq(lc__begun_check(&begun, 7, &err), LC_OK, "discarded");
    lc__begun_close(&begun);
}

Test(begun, what_ends_counts_no_longer_and_leaves_no_file) {
    lc__begun begun;
    begin_and_die();
    open_it(&begun, false);
    cr_assert_eq(lc__begun_start(&begun, 7, NULL), LC_OK);
    cr_assert_eq(lc__begun_end(&begun, NULL), LC_OK);
    cr_assert_eq(lc__begun_check(&begun, 7, NULL), LC_OK);
    lc__begun_close(&begun);
    cr_assert_neq(access(rig_path("b"), F_OK), 0);
}

/* A line that was torn by a power cut, and what follows it, counts for nothing. */
Test(begun, damage_is_passed_over) {
    lc__begun begun;
    lc_error err;
    rig_write(rig_path("b"), "+0000000000000007\n+0000000000000007\n+00000");
    open_it(&begun, false);
    cr_assert_eq(lc__begun_check(&begun, 7, &err), LC_EUNSUPPORTED);
    lc__begun_close(&begun);
    rig_write(rig_path("b"), "garbage, and more of it\n+0000000000000007\n+0000000000000007\n");
    open_it(&begun, false);
    cr_assert_eq(lc__begun_check(&begun, 7, &err), LC_OK);
    lc__begun_close(&begun);
}

/* --- the agent -------------------------------------------------------------------------------- */

#define SMALL                                                                                      \
    "{\"kind\":\"op\",\"name\":\"small\",\"ops\":[{\"id\":\"x\",\"op\":\"input\",\"shape\":[1,4,"  \
    "4,8]"                                                                                         \
    "},{\"id\":\"y\",\"op\":\"conv2d\",\"out_channels\":8,\"inputs\":[\"x\"]}],\"output\":\"y\"}"

/* Before a small item a conv2d of kernel x kernel on size x size x channels. */
static const char *plan_of(int size, int channels, int kernel) {
    char text[2000];
    snprintf(text, sizeof text,
             "{\"schema_version\":1,\"name\":\"p\",\"items\":[{\"kind\":\"op\",\"name\":\"large\","
             "\"ops\":[{\"id\":\"x\",\"op\":\"input\",\"shape\":[1,%d,%d,%d]},{\"id\":\"y\",\"op\":"
             "\"conv2d\",\"kernel\":%d,\"pad\":%d,\"out_channels\":%d,\"inputs\":[\"x\"]}],"
             "\"output\":\"y\"}," SMALL "]}",
             size, size, channels, kernel, kernel / 2, channels);
    rig_write(rig_path("plan"), text);
    return rig_path("plan");
}

#define RUN_ARGS(plan, backend)                                                                    \
    rig_agent, "run", "--plan", plan, "--out", rig_path("o.json"), "--backend", backend,           \
        "--max-seconds-per-item", "0.02", "--precision", "1", "--json"

static size_t size_of(const char *path) {
    struct stat st;
    return stat(path, &st) ? 0 : (size_t)st.st_size;
}

/* Starts a run and ends it by `number` while it prepares or first runs its large item. */
static int end_while_beginning(const char *plan, int number) {
    const char *const argv[] = {RUN_ARGS(plan, "native"), NULL};
    size_t before = size_of(rig_path("o.json.begun")), now = before;
    pid_t pid = rig_start("ended", argv);
    for (int i = 0; i < 4000 && (now == before || now == 0);
         i++) { /* what ended is cut off first */
        nanosleep(&(struct timespec){0, 1000000}, NULL);
        now = size_of(rig_path("o.json.begun"));
    }
    kill(pid, number);
    return rig_wait(pid);
}

Test(begun, an_item_that_ends_the_agent_twice_is_skipped_and_the_rest_measured) {
    const char *plan = plan_of(40, 1024, 3); /* takes a while to prepare: its weights */
    cr_assert_eq(end_while_beginning(plan, SIGKILL), -SIGKILL);
    cr_assert_eq(end_while_beginning(plan, SIGKILL), -SIGKILL);
    rig_result r = RIG_RUN(RUN_ARGS(plan, "native"));
    cr_expect_eq(r.code, 3, "exit %d: %s", r.code, r.err);
    cr_expect_not_null(strstr(r.err, "large is left out: the agent was killed twice while it ran"),
                       "%s", r.err);
    cr_expect_not_null(strstr(r.out, "\"measured\":1,"), "%s", r.out);
    cr_expect_eq(RIG_RUN(RUN_ARGS(plan, "native")).code, 3, "and stays so");
    r = RIG_RUN(RUN_ARGS(plan, "null"), "--fresh");
    cr_expect_eq(r.code, 0, "exit %d: %s", r.code, r.err);
    cr_expect_neq(access(rig_path("o.json.begun"), F_OK), 0);
}

/* Who stops it does not mean the item. */
Test(begun, ctrl_c_does_not_count) {
#if defined __SANITIZE_ADDRESS__ /* takes many times as long */
    const char *plan = plan_of(14, 1024, 3);
#else
    const char *plan = plan_of(40, 1024, 3);
#endif
    for (int i = 0; i < 3; i++)
        cr_assert_eq(end_while_beginning(plan, SIGINT), 130);
    rig_result r = RIG_RUN(RUN_ARGS(plan, "native"));
    cr_expect(r.code == 0 || r.code == 6, "exit %d: %s", r.code, r.err); /* 6: a busy machine */
    cr_expect_not_null(strstr(r.out, "\"measured\":2,"), "%s", r.out);
}

/* --- a control group with little memory --------------------------------------------------------
 */

static char group[4300];

static bool write_to(const char *name, long long value) {
    char path[4400], text[32];
    snprintf(path, sizeof path, "%s/%s", group, name);
    int n = snprintf(text, sizeof text, "%lld", value), fd = open(path, O_WRONLY | O_CLOEXEC);
    bool written = fd >= 0 && write(fd, text, (size_t)n) == n;
    if (fd >= 0)
        close(fd);
    return written;
}

/* The folder of this process's control group for memory, version 1 or 2. */
static bool find_group(char *folder, size_t size) {
    char line[4096];
    FILE *f = fopen("/proc/self/cgroup", "r");
    bool found = false;
    while (f && !found && fgets(line, sizeof line, f)) {
        line[strcspn(line, "\n")] = '\0';
        const char *v1 = strstr(line, ":memory:");
        if (v1)
            snprintf(folder, size, "/sys/fs/cgroup/memory%s", v1 + strlen(":memory:"));
        else if (!strncmp(line, "0::", 3))
            snprintf(folder, size, "/sys/fs/cgroup%s", line + 3);
        char path[4400];
        snprintf(path, sizeof path, "%.4100s/%s", folder,
                 v1 ? "memory.limit_in_bytes" : "cgroup.subtree_control");
        found = (v1 || !strncmp(line, "0::", 3)) && access(path, W_OK) == 0;
    }
    if (f)
        fclose(f);
    return found;
}

/* This process, and what it starts from now on, may have `bytes` in all. */
static bool confine(long long bytes) {
    char folder[4200];
    if (!find_group(folder, sizeof folder))
        return false;
    snprintf(group, sizeof group, "%.4200s/latcast-test-%d", folder, (int)getpid());
    if (mkdir(group, 0755))
        return false;
    bool limited = write_to("memory.limit_in_bytes", bytes) || write_to("memory.max", bytes);
    return limited && write_to("cgroup.procs", getpid());
}

/* Removes the group: its process goes to the one above first. */
static void leave(void) {
    char own[sizeof group];
    snprintf(own, sizeof own, "%s", group);
    char *slash = strrchr(group, '/');
    if (!slash)
        return;
    *slash = '\0';
    write_to("cgroup.procs", getpid());
    rmdir(own);
}

TestSuite(confined, .fini = leave, .timeout = 300);

/* At any size of the group the agent lives, and the small item is measured. */
static void never_killed(const char *backend, int step_mb) {
    const lc_exec_config config = {.threads = 1};
    const lc_backend *b = lc_backend_find(backend);
    if (!b || lc_backend_open(b, &config, NULL, NULL))
        cr_skip_test("backend %s is not found", backend);
#if defined __SANITIZE_ADDRESS__
    cr_skip_test("the sanitizer takes memory of its own");
#endif
    const char *plan = plan_of(512, 32, 3); /* 34 MB in, 34 MB out */
    int measured = 0;
    if (!confine((long long)6 * step_mb << 20))
        cr_skip_test("no control group for memory can be made here");
    for (int mb = step_mb; mb <= 6 * step_mb; mb += step_mb) {
        cr_assert(write_to("memory.limit_in_bytes", (long long)mb << 20) ||
                  write_to("memory.max", (long long)mb << 20));
        unlink(rig_path("o.json.spool"));
        unlink(rig_path("o.json"));
        rig_result r = RIG_RUN(RUN_ARGS(plan, backend));
        bool skipped = strstr(r.err, "large is left out") != NULL;
        cr_assert(r.code == 0 || r.code == 6 || (r.code == 3 && skipped), "%s in %d MB: %d %s",
                  backend, mb, r.code, r.err);
        cr_assert_not_null(strstr(r.out, skipped ? "\"measured\":1," : "\"measured\":2,"));
        measured += !skipped;
    }
    cr_assert_geq(measured, 2, "%s: measured with only %d of 6 sizes", backend, measured);
}

Test(confined, native) {
    never_killed("native", 48);
}

Test(confined, openblas) {
    never_killed("openblas", 110);
}

Test(confined, onednn) {
    never_killed("onednn", 48);
}

Test(confined, xnnpack) {
    never_killed("xnnpack", 48);
}
