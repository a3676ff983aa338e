/* A sample decides what the predictor believes about a board: what cannot be true is refused. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "devices/sample.h"
#include "sample_text.h"

static lc_status parse(const char *text, lc_sample *out, lc_error *err) {
    return lc_sample_parse(text, strlen(text), "s.jsonl", 7, out, err);
}

Test(sample, reads_every_field) {
    char text[1000];
    lc_sample s;
    lc_error err;
    cr_assert_eq(parse(sample_text(text, sizeof text, "r-1", "box", 1000), &s, &err), LC_OK, "%s",
                 err.message);
    cr_expect_str_eq(s.id, "r-1");
    cr_expect_eq(s.kind, LC_SAMPLE_NET);
    cr_expect_str_eq(lc_net_space(s.net), "nasbench201");
    cr_expect_eq(s.latency_ns, 1000);
    cr_expect_eq(s.n, 50);
    cr_expect(s.steady);
    cr_expect_str_eq(s.json, text);
    lc_sample_clear(&s);
    cr_expect_null(s.json, "cleared");
}

/* Boards differ in what they can measure; two samples are one only if they agree in that too. */
Test(sample, energy_and_power_may_be_there) {
    static const struct {
        const char *more;
        double energy, power;
    } cases[] = {{"", NAN, NAN},
                 {",\"energy_uj\":12.5,\"peak_power_mw\":4100", 12.5, 4100},
                 {",\"energy_uj\":null,\"energy_uj_absent\":\"no meter\"", NAN, NAN}};
    lc_sample s[3];
    for (size_t i = 0; i < 3; i++) {
        char good[1000], text[1200];
        lc_error err;
        sample_text(good, sizeof good, "r-1", "box", 1000);
        snprintf(text, sizeof text, "%.*s%s}", (int)strlen(good) - 1, good, cases[i].more);
        cr_assert_eq(parse(text, &s[i], &err), LC_OK, "%s", err.message);
        cr_expect(isnan(cases[i].energy) ? isnan(s[i].energy_uj)
                                         : s[i].energy_uj == cases[i].energy);
        cr_expect(isnan(cases[i].power) ? isnan(s[i].peak_power_mw)
                                        : s[i].peak_power_mw == cases[i].power);
    }
    cr_expect(lc__sample_same(&s[0], &s[2]));
    cr_expect_not(lc__sample_same(&s[0], &s[1]));
    for (size_t i = 0; i < 3; i++)
        lc_sample_clear(&s[i]);
}

/* An importer may pretty-print; the spool holds one line per sample, and no digit may be lost. */
Test(sample, keeps_text_as_one_line_with_all_digits) {
    char text[1400], statistics[400];
    statistics_text(statistics, sizeof statistics, 5);
    snprintf(text, sizeof text,
             "\n{ \"id\" : \"a\",\n\t\"kind\":\"op\", \"net\":%s,\n %s,\n"
             "\"seed\": 12345678901234567891, \"note\":\"two  blanks, \\\" and \\\\\" }\n",
             SMALL_CONV, statistics);
    lc_sample s;
    lc_error err;
    cr_assert_eq(parse(text, &s, &err), LC_OK, "%s", err.message);
    cr_expect_null(strchr(s.json, '\n'));
    cr_expect(strstr(s.json, ",\"seed\":12345678901234567891,\"note\":\"two  blanks, \\\" and "
                             "\\\\\"}"),
              "%s", s.json);
    lc_sample_clear(&s);
}

/* Replaces the first `from` in a good sample and reads the result. */
static lc_status parse_changed(const char *from, const char *to, lc_error *err) {
    char good[1000], bad[1400];
    sample_text(good, sizeof good, "r-1", "box", 1000);
    const char *at = strstr(good, from);
    cr_assert(at, "no %s in %s", from, good);
    snprintf(bad, sizeof bad, "%.*s%s%s", (int)(at - good), good, to, at + strlen(from));
    lc_sample s;
    lc_status status = parse(bad, &s, err);
    if (!status)
        lc_sample_clear(&s);
    return status;
}

Test(sample, refuses_what_cannot_be) {
    static const struct {
        const char *from, *to;
        lc_status status;
        const char *path, *message;
    } cases[] = {
        {"\"latency_ns\":1000", "\"latency_ns\":-1000", LC_EFORMAT, "$.latency_ns", "above 0"},
        {"\"latency_ns\":1000", "\"latency_ns\":0", LC_EFORMAT, "$.latency_ns", "above 0"},
        {"\"latency_ns\":1000", "\"latency_ns\":1e300", LC_EFORMAT, "$.latency_ns", "at most"},
        {"\"latency_ns\":1000", "\"latency_ns\":1e999", LC_EFORMAT, "$.latency_ns", "too large"},
        {"\"latency_ns\":1000", "\"latency_ns\":NaN", LC_EFORMAT, "", "not valid JSON"},
        {"\"latency_ns\":1000", "\"latency_ns\":Infinity", LC_EFORMAT, "", "not valid JSON"},
        {"\"latency_ns\":1000", "\"latency_ns\":\"1\"", LC_EFORMAT, "$.latency_ns", "a number"},
        {"\"latency_ns\":1000,", "", LC_EFORMAT, "$", "\"latency_ns\" is missing"},
        {"\"latency_ns\":1000", "\"latency_ns\":1200", LC_EFORMAT, "$", "\"ci_high_ns\""},
        {"\"ci_low_ns\":990", "\"ci_low_ns\":1001", LC_EFORMAT, "$", "\"ci_low_ns\" (1001)"},
        {"\"min_ns\":980", "\"min_ns\":1001", LC_EFORMAT, "$", "\"min_ns\" (1001)"},
        {"\"p95_ns\":1300", "\"p95_ns\":1050", LC_EFORMAT, "$", "\"p95_ns\" (1050)"},
        {"\"n\":50", "\"n\":0", LC_EFORMAT, "$.n", "must be in 1"},
        {"\"n\":50", "\"n\":1.5", LC_EFORMAT, "$.n", "whole number"},
        {"\"steady\":true", "\"steady\":1", LC_EFORMAT, "$.steady", "true or false"},
        {"\"counters\":null", "\"counters\":3", LC_EFORMAT, "$.counters", "an object"},
        {"\"kind\":\"net\"", "\"kind\":\"nets\"", LC_EFORMAT, "$.kind", "\"net\" or \"op\""},
        {"\"kind\":\"net\"", "\"kind\":\"op\"", LC_EFORMAT, "$.net", "of one operator"},
        {"\"n\":50", "\"n\":50,\"energy_uj\":0", LC_EFORMAT, "$.energy_uj", "\"energy_uj_absent\""},
        {"\"n\":50", "\"n\":50,\"energy_uj\":-2", LC_EFORMAT, "$.energy_uj", "above 0"},
        {"\"n\":50", "\"n\":50,\"energy_uj\":\"low\"", LC_EFORMAT, "$.energy_uj", "a number"},
        {"\"n\":50", "\"n\":50,\"peak_power_mw\":1e30", LC_EFORMAT, "$.peak_power_mw", "at most"},
        {"\"n\":50", "\"n\":50,\"peak_power_mw\":null", LC_EFORMAT, "$",
         "\"peak_power_mw_absent\" is missing"},
        {"\"n\":50", "\"n\":50,\"energy_uj\":null,\"energy_uj_absent\":\"\"", LC_EFORMAT,
         "$.energy_uj_absent", "says why"},
        {"\"id\":\"r-1\"", "\"id\":\"r 1\"", LC_EFORMAT, "$.id", "without spaces"},
        {"\"id\":\"r-1\"", "\"id\":\"\"", LC_EFORMAT, "$.id", "1 to 100"},
        {"\"nasbench201\"", "\"nasbench2O1\"", LC_EUNSUPPORTED, "$.net.space", "unknown space"},
        {"\"space\":", "\"schema_version\":2,\"space\":", LC_EUNSUPPORTED, "$.net.schema_version",
         "version 2"},
        {SMALL_NET, "{\"ops\":[{\"id\":\"a\",\"op\":\"warp\"}],\"output\":\"a\"}", LC_EUNSUPPORTED,
         "$.net.ops[0].op", "warp"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lc_error err;
        lc_status s = parse_changed(cases[i].from, cases[i].to, &err);
        cr_expect_eq(s, cases[i].status, "case %zu: %s", i, lc_status_name(s));
        cr_expect_str_eq(err.path, cases[i].path, "case %zu: %s", i, err.path);
        cr_expect(strstr(err.message, cases[i].message), "case %zu: %s", i, err.message);
        cr_expect_str_eq(err.file, "s.jsonl");
        cr_expect_eq(err.line, 7, "case %zu: line %d", i, err.line);
    }
}

Test(sample, refuses_text_that_is_no_object) {
    static const char *const texts[] = {"", "[]", "3", "null", "{", "{\"id\":\"\xff\"}"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        lc_sample s;
        lc_error err;
        cr_expect_eq(parse(texts[i], &s, &err), LC_EFORMAT, "case %zu", i);
        cr_expect_eq(err.line, 7, "case %zu", i);
    }
}

/* Whole and cut short at each byte: never accepted, never read beyond its end. */
Test(sample, refuses_every_truncation) {
    char text[1000];
    sample_text(text, sizeof text, "r-1", "box", 1000);
    size_t n = strlen(text);
    for (size_t cut = 0; cut < n; cut++) {
        lc_sample s;
        cr_expect_eq(lc_sample_parse(text, cut, NULL, 0, &s, NULL), LC_EFORMAT, "cut at %zu", cut);
    }
}

/* Tools reprint numbers with 15 digits: a resent sample must still be recognised. */
Test(sample, same_forgives_reprinting_only) {
    char text[1000];
    lc_sample a, b, c;
    cr_assert_eq(parse(sample_text(text, sizeof text, "a", NULL, 1000.1), &a, NULL), LC_OK);
    cr_assert_eq(parse(sample_text(text, sizeof text, "a", "box", 1000.1 * (1 + 1e-15)), &b, NULL),
                 LC_OK);
    cr_assert_eq(parse(sample_text(text, sizeof text, "a", NULL, 1000.2), &c, NULL), LC_OK);
    cr_expect(lc__sample_same(&a, &b));
    cr_expect_not(lc__sample_same(&a, &c));
    lc_sample_clear(&a);
    lc_sample_clear(&b);
    lc_sample_clear(&c);
}

/* Names become file names and parts of URLs. */
Test(sample, device_names) {
    static const struct {
        const char *name;
        bool ok;
    } cases[] = {{"a", true},   {"rk3588-A76.2_x", true}, {"", false},    {".", false},
                 {"..", false}, {"a/b", false},           {"a b", false}, {"\xc3\xa9", false},
                 {"a\n", false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect_eq(lc__device_name_ok(cases[i].name), cases[i].ok, "%s", cases[i].name);
    char name[102];
    memset(name, 'a', sizeof name);
    name[101] = '\0';
    cr_expect_not(lc__device_name_ok(name));
    name[100] = '\0';
    cr_expect(lc__device_name_ok(name));
}
