#include "latcast/net.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "composite.h"
#include "op_rules.h"

#define MAX_ID 128

/* Nodes are allocated one by one: callers hold pointers to them while the net grows. */
typedef struct node_box {
    lc_node node;
    uint64_t id_hash;
    char id[];
} node_box;

struct lc_net {
    char *name;
    char *space; /* NULL for an explicit net */
    int choices[LC_NET_MAX_CHOICES];
    int n_choices;
    node_box **nodes; /* [room], size in use */
    int size, room;
    int output;
    bool output_chosen;
};

static lc_status no_memory(lc_error *err) {
    return lc_error_set(err, LC_ENOMEM, "out of memory");
}

lc_net *lc_net_new(const char *name) {
    lc_net *net = calloc(1, sizeof *net);
    if (!net)
        return NULL;
    net->output = -1;
    if (lc_net_set_name(net, name)) {
        free(net);
        return NULL;
    }
    return net;
}

void lc_net_free(lc_net *net) {
    if (!net)
        return;
    for (int i = 0; i < net->size; i++)
        free(net->nodes[i]);
    free(net->nodes);
    free(net->space);
    free(net->name);
    free(net);
}

lc_net *lc_net_clone(const lc_net *net) {
    lc_net *copy = lc_net_new(net->name);
    bool good = copy != NULL;
    for (int i = 0; i < net->size && good; i++) {
        const lc_node *node = &net->nodes[i]->node;
        good = !lc_net_add(copy, node->id, &node->op, node->inputs, node->n_inputs, NULL, NULL);
    }
    if (good && net->space)
        good = !lc_net_set_origin(copy, net->space, net->choices, net->n_choices, NULL);
    if (!good) {
        lc_net_free(copy);
        return NULL;
    }
    copy->output = net->output;
    copy->output_chosen = net->output_chosen;
    return copy;
}

static uint64_t hash_id(const char *id) {
    return lc__fnv1a(LC__FNV_START, id, strlen(id));
}

static bool has_id(const lc_net *net, const char *id) {
    uint64_t hash = hash_id(id);
    for (int i = 0; i < net->size; i++)
        if (net->nodes[i]->id_hash == hash && !strcmp(net->nodes[i]->id, id))
            return true;
    return false;
}

/* Checks a given id, or makes one that is free. */
static lc_status choose_id(const lc_net *net, const char *id, char buf[MAX_ID + 1], lc_error *err) {
    if (id) {
        if (!*id || strlen(id) > MAX_ID)
            return lc_error_set(err, LC_EFORMAT, "id \"%.40s\" must have 1 .. %d bytes", id,
                                MAX_ID);
        if (has_id(net, id))
            return lc_error_set(err, LC_EFORMAT, "id \"%s\" is taken by another operator", id);
        snprintf(buf, MAX_ID + 1, "%s", id);
        return LC_OK;
    }
    int n = net->size;
    do
        snprintf(buf, MAX_ID + 1, "n%d", n++);
    while (has_id(net, buf));
    return LC_OK;
}

static lc_status check_inputs(const lc_net *net, const int *inputs, int n_inputs, lc_shape *shapes,
                              lc_error *err) {
    if (n_inputs < 0 || n_inputs > LC_OP_MAX_INPUTS)
        return lc_error_set(err, LC_EFORMAT, "an operator takes at most %d inputs, not %d",
                            LC_OP_MAX_INPUTS, n_inputs);
    for (int i = 0; i < n_inputs; i++) {
        if (inputs[i] < 0 || inputs[i] >= net->size)
            return lc_error_set(err, LC_EFORMAT, "input %d is not a node of this net", inputs[i]);
        shapes[i] = net->nodes[inputs[i]]->node.shape;
    }
    return LC_OK;
}

static bool make_room(lc_net *net) {
    if (net->size < net->room)
        return true;
    int room = net->room ? 2 * net->room : 64;
    node_box **nodes = realloc(net->nodes, (size_t)room * sizeof(node_box *));
    if (!nodes)
        return false;
    net->nodes = nodes;
    net->room = room;
    return true;
}

static lc_status add_node(lc_net *net, const char *name, const lc_op *op, const int *inputs,
                          int n_inputs, lc_shape shape, int *index, lc_error *err) {
    size_t id_size = strlen(name) + 1;
    node_box *box = make_room(net) ? calloc(1, sizeof *box + id_size) : NULL;
    if (!box)
        return no_memory(err);
    memcpy(box->id, name, id_size);
    box->id_hash = hash_id(name);
    box->node = (lc_node){.id = box->id, .op = *op, .n_inputs = n_inputs, .shape = shape};
    for (int i = 0; i < n_inputs; i++)
        box->node.inputs[i] = inputs[i];
    net->nodes[net->size] = box;
    if (!net->output_chosen)
        net->output = net->size;
    *index = net->size++;
    return LC_OK;
}

/* All parts or none. */
static lc_status add_composite(lc_net *net, const char *name, const lc_op *op, int x, int *index,
                               lc_error *err) {
    int size = net->size, output = net->output;
    lc_status s = lc__composite_add(net, name, op, x, index, err);
    if (!s)
        return LC_OK;
    while (net->size > size)
        free(net->nodes[--net->size]);
    net->output = output;
    return s;
}

lc_status lc_net_add(lc_net *net, const char *id, const lc_op *op, const int *inputs, int n_inputs,
                     int *index, lc_error *err) {
    lc_shape shapes[LC_OP_MAX_INPUTS], shape;
    char name[MAX_ID + 1];
    int at = -1;
    if (net->size == LC_NET_MAX_NODES)
        return lc_error_set(err, LC_EFORMAT, "a net holds at most %d operators", LC_NET_MAX_NODES);
    lc_status s = choose_id(net, id, name, err);
    if (!s)
        s = check_inputs(net, inputs, n_inputs, shapes, err);
    if (!s)
        s = lc_op_infer(op, shapes, n_inputs, &shape, err);
    if (!s && op->type >= LC_OP_FIRST_COMPOSITE)
        s = add_composite(net, name, op, inputs[0], &at, err);
    else if (!s)
        s = add_node(net, name, op, inputs, n_inputs, shape, &at, err);
    if (!s && index)
        *index = at;
    return s;
}

lc_status lc_net_set_output(lc_net *net, int index, lc_error *err) {
    if (index < 0 || index >= net->size)
        return lc_error_set(err, LC_EFORMAT, "output %d is not a node of this net", index);
    net->output = index;
    net->output_chosen = true;
    return LC_OK;
}

lc_status lc_net_set_origin(lc_net *net, const char *space, const int *choices, int n_choices,
                            lc_error *err) {
    if (n_choices < 0 || n_choices > LC_NET_MAX_CHOICES)
        return lc_error_set(err, LC_EFORMAT, "a net has at most %d choices, not %d",
                            LC_NET_MAX_CHOICES, n_choices);
    char *copy = lc__strdup(space);
    if (!copy)
        return no_memory(err);
    free(net->space);
    net->space = copy;
    net->n_choices = n_choices;
    for (int i = 0; i < n_choices; i++)
        net->choices[i] = choices[i];
    return LC_OK;
}

const char *lc_net_name(const lc_net *net) {
    return net->name;
}

lc_status lc_net_set_name(lc_net *net, const char *name) {
    char *copy = lc__strdup(name ? name : "");
    if (!copy)
        return LC_ENOMEM;
    free(net->name);
    net->name = copy;
    return LC_OK;
}

int lc_net_size(const lc_net *net) {
    return net->size;
}

const lc_node *lc_net_node(const lc_net *net, int index) {
    return index >= 0 && index < net->size ? &net->nodes[index]->node : NULL;
}

int lc_net_output(const lc_net *net) {
    return net->output;
}

const char *lc_net_space(const lc_net *net) {
    return net->space;
}

const int *lc_net_choices(const lc_net *net, int *n_choices) {
    if (n_choices)
        *n_choices = net->space ? net->n_choices : 0;
    return net->space ? net->choices : NULL;
}

lc_cost lc_net_node_cost(const lc_net *net, int index) {
    const lc_node *node = &net->nodes[index]->node;
    lc_shape shapes[LC_OP_MAX_INPUTS];
    for (int i = 0; i < node->n_inputs; i++)
        shapes[i] = net->nodes[node->inputs[i]]->node.shape;
    return lc_op_cost(&node->op, shapes, node->n_inputs, node->shape);
}

lc_cost lc_net_cost(const lc_net *net) {
    lc_cost sum = {0};
    for (int i = 0; i < net->size; i++) {
        lc_cost c = lc_net_node_cost(net, i);
        sum.macs += c.macs;
        sum.adds += c.adds;
        sum.shifts += c.shifts;
        sum.bytes_read += c.bytes_read;
        sum.bytes_written += c.bytes_written;
        sum.weight_bytes += c.weight_bytes;
    }
    return sum;
}
