/* Every command reads its line through this table, so its manners are tested once, here. */
#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <string.h>
#include <unistd.h>

#include "base/cli.h"

static const char *device;
static int64_t n = 20;
static double seconds = 1;
static bool json;
static lc__list without;

static const lc__opt table[] = {
    {.name = "device",
     .kind = LC__OPT_STR,
     .value = &device,
     .arg = "FILE",
     .help = "device",
     .required = true},
    {.name = "n", .kind = LC__OPT_INT, .value = &n, .arg = "N", .help = "count", .lo = 1, .hi = 99},
    {.name = "seconds",
     .kind = LC__OPT_NUM,
     .value = &seconds,
     .arg = "S",
     .help = "time",
     .lo = 0,
     .hi = 9},
    {.name = "json", .kind = LC__OPT_FLAG, .value = &json, .help = "machine-readable"},
    {.name = "without",
     .kind = LC__OPT_LIST,
     .value = &without,
     .arg = "NAME",
     .help = "leave out"},
    {0}};

static lc__cli_result run(int argc, const char **argv) {
    return lc__cli_parse("t", "about", NULL, table, argc, (char **)argv, NULL);
}

Test(cli, reads_all_kinds) {
    const char *argv[] = {"t",      "--device",  "d.json", "--n=7",     "--seconds", "0.5",
                          "--json", "--without", "a",      "--without", "b"};
    cr_assert_eq(run(11, argv), LC__CLI_RUN);
    cr_expect_str_eq(device, "d.json");
    cr_expect(n == 7 && seconds == 0.5 && json && without.n == 2);
}

Test(cli, refuses_with_a_reason, .init = cr_redirect_stderr) {
    static const char *const bad[] = {"--device=", "--without=", "--n=7x",        "--n=1.5",
                                      "--n=100",   "--n=",       "--devcie=x",    "--json=1",
                                      "stray",     "--n",        "--seconds=nan", "--n=1e999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *argv[] = {"t", "--device", "d", bad[i]};
        cr_expect_eq(run(4, argv), LC__CLI_BAD, "%s", bad[i]);
    }
    const char *argv[] = {"t"};
    cr_expect_eq(run(1, argv), LC__CLI_BAD, "a required option is missing");
}

Test(cli, suggests_the_nearest_name, .init = cr_redirect_stderr) {
    const char *argv[] = {"t", "--devcie=x"};
    run(2, argv);
    fflush(stderr);
    cr_expect_stderr_eq_str("t: unknown option --devcie; did you mean --device?\n");
}

Test(cli, usage_names_the_words_that_are_taken) {
    FILE *f = tmpfile();
    cr_assert(f && dup2(fileno(f), STDOUT_FILENO) >= 0);
    lc__list rest = {.words = "A B"};
    const char *argv[] = {"t", "--help"};
    cr_expect_eq(lc__cli_parse("t do", "about", NULL, table, 2, (char **)argv, &rest),
                 LC__CLI_DONE);
    fflush(stdout);
    char text[40] = "";
    rewind(f);
    cr_assert(fgets(text, sizeof text, f));
    cr_expect_str_eq(text, "usage: t do [options] A B\n");
}

Test(cli, an_error_is_one_printable_line) {
    lc_error err;
    char text[512];
    lc_error_set(&err, LC_EFORMAT, "no net \"a\x1b[2J\nb\"");
    cr_expect_str_eq(lc_error_format(&err, text, sizeof text), "no net \"a\\x1b[2J\\nb\"");
}

Test(cli, error_line_names_the_place) {
    lc_error err;
    char text[512];
    lc_error_set(&err, LC_EFORMAT, "must be positive");
    lc_error_in_file(&err, "new.json");
    snprintf(err.path, sizeof err.path, "$.samples[3].latency_ns");
    err.line = 12;
    cr_expect_str_eq(lc_error_format(&err, text, sizeof text),
                     "new.json:12: $.samples[3].latency_ns: must be positive");
    cr_expect_eq(lc_status_exit_code(LC_EUNREACHABLE), 5);
}
