/* nas pareto by the real command. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scene.h"
#include "xml_check.h"

TestSuite(nas_pareto, .init = scene_open);

#define PARETO(...) RIG_RUN(scene_nas, "pareto", "--quiet", "--out", rig_path("front"), __VA_ARGS__)
#define BY_TABLE(device, table) "--space", "nasbench201", "--device", device, "--accuracies", table

static void has(const char *text, const char *words) {
    cr_assert_not_null(strstr(text, words), "\"%s\" is not in: %s", words, text);
}

static const char *in_front(const char *name) {
    static char path[8][300];
    static int next;
    next = (next + 1) % 8;
    snprintf(path[next], sizeof path[next], "%s/%s", rig_path("front"), name);
    return path[next];
}

/* Each budget is kept, and more latency buys no less accuracy where nets are all known. */
static void check_csv(const char *path, int rows) {
    char *text = rig_read(path), *rest = text, *line;
    cr_assert_not_null(text);
    has(strsep(&rest, "\n"), "budget_ms,forecast_ms,low_ms,high_ms,accuracy,net,seconds");
    double before = 0;
    int n = 0;
    while ((line = strsep(&rest, "\n")) && *line) {
        double budget, forecast, low, high, accuracy;
        cr_assert_eq(
            sscanf(line, "%lf,%lf,%lf,%lf,%lf,|", &budget, &forecast, &low, &high, &accuracy), 5,
            "%s", line);
        cr_assert(forecast <= budget && low <= forecast && forecast <= high, "%s", line);
        cr_assert_geq(accuracy, before);
        before = accuracy;
        n++;
    }
    cr_assert_eq(n, rows);
    free(text);
}

Test(nas_pareto, writes_nets_table_and_picture) {
    const char *device = scene_device("nasbench201", 12), *table = scene_table(2);
    rig_result r = PARETO(BY_TABLE(device, table));
    cr_assert_eq(r.code, 0, "%s", r.err);
    check_csv(in_front("front.csv"), 6);
    char why[200], *svg = rig_read(in_front("front.svg"));
    cr_assert(svg && xml_well_formed(svg, why, sizeof why), "%s", why);
    cr_assert_eq(rig_count(svg, "<circle"), 6);
    cr_assert_eq(rig_count(svg, "class=\"budget\""), 6);
    free(svg);
    r = PARETO(BY_TABLE(device, table), "--json");
    has(r.out, in_front("net-6.json"));
}

/* What is there is not searched again: an accuracy that was written into it stays. */
Test(nas_pareto, keeps_nets_that_are_there_and_refuses_others) {
    const char *device = scene_device("nasbench201", 12), *table = scene_table(3);
    rig_result r = PARETO(BY_TABLE(device, table), "--latency-ms", "2,1,3");
    cr_assert_eq(r.code, 0, "%s", r.err);
    char *net = rig_read(in_front("net-2.json")), *at = strstr(net, "\"accuracy\":");
    cr_assert_not_null(at);
    at[11] = '9';
    rig_write(in_front("net-2.json"), net);
    free(net);
    unlink(in_front("net-3.json"));
    r = PARETO(BY_TABLE(device, table), "--latency-ms", "1,2,3", "--json");
    cr_assert_eq(r.code, 0, "%s", r.err);
    has(r.err, "2 of the 3 nets are there already");
    has(r.out, "\"accuracy\":9");
    r = PARETO(BY_TABLE(device, table), "--latency-ms", "1,2.5,3");
    cr_assert_eq(r.code, 2);
    has(r.err, "net-2.json: is of another search: budget_ns");
    r = PARETO(BY_TABLE(device, table), "--latency-ms", "1,2,3", "--seed", "2");
    cr_assert_eq(r.code, 2);
    has(r.err, "seed is 1 there and 2 here");
    rig_write(in_front("net-1.json"), "{");
    r = PARETO(BY_TABLE(device, table), "--latency-ms", "1,2,3");
    cr_assert_eq(r.code, 1);
    has(r.err, "net-1.json");
}

Test(nas_pareto, refuses_budgets_before_any_work) {
    const char *device = scene_device("nasbench201", 12), *table = scene_table(4);
    rig_result r = PARETO(BY_TABLE(device, table), "--latency-ms", "0.001,3");
    cr_assert_eq(r.code, 4);
    has(r.err, "the least is");
    cr_assert_neq(access(in_front("net-2.json"), F_OK), 0);
    static const char *const lists[] = {"1,1", "1,,2", "a", "-1", "1;2", "nan", "1,"};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        r = PARETO(BY_TABLE(device, table), "--latency-ms", lists[i]);
        cr_assert_eq(r.code, 2, "%s", lists[i]);
        has(r.err, "commas between");
    }
    r = PARETO(BY_TABLE(device, table), "--latency-ms", "1,2", "--budgets", "3");
    cr_assert_eq(r.code, 2);
    r = PARETO(BY_TABLE(device, table), "--latency-ms-from", "5", "--latency-ms-to", "1");
    cr_assert_eq(r.code, 2);
    has(r.err, "budgets go up from");
}

/* One selection serves all budgets: the supernet is asked about as many nets as for one. */
Test(nas_pareto, looks_at_nets_once_for_all_budgets) {
    const char *device = scene_device("nasa", 12);
    rig_result r =
        PARETO("--space", "nasa", "--device", device, "--method", "random", "--evaluations", "10",
               SCENE_TINY, "--images", "8", "--latency-ms", "0.2,0.5", "--json");
    cr_assert_eq(r.code, 0, "%s", r.err);
    cr_assert_eq(rig_count(r.out, "\"looked_at\":10"), 2, "%s", r.out);
    cr_assert_eq(access(in_front("supernet"), F_OK), 0);
    cr_assert_neq(access(in_front("front.search"), F_OK), 0, "the state was left behind");
    /* What was judged serves another device, without the supernet. */
    const char *const other[] = {scene_nas,
                                 "search",
                                 "--space",
                                 "nasa",
                                 "--device",
                                 scene_device("nasa", 9),
                                 "--accuracies",
                                 in_front("nets.csv"),
                                 "--latency-ms",
                                 "0.5",
                                 "--json",
                                 "--out",
                                 rig_path("other.json"),
                                 NULL};
    r = rig_run(other);
    cr_assert_eq(r.code, 0, "%s", r.err);
    has(r.out, "\"looked_at\":10");
}

static void check_goes_on(int signal) {
    const char *device = scene_device("nasa", 12), *out = rig_path("front");
    const char *const argv[] = {scene_nas,      "pareto",  "--space",     "nasa",     "--device",
                                device,         "--steps", "6",           "--images", "8",
                                "--latency-ms", "0.1,0.2", "--tolerance", "0.3",      SCENE_TINY,
                                "--out",        out,       NULL};
    pid_t pid = rig_start("pareto", argv);
    cr_assert(scene_await(in_front("net-1.json"), pid));
    kill(pid, signal);
    int code = rig_wait(pid);
    cr_assert(code == 0 || code == (signal == SIGKILL ? -SIGKILL : 1), "%d", code);
    char *first = rig_read(in_front("net-1.json"));
    rig_result r = rig_run(argv);
    cr_assert_eq(r.code, 0, "%s", r.err);
    char *again = rig_read(in_front("net-1.json"));
    cr_assert_str_eq(first, again);
    cr_assert_eq(access(in_front("net-2.json"), F_OK), 0);
    free(first);
    free(again);
}

Test(nas_pareto, goes_on_after_a_kill) {
    check_goes_on(SIGKILL);
}

Test(nas_pareto, goes_on_after_an_interrupt) {
    check_goes_on(SIGINT);
}
