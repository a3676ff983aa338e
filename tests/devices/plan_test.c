/* A plan is what a person writes or `predict plan` makes: order kept, nothing measured twice. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "devices/plan.h"
#include "latcast/device.h"
#include "latcast/space.h"
#include "sample_text.h"

static lc_status parse(const char *text, lc_plan *out, lc_error *err) {
    return lc_plan_parse(text, strlen(text), "plan.json", out, err);
}

#define ITEM_OP "{\"kind\":\"op\"," /* and then a net's members */

Test(plan, reads_nets_and_operators_in_order) {
    char text[1400];
    lc_plan p;
    lc_error err;
    snprintf(text, sizeof text,
             "{\"schema_version\":1,\"name\":\"first\",\"items\":[%s%s,{\"kind\":\"net\",%s]}",
             ITEM_OP, &SMALL_CONV[1], &SMALL_NET[1]);
    cr_assert_eq(parse(text, &p, &err), LC_OK, "%s %s", err.path, err.message);
    cr_expect_str_eq(p.name, "first");
    cr_assert_eq(p.n_items, 2);
    cr_expect_eq(p.items[0].kind, LC_SAMPLE_OP);
    cr_expect_eq(lc_net_size(p.items[0].net), 2);
    cr_expect_eq(p.items[1].kind, LC_SAMPLE_NET);
    cr_expect_str_eq(lc_net_space(p.items[1].net), "nasbench201");
    lc_plan_clear(&p);
}

/* A composite is timed like an operator, its parts together, and stays one when written. */
Test(plan, an_operator_may_be_a_composite) {
    static const char text[] =
        "{\"schema_version\":1,\"name\":\"p\",\"items\":[{\"kind\":\"op\",\"output\":\"y\",\"ops\":"
        "["
        "{\"id\":\"x\",\"op\":\"input\",\"shape\":[1,8,8,16]},"
        "{\"id\":\"y\",\"op\":\"inverted_residual\",\"inputs\":[\"x\"],\"kernel\":3,\"expand\":3,"
        "\"out_channels\":16}]}]}";
    lc_plan p, again;
    lc_error err;
    cr_assert_eq(parse(text, &p, &err), LC_OK, "%s %s", err.path, err.message);
    cr_expect_eq(p.items[0].kind, LC_SAMPLE_OP);
    cr_expect_eq(lc_net_size(p.items[0].net), 5);
    char *written = lc_plan_to_json(&p);
    cr_assert_eq(parse(written, &again, &err), LC_OK, "%s %s", err.path, err.message);
    cr_expect_eq(lc_net_digest(again.items[0].net), lc_net_digest(p.items[0].net));
    free(written);
    lc_plan_clear(&again);
    lc_plan_clear(&p);
}

static void count_misfit(void *ctx, size_t number, const char *name, const lc_error *why) {
    size_t *seen = ctx;
    (void)name;
    (void)why;
    seen[0]++;
    seen[1] = number;
}

/* Who measures a plan goes on without such an item; for all others it is an error. */
Test(plan, one_odd_item_is_an_error_or_passed_over) {
    char path[] = "/tmp/latcast-plan-XXXXXX", text[1400];
    size_t seen[2] = {0};
    lc_plan p;
    int fd = mkstemp(path), n = snprintf(text, sizeof text,
                                         "{\"schema_version\":1,\"name\":\"p\",\"items\":"
                                         "[{\"kind\":\"tree\"},{\"kind\":\"net\",%s]}",
                                         &SMALL_NET[1]);
    cr_assert(fd >= 0 && write(fd, text, (size_t)n) == n);
    close(fd);
    lc_status strict = lc_plan_load(path, &p, NULL);
    lc_status rest = lc__plan_load_fitting(path, count_misfit, seen, &p, NULL);
    unlink(path);
    cr_expect_eq(strict, LC_EFORMAT);
    cr_assert_eq(rest, LC_OK);
    cr_expect(seen[0] == 1 && seen[1] == 1);
    cr_expect(p.n_items == 1 && p.items[0].number == 2);
    lc_plan_clear(&p);
}

Test(plan, writes_what_it_can_read) {
    lc_plan p = {0}, again;
    lc_error err;
    uint64_t seed = 5;
    p.name = strdup("by \"hand\"");
    for (int i = 0; i < 30; i++) {
        const lc_space *space = lc_space_find(i % 2 ? "fbnet" : "nasbench201");
        int choices[LC_NET_MAX_CHOICES];
        lc_net *net;
        lc_space_random(space, &seed, choices);
        cr_assert_eq(lc_space_net(space, choices, space->n_positions, &net, &err), LC_OK);
        cr_assert_eq(lc_plan_add(&p, LC_SAMPLE_NET, net, &err), LC_OK);
    }
    char *text = lc_plan_to_json(&p);
    cr_assert_eq(parse(text, &again, &err), LC_OK, "%s: %s", err.path, err.message);
    cr_expect_str_eq(again.name, p.name);
    cr_assert_eq(again.n_items, p.n_items);
    for (size_t i = 0; i < p.n_items; i++) {
        cr_expect_eq(lc_net_digest(again.items[i].net), lc_net_digest(p.items[i].net));
        cr_expect_str_eq(lc_net_name(again.items[i].net), lc_net_name(p.items[i].net));
    }
    free(text);
    lc_plan_clear(&p);
    lc_plan_clear(&again);
}

Test(plan, drops_a_net_that_is_planned_already) {
    char text[1400];
    lc_plan p;
    lc_error err;
    snprintf(text, sizeof text,
             "{\"schema_version\":1,\"name\":\"p\",\"items\":[%s%s,{\"kind\":\"net\",%s,%s%s]}",
             ITEM_OP, &SMALL_CONV[1], &SMALL_CONV[1], ITEM_OP, &SMALL_CONV[1]);
    cr_assert_eq(parse(text, &p, &err), LC_OK, "%s %s", err.path, err.message);
    cr_expect_eq(p.n_items, 1, "as an operator or as a net: it is one measurement");
    lc_plan_clear(&p);
}

Test(plan, refuses_bad_items_with_their_place) {
    static const struct {
        const char *items;
        lc_status status;
        const char *path, *message;
    } cases[] = {
        {"7", LC_EFORMAT, "$.items", "an array"},
        {"[7]", LC_EFORMAT, "$.items[0]", "an object"},
        {"[{\"kind\":\"layer\"}]", LC_EFORMAT, "$.items[0].kind", "\"net\" or \"op\""},
        {"[{\"kind\":\"net\"}]", LC_EFORMAT, "$.items[0]", ""},
        {"[{\"kind\":\"op\",\"space\":\"nasbench201\",\"choices\":[0,1,2,3,4,3]}]", LC_EFORMAT,
         "$.items[0]", "one operator or composite"},
        {"[{\"kind\":\"net\",\"space\":\"mars\",\"choices\":[]}]", LC_EUNSUPPORTED,
         "$.items[0].space", "unknown space"},
        {"[{\"kind\":\"net\",\"space\":\"nasbench201\",\"choices\":[0,1]}]", LC_EFORMAT,
         "$.items[0].choices", "6 choices"},
        {"[{\"kind\":\"net\",\"ops\":[{\"id\":\"a\",\"op\":\"add\",\"inputs\":[\"b\",\"b\"]},"
         "{\"id\":\"b\",\"op\":\"activation\",\"act\":\"relu\",\"inputs\":[\"a\"]}],"
         "\"output\":\"b\"}]",
         LC_EFORMAT, "$.items[0]", "cycl"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[1000];
        snprintf(text, sizeof text, "{\"schema_version\":1,\"name\":\"p\",\n\"items\":%s}",
                 cases[i].items);
        lc_plan p;
        lc_error err;
        cr_expect_eq(parse(text, &p, &err), cases[i].status, "case %zu: %s", i, err.message);
        cr_expect_eq(strncmp(err.path, cases[i].path, strlen(cases[i].path)), 0, "case %zu: %s", i,
                     err.path);
        cr_expect(strcasestr(err.message, cases[i].message), "case %zu: %s", i, err.message);
        cr_expect_eq(err.line, 2, "case %zu", i);
    }
}

Test(plan, needs_version_name_and_items) {
    static const char *const texts[] = {"{}",
                                        "{\"schema_version\":1}",
                                        "{\"schema_version\":1,\"name\":\"x\"}",
                                        "{\"name\":\"x\",\"items\":[]}",
                                        "[]",
                                        ""};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        lc_plan p;
        lc_error err;
        cr_expect_eq(parse(texts[i], &p, &err), LC_EFORMAT, "case %zu", i);
    }
    lc_plan p;
    lc_error err;
    cr_expect_eq(parse("{\"schema_version\":3,\"name\":\"x\",\"items\":[]}", &p, &err),
                 LC_EUNSUPPORTED);
    cr_assert_eq(parse("{\"schema_version\":1,\"name\":\"x\",\"items\":[]}", &p, &err), LC_OK);
    cr_expect_eq(p.n_items, 0, "an empty plan is a plan");
    lc_plan_clear(&p);
}
