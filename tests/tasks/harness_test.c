/* The protocol of an evaluation, on a table whose truth is known: latencies made from costs. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "latcast/space.h"
#include "tasks/harness.h"

#define NETS 60

static char folder[] = "/tmp/latcast-harness-XXXXXX";

static void write_file(const char *name, const char *text) {
    char path[200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    cr_assert_not_null(f);
    fputs(text, f);
    fclose(f);
}

/* Devices that are sums of operator costs, in different mixtures; "rare" ran four nets, "same" is
 * constant. */
static void write_table(void) {
    const lc_space *space = lc_space_find("nasbench201");
    lc__buf csv = {0};
    lc__buf_printf(&csv, "arch,macs,bytes,mixed,macs2,same,rare\n");
    uint64_t rng = 3;
    for (int i = 0; i < NETS; i++) {
        int choices[LC_NET_MAX_CHOICES];
        char arch[400];
        lc_net *net;
        lc_space_random(space, &rng, choices);
        choices[0] = i % 5; /* distinct */
        choices[1] = i / 5 % 5;
        choices[2] = i / 25;
        space->format(choices, arch, sizeof arch);
        cr_assert_eq(lc_space_net(space, choices, space->n_positions, &net, NULL), LC_OK);
        lc_cost c = lc_net_cost(net);
        lc_net_free(net);
        double macs = 1 + c.macs * 1e-7, bytes = 1 + (c.bytes_read + c.bytes_written) * 1e-7;
        lc__buf_printf(&csv, "%s,%.9g,%.9g,%.9g,%.9g,5,", arch, macs, bytes, 2 * macs + bytes,
                       2 * macs);
        lc__buf_printf(&csv, i < 4 ? "%d\n" : "\n", 1 + i);
    }
    cr_assert(!csv.failed);
    write_file("t.csv", csv.text);
    free(csv.text);
}

static void setup(void) {
    cr_assert_not_null(mkdtemp(folder));
    write_table();
    write_file(
        "suite.json",
        "{\"schema_version\":1,\"name\":\"s\",\"tasks\":["
        "{\"name\":\"A\",\"space\":\"nasbench201\",\"table\":\"t.csv\",\"source_samples\":30,"
        "\"sources\":[\"macs\"],\"targets\":[\"bytes\",\"mixed\"]},"
        "{\"name\":\"L\",\"space\":\"nasbench201\",\"table\":\"t.csv\",\"source_samples\":30,"
        "\"sources\":[\"bytes\",\"macs2\"],\"targets\":[\"macs\",\"mixed\"]},"
        "{\"name\":\"C\",\"space\":\"nasbench201\",\"table\":\"t.csv\",\"source_samples\":30,"
        "\"sources\":[\"macs\"],\"targets\":[\"same\"]},"
        "{\"name\":\"R\",\"space\":\"nasbench201\",\"table\":\"t.csv\",\"source_samples\":30,"
        "\"sources\":[\"macs\"],\"targets\":[\"rare\"]},"
        "{\"name\":\"M\",\"space\":\"nasbench201\",\"table\":\"t.csv\",\"source_samples\":30,"
        "\"sources\":[\"gone\"],\"targets\":[\"mixed\"]},"
        "{\"name\":\"W\",\"space\":\"fbnet\",\"table\":\"t.csv\",\"source_samples\":30,"
        "\"sources\":[\"macs\"],\"targets\":[\"mixed\"]}]}");
}

static void teardown(void) {
    char path[200];
    snprintf(path, sizeof path, "%s/t.csv", folder);
    unlink(path);
    snprintf(path, sizeof path, "%s/suite.json", folder);
    unlink(path);
    rmdir(folder);
}

static lc_status evaluate(const char *task, lc__eval_options o, lc__eval *eval, lc__suite *suite,
                          lc_error *err) {
    char path[200];
    snprintf(path, sizeof path, "%s/suite.json", folder);
    cr_assert_eq(lc__suite_load(path, suite, NULL), LC_OK);
    static const lc__forecaster *const ours[] = {&lc__ours};
    if (!o.n_forecasters) {
        o.forecasters = ours;
        o.n_forecasters = 1;
    }
    o.data_dir = folder;
    o.tasks = &task;
    o.n_tasks = 1;
    return lc__eval_run(suite, &o, eval, err);
}

TestSuite(harness, .init = setup, .fini = teardown);

Test(harness, task_rows_are_the_mean_of_their_devices) {
    lc__suite suite;
    lc__eval e;
    lc__eval_options o = {.samples = {12, 6}, .n_samples = 2, .seeds = 2, .threads = 1};
    cr_assert_eq(evaluate("A", o, &e, &suite, NULL), LC_OK);
    cr_assert_eq(e.n_rows, 6u);
    for (size_t k = 0; k < 2; k++) {
        const lc__eval_row *r = e.rows + k * 3;
        cr_expect(!r[0].device && !strcmp(r[1].device, "bytes") && !strcmp(r[2].device, "mixed"));
        cr_expect_eq(r[0].samples, k ? 6 : 12);
        for (int m = 0; m < LC__N_METRICS; m++)
            cr_expect(fabs(r[0].mean[m] - 0.5 * (r[1].mean[m] + r[2].mean[m])) < 1e-9);
    }
    lc__eval_clear(&e);
    lc__suite_clear(&suite);
}

/* Forecasts held against the wrong nets would rank at about 0. */
Test(harness, forecasts_meet_their_own_nets) {
    lc__suite suite;
    lc__eval e;
    lc__eval_options o = {.samples = {20}, .n_samples = 1, .seeds = 2, .threads = 1};
    cr_assert_eq(evaluate("A", o, &e, &suite, NULL), LC_OK);
    for (size_t i = 0; i < e.n_rows; i++)
        cr_expect(e.rows[i].mean[LC__METRIC_SPEARMAN] > 0.7, "%s: %.3f",
                  e.rows[i].device ? e.rows[i].device : "mean",
                  e.rows[i].mean[LC__METRIC_SPEARMAN]);
    lc__eval_clear(&e);
    lc__suite_clear(&suite);
}

static const lc__eval_row *row_of(const lc__eval *e, const char *method, const char *device) {
    for (size_t i = 0; i < e->n_rows; i++)
        if (!strcmp(e->rows[i].method, method) && e->rows[i].device &&
            !strcmp(e->rows[i].device, device))
            return &e->rows[i];
    cr_assert_fail("no row of %s on %s", method, device);
    return NULL;
}

/* Task L: "macs" is a line over multiply-accumulates, "mixed" ranks nearly as source "macs2" does,
 * which is macs scaled. */
Test(harness, baselines_find_what_they_are_made_for) {
    lc__suite suite;
    lc__eval e;
    lc__eval_options o = {.samples = {40},
                          .n_samples = 1,
                          .seeds = 2,
                          .threads = 1,
                          .forecasters = lc__forecasters()};
    while (o.forecasters[o.n_forecasters])
        o.n_forecasters++;
    cr_assert_eq(o.n_forecasters, 6u);
    cr_assert_eq(evaluate("L", o, &e, &suite, NULL), LC_OK);
    cr_assert_eq(e.n_rows, 6 * 3u);
    const lc__eval_row *flops = row_of(&e, "flops", "macs");
    cr_expect(flops->mean[LC__METRIC_SPEARMAN] > 1 - 1e-9 &&
              flops->mean[LC__METRIC_WITHIN5] > 1 - 1e-9);
    cr_expect(row_of(&e, "nearest", "macs")->mean[LC__METRIC_WITHIN5] > 0.9);
    cr_expect(row_of(&e, "nearest", "mixed")->mean[LC__METRIC_SPEARMAN] > 0.7);
    cr_expect(row_of(&e, "lut", "mixed")->mean[LC__METRIC_SPEARMAN] > 0.7);
    cr_expect(row_of(&e, "scratch", "mixed")->mean[LC__METRIC_SPEARMAN] > 0.6);
    for (size_t i = 0; i < e.n_rows; i++)
        cr_expect_eq(isnan(e.rows[i].mean[LC__METRIC_COVERAGE90]) != 0,
                     strcmp(e.rows[i].method, "ours") != 0, "row %zu", i);
    lc__eval_clear(&e);
    lc__suite_clear(&suite);
}

static void stop_at_once(void *user, size_t done, size_t total, const char *task) {
    (void)done, (void)total, (void)task;
    *(volatile sig_atomic_t *)user = 1;
}

Test(harness, a_stopped_run_gives_what_is_done) {
    lc__suite suite;
    lc__eval e;
    volatile sig_atomic_t stop = 0;
    lc__eval_options o = {.samples = {6},
                          .n_samples = 1,
                          .seeds = 5,
                          .threads = 1,
                          .stop = &stop,
                          .progress = stop_at_once,
                          .user = (void *)(uintptr_t)&stop};
    cr_assert_eq(evaluate("A", o, &e, &suite, NULL), LC_OK);
    cr_expect(e.done == 1 && e.total == 5);
    cr_assert_eq(e.n_rows, 3u);
    cr_expect(e.rows[0].seeds == 1 && e.rows[0].mean[LC__METRIC_SPEARMAN] > 0);
    lc__eval_clear(&e);
    lc__suite_clear(&suite);
}

Test(harness, plots_get_forecasts_beside_the_truth) {
    lc__suite suite;
    lc__eval e;
    lc__eval_options o = {
        .samples = {20}, .n_samples = 1, .seeds = 2, .threads = 1, .scatter = true};
    cr_assert_eq(evaluate("A", o, &e, &suite, NULL), LC_OK);
    cr_assert_eq(e.n_scatter, 2u);
    const lc__scatter *plot = &e.scatter[1];
    cr_expect_str_eq(plot->device, "mixed");
    cr_expect_str_eq(plot->unit, "ms");
    cr_expect_eq(plot->n, (size_t)NETS - 20);
    for (size_t i = 0; i < plot->n; i++)
        cr_expect(plot->low[i] <= plot->forecast[i] && plot->forecast[i] <= plot->high[i] &&
                  plot->truth[i] > 0);
    lc__eval_clear(&e);
    lc__suite_clear(&suite);
}

static void expect_same(const lc__eval *a, const lc__eval *b) {
    cr_assert_eq(a->n_rows, b->n_rows);
    for (size_t i = 0; i < a->n_rows; i++)
        for (int m = 0; m < LC__METRIC_ADAPT_MS; m++) /* the rest are times */
            cr_expect(fabs(a->rows[i].mean[m] - b->rows[i].mean[m]) < 1e-12, "row %zu metric %d", i,
                      m);
}

/* Helpers and the number of seeds asked for must not change what a seed gives. */
Test(harness, results_depend_on_the_seed_alone) {
    lc__suite suite, again;
    lc__eval one, two;
    lc__eval_options o = {.samples = {8}, .n_samples = 1, .seeds = 3, .threads = 1};
    cr_assert_eq(evaluate("A", o, &one, &suite, NULL), LC_OK);
    o.threads = 3;
    cr_assert_eq(evaluate("A", o, &two, &again, NULL), LC_OK);
    expect_same(&one, &two);
    lc__eval_clear(&one);
    lc__eval_clear(&two);
    lc__suite_clear(&suite);
    lc__suite_clear(&again);
}

Test(harness, planned_selection_runs) {
    lc__suite suite;
    lc__eval e;
    lc__eval_options o = {
        .samples = {10}, .n_samples = 1, .seeds = 1, .threads = 1, .selection = LC__METHOD_plan};
    cr_assert_eq(evaluate("A", o, &e, &suite, NULL), LC_OK);
    cr_expect(e.rows[0].mean[LC__METRIC_SPEARMAN] > 0.7);
    lc__eval_clear(&e);
    lc__suite_clear(&suite);
}

static const struct {
    const char *task;
    lc_status status;
    int line;
    const char *says;
} bad[] = {
    {"nowhere", LC_EUSAGE, 0, "no task \"nowhere\""},
    {"R", LC_EFORMAT, 0, "4 measured nets"},
    {"C", LC_EFORMAT, 2, "reads 5 for every net"},
    {"M", LC_EFORMAT, 1, "names device \"gone\""},
    {"W", LC_EFORMAT, 2, ""}, /* the table's nets are not of this space */
};

/* Two spaces would read the same table as different nets, or not at all. */
Test(harness, a_table_is_read_anew_for_another_space) {
    lc__suite suite;
    lc__eval e;
    lc_error err;
    const char *tasks[] = {"A", "W"};
    char path[200];
    snprintf(path, sizeof path, "%s/suite.json", folder);
    cr_assert_eq(lc__suite_load(path, &suite, NULL), LC_OK);
    const lc__forecaster *const ours = &lc__ours;
    lc__eval_options o = {.data_dir = folder,
                          .tasks = tasks,
                          .n_tasks = 2,
                          .forecasters = &ours,
                          .n_forecasters = 1,
                          .samples = {5},
                          .n_samples = 1,
                          .seeds = 1,
                          .threads = 1};
    cr_expect_eq(lc__eval_run(&suite, &o, &e, &err), LC_EFORMAT);
    cr_expect_eq(err.line, 2, "%s", err.message);
    lc__suite_clear(&suite);
}

Test(harness, refuses_with_a_reason) {
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        lc__suite suite;
        lc__eval e;
        lc_error err;
        lc__eval_options o = {.samples = {5}, .n_samples = 1, .seeds = 1, .threads = 2};
        cr_expect_eq(evaluate(bad[i].task, o, &e, &suite, &err), bad[i].status, "row %zu", i);
        cr_expect(strstr(err.message, bad[i].says) != NULL, "row %zu: %s", i, err.message);
        cr_expect_eq(err.line, bad[i].line, "row %zu: %d", i, err.line);
        lc__suite_clear(&suite);
    }
}
