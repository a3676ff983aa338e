#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cli.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "commands.h"
#include "compare.h"
#include "ops/net_called.h"

static const char about[] =
    "Tells whether two runs (device.json) differ, and by how much: item by item, what is common to "
    "all,\nand what was different about the machine.";

static const char after[] =
    "An item differs when its ratio is farther from 1 than the intervals of both samples and the\n"
    "repeatability of two runs explain. Exit code 0 when the runs are alike, 6 when they differ:\n"
    "in an item, or in what is common to all.";

typedef struct request {
    lc__list files;
    lc__compare_options options;
    bool json;
    lc_device device[2];
    lc__comparison result;
    cJSON *config, *print; /* what differs */
} request;

static lc__cli_result parse(request *r, int argc, char **argv) {
    const lc__opt table[] = {
        {.name = "repeatability",
         .kind = LC__OPT_NUM,
         .value = &r->options.repeatability,
         .arg = "R",
         .help = "relative standard deviation between two runs of\nthe same (0.01)",
         .lo = 0,
         .hi = 1},
        {.name = "fdr",
         .kind = LC__OPT_NUM,
         .value = &r->options.fdr,
         .arg = "Q",
         .help = "tolerated share of false ones among the items\nsaid to differ (0.05)",
         .lo = 1e-6,
         .hi = 0.5},
        {.name = "json", .kind = LC__OPT_FLAG, .value = &r->json, .help = "as JSON on stdout"},
        {0}};
    r->files.words = "A B";
    return lc__cli_parse("profagent compare", about, after, table, argc, argv, &r->files);
}

static bool differ(const lc__comparison *c) {
    return c->common_differs || c->n_differing > 0;
}

static cJSON *item_json(const lc__compared *c) {
    cJSON *o = cJSON_CreateObject();
    cJSON_AddStringToObject(o, "name", lc_net_name(c->a->net));
    cJSON_AddStringToObject(o, "kind", c->a->kind == LC_SAMPLE_OP ? "op" : "net");
    lc__json_add_num(o, "a_ns", c->a->latency_ns);
    lc__json_add_num(o, "b_ns", c->b->latency_ns);
    lc__json_add_num(o, "ratio", c->ratio);
    lc__json_add_num(o, "low", c->low);
    lc__json_add_num(o, "high", c->high);
    lc__json_add_num(o, "p", c->p);
    cJSON_AddBoolToObject(o, "differs", c->differs);
    cJSON_AddBoolToObject(o, "doubtful", c->doubtful);
    return o;
}

static lc_status print_json(const request *r, lc_error *err) {
    const lc__comparison *c = &r->result;
    cJSON *o = cJSON_CreateObject(), *items = cJSON_CreateArray();
    cJSON_AddNumberToObject(o, "schema_version", LC_SCHEMA_VERSION);
    cJSON_AddStringToObject(o, "a", r->device[0].name);
    cJSON_AddStringToObject(o, "b", r->device[1].name);
    cJSON_AddBoolToObject(o, "differ", differ(c));
    cJSON *common = cJSON_AddObjectToObject(o, "common");
    lc__json_add_num(common, "ratio", c->ratio);
    lc__json_add_num(common, "low", c->low);
    lc__json_add_num(common, "high", c->high);
    cJSON_AddBoolToObject(common, "differs", c->common_differs);
    lc__json_add_num(o, "spread", c->spread);
    if (isnan(c->spearman))
        cJSON_AddNullToObject(o, "spearman");
    else
        lc__json_add_num(o, "spearman", c->spearman);
    lc__json_add_num(o, "items_differing", (double)c->n_differing);
    lc__json_add_num(o, "only_a", (double)c->only_a);
    lc__json_add_num(o, "only_b", (double)c->only_b);
    cJSON_AddItemToObject(o, "config", cJSON_Duplicate(r->config, true));
    cJSON_AddItemToObject(o, "fingerprint", cJSON_Duplicate(r->print, true));
    for (size_t i = 0; i < c->n; i++)
        cJSON_AddItemToArray(items, item_json(&c->item[i]));
    cJSON_AddItemToObject(o, "items", items);
    char *text = lc__json_print(o);
    cJSON_Delete(o);
    if (!text)
        return lc__no_memory(err);
    printf("%s\n", text);
    free(text);
    return LC_OK;
}

static void print_members(const char *what, const cJSON *list) {
    const cJSON *e;
    char x[61], y[61], key[LC__SHOWN];
    cJSON_ArrayForEach(e, list) {
        char *a = lc__json_print(cJSON_GetObjectItem(e, "a"));
        char *b = lc__json_print(cJSON_GetObjectItem(e, "b"));
        printf("%s %s: %s / %s\n", what,
               lc__printable(cJSON_GetStringValue(cJSON_GetObjectItem(e, "key")), key, sizeof key),
               lc__printable(a ? a : "?", x, sizeof x), lc__printable(b ? b : "?", y, sizeof y));
        free(a);
        free(b);
    }
}

static int farthest_first(const void *x, const void *y) {
    const lc__compared *a = x, *b = y;
    double l = fabs(log(a->ratio)), m = fabs(log(b->ratio));
    return (l < m) - (l > m);
}

static void print_human(request *r) {
    lc__comparison *c = &r->result;
    printf("%s: %zu items of both", differ(c) ? "they differ" : "alike", c->n);
    if (c->only_a + c->only_b > 0)
        printf(" (%zu only in the first, %zu only in the second)", c->only_a, c->only_b);
    printf("\ncommon to all: x %.4f (%.4f to %.4f)%s; about it they spread by %.2f %%\n", c->ratio,
           c->low, c->high, c->common_differs ? ", which differs" : "", 100 * c->spread);
    if (!isnan(c->spearman))
        printf("rank correlation %.4f; ", c->spearman);
    printf("%zu items differ", c->n_differing);
    if (c->n_doubtful > 0)
        printf("; %zu were unsteady or disturbed in one run", c->n_doubtful);
    printf("\n");
    qsort(c->item, c->n, sizeof *c->item, farthest_first);
    char name[LC__SHOWN];
    for (size_t i = 0; i < c->n; i++)
        if (c->item[i].differs)
            printf("  x %.4f (%.4f to %.4f) %s%s\n", c->item[i].ratio, c->item[i].low,
                   c->item[i].high, lc__net_called(c->item[i].a->net, name, sizeof name),
                   c->item[i].doubtful ? " (unsteady or disturbed)" : "");
    print_members("config", r->config);
    print_members("fingerprint", r->print);
}

static lc_status work(request *r, lc_error *err) {
    if (r->files.n != 2) {
        lc_error_set(err, LC_EUSAGE, "give two device.json files, not %zu", r->files.n);
        return LC_EUSAGE;
    }
    lc_status s = LC_OK;
    for (int i = 0; !s && i < 2; i++)
        s = lc_device_load(r->files.item[i], &r->device[i], err);
    if (!s)
        s = lc__compare(&r->device[0], &r->device[1], &r->options, &r->result, err);
    if (s)
        return s;
    r->config = lc__differing_members(r->device[0].config_json, r->device[1].config_json);
    r->print = lc__differing_members(r->device[0].fingerprint_json, r->device[1].fingerprint_json);
    if (r->json)
        return print_json(r, err);
    print_human(r);
    return LC_OK;
}

int cmd_compare(int argc, char **argv) {
    request r = {.options = {.repeatability = 0.01, .fdr = 0.05}};
    lc__cli_result parsed = parse(&r, argc, argv);
    if (parsed != LC__CLI_RUN)
        return parsed == LC__CLI_DONE ? 0 : 2;
    lc_error err;
    lc_status s = work(&r, &err);
    int code = s                   ? lc__cli_fail("profagent compare", &err)
               : differ(&r.result) ? lc_status_exit_code(LC_EUNSTABLE)
                                   : 0;
    cJSON_Delete(r.config);
    cJSON_Delete(r.print);
    lc__comparison_clear(&r.result);
    for (int i = 0; i < 2; i++)
        lc_device_clear(&r.device[i]);
    return code;
}
