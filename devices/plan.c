#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "devices/plan.h"
#include "devices/sample.h"
#include "index.h"
#include "ops/net_called.h"
#include "ops/net_json.h"

/* The index of a plan whose items may have been filled in by hand. */
static bool index_items(lc_plan *plan) {
    if (plan->index && plan->index->n == plan->n_items)
        return true;
    lc__index_free(plan->index);
    plan->index = lc__index_new();
    for (size_t i = 0; plan->index && i < plan->n_items; i++) {
        if (!lc__index_add(plan->index, lc_net_digest(plan->items[i].net))) {
            lc__index_free(plan->index);
            plan->index = NULL;
        }
    }
    return plan->index != NULL;
}

static lc_status append(lc_plan *plan, lc_sample_kind kind, lc_net *net, lc_error *err) {
    if (!lc__index_add(plan->index, lc_net_digest(net)))
        return lc__no_memory(err);
    lc_plan_item *items = realloc(plan->items, plan->index->room * sizeof *items);
    if (!items) {
        lc__index_free(plan->index);
        plan->index = NULL;
        return lc__no_memory(err);
    }
    plan->items = items;
    plan->items[plan->n_items++] = (lc_plan_item){kind, net, 0};
    return LC_OK;
}

lc_status lc_plan_add(lc_plan *plan, lc_sample_kind kind, lc_net *net, lc_error *err) {
    size_t probe = 0, i;
    lc_status s = lc__kind_check(kind, net, err);
    if (!s && !index_items(plan))
        s = lc__no_memory(err);
    bool planned = !s && lc__index_next(plan->index, lc_net_digest(net), &probe, &i);
    if (!s && !planned)
        s = append(plan, kind, net, err);
    if (s || planned)
        lc_net_free(net);
    return s;
}

static lc_status read_item(const lc__cur *item, lc_plan *plan, lc_error *err) {
    lc_sample_kind kind = LC_SAMPLE_NET;
    lc_net *net;
    size_t before = plan->n_items;
    lc_status s = lc__kind_from_json(item, &kind, err);
    if (!s)
        s = lc__net_from_json(item, &net, err);
    if (s)
        return s;
    lc_error why;
    s = lc_plan_add(plan, kind, net, &why);
    if (plan->n_items > before)
        plan->items[before].number = (size_t)item->index + 1;
    return s ? lc__json_fail(item, err, s, "%s", why.message) : LC_OK;
}

/* What becomes of an item that cannot be read. */
typedef struct reader {
    lc__plan_misfit misfit; /* NULL: it refuses the plan */
    void *ctx;
    lc_error first;
} reader;

/* Hands an item that cannot be read to whoever goes on without it. */
static lc_status pass_over(reader *r, const lc__cur *item, const lc_error *why) {
    lc__cur c;
    const char *name = "";
    if (!r->misfit || (why->code != LC_EFORMAT && why->code != LC_EUNSUPPORTED))
        return why->code;
    if (!r->first.code)
        r->first = *why;
    if (lc__json_get(item, "name", &c))
        lc__json_str(&c, &name, NULL);
    r->misfit(r->ctx, (size_t)item->index + 1, name, why);
    return LC_OK;
}

static lc_status read_items(const lc__cur *items, reader *r, lc_plan *out, lc_error *err) {
    lc__cur e;
    lc_error why;
    lc_status s = LC_OK;
    for (bool more = lc__json_first(items, &e); more && !s; more = lc__json_next(&e))
        if (read_item(&e, out, &why))
            s = pass_over(r, &e, &why);
    if (!s && r->first.code && out->n_items == 0) {
        why = r->first;
        s = why.code = LC_EUNSUPPORTED; /* whichever the items are of, and come first */
    }
    if (s && err)
        *err = why;
    return s;
}

static lc_status read_plan_members(const lc__cur *root, reader *r, lc_plan *out, lc_error *err) {
    lc__cur items, c;
    const char *name = "";
    if (lc__json_get(root, "samples", &c) && !lc__json_get(root, "items", &c)) {
        lc__json_fail(root, err, LC_EFORMAT,
                      "this is a device.json, not a plan: predict plan makes plans");
        return LC_EFORMAT;
    }
    lc_status s = lc__json_version(root, LC_SCHEMA_VERSION, err);
    if (!s)
        s = lc__json_need_str(root, "name", &name, err);
    if (!s && !(out->name = strdup(name)))
        s = lc__no_memory(err);
    if (!s)
        s = lc__json_need(root, "items", &items, err);
    if (!s)
        s = lc__json_array(&items, err);
    return s ? s : read_items(&items, r, out, err);
}

static lc_status read_plan(const lc__doc *doc, reader *r, lc_plan *out, lc_error *err) {
    memset(out, 0, sizeof *out);
    lc__cur root = lc__doc_root(doc);
    lc_status s = read_plan_members(&root, r, out, err);
    if (s)
        lc_plan_clear(out);
    return s;
}

lc_status lc_plan_parse(const char *text, size_t length, const char *file, lc_plan *out,
                        lc_error *err) {
    lc__doc doc;
    lc_status s = lc__doc_parse(&doc, text, length, file, 0, err);
    if (s)
        return s;
    s = read_plan(&doc, &(reader){0}, out, err);
    lc__doc_clear(&doc);
    return s;
}

lc_status lc__plan_load_fitting(const char *path, lc__plan_misfit misfit, void *ctx, lc_plan *out,
                                lc_error *err) {
    lc__doc doc;
    lc_status s = lc__doc_load(&doc, path, err);
    if (s)
        return s;
    s = read_plan(&doc, &(reader){.misfit = misfit, .ctx = ctx}, out, err);
    lc__doc_clear(&doc);
    return s;
}

lc_status lc_plan_load(const char *path, lc_plan *out, lc_error *err) {
    return lc__plan_load_fitting(path, NULL, NULL, out, err);
}

const char *lc__plan_item_called(const lc_plan_item *item, char *buf, size_t size) {
    char what[LC__SHOWN];
    if (*lc_net_name(item->net) || item->number == 0)
        return lc__net_called(item->net, buf, size);
    snprintf(buf, size, "item %zu (%s)", item->number,
             lc__net_described(item->net, what, sizeof what));
    return buf;
}

static void write_item(lc__buf *buf, const lc_plan_item *item) {
    cJSON *object = cJSON_CreateObject();
    char *text = NULL;
    if (object && cJSON_AddStringToObject(object, "kind", lc__kind_name(item->kind)) &&
        lc__net_to_cjson(item->net, false, object))
        text = lc__json_print(object);
    if (text)
        lc__buf_add(buf, text, strlen(text));
    else
        buf->failed = true;
    free(text);
    cJSON_Delete(object);
}

char *lc_plan_to_json(const lc_plan *plan) {
    lc__buf buf = {0};
    lc__buf_printf(&buf, "{\"schema_version\":%d,\n\"name\":", LC_SCHEMA_VERSION);
    lc__buf_json_string(&buf, plan->name ? plan->name : "");
    lc__buf_printf(&buf, ",\n\"items\":[");
    for (size_t i = 0; i < plan->n_items; i++) {
        lc__buf_add(&buf, i ? ",\n" : "\n", i ? 2 : 1);
        write_item(&buf, &plan->items[i]);
    }
    lc__buf_add(&buf, "\n]}\n", 4);
    if (!buf.failed)
        return buf.text;
    free(buf.text);
    return NULL;
}

void lc_plan_clear(lc_plan *plan) {
    for (size_t i = 0; i < plan->n_items; i++)
        lc_net_free(plan->items[i].net);
    free(plan->items);
    free(plan->name);
    lc__index_free(plan->index);
    memset(plan, 0, sizeof *plan);
}
