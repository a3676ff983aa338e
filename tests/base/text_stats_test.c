#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "base/stats.h"
#include "base/text.h"

Test(text, nearest_finds_typos_only) {
    static const char *const names[] = {"device", "arch", "model"};
    cr_expect_str_eq(lc__nearest("devcie", names, 3), "device");
    cr_expect_null(lc__nearest("zzzzzz", names, 3));
}

Test(text, json_string_is_escaped) {
    lc__buf b = {0};
    lc__buf_json_string(&b, "a\"\\\n\x01");
    cr_expect_str_eq(b.text, "\"a\\\"\\\\\\u000a\\u0001\"");
    free(b.text);
}

Test(text, latencies_read_well) {
    static const struct {
        double ns;
        const char *text;
    } cases[] = {{812, "812 ns"}, {4310, "4.31 us"}, {12.4e6, "12.4 ms"}, {1.2e9, "1.20 s"}};
    char buf[32];
    for (size_t i = 0; i < 4; i++)
        cr_expect_str_eq(lc__format_ns(cases[i].ns, buf, sizeof buf), cases[i].text);
}

/* Values by R's quantile(type = 7). */
Test(stats, quantiles) {
    double x[] = {1, 2, 3, 4, 10};
    cr_expect_float_eq(lc__quantile(x, 5, 0.5), 3, 1e-12);
    cr_expect_float_eq(lc__quantile(x, 5, 0.05), 1.2, 1e-12);
    cr_expect_float_eq(lc__quantile(x, 5, 0.9), 7.6, 1e-12);
    cr_expect_float_eq(lc__quantile(x, 1, 0.3), 1, 1e-12);
}

/* The interval must hold the true quantile about 95 times in 100, at any n where it can. */
Test(stats, quantile_interval_covers) {
    static const struct {
        size_t n;
        double q;
    } cases[] = {{100, 0.5}, {400, 0.05}, {100, 0.05}, {1000, 0.05}};
    uint64_t seed = 3;
    for (size_t c = 0; c < 4; c++) {
        int inside = 0;
        for (int t = 0; t < 1000; t++) {
            double x[1000], low, high;
            for (size_t i = 0; i < cases[c].n; i++)
                x[i] = lc__rng_unit(&seed);
            lc__sort(x, cases[c].n);
            lc__quantile_ci(x, cases[c].n, cases[c].q, &low, &high);
            inside += low <= cases[c].q && cases[c].q <= high;
        }
        cr_expect(inside >= 930, "case %zu: %d of 1000", c, inside);
    }
}

Test(stats, deviation) {
    double x[] = {2, 4, 4, 4, 5, 5, 7, 9};
    cr_expect_float_eq(lc__mean(x, 8), 5, 1e-12);
    cr_expect_float_eq(lc__stddev(x, 8), sqrt(32.0 / 7), 1e-12);
    cr_expect_eq(lc__stddev(x, 1), 0);
    cr_expect(isnan(lc__median(x, 0)));
}

/* What a terminal would obey is shown instead; what people write stays. */
Test(text, control_characters_are_shown) {
    static const struct {
        const char *text, *shown;
    } cases[] = {
        {"conv 3x3, \u00fc \u20ac \U0001f600 \\n", "conv 3x3, \u00fc \u20ac \U0001f600 \\n"},
        {"a\nb\tc\rd", "a\\nb\\tc\\rd"},
        {"\x1b[31mred\x7f", "\\x1b[31mred\\x7f"},
        {"\xc2\x9b"
         "2J",
         "\\x9b"
         "2J"},
        {"\u202egnp", "\\u202egnp"},
        {"latin \xe9 1", "latin \\xe9 1"},
        {"cut \xe2\x82", "cut \\xe2\\x82"},
        {"", ""}};
    char buf[80];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect_str_eq(lc__printable(cases[i].text, buf, sizeof buf), cases[i].shown);
    cr_expect_str_eq(lc__printable(NULL, buf, sizeof buf), "");
    cr_expect_str_eq(lc__printable("ab\ncd", buf, 4), "ab", "no half of what is shown");
    cr_expect_str_eq(lc__printable("ab\u20ac", buf, 5), "ab", "no half of a character");
}

Test(text, cutting_keeps_characters_whole) {
    const char *text = "ab\u00fcc"; /* u with dots: two bytes */
    cr_expect_eq(lc__utf8_cut(text, 9), 5u);
    cr_expect_eq(lc__utf8_cut(text, 4), 4u);
    cr_expect_eq(lc__utf8_cut(text, 3), 2u);
    cr_expect_eq(lc__utf8_cut(text, 0), 0u);
}
