#include "share.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "layer.h"
#include "positions.h"

/* Weights as a layer holds them: [out][height][width][in]. */
typedef struct extent {
    size_t out, height, width, in;
} extent;

typedef struct family {
    char key[LC__KEY_MAX];
    lc_op op; /* of the largest member */
    lc_shape in, out;
    extent size;
} family;

struct lc__share {
    family *families;
    size_t n, room;
};

static size_t count(extent e) {
    return e.out * e.height * e.width * e.in;
}

static extent extent_of(const lc_op *op, lc_shape in) {
    return (extent){(size_t)op->out_channels, (size_t)op->kernel_h, (size_t)op->kernel_w,
                    (size_t)(in.c / op->groups)};
}

static lc_shape input_of(const lc_net *net, int node) {
    return lc_net_node(net, lc_net_node(net, node)->inputs[0])->shape;
}

/* The name of what a node shares; false: nothing. */
static bool family_of(const lc_net *net, int node, char *key, size_t size) {
    const lc_node *n = lc_net_node(net, node);
    const lc_op *op = &n->op;
    char groups[24] = "dense";
    if (lc__node_position(net, node) < 0 || !lc__layer_is_normed(op->type))
        return false;
    if (op->groups > 1 && op->groups == input_of(net, node).c)
        snprintf(groups, sizeof groups, "depthwise");
    else if (op->groups > 1)
        snprintf(groups, sizeof groups, "grouped%d", op->groups);
    snprintf(key, size, "%.180s/%s_%s%s", n->id,
             op->type == LC_OP_ADDER_CONV2D ? "adders" : "products", groups,
             op->kernel_h > 1 || op->kernel_w > 1 ? "_wide" : "");
    return true;
}

static family *find(const lc__share *s, const char *key) {
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->families[i].key, key) == 0)
            return &s->families[i];
    return NULL;
}

static lc_status add(lc__share *s, const char *key, family **out, lc_error *err) {
    if (s->n == s->room) {
        size_t room = s->room ? 2 * s->room : 64;
        family *more = realloc(s->families, room * sizeof *more);
        if (!more)
            return lc__no_memory(err);
        s->families = more;
        s->room = room;
    }
    *out = &s->families[s->n++];
    **out = (family){0};
    snprintf((*out)->key, sizeof(*out)->key, "%s", key);
    return LC_OK;
}

/* Lets the families know the nodes of a position. The largest member has most weights: the spaces'
 * options have a form that is largest in all. */
static lc_status learn(lc__share *s, const lc_net *net, int position, lc_error *err) {
    char key[LC__KEY_MAX];
    lc_status st = LC_OK;
    for (int i = 0; i < lc_net_size(net) && st == LC_OK; i++) {
        if (lc__node_position(net, i) != position || !family_of(net, i, key, sizeof key))
            continue;
        const lc_node *node = lc_net_node(net, i);
        extent size = extent_of(&node->op, input_of(net, i));
        family *f = find(s, key);
        if (!f)
            st = add(s, key, &f, err);
        if (st == LC_OK && count(size) > count(f->size)) {
            f->op = node->op;
            f->in = input_of(net, i);
            f->out = node->shape;
            f->size = size;
        }
    }
    return st;
}

lc_status lc__share_new(const lc_space *space, lc__share **out, lc_error *err) {
    lc__share *s = calloc(1, sizeof *s);
    lc_status st = s ? LC_OK : lc__no_memory(err);
    int choices[LC_NET_MAX_CHOICES] = {0};
    for (int p = 0; p < space->n_positions && st == LC_OK; p++) {
        for (int o = 0; o < space->n_options(p) && st == LC_OK; o++) {
            lc_net *net;
            choices[p] = o;
            st = lc_space_net(space, choices, space->n_positions, &net, err);
            if (st == LC_OK) {
                st = learn(s, net, p, err);
                lc_net_free(net);
            }
        }
        choices[p] = 0;
    }
    if (st == LC_OK)
        *out = s;
    else
        lc__share_free(s);
    return st;
}

void lc__share_free(lc__share *s) {
    if (s)
        free(s->families);
    free(s);
}

/* The family of a node that lies within it; NULL: it has none, and its weights are its own. */
static const family *family_for(const lc__share *s, const lc_net *net, int node) {
    char key[LC__KEY_MAX];
    if (!family_of(net, node, key, sizeof key))
        return NULL;
    const family *f = find(s, key);
    if (!f)
        return NULL;
    extent e = extent_of(&lc_net_node(net, node)->op, input_of(net, node));
    bool within = e.out <= f->size.out && e.in <= f->size.in && e.height <= f->size.height &&
                  e.width <= f->size.width && (f->size.height - e.height) % 2 == 0 &&
                  (f->size.width - e.width) % 2 == 0;
    return within ? f : NULL;
}

/* The slot of a family, drawn as its largest member's weights would be. */
static lc_status shared_slot(const family *f, lc__store *store, lc__slot **out, lc_error *err) {
    bool made;
    lc_status st = lc__store_slot(store, f->key, LC__SLOT_WEIGHTS, count(f->size), out, &made, err);
    if (st != LC_OK || !made)
        return st;
    const lc__layer *layer = lc__layer_find(f->op.type);
    lc__geometry g = {.op = &f->op, .n_in = 1, .in = {f->in}, .out = f->out};
    uint64_t rng = lc__store_stream(store, f->key);
    layer->init(&g, &rng, (*out)->value);
    (*out)->adaptive = layer->adaptive_rate;
    return LC_OK;
}

typedef void row_fn(float *own, float *shared, size_t n);

static void each_row(extent own, extent all, float *x, float *shared, row_fn *fn) {
    size_t top = (all.height - own.height) / 2, left = (all.width - own.width) / 2;
    for (size_t o = 0; o < own.out; o++)
        for (size_t h = 0; h < own.height; h++)
            for (size_t w = 0; w < own.width; w++) {
                size_t at = (o * all.height + h + top) * all.width + w + left;
                fn(x + ((o * own.height + h) * own.width + w) * own.in, shared + at * all.in,
                   own.in);
            }
}

static void copy_row(float *own, float *shared, size_t n) {
    memcpy(own, shared, n * sizeof *own);
}

static void add_row(float *own, float *shared, size_t n) {
    for (size_t i = 0; i < n; i++)
        shared[i] += own[i];
}

static lc_status pull(const family *f, const lc_net *net, int node, lc__store *store,
                      lc_error *err) {
    char key[LC__KEY_MAX];
    lc__slot *own, *shared;
    bool made;
    extent e = extent_of(&lc_net_node(net, node)->op, input_of(net, node));
    lc__node_key(net, node, key, sizeof key);
    lc_status st = lc__store_slot(store, key, LC__SLOT_WEIGHTS, count(e), &own, &made, err);
    if (st == LC_OK)
        st = shared_slot(f, store, &shared, err);
    if (st != LC_OK)
        return st;
    own->adaptive = shared->adaptive;
    each_row(e, f->size, own->value, shared->value, copy_row);
    return LC_OK;
}

static lc_status push(const family *f, const lc_net *net, int node, lc__store *store,
                      lc_error *err) {
    char key[LC__KEY_MAX];
    lc__node_key(net, node, key, sizeof key);
    lc__slot *own = lc__store_find(store, key), *shared = lc__store_find(store, f->key);
    if (!own || !shared || !own->touched)
        return LC_OK;
    lc_status st = lc__slot_reserve(shared, 0, err);
    if (st != LC_OK)
        return st;
    if (!shared->touched)
        memset(shared->gradient, 0, shared->n * sizeof *shared->gradient);
    shared->touched = true;
    own->touched = false;
    extent e = extent_of(&lc_net_node(net, node)->op, input_of(net, node));
    each_row(e, f->size, own->gradient, shared->gradient, add_row);
    return LC_OK;
}

lc_status lc__share_pull(const lc__share *s, const lc_net *net, lc__store *store, lc_error *err) {
    lc_status st = LC_OK;
    for (int i = 0; i < lc_net_size(net) && st == LC_OK; i++) {
        const family *f = family_for(s, net, i);
        if (f)
            st = pull(f, net, i, store, err);
    }
    return st;
}

lc_status lc__share_push(const lc__share *s, const lc_net *net, lc__store *store, lc_error *err) {
    lc_status st = LC_OK;
    for (int i = 0; i < lc_net_size(net) && st == LC_OK; i++) {
        const family *f = family_for(s, net, i);
        if (f)
            st = push(f, net, i, store, err);
    }
    return st;
}
