/* The protocol as agents and people use it: every answer, good or bad, says what became of it. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../devices/sample_text.h"
#include "base/text.h"
#include "collector_harness.h"

static collector c;

static void setup(void) {
    collector_init(&c);
    collector_start(&c, NULL);
}

static void teardown(void) {
    cr_expect_eq(collector_stop(&c), 0, "ends cleanly on SIGTERM");
    collector_clear(&c);
}

TestSuite(collector_api, .init = setup, .fini = teardown);

/* Header and n samples of the device, ids PREFIX-0.. (free()). */
static char *upload_text(const char *device, const char *prefix, int n) {
    char text[1000], id[60];
    lc__buf buf = {0};
    lc__buf_printf(&buf, "%s\n", header_text(text, sizeof text, device));
    for (int i = 0; i < n; i++) {
        snprintf(id, sizeof id, "%s-%d", prefix, i);
        lc__buf_printf(&buf, "%s\n", sample_text(text, sizeof text, id, device, 1000 + i));
    }
    return buf.text;
}

static void expect_get(const char *path, int status, const char *part) {
    answer a = get(&c, path);
    cr_expect_eq(a.status, status, "%s: %d %s", path, a.status, a.body);
    cr_expect(strstr(a.body, part), "%s: \"%s\" is not in %s", path, part, a.body);
    free(a.body);
}

Test(collector_api, keeps_and_gives_back) {
    char *text = upload_text("box", "r", 3);
    expect_post(&c, text, 200, "{\"accepted\":3,\"duplicates\":0,\"refused\":[]}");
    expect_get("/v1/devices", 200, "{\"name\":\"box\",\"samples\":3,\"nets\":3,\"ops\":0,");
    expect_get("/v1/devices/box", 200, "\"weight_seed\":12345678901234567891");
    cr_expect_eq(count_samples(&c, "box"), 3);
    free(text);
}

/* Decoded, it would end the name and so be another one. */
Test(collector_api, a_nul_in_a_path_is_no_end_of_it) {
    char *text = upload_text("box", "r", 1);
    expect_post(&c, text, 200, "\"accepted\":1");
    free(text);
    expect_get("/v1/devices/b%6fx", 200, "\"name\":\"box\"");
    expect_get("/v1/devices/box%00", 404, "no device \\\"box%00\\\"");
    expect_get("/v1/devices/b%6fx%00.json", 404, "no device");
    expect_get("/healthz%00", 404, "no such path");
}

Test(collector_api, resending_changes_nothing) {
    char *text = upload_text("box", "r", 3);
    expect_post(&c, text, 200, "\"accepted\":3");
    expect_post(&c, text, 200, "{\"accepted\":0,\"duplicates\":3,\"refused\":[]}");
    cr_expect_eq(count_samples(&c, "box"), 3);
    free(text);
}

/* Later requests need no header: the device is known. */
Test(collector_api, samples_alone_follow_a_known_device) {
    char line[1000], *text = upload_text("box", "r", 1);
    expect_post(&c, sample_text(line, sizeof line, "s-1", "box", 9), 422,
                "{\"line\":1,\"id\":\"s-1\",\"reason\":\"its device is not known here");
    expect_post(&c, text, 200, "\"accepted\":1");
    expect_post(&c, line, 200, "\"accepted\":1");
    free(text);
}

Test(collector_api, refuses_bad_lines_and_keeps_the_good_ones) {
    char head[1000], a[1000], b[1000], bad[1000], text[6000];
    header_text(head, sizeof head, "box");
    sample_text(a, sizeof a, "good-1", "box", 100);
    sample_text(b, sizeof b, "good-2", "box", 200);
    sample_text(bad, sizeof bad, "bad-1", "box", -7);
    snprintf(text, sizeof text, "%s\r\n%s\n\n%s\nnot json\n%s", head, a, bad, b);
    answer r = post(&c, text);
    cr_expect_eq(r.status, 422);
    cr_expect(strstr(r.body, "{\"accepted\":2,\"duplicates\":0,\"refused\":["), "%s", r.body);
    cr_expect(strstr(r.body, "{\"line\":4,\"id\":\"bad-1\",\"reason\":\"$.latency_ns: "), "%s",
              r.body);
    cr_expect(strstr(r.body, "{\"line\":5,\"id\":null,\"reason\":\"not valid JSON"), "%s", r.body);
    cr_expect_eq(count_samples(&c, "box"), 2);
    free(r.body);
}

Test(collector_api, refuses_each_kind_of_bad_line) {
    char *good = upload_text("box", "r", 1), nested[400], text[1600], line[1000], odd[1400];
    memset(nested, '[', sizeof nested - 1);
    nested[sizeof nested - 1] = '\0';
    sample_text(line, sizeof line, "x", "box", 5);
    snprintf(odd, sizeof odd, "%.*s\"warp\"%s", (int)(strstr(line, "\"nasbench201\"") - line), line,
             strstr(line, "\"nasbench201\"") + 13);
    const struct {
        const char *line, *reason;
    } cases[] = {
        {nested, "nested more than 64 levels"},
        {"{\"id\":\"a\",\"latency_ns\":NaN}", "not valid JSON"},
        {"{\"id\":\"a\",\"latency_ns\":1e999}", "too large"},
        {"{\"id\":\"\xff\xfe\"}", "not UTF-8"},
        {"{\"id\":\"caf\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\" \xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9",
         "not"},
        {"{", "ends too early"},
        {"[1,2]", "must be an object"},
        {"{\"device\":\"box\"}", "\\\"id\\\" is missing"},
        {"{\"device\":\"../box\"}", "name is 1 to 100"},
        {"{\"device\":7}", "must be a string"},
        {odd, "unknown space"},
        {"{\"kind\":\"device\",\"schema_version\":2,\"device\":\"b2\"}", "schema version 2"},
        {"{\"kind\":\"device\",\"schema_version\":1,\"device\":\"b2\"}",
         "\\\"config\\\" is missing"},
    };
    expect_post(&c, good, 200, "\"accepted\":1");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(text, sizeof text, "%s\n", cases[i].line);
        answer r = post(&c, text);
        cr_expect_eq(r.status, 422, "case %zu: %d %s", i, r.status, r.body);
        cr_expect(strstr(r.body, cases[i].reason), "case %zu: %s", i, r.body);
        cr_expect_eq(lc__utf8_check(r.body, r.length), r.length, "case %zu: answer is UTF-8", i);
        free(r.body);
    }
    cr_expect_eq(count_samples(&c, "box"), 1);
    free(good);
}

/* One id is one measurement: two that claim it cannot both be right. */
Test(collector_api, refuses_the_same_id_with_other_values) {
    char *text = upload_text("box", "r", 1), line[1000], *other = upload_text("crate", "r", 1);
    expect_post(&c, text, 200, "\"accepted\":1");
    expect_post(&c, sample_text(line, sizeof line, "r-0", "box", 1234), 422,
                "{\"line\":1,\"id\":\"r-0\",\"reason\":\"conflict: ");
    expect_post(&c, other, 422, "\"reason\":\"conflict: ");
    cr_expect_eq(count_samples(&c, "box"), 1);
    cr_expect_eq(count_samples(&c, "crate"), 0);
    free(text);
    free(other);
}

/* A device is a board in one configuration; a name stands for one of them. */
Test(collector_api, refuses_a_name_for_another_configuration) {
    char *text = upload_text("box", "r", 1), *other = upload_text("box", "s", 1);
    expect_post(&c, text, 200, "\"accepted\":1");
    char *threads = strstr(other, "\"threads\":2");
    threads[10] = '4';
    answer r = post(&c, other);
    cr_expect_eq(r.status, 422);
    cr_expect(strstr(r.body, "{\"line\":1,\"id\":null,\"reason\":\"conflict: device box"), "%s",
              r.body);
    cr_expect(strstr(r.body, "{\"line\":2,\"id\":\"s-0\",\"reason\":\"the header of its device"),
              "%s", r.body);
    cr_expect_eq(count_samples(&c, "box"), 1);
    free(r.body);
    free(text);
    free(other);
}

Test(collector_api, wants_the_token) {
    static const struct {
        const char *headers, *part;
    } cases[] = {{"", "no token"},
                 {"Authorization: Bearer wrong\r\n", "wrong token"},
                 {"Authorization: Bearer correct-hors\r\n", "wrong token"},
                 {"Authorization: Bearer correct-horsex\r\n", "wrong token"},
                 {"Authorization: Bearer \r\n", "wrong token"},
                 {"Authorization: Basic " TOKEN "\r\n", "wrong token"}};
    static const char *const paths[] = {"/v1/devices", "/v1/devices/box", "/v1/samples"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (size_t p = 0; p < 3; p++) {
            bool posting = p == 2;
            answer a = http(&c, posting ? "POST" : "GET", paths[p], cases[i].headers,
                            posting ? "{}" : NULL, 2);
            cr_expect_eq(a.status, 401, "case %zu %s", i, paths[p]);
            cr_expect(strstr(a.body, cases[i].part), "case %zu: %s", i, a.body);
            cr_expect(strstr(a.head, "WWW-Authenticate: Bearer"), "%s", a.head);
            free(a.body);
        }
    }
    answer a = http(&c, "GET", "/healthz", "", NULL, 0);
    cr_expect_eq(a.status, 200, "health is for everyone");
    cr_expect(strstr(a.body, "\"status\":\"ok\""), "%s", a.body);
    free(a.body);
}

Test(collector_api, names_what_there_is_instead) {
    expect_get("/v1/nothing", 404, "GET /v1/devices/NAME");
    expect_get("/v1/devices/", 404, "POST /v1/samples");
    expect_get("/v1/devices/unknown", 404, "no device \\\"unknown\\\"");
    expect_get("/v1/devices/a%2F..%2Fb%22%FF", 404, "no device");
    expect_get("/v1/samples", 405, "takes POST");
    static const char *const methods[] = {"DELETE", "PUT", "POST", "BREW"};
    for (size_t i = 0; i < 4; i++) {
        answer a = http(&c, methods[i], "/v1/devices", AUTH, "x", 1);
        cr_expect_eq(a.status, 405, "%s: %d", methods[i], a.status);
        cr_expect(strstr(a.head, "Allow: GET, HEAD\r\n"), "%s", a.head);
        free(a.body);
    }
}

Test(collector_api, head_has_no_body) {
    answer a = http(&c, "HEAD", "/healthz", "", NULL, 0);
    cr_expect_eq(a.status, 200);
    cr_expect_eq(a.length, 0);
    free(a.body);
}

Test(collector_api, refuses_another_protocol_naming_both) {
    answer a = http(&c, "GET", "/v1/devices", AUTH "X-Latcast-Protocol: 2\r\n", NULL, 0);
    cr_expect_eq(a.status, 426);
    cr_expect(strstr(a.body, "protocol 2") && strstr(a.body, "speaks 1"), "%s", a.body);
    cr_expect(strstr(a.head, "X-Latcast-Protocol: 1\r\n"), "%s", a.head);
    free(a.body);
    a = http(&c, "GET", "/v1/devices", AUTH "X-Latcast-Protocol: 1\r\n", NULL, 0);
    cr_expect_eq(a.status, 200);
    free(a.body);
}

Test(collector_api, refuses_empty_and_compressed_bodies) {
    expect_post(&c, "", 400, "body is empty");
    expect_post(&c, " \r\n\n\t\n", 400, "body is empty");
    answer a = http(&c, "POST", "/v1/samples", AUTH, NULL, 0);
    cr_expect_eq(a.status, 400, "%d", a.status);
    free(a.body);
    a = http(&c, "POST", "/v1/samples", AUTH "Content-Encoding: gzip\r\n", "\x1f\x8b", 2);
    cr_expect_eq(a.status, 415);
    free(a.body);
}

Test(collector_api, limits_lines) {
    enum { LINES = 10001, LONG = (1 << 20) + 1 };
    char *many = malloc(2 * LINES + 1), *wide = malloc(LONG + 1);
    cr_assert(many && wide);
    for (size_t i = 0; i < LINES; i++)
        memcpy(many + 2 * i, "1\n", 2);
    many[2 * LINES] = '\0';
    expect_post(&c, many, 413, "10001 lines");
    memset(wide, ' ', LONG);
    wide[0] = '{';
    wide[LONG] = '\0';
    expect_post(&c, wide, 422, "longer than 1 MiB");
    free(many);
    free(wide);
}

/* The answer must arrive although the peer is still sending when it is refused. */
Test(collector_api, refuses_a_large_body_in_words) {
    size_t n = (size_t)17 << 20;
    char *body = malloc(n);
    cr_assert_not_null(body);
    memset(body, ' ', n);
    answer a = http(&c, "POST", "/v1/samples", AUTH, body, n);
    cr_expect_eq(a.status, 413, "%d", a.status);
    cr_expect(strstr(a.body, "--max-body-mb"), "%s", a.body);
    free(a.body);
    a = http(&c, "POST", "/v1/samples", "", body, n);
    cr_expect_eq(a.status, 401, "without the token nothing of it is kept: %d", a.status);
    free(a.body);
    free(body);
}

Test(collector_api, data_is_for_the_owner_only) {
    struct stat st;
    cr_assert_eq(stat(c.db, &st), 0);
    cr_expect_eq(st.st_mode & 0777, 0600);
}
