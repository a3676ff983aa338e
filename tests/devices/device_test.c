/* device.json must survive being read and written, at the size of a pool, and say what is wrong. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "latcast/device.h"
#include "sample_text.h"

static lc_status parse(const char *text, lc_device *out, lc_error *err) {
    return lc_device_parse(text, strlen(text), "d.json", out, err);
}

/* A device.json with these samples, as text (free()). */
static char *device_text(const char *const *samples, size_t n) {
    lc__buf buf = {0};
    lc__buf_printf(&buf,
                   "{\"schema_version\":1,\n\"name\":\"box\",\n\"config\":%s,\n"
                   "\"fingerprint\":%s,\n\"samples\":[\n",
                   CONFIG, FINGERPRINT);
    for (size_t i = 0; i < n; i++)
        lc__buf_printf(&buf, "%s%s", i ? ",\n" : "", samples[i]);
    lc__buf_printf(&buf, "\n]}\n");
    return buf.text;
}

Test(device, reads_identity_and_keeps_unknown_fields) {
    char *text = device_text(NULL, 0);
    lc_device d;
    lc_error err;
    cr_assert_eq(parse(text, &d, &err), LC_OK, "%s", err.message);
    cr_expect_str_eq(d.name, "box");
    cr_expect_str_eq(d.backend, "native");
    cr_expect_str_eq(d.isa, "avx2");
    cr_expect_eq(d.threads, 2);
    cr_expect_str_eq(d.dtype, "f32");
    cr_expect_str_eq(d.board, "test-board");
    cr_expect_str_eq(d.config_json, CONFIG);
    cr_expect_str_eq(d.fingerprint_json, FINGERPRINT);
    cr_expect_eq(d.n_samples, 0);
    lc_device_clear(&d);
    free(text);
}

Test(device, writes_what_it_read) {
    char a[1000], b[1000];
    const char *samples[] = {sample_text(a, sizeof a, "r-1", NULL, 1000.123456789012345),
                             sample_text(b, sizeof b, "r-2", NULL, 77)};
    char *text = device_text(samples, 2);
    lc_device d;
    lc_error err;
    cr_assert_eq(parse(text, &d, &err), LC_OK, "%s", err.message);
    char *again = lc_device_to_json(&d);
    cr_expect_str_eq(again, text);
    free(again);
    free(text);
    lc_device_clear(&d);
}

/* Lines of a spool name their device; device.json does so once. */
Test(device, header_and_lines_become_a_device) {
    char header[1000], line[1000], plain[1000];
    lc_device d, again;
    lc_sample s;
    lc_error err;
    header_text(header, sizeof header, "box");
    sample_text(line, sizeof line, "r-1", "box", 500);
    cr_assert_eq(lc_device_parse_header(header, strlen(header), "u", 1, &d, &err), LC_OK, "%s",
                 err.message);
    cr_assert_eq(lc_sample_parse(line, strlen(line), "u", 2, &s, &err), LC_OK, "%s", err.message);
    cr_assert_eq(lc_device_add(&d, &s, &err), LC_OK);
    cr_expect_null(s.id, "taken over");
    char *text = lc_device_to_json(&d), *head = lc_device_header_json(&d);
    cr_expect_str_eq(head, header);
    cr_expect(strstr(text, sample_text(plain, sizeof plain, "r-1", NULL, 500)), "%s", text);
    cr_assert_eq(parse(text, &again, &err), LC_OK, "%s", err.message);
    cr_expect_eq(again.n_samples, 1);
    free(text);
    free(head);
    lc_device_clear(&d);
    lc_device_clear(&again);
}

Test(device, same_sample_twice_is_kept_once_and_a_contradiction_is_refused) {
    char a[1000], b[1000];
    const char *twice[] = {sample_text(a, sizeof a, "r-1", NULL, 1000), a};
    lc_device d;
    lc_error err;
    char *text = device_text(twice, 2);
    cr_assert_eq(parse(text, &d, &err), LC_OK, "%s", err.message);
    cr_expect_eq(d.n_samples, 1);
    lc_device_clear(&d);
    free(text);
    const char *other[] = {a, sample_text(b, sizeof b, "r-1", NULL, 1001)};
    text = device_text(other, 2);
    cr_assert_eq(parse(text, &d, &err), LC_EFORMAT);
    cr_expect(strstr(err.message, "\"r-1\" is there already with other values"), "%s", err.message);
    cr_expect_str_eq(err.path, "$.samples[1]");
    cr_expect_eq(err.line, 7);
    free(text);
}

Test(device, names_the_bad_sample) {
    char good[1000], bad[1000];
    const char *samples[] = {sample_text(good, sizeof good, "r-1", NULL, 1000),
                             sample_text(bad, sizeof bad, "r-2", NULL, -3)};
    char *text = device_text(samples, 2), shown[600];
    lc_device d;
    lc_error err;
    cr_assert_eq(parse(text, &d, &err), LC_EFORMAT);
    lc_error_format(&err, shown, sizeof shown);
    cr_expect_eq(strncmp(shown, "d.json:7: $.samples[1].latency_ns: ", 35), 0, "%s", shown);
    free(text);
}

Test(device, refuses_bad_documents) {
    static const struct {
        const char *from, *to;
        lc_status status;
        const char *path, *message;
    } cases[] = {
        {"\"schema_version\":1", "\"schema_version\":2", LC_EUNSUPPORTED, "$.schema_version", "2"},
        {"\"schema_version\":1,", "", LC_EFORMAT, "$", "\"schema_version\" is missing"},
        {"\"name\":\"box\"", "\"name\":\"../box\"", LC_EFORMAT, "$.name", "name is 1 to 100"},
        {"\"threads\":2", "\"threads\":0", LC_EFORMAT, "$.config.threads", "1 .. 4096"},
        {"\"backend\":\"native\"", "\"backend\":\"\"", LC_EFORMAT, "$.config.backend", "empty"},
        {"\"dtype\":\"f32\",", "", LC_EFORMAT, "$.config", "\"dtype\" is missing"},
        {"\"board\":\"test-board\"", "\"board\":7", LC_EFORMAT, "$.fingerprint.board", "a string"},
        {"\"samples\":[", "\"samples\":[7", LC_EFORMAT, "$.samples[0]", "an object"},
        {"\"samples\":[\n\n]", "\"samples\":{}", LC_EFORMAT, "$.samples", "an array"},
        {"\"fingerprint\":", "\"fingerprints\":", LC_EFORMAT, "$", "\"fingerprint\" is missing"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *good = device_text(NULL, 0), bad[1400];
        const char *at = strstr(good, cases[i].from);
        cr_assert(at, "case %zu", i);
        snprintf(bad, sizeof bad, "%.*s%s%s", (int)(at - good), good, cases[i].to,
                 at + strlen(cases[i].from));
        lc_device d;
        lc_error err;
        cr_expect_eq(parse(bad, &d, &err), cases[i].status, "case %zu", i);
        cr_expect_str_eq(err.path, cases[i].path, "case %zu: %s", i, err.path);
        cr_expect(strstr(err.message, cases[i].message), "case %zu: %s", i, err.message);
        free(good);
    }
}

Test(device, a_sample_of_another_device_is_refused) {
    char line[1000];
    const char *samples[] = {sample_text(line, sizeof line, "r-1", "crate", 10)};
    char *text = device_text(samples, 1);
    lc_device d;
    lc_error err;
    cr_assert_eq(parse(text, &d, &err), LC_EFORMAT);
    cr_expect(strstr(err.message, "a sample of \"crate\" among those of \"box\""), "%s",
              err.message);
    free(text);
}

Test(device, batch_is_read_where_there_is_one) {
    static const char format[] =
        "{\"schema_version\":1,\"name\":\"n\",\"config\":{\"backend\":\"native\",\"threads\":1,"
        "\"dtype\":\"int8\",\"batch\":%s},\"fingerprint\":{},\"samples\":[]}";
    static const struct {
        const char *batch;
        lc_status status;
        int expected;
    } cases[] = {{"8", LC_OK, 8}, {"null", LC_OK, 0}, {"0", LC_EFORMAT, 0}, {"1.5", LC_EFORMAT, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[300];
        lc_device d;
        lc_error err = {0};
        snprintf(text, sizeof text, format, cases[i].batch);
        cr_assert_eq(parse(text, &d, &err), cases[i].status, "%s", err.message);
        if (cases[i].status == LC_OK) {
            cr_expect_eq(d.batch, cases[i].expected);
            lc_device_clear(&d);
        } else {
            cr_expect_str_eq(err.path, "$.config.batch");
        }
    }
}

Test(device, isa_and_board_may_be_null) {
    static const char text[] =
        "{\"schema_version\":1,\"name\":\"n\",\"config\":{\"backend\":\"null\",\"isa\":null,"
        "\"isa_absent\":\"runs nothing\",\"threads\":1,\"dtype\":\"f32\"},"
        "\"fingerprint\":{\"board\":null},\"samples\":[]}";
    lc_device d;
    lc_error err;
    cr_assert_eq(parse(text, &d, &err), LC_OK, "%s", err.message);
    cr_expect_str_eq(d.isa, "");
    cr_expect_str_eq(d.board, "");
    lc_device_clear(&d);
}

/* Quadratic look-up or growth would take minutes here. */
Test(device, holds_the_samples_of_a_pool) {
    enum { N = 10000 };
    lc_device d = {0};
    char text[1000], id[32];
    lc_sample s;
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < N; i++) {
            snprintf(id, sizeof id, "run-%d", i);
            sample_text(text, sizeof text, id, NULL, 100 + i);
            cr_assert_eq(lc_sample_parse(text, strlen(text), NULL, 0, &s, NULL), LC_OK);
            cr_assert_eq(lc_device_add(&d, &s, NULL), LC_OK);
        }
        cr_assert_eq(d.n_samples, N);
    }
    cr_expect_str_eq(d.samples[N - 1].id, "run-9999");
    lc_device_clear(&d);
}

/* Whoever fills in the array by hand (a selection of another device) still adds safely. */
Test(device, adds_to_samples_that_were_filled_in_by_hand) {
    char text[1000];
    lc_device d = {0};
    d.samples = calloc(1, sizeof *d.samples);
    d.n_samples = 1;
    sample_text(text, sizeof text, "x", NULL, 100);
    cr_assert_eq(lc_sample_parse(text, strlen(text), NULL, 0, &d.samples[0], NULL), LC_OK);
    lc_sample s;
    cr_assert_eq(lc_sample_parse(text, strlen(text), NULL, 0, &s, NULL), LC_OK);
    cr_assert_eq(lc_device_add(&d, &s, NULL), LC_OK);
    cr_expect_eq(d.n_samples, 1);
    lc_device_clear(&d);
}

Test(device, saves_and_loads_a_file) {
    char dir[] = "/tmp/latcast-device-XXXXXX", path[64], line[1000];
    cr_assert_not_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/d.json", dir);
    const char *samples[] = {sample_text(line, sizeof line, "r-1", NULL, 10)};
    char *text = device_text(samples, 1);
    lc_device d, again;
    lc_error err;
    cr_assert_eq(parse(text, &d, &err), LC_OK);
    cr_assert_eq(lc_device_save(&d, path, &err), LC_OK, "%s", err.message);
    cr_assert_eq(lc_device_load(path, &again, &err), LC_OK, "%s", err.message);
    cr_expect_eq(again.n_samples, 1);
    lc_device_clear(&again);
    unlink(path);
    cr_expect_eq(lc_device_load(path, &again, &err), LC_EIO);
    cr_expect_str_eq(err.file, path);
    lc_device_clear(&d);
    free(text);
    rmdir(dir);
}

/* A sparse gigabyte is refused by its size, before any of it is read. */
Test(device, refuses_a_gigabyte) {
    char path[] = "/tmp/latcast-huge-XXXXXX";
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    cr_assert_eq(ftruncate(fd, (off_t)1 << 30), 0);
    close(fd);
    lc_device d;
    lc_error err;
    cr_expect_eq(lc_device_load(path, &d, &err), LC_EFORMAT);
    cr_expect(strstr(err.message, "larger than"), "%s", err.message);
    unlink(path);
}

Test(device, header_must_say_that_it_is_one) {
    static const struct {
        const char *text, *path;
        lc_status status;
    } cases[] = {
        {"{\"schema_version\":1,\"kind\":\"net\",\"device\":\"d\"}", "$.kind", LC_EFORMAT},
        {"{\"schema_version\":9,\"kind\":\"device\",\"device\":\"d\"}", "$.schema_version",
         LC_EUNSUPPORTED},
        {"{\"schema_version\":1,\"kind\":\"device\"}", "$", LC_EFORMAT},
        {"{\"schema_version\":1,\"kind\":\"device\",\"device\":\"d\"}", "$", LC_EFORMAT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lc_device d;
        lc_error err;
        cr_expect_eq(lc_device_parse_header(cases[i].text, strlen(cases[i].text), "u", 3, &d, &err),
                     cases[i].status, "case %zu", i);
        cr_expect_str_eq(err.path, cases[i].path, "case %zu", i);
        cr_expect_eq(err.line, 3, "case %zu", i);
    }
}
