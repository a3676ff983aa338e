/* What profagent writes: it takes the place of nothing that is read, nor of results that would be
 * lost. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "latcast/device.h"
#include "rig.h"

#define RUN(plan, out, ...)                                                                        \
    RIG_RUN(rig_agent, "run", "--plan", plan, "--out", out, "--backend", "null",                   \
            "--max-seconds-per-item", "0.02", "--precision", "1", "--device", "d", "--json",       \
            __VA_ARGS__)

static void expect_err(rig_result r, int code, const char *words) {
    cr_expect_eq(r.code, code, "exit %d: %s", r.code, r.err);
    cr_expect_not_null(strstr(r.err, words), "\"%s\" is not in: %s", words, r.err);
}

static size_t samples_in(const char *path) {
    lc_device d;
    lc_error err;
    cr_assert_eq(lc_device_load(path, &d, &err), LC_OK, "%s", err.message);
    size_t n = d.n_samples;
    lc_device_clear(&d);
    return n;
}

static void expect_same(const char *path, const char *before, const char *what) {
    char *now = rig_read(path);
    cr_expect(now && !strcmp(now, before), "%s: %s has changed", what, path);
    free(now);
}

Test(out, no_input_is_written_over) {
    const char *plan = rig_plan("p.json", 2), *token = rig_path("q.json.acked");
    const char *link_of = rig_path("soft"), *twin = rig_path("hard");
    char *before = rig_read(plan);
    cr_assert_eq(symlink(plan, link_of), 0);
    cr_assert_eq(link(plan, twin), 0);
    rig_write(token, "sesame\n");
    rig_write(rig_path("r.json.spool"), before);
    const struct {
        const char *what, *plan, *out, *words;
    } cases[] = {{"itself", plan, plan, "is what --plan reads, which would be lost"},
                 {"a link to it", plan, link_of, "is what --plan reads"},
                 {"by a link", link_of, plan, "is what --plan reads"},
                 {"another name of it", twin, plan, "is what --plan reads"},
                 {"its spool", rig_path("r.json.spool"), rig_path("r.json"), "is what --plan"},
                 {"its record", plan, rig_path("q.json"), "is what --token-file reads"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        rig_result r = RUN(cases[i].plan, cases[i].out, "--fresh", "--upload", "http://127.0.0.1:1",
                           "--token-file", token);
        expect_err(r, 2, cases[i].words);
        expect_same(plan, before, cases[i].what);
    }
    free(before);
}

Test(out, a_table_does_not_take_the_place_of_its_devices) {
    const char *out = rig_path("o.json");
    cr_assert_eq(RUN(rig_plan("p", 2), out, "--quiet").code, 0);
    char *before = rig_read(out);
    expect_err(RIG_RUN(rig_agent, "table", "--nets", out, "--out", out), 2, "would be lost");
    expect_same(out, before, "table");
    rig_result r = RIG_RUN(rig_agent, "table", "--nets", out, "--out", "-");
    cr_expect_eq(r.code, 0);
    cr_expect_not_null(strstr(r.out, "arch,d\n"), "- prints it: %s", r.out);
    free(before);
}

Test(out, empty_or_stdout_is_refused_before_measuring) {
    const char *plan = rig_plan("p", 2);
    cr_assert_eq(chdir(rig_dir()), 0);
    expect_err(RUN(plan, "", "--quiet"), 2, "--out takes FILE, and the value is empty");
    expect_err(RUN(plan, "-", "--quiet"), 2, "--out writes a file, not stdout");
    cr_expect_neq(access(".spool", F_OK), 0);
    cr_expect_neq(access("-.spool", F_OK), 0);
}

/* The samples of a result whose spool is gone are neither lost nor measured again. */
Test(out, a_result_without_its_spool_is_gone_on_from) {
    const char *out = rig_path("o.json"), *spool = rig_path("o.json.spool");
    cr_assert_eq(RUN(rig_plan("p", 3), out, "--quiet").code, 0);
    char *before = rig_read(spool);
    unlink(spool);
    rig_result r = RUN(rig_plan("p", 5), out, "--threads", "1");
    cr_assert_eq(r.code, 0, "%s", r.err);
    cr_expect_not_null(strstr(r.out, "\"there_before\":3,\"measured\":2"), "%s", r.out);
    cr_expect_not_null(strstr(r.err, "o.json.spool was gone and is made anew"), "%s", r.err);
    cr_expect_eq(samples_in(out), 5);
    char *after = rig_read(spool);
    cr_expect_eq(rig_count(after, "\n"), 6);
    cr_expect_eq(rig_count(after, "\"device\":\"d\""), rig_count(before, "\"device\":\"d\"") + 2,
                 "every line names its device");
    free(before);
    free(after);
}

Test(out, a_result_that_cannot_be_gone_on_from_stays) {
    const char *out = rig_path("o.json"), *spool = rig_path("o.json.spool");
    const char *plan = rig_plan("p", 2);
    cr_assert_eq(RUN(plan, out, "--weight-seed", "1").code, 0);
    unlink(spool);
    char *before = rig_read(out);
    rig_result r = RUN(plan, out, "--weight-seed", "2");
    expect_err(r, 2, "o.json: was measured with another \"weight_seed\"");
    expect_same(out, before, "another configuration");
    free(before);
    rig_write(out, "dear diary\n");
    r = RUN(plan, out, "--weight-seed", "2");
    expect_err(r, 2, "o.json: is there already and cannot be gone on from (");
    expect_err(r, 2, "--fresh");
    expect_same(out, "dear diary\n", "no device.json");
    cr_expect_neq(access(spool, F_OK), 0);
    cr_expect_eq(RUN(plan, out, "--fresh").code, 0);
    cr_expect_eq(samples_in(out), 2);
}

/* As mktemp makes it. */
Test(out, an_empty_file_is_no_result) {
    rig_write(rig_path("o.json"), "");
    cr_expect_eq(RUN(rig_plan("p", 1), rig_path("o.json"), "--quiet").code, 0);
}

/* What a link leads to is written, also when it is not there yet, and the spool is beside that. */
Test(out, a_link_is_followed) {
    const char *out = rig_path("o.json"), *by_link = rig_path("link.json");
    struct stat st;
    cr_assert_eq(symlink("o.json", by_link), 0);
    cr_assert_eq(RUN(rig_plan("p", 2), by_link, "--quiet").code, 0);
    cr_expect(lstat(by_link, &st) == 0 && S_ISLNK(st.st_mode), "the link stays");
    cr_expect_eq(samples_in(out), 2);
    cr_expect_eq(access(rig_path("o.json.spool"), F_OK), 0);
    cr_expect_neq(access(rig_path("link.json.spool"), F_OK), 0);
    rig_result r = RUN(rig_plan("p", 2), out, "--quiet");
    cr_expect_not_null(strstr(r.out, "\"there_before\":2,\"measured\":0"), "%s", r.out);
}

Test(out, two_names_of_one_file_have_one_lock) {
    const char *out = rig_path("o.json"), *plan = rig_plan("p", 30);
    cr_assert_eq(symlink(out, rig_path("link.json")), 0);
    const char *const argv[] = {rig_agent,   "run",  "--plan", plan,       "--out", out,
                                "--backend", "null", "--raw",  "--device", "d",     NULL};
    pid_t pid = rig_start("long", argv);
    for (int i = 0; i < 2000 && access(rig_path("o.json.spool"), F_OK) != 0; i++)
        nanosleep(&(struct timespec){0, 5000000}, NULL);
    nanosleep(&(struct timespec){0, 100000000}, NULL); /* between making and locking it */
    expect_err(RUN(plan, rig_path("link.json"), "--quiet"), 1, "another profagent");
    kill(pid, SIGKILL);
    rig_wait(pid);
}
