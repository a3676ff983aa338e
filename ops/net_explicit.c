#include "net_explicit.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "op_json.h"
#include "op_rules.h"

#define MAX_CYCLE_SHOWN 8

/* An operator as the file has it. */
typedef struct entry {
    lc__cur cur;
    const char *id; /* valid while the document is */
    lc_op op;
    int n_inputs;
    int inputs[LC_OP_MAX_INPUTS]; /* entry numbers */
    int node;                     /* index in the net once it is there */
    int walked;                   /* inputs that the walk has gone to */
    enum { UNSEEN, OPEN, DONE } state;
} entry;

typedef struct graph {
    entry *entries; /* [n], in file order */
    entry **by_id;  /* [n], sorted by id */
    int *stack;     /* [n], entries under way; each waits for the next one */
    int n, depth;
} graph;

static int compare_ids(const void *a, const void *b) {
    const entry *x = *(const entry *const *)a, *y = *(const entry *const *)b;
    int order = strcmp(x->id, y->id);
    return order ? order : (x > y) - (x < y);
}

static int compare_to_id(const void *id, const void *element) {
    return strcmp(id, (*(const entry *const *)element)->id);
}

static const entry *find_entry(const graph *g, const char *id) {
    entry **found = bsearch(id, g->by_id, (size_t)g->n, sizeof(entry *), compare_to_id);
    return found ? *found : NULL;
}

static lc_status fail_unknown_id(const graph *g, const lc__cur *cur, const char *id,
                                 lc_error *err) {
    const char **names = malloc((size_t)g->n * sizeof *names);
    if (!names)
        return lc_error_set(err, LC_ENOMEM, "out of memory");
    for (int i = 0; i < g->n; i++)
        names[i] = g->entries[i].id;
    const char *near = lc__nearest(id, names, (size_t)g->n);
    lc_status s =
        lc__json_fail(cur, err, LC_EFORMAT, "no operator has the id \"%.60s\"%s%.60s%s", id,
                      near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    free(names);
    return s;
}

static lc_status read_entries(const lc__cur *ops, graph *g, lc_error *err) {
    lc__cur e;
    lc_status s = LC_OK;
    int i = 0;
    for (bool more = lc__json_first(ops, &e); more && !s; more = lc__json_next(&e), i++) {
        g->entries[i].cur = e;
        g->by_id[i] = &g->entries[i];
        s = lc__json_object(&e, err);
        if (!s)
            s = lc__json_need_str(&e, "id", &g->entries[i].id, err);
        if (!s)
            s = lc__op_from_json(&e, &g->entries[i].op, err);
    }
    return s;
}

static lc_status sort_ids(graph *g, lc_error *err) {
    qsort(g->by_id, (size_t)g->n, sizeof(entry *), compare_ids);
    for (int i = 1; i < g->n; i++)
        if (!strcmp(g->by_id[i - 1]->id, g->by_id[i]->id))
            return lc__json_fail(&g->by_id[i]->cur, err, LC_EFORMAT,
                                 "id \"%.60s\" is taken by ops[%d]", g->by_id[i]->id,
                                 (int)(g->by_id[i - 1] - g->entries));
    return LC_OK;
}

static lc_status link_inputs(const graph *g, entry *e, lc_error *err) {
    const lc__op_rule *rule = lc__op_rule_of(e->op.type);
    lc__cur list, c;
    const char *id;
    if (rule->max_inputs == 0 && !lc__json_get(&e->cur, "inputs", &list))
        return LC_OK;
    lc_status s = lc__json_need(&e->cur, "inputs", &list, err);
    if (!s)
        s = lc__json_array(&list, err);
    if (s)
        return s;
    if (lc__json_size(&list) > rule->max_inputs)
        return lc__json_fail(&list, err, LC_EFORMAT, "%s takes at most %d input%s, has %d",
                             lc_op_type_name(e->op.type), rule->max_inputs,
                             rule->max_inputs == 1 ? "" : "s", lc__json_size(&list));
    for (bool more = lc__json_first(&list, &c); more && !s; more = lc__json_next(&c)) {
        s = lc__json_str(&c, &id, err);
        if (s)
            return s;
        const entry *from = find_entry(g, id);
        if (!from)
            return fail_unknown_id(g, &c, id, err);
        e->inputs[e->n_inputs++] = (int)(from - g->entries);
    }
    return s;
}

/* The stack from `first` upward waits for `first` itself. Named in the direction of the data. */
static lc_status fail_cycle(const graph *g, int first, lc_error *err) {
    lc__buf names = {0};
    int shown = 0;
    lc__buf_printf(&names, "%.40s", g->entries[first].id);
    for (int d = g->depth - 1; d >= 0 && g->stack[d] != first; d--, shown++)
        if (shown < MAX_CYCLE_SHOWN)
            lc__buf_printf(&names, " -> %.30s", g->entries[g->stack[d]].id);
    if (shown > MAX_CYCLE_SHOWN)
        lc__buf_printf(&names, " -> (%d more)", shown - MAX_CYCLE_SHOWN);
    lc_status s = lc__json_fail(&g->entries[first].cur, err, LC_EFORMAT,
                                "the net has a cycle: %s -> %.40s; a net must have none",
                                names.text ? names.text : "", g->entries[first].id);
    free(names.text);
    return s;
}

static lc_status add_entry(const graph *g, entry *e, lc_net *net, lc_error *err) {
    int inputs[LC_OP_MAX_INPUTS];
    lc_error why;
    lc__cur c;
    lc_shape declared = {0};
    char text[LC__SHAPE_TEXT];
    for (int k = 0; k < e->n_inputs; k++)
        inputs[k] = g->entries[e->inputs[k]].node;
    if (lc_net_add(net, e->id, &e->op, inputs, e->n_inputs, &e->node, &why))
        return lc__json_fail(&e->cur, err, why.code, "%s", why.message);
    if (e->op.type == LC_OP_INPUT || !lc__json_get(&e->cur, "shape", &c))
        return LC_OK;
    lc_status s = lc__shape_from_json(&c, &declared, err);
    lc_shape shape = lc_net_node(net, e->node)->shape;
    if (!s && !lc_shape_equal(declared, shape))
        s = lc__json_fail(&c, err, LC_EFORMAT, "the output of this %s is %s",
                          lc_op_type_name(e->op.type), lc__shape_text(shape, text));
    return s;
}

/* Adds entry `start` after everything it depends on. A file in topological order keeps its
 * order. */
static lc_status walk(graph *g, int start, lc_net *net, lc_error *err) {
    lc_status s = LC_OK;
    g->stack[g->depth++] = start;
    g->entries[start].state = OPEN;
    while (g->depth > 0 && !s) {
        entry *e = &g->entries[g->stack[g->depth - 1]];
        if (e->walked == e->n_inputs) {
            s = add_entry(g, e, net, err);
            e->state = DONE;
            g->depth--;
            continue;
        }
        int input = e->inputs[e->walked++];
        if (g->entries[input].state == OPEN)
            return fail_cycle(g, input, err);
        if (g->entries[input].state == UNSEEN) {
            g->entries[input].state = OPEN;
            g->stack[g->depth++] = input;
        }
    }
    return s;
}

static lc_status set_output(const graph *g, const lc__cur *object, lc_net *net, lc_error *err) {
    lc__cur c;
    const char *id;
    lc_status s = lc__json_need(object, "output", &c, err);
    if (!s)
        s = lc__json_str(&c, &id, err);
    if (s)
        return s;
    const entry *e = find_entry(g, id);
    return e ? lc_net_set_output(net, e->node, err) : fail_unknown_id(g, &c, id, err);
}

static lc_status read_graph(const lc__cur *object, const lc__cur *ops, graph *g, lc_net *net,
                            lc_error *err) {
    lc_status s = read_entries(ops, g, err);
    if (!s)
        s = sort_ids(g, err);
    for (int i = 0; i < g->n && !s; i++)
        s = link_inputs(g, &g->entries[i], err);
    for (int i = 0; i < g->n && !s; i++)
        if (g->entries[i].state == UNSEEN)
            s = walk(g, i, net, err);
    return s ? s : set_output(g, object, net, err);
}

lc_status lc__net_read_explicit(const lc__cur *object, lc_net **out, lc_error *err) {
    lc__cur ops;
    lc_status s = lc__json_need(object, "ops", &ops, err);
    if (!s)
        s = lc__json_array(&ops, err);
    if (s)
        return s;
    graph g = {.n = lc__json_size(&ops)};
    if (g.n < 1 || g.n > LC_NET_MAX_NODES)
        return lc__json_fail(&ops, err, LC_EFORMAT, "a net holds 1 .. %d operators, this one %d",
                             LC_NET_MAX_NODES, g.n);
    g.entries = calloc((size_t)g.n, sizeof *g.entries);
    g.by_id = calloc((size_t)g.n, sizeof(entry *));
    g.stack = calloc((size_t)g.n, sizeof *g.stack);
    lc_net *net = lc_net_new("");
    s = g.entries && g.by_id && g.stack && net ? read_graph(object, &ops, &g, net, err)
                                               : lc_error_set(err, LC_ENOMEM, "out of memory");
    free(g.entries);
    free(g.by_id);
    free(g.stack);
    if (s)
        lc_net_free(net);
    else
        *out = net;
    return s;
}
