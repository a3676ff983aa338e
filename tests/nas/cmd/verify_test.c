/* nas verify with the real agent. What it measures on a busy machine may well be unsteady (6). */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scene.h"

TestSuite(nas_verify, .init = scene_open);

#define NET "nasbench201:|none~0|+|none~0|none~1|+|nor_conv_3x3~0|none~1|none~2|"
#define SHORT "--quiet", "--max-seconds-per-item", "0.03"

static void has(const char *text, const char *words) {
    cr_assert_not_null(strstr(text, words), "\"%s\" is not in: %s", words, text);
}

/* A device.json of this machine, with two nets. */
static const char *measure_here(void) {
    const char *device = rig_path("here.json"), *plan = rig_plan("plan.json", 4);
    rig_result r =
        RIG_RUN(rig_agent, "run", "--plan", plan, "--out", device, "--backend", "native", SHORT);
    cr_assert(r.code == 0 || r.code == 6, "%d %s", r.code, r.err);
    return device;
}

/* A net.json as a search leaves it. */
static const char *write_found(const char *name, const char *choices, double budget_ns) {
    char text[600];
    snprintf(text, sizeof text,
             "{\"schema_version\":1,\"space\":\"nasbench201\",\"choices\":%s,\"search\":{"
             "\"method\":\"lightnas\",\"device\":\"other\",\"latency\":{\"budget_ns\":%g,"
             "\"latency_ns\":2000,\"low_ns\":1000,\"high_ns\":3000}}}",
             choices, budget_ns);
    rig_write(rig_path(name), text);
    return rig_path(name);
}

Test(nas_verify, measures_several_nets_in_one_plan) {
    const char *device = measure_here();
    const char *generous = write_found("a.json", "[0,0,0,3,0,0]", 1e12);
    const char *strict = write_found("b.json", "[0,0,0,2,0,0]", 10);
    rig_result r = RIG_RUN(scene_nas, "verify", "--device", device, SHORT, "--json", "--arch",
                           generous, strict);
    cr_assert(r.code == 0 || r.code == 6, "%d %s", r.code, r.err);
    has(r.err, "was searched for device other");
    cr_assert_eq(rig_count(r.out, "\"measured_ns\""), 2);
    has(r.out, "\"kept\":true");
    has(r.out, "\"kept\":false");
    r = RIG_RUN(scene_nas, "verify", "--device", device, SHORT, "--arch", strict, "--repeats", "2",
                "--out", rig_path("kept"));
    cr_assert(r.code == 0 || r.code == 6, "%d %s", r.code, r.err);
    has(r.out, "budget missed, by");
    char path[300];
    snprintf(path, sizeof path, "%s/run-2.json", rig_path("kept"));
    r = RIG_RUN(scene_nas, "verify", "--device", device, "--arch", strict, "--measured", path);
    cr_assert_eq(r.code, 0, "%s", r.err);
    has(r.out, "budget missed, by");
    r = RIG_RUN(scene_nas, "verify", "--device", device, "--arch", generous, "--measured", path);
    cr_assert_eq(r.code, 1);
    has(r.err, "1 of 1 nets were not measured");
}

/* Another board gets a plan and a command; its measurements do not pass for this machine's. */
Test(nas_verify, sends_nets_of_another_board_there) {
    const char *device = scene_device("nasbench201", 6), *here = measure_here();
    rig_result r =
        RIG_RUN(scene_nas, "verify", "--device", device, "--arch", NET, "--out", rig_path("away"));
    cr_assert_eq(r.code, 5, "%s", r.err);
    has(r.out, "profagent run --plan plan.json --out measured.json --device made-up --backend "
               "native --threads 1 --dtype f32");
    has(r.err, "is not this machine");
    char path[300];
    snprintf(path, sizeof path, "%s/plan.json", rig_path("away"));
    cr_assert_eq(access(path, F_OK), 0);
    r = RIG_RUN(scene_nas, "verify", "--device", device, "--arch", NET, "--measured", here);
    cr_assert_eq(r.code, 2);
    has(r.err, "they do not compare");
}

/* An agent that measures, but ends with the exit code of its choice. */
static const char *agent_that_ends(int code) {
    char text[500];
    snprintf(text, sizeof text, "#!/bin/sh\n%s \"$@\"\n[ \"$1\" = info ] || exit %d\n", rig_agent,
             code);
    rig_write(rig_path("agent"), text);
    chmod(rig_path("agent"), 0755);
    return rig_path("agent");
}

Test(nas_verify, ends_as_the_agent_does) {
    const char *device = measure_here(), *net = write_found("a.json", "[0,0,0,0,0,0]", 1e9);
    static const struct { int ends, code; } ways[] = {{6, 6}, {3, 3}, {1, 1}, {130, 1}, {2, 1}};
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        rig_result r = RIG_RUN(scene_nas, "verify", "--device", device, "--arch", net, SHORT,
                               "--agent", agent_that_ends(ways[i].ends));
        cr_assert_eq(r.code, ways[i].code, "%d: %d %s", ways[i].ends, r.code, r.err);
        has(r.out, "measured");
    }
    rig_result r = RIG_RUN(scene_nas, "verify", "--device", device, "--arch", net, "--agent",
                           "/nonexistent/profagent");
    cr_assert_eq(r.code, 5);
    has(r.err, "--agent");
}

Test(nas_verify, says_what_is_missing) {
    const char *device = scene_device("nasbench201", 3);
    rig_result r = RIG_RUN(scene_nas, "verify", "--device", device);
    cr_assert_eq(r.code, 2);
    has(r.err, "--arch");
    rig_write(rig_path("bad.json"), "{\"schema_version\":1,\"space\":\"nasbench201\",\"choices\":"
                                    "[0,0,0,0,0,0],\"search\":{\"device\":\"x\",\"latency\":{"
                                    "\"budget_ns\":\"much\"}}}");
    r = RIG_RUN(scene_nas, "verify", "--device", device, "--arch", rig_path("bad.json"));
    cr_assert_eq(r.code, 1);
    has(r.err, "$.search.latency.budget_ns");
}
