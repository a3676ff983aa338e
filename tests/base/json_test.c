/* What people hand in is wrong in many ways; each must be refused with the place named. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/json.h"
#include "base/rng.h"

static lc_status parse(const char *text, lc_error *err) {
    lc__doc doc;
    lc_status s = lc__doc_parse(&doc, text, strlen(text), "t.json", 0, err);
    if (!s)
        lc__doc_clear(&doc);
    return s;
}

Test(json, refuses_broken_text_with_line) {
    static const struct {
        const char *text, *message;
        int line;
    } cases[] = {
        {"", "empty", 1},
        {" \n\n", "empty", 1},
        {"{\"a\":\n1,\n", "ends too early", 3},
        {"{\"a\":\n nan}", "not valid JSON", 2},
        {"[1,\n2] x", "not valid JSON", 2},
        {"{\"a\":\n1\x17}", "control character", 2},
        {"\x1b[]", "control character", 1},
        {"{\"a\":1e999}", "too large for a double", 1},
        {"{\"a\":1,\n\"b\":2,\n\"a\":3}", "twice", 1},
        {"{\"a\":\"\xff\"}", "not UTF-8", 1},
        {"{\"a\":\"\xed\xa0\x80\"}", "not UTF-8", 1}, /* a surrogate */
        {"{\"a\":\"\xc0\x80\"}", "not UTF-8", 1},     /* an overlong NUL */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lc_error err;
        cr_assert_eq(parse(cases[i].text, &err), LC_EFORMAT, "case %zu", i);
        cr_expect(strstr(err.message, cases[i].message), "case %zu: %s", i, err.message);
        cr_expect_eq(err.line, cases[i].line, "case %zu: line %d", i, err.line);
        cr_expect_str_eq(err.file, "t.json");
    }
}

Test(json, refuses_a_nul_byte) {
    lc__doc doc;
    lc_error err;
    cr_assert_eq(lc__doc_parse(&doc, "{\"a\":\0 1}", 9, "t.json", 0, &err), LC_EFORMAT);
    cr_expect(strstr(err.message, "NUL"), "%s", err.message);
}

Test(json, refuses_deep_nesting) {
    char text[201];
    memset(text, '[', 100);
    memset(text + 100, ']', 100);
    text[200] = '\0';
    lc_error err;
    cr_assert_eq(parse(text, &err), LC_EFORMAT);
    cr_expect(strstr(err.message, "64 levels"), "%s", err.message);
}

/* Brackets inside strings are no nesting. */
Test(json, brackets_in_strings_are_text) {
    char text[204] = "\"";
    memset(text + 1, '[', 200);
    text[201] = '"';
    cr_expect_eq(parse(text, NULL), LC_OK);
}

Test(json, errors_name_path_and_line) {
    static const char text[] =
        "{\n \"samples\": [\n  {\"x\": 1},\n  {\"na\\u006de\": \"q\", \"x\":\n   "
        "\"two\"}\n ]\n}";
    lc__doc doc;
    lc_error err;
    cr_assert_eq(lc__doc_parse(&doc, text, strlen(text), "t.json", 10, &err), LC_OK);
    lc__cur root = lc__doc_root(&doc), samples, e;
    cr_assert_eq(lc__json_need(&root, "samples", &samples, &err), LC_OK);
    cr_assert(lc__json_first(&samples, &e));
    cr_assert(lc__json_next(&e));
    double x;
    cr_assert_eq(lc__json_need_num(&e, "x", 0, 9, &x, &err), LC_EFORMAT);
    cr_expect_str_eq(err.path, "$.samples[1].x");
    cr_expect_eq(err.line, 15);
    cr_expect(strstr(err.message, "must be a number, is a string"), "%s", err.message);
    cr_assert_eq(lc__json_need_num(&e, "y", 0, 9, &x, &err), LC_EFORMAT);
    cr_expect_str_eq(err.path, "$.samples[1]");
    cr_expect_eq(err.line, 14);
    lc__doc_clear(&doc);
}

/* Windows editors put a byte order mark first; places are still right. */
Test(json, a_byte_order_mark_does_not_shift_places) {
    static const char text[] = "\xef\xbb\xbf{\n\"a\":\n[1,\n\"b\"]}";
    lc__doc doc;
    lc_error err;
    lc__cur root, a, e;
    double x;
    cr_assert_eq(lc__doc_parse(&doc, text, strlen(text), NULL, 0, &err), LC_OK);
    root = lc__doc_root(&doc);
    cr_assert(lc__json_get(&root, "a", &a) && lc__json_first(&a, &e) && lc__json_next(&e));
    cr_assert_eq(lc__json_num(&e, 0, 9, &x, &err), LC_EFORMAT);
    cr_expect_eq(err.line, 4);
    lc__doc_clear(&doc);
}

Test(json, numbers_are_checked_for_range_and_wholeness) {
    static const char text[] = "{\"a\":-1,\"b\":1.5,\"v\":2}";
    lc__doc doc;
    lc_error err;
    cr_assert_eq(lc__doc_parse(&doc, text, strlen(text), NULL, 0, &err), LC_OK);
    lc__cur root = lc__doc_root(&doc);
    double x;
    int64_t i;
    cr_expect_eq(lc__json_need_num(&root, "a", 0, 9, &x, &err), LC_EFORMAT);
    cr_expect_eq(lc__json_need_int(&root, "b", 0, 9, &i, &err), LC_EFORMAT);
    cr_expect(strstr(err.message, "whole number"), "%s", err.message);
    cr_expect_eq(lc__json_need_num(&root, "b", 0, 9, &x, &err), LC_OK);
    cr_expect_eq(lc__json_version(&root, 1, &err), LC_EFORMAT);
    lc__doc_clear(&doc);
}

/* Shortest text that reads back as the same double. */
Test(json, added_numbers_read_back_exactly) {
    uint64_t seed = 7;
    for (int i = 0; i < 1000; i++) {
        double x = (lc__rng_unit(&seed) - 0.3) * 1e9;
        cJSON *o = cJSON_CreateObject();
        cr_assert(lc__json_add_num(o, "x", x));
        char *text = lc__json_print(o);
        cJSON *back = cJSON_Parse(text);
        cr_expect_eq(cJSON_GetObjectItem(back, "x")->valuedouble, x);
        cJSON_Delete(back);
        cJSON_free(text);
        cJSON_Delete(o);
    }
}

/* Nothing that is cut or damaged may crash the reader. */
Test(json, survives_damage) {
    static const char text[] =
        "{\"a\":[1,2,{\"b\":\"\\u00e9\\n\"}],\"c\":{\"d\":null,\"e\":-1.5e-3}}";
    uint64_t seed = 1;
    for (int i = 0; i < 3000; i++) {
        char copy[sizeof text];
        memcpy(copy, text, sizeof text);
        size_t n = (size_t)lc__rng_below(&seed, sizeof text);
        copy[lc__rng_below(&seed, sizeof text - 1)] = (char)lc__rng_u64(&seed);
        lc__doc doc;
        lc_error err;
        if (lc__doc_parse(&doc, copy, n, "t", 0, &err) == LC_OK)
            lc__doc_clear(&doc);
        else
            cr_assert(err.message[0]);
    }
}
