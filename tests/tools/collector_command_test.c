/* The command line: what is missing or wrong is named before anything is served. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../devices/sample_text.h"
#include "base/file.h"
#include "collector_harness.h"
#include "latcast/device.h"

#define BIN LATCAST_TEST_BIN "/collector"

static collector c;

static void setup(void) {
    collector_init(&c);
}

static void teardown(void) {
    collector_clear(&c);
}

TestSuite(collector_command, .init = setup, .fini = teardown);

static void expect_end(const char *const *argv, int code, const char *part) {
    char output[6000];
    int got = run_program(argv, output, sizeof output);
    cr_expect_eq(got, code, "%d: %s", got, output);
    cr_expect(strstr(output, part), "\"%s\" is not in %s", part, output);
}

static const char *put_file(const char *name, const char *text) {
    static char path[100];
    lc_error err;
    snprintf(path, sizeof path, "%s/%s", c.dir, name);
    cr_assert_eq(lc__file_write(path, text, strlen(text), &err), LC_OK);
    chmod(path, 0600);
    return path;
}

Test(collector_command, explains_itself) {
    expect_end((const char *const[]){BIN, "--help", NULL}, 0, "--token-file");
    expect_end((const char *const[]){BIN, "export", "--help", NULL}, 0, "--device");
    expect_end((const char *const[]){BIN, "--version", NULL}, 0, "latcast");
}

Test(collector_command, usage_errors) {
    expect_end((const char *const[]){BIN, "--db", "x", NULL}, 2, "--token-file FILE is needed");
    expect_end((const char *const[]){BIN, "--db", "x", "--token-fil", "y", NULL}, 2,
               "did you mean --token-file?");
    expect_end(
        (const char *const[]){BIN, "--db", "x", "--token-file", "y", "--port", "70000", NULL}, 2,
        "0 .. 65535");
    expect_end((const char *const[]){BIN, "serve", NULL}, 2, "unknown command");
    expect_end((const char *const[]){BIN, "--db", c.db, "--token-file", c.token_file, "--tls-cert",
                                     c.token_file, NULL},
               2, "go together");
    expect_end(
        (const char *const[]){BIN, "export", "--db", c.db, "--device", "a/b", "--out", "x", NULL},
        2, "device's name is");
}

Test(collector_command, token_file_must_hold_a_token) {
    expect_end((const char *const[]){BIN, "--db", c.db, "--token-file", "/nonexistent/t", NULL}, 1,
               "/nonexistent/t");
    expect_end((const char *const[]){BIN, "--db", c.db, "--token-file", put_file("t", " \n"), NULL},
               1, "holds no token");
    expect_end(
        (const char *const[]){BIN, "--db", c.db, "--token-file", put_file("t", "two words"), NULL},
        1, "one word");
}

Test(collector_command, database_must_be_one_of_ours) {
    expect_end(
        (const char *const[]){BIN, "--db", "/nonexistent/db", "--token-file", c.token_file, NULL},
        1, "No such file or directory");
    expect_end((const char *const[]){BIN, "--db",
                                     put_file("x", "this is not a database, however "
                                                   "long one reads in it"),
                                     "--token-file", c.token_file, NULL},
               1, "not an SQLite database");
}

Test(collector_command, a_taken_port_is_said) {
    collector_start(&c, NULL);
    char port[16], db[100];
    snprintf(port, sizeof port, "%d", c.port);
    snprintf(db, sizeof db, "%s/other", c.dir);
    expect_end(
        (const char *const[]){BIN, "--db", db, "--token-file", c.token_file, "--port", port, NULL},
        1, "Address already in use; name another with --port");
    cr_expect_eq(collector_stop(&c), 0);
}

Test(collector_command, a_bad_certificate_is_said) {
    const char *cert = put_file("cert", "no certificate");
    expect_end((const char *const[]){BIN, "--db", c.db, "--token-file", c.token_file, "--port", "0",
                                     "--tls-cert", cert, "--tls-key", cert, NULL},
               1, "cannot start the HTTPS server");
}

Test(collector_command, writes_its_port) {
    char path[100], *text;
    size_t n;
    lc_error err;
    snprintf(path, sizeof path, "%s/port", c.dir);
    collector_start(&c, (const char *const[]){"--port-file", path, NULL});
    /* The file follows the line on stdout; an answer means that both are written. */
    for (int i = 0; i < 200 && access(path, F_OK); i++)
        usleep(10000);
    cr_assert_eq(lc__file_read(path, 100, &text, &n, &err), LC_OK, "%s", err.message);
    cr_expect_eq(strtol(text, NULL, 10), c.port);
    free(text);
    cr_expect_eq(collector_stop(&c), 0);
}

Test(collector_command, exports_beside_a_running_collector) {
    char head[1000], line[1000], text[2100], out[100];
    collector_start(&c, NULL);
    snprintf(text, sizeof text, "%s\n%s\n", header_text(head, sizeof head, "box"),
             sample_text(line, sizeof line, "r-1", "box", 5));
    expect_post(&c, text, 200, "\"accepted\":1");
    snprintf(out, sizeof out, "%s/out.json", c.dir);
    expect_end(
        (const char *const[]){BIN, "export", "--db", c.db, "--device", "box", "--out", out, NULL},
        0, "");
    lc_device d;
    lc_error err;
    cr_assert_eq(lc_device_load(out, &d, &err), LC_OK, "%s", err.message);
    cr_expect_eq(d.n_samples, 1);
    lc_device_clear(&d);
    expect_end(
        (const char *const[]){BIN, "export", "--db", c.db, "--device", "crate", "--out", out, NULL},
        1, "holds no device \"crate\"");
    cr_expect_eq(collector_stop(&c), 0);
}

Test(collector_command, export_makes_no_database) {
    expect_end(
        (const char *const[]){BIN, "export", "--db", c.db, "--device", "box", "--out", "x", NULL},
        1, "cannot open the database");
    cr_expect_neq(access(c.db, F_OK), 0);
}
