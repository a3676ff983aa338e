/* Items that are odd: without a name, with one that acts on a terminal, of no form that can be run.
 */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "latcast/device.h"
#include "rig.h"

#define RUN(plan, ...)                                                                             \
    RIG_RUN(rig_agent, "run", "--plan", plan, "--out", rig_path("o.json"), "--device", "d",        \
            "--backend", "null", "--precision", "1", __VA_ARGS__)
#define SHORT "--max-seconds-per-item", "0.02"

static void expect_err(rig_result r, int code, const char *words) {
    cr_expect_eq(r.code, code, "exit %d: %s", r.code, r.err);
    cr_expect_not_null(strstr(r.err, words), "\"%s\" is not in: %s", words, r.err);
}

/* A plan of these items. */
static const char *plan_of(const char *items) {
    static char text[4000];
    snprintf(text, sizeof text, "{\"schema_version\":1,\"name\":\"p\",\"items\":[%s]}", items);
    rig_write(rig_path("p"), text);
    return rig_path("p");
}

#define CONV(name, channels)                                                                       \
    "{\"kind\":\"op\"," name "\"ops\":[{\"id\":\"x\",\"op\":\"input\",\"shape\":[1,4,4,3]},"       \
    "{\"id\":\"y\",\"op\":\"conv2d\",\"inputs\":[\"x\"],\"out_channels\":" channels                \
    "}],\"output\":\"y\"}"

/* A run of the last takes milliseconds, longer than all of its time. */
Test(items, one_without_a_name_is_called_by_its_place) {
    const char *plan = plan_of(CONV("\"name\":\"first\",", "2") "," CONV(
        "",
        "2") ","
             "{\"kind\":\"op\",\"ops\":[{\"id\":\"x\",\"op\":\"input\",\"shape\":[1,56,56,128]},"
             "{\"id\":\"y\",\"op\":\"conv2d\",\"inputs\":[\"x\"],\"kernel\":3,\"pad\":1,"
             "\"out_channels\":128}],\"output\":\"y\"}");
    rig_result r = RIG_RUN(rig_agent, "run", "--plan", plan, "--out", rig_path("o.json"),
                           "--backend", "native", "--isa", "baseline", "--precision", "1",
                           "--max-seconds-per-item", "0.001");
    cr_expect_not_null(strstr(r.err, "one run of item 3 (conv2d 3x3 128>128 56x56) takes"), "%s",
                       r.err);
}

#define NASTY "\"name\":\"a\\u001b[31mb\\nprofagent: all is well\","

Test(items, a_name_cannot_act_on_the_terminal) {
    rig_result r = RUN(plan_of(CONV("", "2") "," CONV(NASTY, "-2")), SHORT);
    expect_err(r, 3, "item 2 a\\x1b[31mb\\nprofagent: all is well is left out");
    cr_expect_null(strchr(r.err, 0x1b), "%s", r.err);
}

Test(items, those_that_cannot_be_read_are_left_out) {
    const char *plan = plan_of("{\"kind\":\"op\"}," CONV(
        "\"name\":\"huge\",", "2000000000") ","
                                            "{\"kind\":\"net\",\"name\":\"odd\",\"ops\":[{\"id\":"
                                            "\"x\",\"op\":\"quantum_conv\"}]},"
                                            "7," CONV("\"name\":\"fine\",", "2") "," CONV("", "4"));
    rig_result r = RUN(plan, SHORT, "--json");
    expect_err(r, 3, "4 of 6 items cannot be read");
    expect_err(r, 3, "item 2 huge is left out: ");
    expect_err(r, 3, "item 3 odd is left out: ");
    expect_err(r, 3, "quantum_conv");
    cr_expect_not_null(strstr(r.out, "\"items\":6,\"there_before\":0,\"measured\":2"), "%s", r.out);
    cr_expect_not_null(strstr(r.out, "\"unsupported\":4"), "%s", r.out);
    cr_expect_not_null(strstr(r.out, "{\"name\":\"odd\",\"item\":3,\"status\":\"LC_EUNSUPPORTED\""),
                       "%s", r.out);
    lc_device d;
    cr_assert_eq(lc_device_load(rig_path("o.json"), &d, NULL), LC_OK);
    cr_expect_eq(d.n_samples, 2);
    lc_device_clear(&d);
}

Test(items, a_plan_and_a_device_are_told_apart) {
    const char *plan = plan_of(CONV("", "2")), *out = rig_path("o.json");
    cr_assert_eq(RUN(plan, SHORT).code, 0);
    expect_err(RIG_RUN(rig_agent, "compare", out, plan), 1, "this is a plan, not a device.json");
    expect_err(RUN(out, SHORT, "--out", rig_path("other.json")), 1,
               "this is a device.json, not a plan");
}

Test(items, compare_takes_two_files_and_says_so) {
    rig_result r = RIG_RUN(rig_agent, "compare", "--help");
    cr_expect_not_null(strstr(r.out, "usage: profagent compare [options] A B\n"), "%s", r.out);
    expect_err(RIG_RUN(rig_agent, "compare", "--fdr", "2"), 2, "profagent compare: --fdr must be");
    r = RIG_RUN(rig_agent, "table", "--help");
    cr_expect_not_null(strstr(r.out, "usage: profagent table [options] DEVICE...\n"), "%s", r.out);
}

Test(items, what_would_change_nothing_is_refused) {
    const char *plan = plan_of(CONV("", "2"));
    expect_err(RUN(plan, "--isa", ""), 2, "--isa takes CAP, and the value is empty");
    expect_err(RUN(plan, "--isa", "neon"), 3, "backend null runs nothing");
    expect_err(RUN(plan, "--time-budget", "0"), 2, "--time-budget must be in");
    expect_err(RUN(plan, "--upload", "foo"), 2, "http:// or https://, not \"foo\"");
}

/* The terminal goes away: what is spooled is told, and where it goes on. */
Test(items, sighup_ends_a_run_as_sigterm_does) {
    signal(SIGHUP, SIG_DFL); /* who runs the tests may have it ignored */
    const char *const argv[] = {rig_agent,         "run",   "--plan",
                                rig_plan("p", 30), "--out", rig_path("o.json"),
                                "--backend",       "null",  NULL};
    pid_t pid = rig_start("long", argv);
    for (int i = 0; i < 2000 && access(rig_path("o.json.spool"), F_OK) != 0; i++)
        nanosleep(&(struct timespec){0, 5000000}, NULL);
    kill(pid, SIGHUP);
    cr_expect_eq(rig_wait(pid), 128 + SIGHUP);
    char *err = rig_read(rig_path("long.err"));
    cr_expect_not_null(strstr(err, "the same command goes on from there"), "%s", err);
    free(err);
}
