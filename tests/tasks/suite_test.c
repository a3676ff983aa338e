/* A suite decides what is scored: a target that is also a source would score itself. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../devices/schema_check.h"
#include "base/file.h"
#include "tasks/suite.h"

/* Sources that saw the target's own board would flatter the figures. */
Test(suite, transformers_are_forecast_from_other_boards) {
    static const struct {
        const char *file, *format;
        size_t n_tasks;
    } suites[] = {{"hat.json", "hat", 12}, {"edgetran.json", "edgetran", 16}};
    for (size_t i = 0; i < 2; i++) {
        lc__suite suite;
        lc_error err;
        char text[600];
        snprintf(text, sizeof text, "%s/tasks/%s", LATCAST_SOURCE_DIR, suites[i].file);
        lc_status s = lc__suite_load(text, &suite, &err);
        cr_assert_eq(s, LC_OK, "%s", lc_error_format(&err, text, sizeof text));
        cr_expect_eq(suite.n_tasks, suites[i].n_tasks);
        for (size_t k = 0; k < suite.n_tasks; k++) {
            const lc__task *task = &suite.tasks[k];
            cr_expect_str_eq(task->format, suites[i].format);
            cr_assert_eq(task->targets.n, 1u);
            const char *board = strrchr(task->targets.item[0], '_');
            for (size_t j = 0; j < task->sources.n && board; j++)
                cr_expect(!strstr(task->sources.item[j], board), "%s: %s", task->name,
                          task->sources.item[j]);
        }
        lc__suite_clear(&suite);
    }
}

Test(suite, the_twelve_tasks_are_whole) {
    lc__suite suite;
    lc_error err;
    char text[600];
    lc_status s = lc__suite_load(LATCAST_SOURCE_DIR "/tasks/nasflat.json", &suite, &err);
    cr_assert_eq(s, LC_OK, "%s", lc_error_format(&err, text, sizeof text));
    static const char *const names[] = {"ND", "N1", "N2", "N3", "N4", "NA",
                                        "FD", "F1", "F2", "F3", "F4", "FA"};
    cr_assert_eq(suite.n_tasks, 12u);
    for (size_t i = 0; i < 12; i++) {
        const lc__task *task = lc__suite_find(&suite, names[i]);
        cr_assert_not_null(task, "%s", names[i]);
        bool fbnet = names[i][0] == 'F';
        cr_expect_str_eq(task->space, fbnet ? "fbnet" : "nasbench201");
        cr_expect_str_eq(task->format, "csv");
        cr_expect_str_eq(task->quantity, "latency");
        cr_expect_null(task->nets);
        cr_expect_eq(task->source_samples, fbnet ? 800 : 512);
    }
    const lc__task *fa = lc__suite_find(&suite, "FA");
    cr_expect(fa->sources.n == 15 && fa->targets.n == 4);
    cr_expect_str_eq(fa->targets.item[0], "gold_6226");
    cr_expect_null(lc__suite_find(&suite, "XX"));
    cr_assert_eq(suite.n_published, 3 * 12u);
    cr_expect_str_eq(suite.published[1].method, "NASFLAT");
    cr_expect_str_eq(suite.published[1].task, "NA");
    cr_expect(suite.published[1].spearman > 0.892 && suite.published[1].spearman < 0.894);
    lc__suite_clear(&suite);
}

/* Figures of HELP compare only on HELP's own devices. */
Test(suite, the_tables_of_help_are_whole) {
    lc__suite suite;
    lc_error err;
    lc_status s = lc__suite_load(LATCAST_SOURCE_DIR "/tasks/help.json", &suite, &err);
    cr_assert_eq(s, LC_OK, "%s", err.message);
    cr_assert_eq(suite.n_tasks, 2u);
    cr_expect_eq(suite.tasks[0].targets.n, 6u);
    cr_expect_eq(suite.tasks[1].targets.n, 3u);
    size_t of_devices = 0;
    for (size_t i = 0; i < suite.n_published; i++)
        of_devices += suite.published[i].device && !strcmp(suite.published[i].method, "HELP");
    cr_expect_eq(of_devices, 9u);
    lc__suite_clear(&suite);
}

#define TASK(rest) "{\"schema_version\":1,\"name\":\"s\",\"tasks\":[{\"name\":\"T\"," rest "}]}"
#define PLACE "\"space\":\"fbnet\",\"table\":\"t.csv\","

static const struct {
    const char *text;
    lc_status status;
    const char *path, *says;
} bad[] = {
    {"{\"schema_version\":2,\"name\":\"s\",\"tasks\":[]}", LC_EUNSUPPORTED, "$.schema_version",
     "2"},
    {"{\"schema_version\":1,\"name\":\"s\",\"tasks\":[]}", LC_EFORMAT, "$.tasks", "no tasks"},
    {"{\"schema_version\":1,\"name\":\"s\"}", LC_EFORMAT, "$", "tasks"},
    {TASK(PLACE "\"source_samples\":0,\"sources\":[],\"targets\":[\"a\"]"), LC_EFORMAT,
     "$.tasks[0].source_samples", "1"},
    {TASK(PLACE "\"source_samples\":9,\"sources\":[\"a\"],\"targets\":[]"), LC_EFORMAT,
     "$.tasks[0]", "no targets"},
    {TASK(PLACE "\"source_samples\":9,\"sources\":[\"a\",\"b\"],\"targets\":[\"b\"]"), LC_EFORMAT,
     "$.tasks[0]", "\"b\" is a source and a target"},
    {TASK(PLACE "\"source_samples\":9,\"sources\":[\"a\",\"a\"],\"targets\":[\"b\"]"), LC_EFORMAT,
     "$.tasks[0].sources[1]", "listed twice"},
    {TASK(PLACE "\"source_samples\":9,\"sources\":[3],\"targets\":[\"b\"]"), LC_EFORMAT,
     "$.tasks[0].sources[0]", "string"},
    {"{\"schema_version\":1,\"name\":\"s\",\"published\":[{\"method\":\"m\",\"from\":\"f\","
     "\"samples\":5,\"spearman\":{\"T/b\":0.5}}],\"tasks\":[{\"name\":\"T\"," PLACE
     "\"source_samples\":9,\"sources\":[],\"targets\":[\"a\"]}]}",
     LC_EFORMAT, "$.published[0].spearman.T/b", "no task of the suite"},
};

Test(suite, refuses_with_a_place) {
    char path[] = "/tmp/latcast-suite-XXXXXX";
    int fd = mkstemp(path);
    cr_assert(fd >= 0);
    close(fd);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        lc__suite suite;
        lc_error err;
        cr_assert_eq(lc__file_write(path, bad[i].text, strlen(bad[i].text), &err), LC_OK);
        cr_expect_eq(lc__suite_load(path, &suite, &err), bad[i].status, "row %zu", i);
        cr_expect_str_eq(err.path, bad[i].path, "row %zu: %s", i, err.path);
        cr_expect(strstr(err.message, bad[i].says) != NULL, "row %zu: %s", i, err.message);
        cr_expect_str_eq(err.file, path);
    }
    unlink(path);
}

/* What ships, the schema and the reader must agree. */
Test(suite, suites_that_ship_hold_to_the_schema) {
    static const char *const files[] = {"nasflat", "help", "hat", "edgetran"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[400], why[200], *text;
        size_t length;
        lc__suite suite;
        snprintf(path, sizeof path, "%s/tasks/%s.json", LATCAST_SOURCE_DIR, files[i]);
        cr_assert_eq(lc__file_read(path, 1 << 20, &text, &length, NULL), LC_OK, "%s", path);
        cJSON *value = cJSON_Parse(text);
        cr_expect(schema_valid("suite.schema.json", value, why, sizeof why), "%s: %s", path, why);
        cr_expect_eq(lc__suite_load(path, &suite, NULL), LC_OK, "%s", path);
        lc__suite_clear(&suite);
        cJSON_Delete(value);
        free(text);
    }
}
