/* The report is opened from a file, maybe years later, maybe without a network: it must be whole,
 * and whatever stands in a table must not become markup. */
#include <criterion/criterion.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "eval_data.h"
#include "world.h"

#define DEPTH 64

/* Names of the open elements. */
typedef struct nest {
    char name[DEPTH][16];
    int depth;
} nest;

/* Takes one tag, from behind its '<' to before its '>'. */
static void take_tag(nest *n, const char *tag, size_t length) {
    char name[16] = "";
    bool closing = *tag == '/';
    for (size_t i = closing; i < length && isalnum((unsigned char)tag[i]) && i < 15; i++)
        name[i - closing] = tag[i];
    cr_assert(*name, "an empty tag at: %.40s", tag);
    if (closing) {
        cr_assert(n->depth > 0 && !strcmp(n->name[n->depth - 1], name), "</%s> closes <%s>", name,
                  n->depth ? n->name[n->depth - 1] : "nothing");
        n->depth--;
    } else if (tag[length - 1] != '/') {
        cr_assert(n->depth < DEPTH);
        memcpy(n->name[n->depth++], name, sizeof name);
    }
}

/* Every element is closed in turn, every attribute's quotes are paired, every & begins a reference.
 */
static void check_markup(const char *page) {
    nest n = {.depth = 0};
    for (const char *at = page + strlen("<!DOCTYPE html>"); *at; at++) {
        if (*at == '&')
            cr_assert(strcspn(at, ";") < 8, "a bare &: %.20s", at);
        if (*at != '<')
            continue;
        bool quoted = false;
        const char *end = at + 1;
        for (; *end && (quoted || *end != '>'); end++)
            quoted ^= *end == '"';
        cr_assert(*end, "a tag does not end: %.40s", at);
        take_tag(&n, at + 1, (size_t)(end - at) - 1);
        at = end;
    }
    cr_assert_eq(n.depth, 0, "<%s> stays open", n.name[0]);
}

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
    check_markup(page);
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

/* A page that cannot be written is an error, not a page less. */
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
    ran_clear(&r);
}
