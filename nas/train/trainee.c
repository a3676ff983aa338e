/* From a net to a trainee. */
#include "trainee.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "ops/retype.h"
#include "positions.h"
#include "rounding.h"

lc__engine_options lc__engine_options_init(void) {
    return (lc__engine_options){.norm_epsilon = 1e-5F, .norm_momentum = 0.1F};
}

lc_status lc__engine_new(const lc__engine_options *options, lc__engine **out, lc_error *err) {
    lc__engine *engine = calloc(1, sizeof *engine);
    if (engine)
        engine->cache = lc__cache_new();
    if (!engine || !engine->cache) {
        free(engine);
        return lc__no_memory(err);
    }
    engine->options = *options;
    engine->threads = omp_get_max_threads();
    *out = engine;
    return LC_OK;
}

void lc__engine_free(lc__engine *engine) {
    if (!engine)
        return;
    lc__cache_free(engine->cache);
    free(engine->arena);
    free(engine->work);
    free(engine);
}

bool lc__stage_activates(const lc__stage *stage) {
    const lc_op *op = stage->op;
    return op->act != LC_ACT_NONE && op->type != LC_OP_ACTIVATION &&
           op->type != LC_OP_SQUEEZE_EXCITE;
}

/* Names the node in an error of its making. */
static lc_status in_node(lc_status st, const lc_error *why, const lc_node *node, lc_error *err) {
    if (st != LC_OK)
        lc_error_set(err, st, "node %.100s: %s", node->id, why->message);
    return st;
}

/* The slots of batch-norm after the stage's layer; those made start as scale 1, offset 0. */
static lc_status find_norm(lc__trainee *p, const char *key, lc__stage *stage, lc_error *err) {
    char name[LC__KEY_MAX];
    size_t channels = (size_t)stage->prepared->geometry.out.c;
    bool made;
    snprintf(name, sizeof name, "%.200s/norm", key);
    lc_status st =
        lc__store_slot(p->store, name, LC__SLOT_NORM, 2 * channels, &stage->norm, &made, err);
    for (size_t c = 0; c < channels && st == LC_OK && made; c++)
        stage->norm->value[c] = 1.0F;
    snprintf(name, sizeof name, "%.200s/statistics", key);
    if (st == LC_OK)
        st = lc__store_slot(p->store, name, LC__SLOT_STATISTICS, lc__norm_statistics(channels),
                            &stage->statistics, &made, err);
    if (st == LC_OK && p->trains)
        st = lc__slot_reserve(stage->norm, 0, err);
    return st;
}

/* The slots of a stage, made and drawn where the store has none. */
static lc_status find_slots(lc__trainee *p, const char *key, lc__stage *stage, lc_error *err) {
    const lc__layer *layer = stage->prepared->layer;
    const lc__geometry *g = &stage->prepared->geometry;
    lc_status st = LC_OK;
    if (layer->n_weights) {
        bool made;
        st = lc__store_slot(p->store, key, LC__SLOT_WEIGHTS, layer->n_weights(g), &stage->weights,
                            &made, err);
        if (st == LC_OK && made) {
            uint64_t rng = lc__store_stream(p->store, key);
            layer->init(g, &rng, stage->weights->value);
            stage->weights->adaptive = layer->adaptive_rate;
        }
        if (st == LC_OK && p->trains)
            st = lc__slot_reserve(stage->weights, 0, err);
    }
    return st == LC_OK && lc__layer_is_normed(layer->type) ? find_norm(p, key, stage, err) : st;
}

/* `origin` is the net as it was given, of which the trainee's is a batched copy. */
static lc_status add_stage(lc__trainee *p, const lc_net *origin, int index, lc_error *err) {
    const lc_node *node = lc_net_node(p->net, index);
    lc_op plain = lc__op_untyped(&node->op);
    lc__geometry g = {.op = &plain, .n_in = node->n_inputs, .out = node->shape};
    lc__stage *stage = &p->stages[p->n_stages];
    char key[LC__KEY_MAX];
    lc_error why = {0};
    for (int i = 0; i < node->n_inputs; i++)
        g.in[i] = lc_net_node(p->net, node->inputs[i])->shape;
    *stage = (lc__stage){.op = &node->op,
                         .node = index,
                         .u = -1,
                         .z = -1,
                         .kept = -1,
                         .saved = -1,
                         .rounded = -1,
                         .dw = -1};
    for (int i = 0; i < LC_OP_MAX_INPUTS; i++)
        stage->dx[i] = -1;
    lc_status st = lc__cache_get(p->engine->cache, &g, &stage->prepared, &why);
    if (st == LC_OK) {
        lc__node_key(origin, index, key, sizeof key);
        st = find_slots(p, key, stage, &why);
        if (st == LC_OK)
            st = lc__rounding_prepare(p, key, stage, &why);
    }
    if (st == LC_OK)
        p->n_stages++;
    return in_node(st, &why, node, err);
}

static lc_status add_stages(lc__trainee *p, const lc_net *origin, lc_error *err) {
    bool needed[LC_NET_MAX_NODES];
    lc_status st = LC_OK;
    lc_net_needed(p->net, needed);
    for (int i = 0; i < lc_net_size(p->net) && st == LC_OK; i++) {
        bool input = lc_net_node(p->net, i)->op.type == LC_OP_INPUT;
        if (needed[i] && !input)
            st = add_stage(p, origin, i, err);
        else if (needed[i] && p->input >= 0)
            st =
                lc_error_set(err, LC_EUNSUPPORTED, "node %.100s: a net to be trained has one input",
                             lc_net_node(p->net, i)->id);
        else if (needed[i])
            p->input = i;
    }
    return st;
}

/* The output must be logits. */
static lc_status check_output(lc__trainee *p, lc_error *err) {
    const lc_node *node = lc_net_node(p->net, lc_net_output(p->net));
    p->classes = node->shape.c;
    if (p->n_stages > 0 && p->input >= 0 && node->shape.h == 1 && node->shape.w == 1)
        return LC_OK;
    lc_error_set(err, LC_EUNSUPPORTED,
                 "net \"%.100s\": to be trained it must make logits [N,1,1,classes] of an image; "
                 "its output is [%d,%d,%d,%d]",
                 lc_net_name(p->net), node->shape.n, node->shape.h, node->shape.w, node->shape.c);
    return LC_EUNSUPPORTED;
}

static lc_status allocate(lc__trainee *p, const lc__trainee_options *o, lc_error *err) {
    size_t nodes = (size_t)lc_net_size(p->net), gates = (size_t)o->n_gates;
    p->stages = calloc(nodes + 1, sizeof *p->stages);
    p->y = malloc((nodes + 1) * sizeof *p->y);
    p->dy = malloc((nodes + 1) * sizeof *p->dy);
    p->gates = malloc((gates + 1) * sizeof *p->gates);
    if (!p->stages || !p->y || !p->dy || !p->gates)
        return lc__no_memory(err);
    for (size_t i = 0; i < nodes; i++)
        p->y[i] = p->dy[i] = -1;
    if (gates)
        memcpy(p->gates, o->gates, gates * sizeof *p->gates);
    p->n_gates = o->n_gates;
    return LC_OK;
}

lc_status lc__trainee_new(lc__engine *engine, lc__store *store, const lc_net *net,
                          const lc__trainee_options *options, lc__trainee **out, lc_error *err) {
    lc__trainee *p = calloc(1, sizeof *p);
    if (!p)
        return lc__no_memory(err);
    *p = (lc__trainee){.engine = engine, .store = store, .trains = options->trains, .input = -1};
    lc_status st = lc_net_with_batch(net, options->batch, &p->net, err);
    if (st == LC_OK)
        st = allocate(p, options, err);
    if (st == LC_OK)
        st = add_stages(p, net, err);
    if (st == LC_OK)
        st = check_output(p, err);
    if (st == LC_OK)
        st = lc__trainee_plan(p, err);
    if (st == LC_OK)
        *out = p;
    else
        lc__trainee_free(p);
    return st;
}

void lc__trainee_free(lc__trainee *p) {
    if (!p)
        return;
    lc_net_free(p->net);
    free(p->gates);
    free(p->stages);
    free(p->y);
    free(p->dy);
    free(p->lives);
    free(p);
}

const float *lc__trainee_logits(const lc__trainee *p) {
    return lc__buffer(p, p->y[lc_net_output(p->net)]);
}

int lc__trainee_classes(const lc__trainee *p) {
    return p->classes;
}
