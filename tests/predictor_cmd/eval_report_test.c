/* The report is opened from a file, maybe years later, maybe without a network: it must be whole,
 * and whatever stands in a table must not become markup. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "eval_data.h"
#include "world.h"
#include "xml_check.h"

static size_t count(const char *text, const char *what) {
    size_t n = 0;
    for (; (text = strstr(text, what)); text += strlen(what))
        n++;
    return n;
}

TestSuite(eval_report, .init = world_open, .fini = world_close);

Test(eval_report, is_whole_and_stands_alone) {
    eval_data_write("<b>&\"slow\"");
    const char *args[] = {"eval",
                          "--table",
                          world_path("t.csv"),
                          "--nets",
                          world_path("n.jsonl"),
                          "--source",
                          "fast",
                          "--target",
                          "<b>&\"slow\",gaps",
                          "--samples",
                          "4,8",
                          "--seeds",
                          "2",
                          "--baseline",
                          "ours,flops,scratch",
                          "--report",
                          world_path("r.html"),
                          NULL};
    ran r = predict(args);
    cr_assert_eq(r.code, 0, "%s", r.err);
    char *page;
    size_t length;
    cr_assert_eq(lc__file_read(world_path("r.html"), 1 << 24, &page, &length, NULL), LC_OK);
    char why[200];
    cr_expect(xml_well_formed(page + strlen("<!DOCTYPE html>"), why, sizeof why), "%s", why);
    cr_expect(strstr(page, "&lt;b&gt;&amp;&quot;slow&quot;") != NULL);
    /* Three charts, two curves of the one task, two scatters; a swatch per key entry. */
    cr_expect_eq(count(page, "role=\"img\""), 3 + 2 + 2u);
    cr_expect_eq(count(page, "<script") + count(page, "href=") + count(page, "src=") +
                     count(page, "url(") + count(page, "@import"),
                 0u);
    cr_expect_eq(count(page, "http"), count(page, "http://www.w3.org/2000/svg"));
    cr_expect_eq(count(page, "nan"), 0u);
    cr_expect_eq(count(page, "inf"), 0u);
    free(page);
    ran_clear(&r);
}

/* A page that cannot be written is an error, but the figures of what may have been hours stay. */
Test(eval_report, says_where_it_cannot_be_written) {
    eval_data_write("slow");
    const char *args[] = {"eval",
                          "--table",
                          world_path("t.csv"),
                          "--nets",
                          world_path("n.jsonl"),
                          "--target",
                          "slow",
                          "--seeds",
                          "1",
                          "--report",
                          "/nonexistent/r.html",
                          NULL};
    ran r = predict(args);
    cr_expect_eq(r.code, 1);
    cr_expect(strstr(r.err, "/nonexistent/r.html") != NULL, "%s", r.err);
    cr_expect(strstr(r.out, "slow") != NULL, "%s", r.out);
    ran_clear(&r);
}

/* A reader who compares two pages finds a method in its colour, whatever was asked for before
 * it. */
Test(eval_report, a_method_keeps_its_colour_and_one_left_out_has_none) {
    eval_data_write("slow");
    const char *args[] = {"eval",
                          "--table",
                          world_path("t.csv"),
                          "--nets",
                          world_path("n.jsonl"),
                          "--target",
                          "slow",
                          "--baseline",
                          "ours,lut,flops",
                          "--seeds",
                          "1",
                          "--report",
                          world_path("r.html"),
                          NULL};
    ran r = predict(args);
    cr_assert_eq(r.code, 0, "%s", r.err);
    char *page;
    size_t length;
    cr_assert_eq(lc__file_read(world_path("r.html"), 1 << 24, &page, &length, NULL), LC_OK);
    cr_expect(count(page, "class=\"c1\"") > 0, "flops is the second of the methods there are");
    cr_expect_eq(count(page, "class=\"c2\"") + count(page, ">lut<"), 0u);
    free(page);
    ran_clear(&r);
}
