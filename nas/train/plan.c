/* When each buffer is in use. Time runs from the first stage's way forward, 0, over the last's and
 * the loss back to the first one's. */
#include <stdlib.h>
#include "base/memory.h"
#include "trainee.h"

static int loss_time(const lc__trainee *p) {
    return p->n_stages;
}

static int backward_time(const lc__trainee *p, int stage) {
    return 2 * p->n_stages - stage;
}

/* A new buffer of `count` floats in use at `time`. */
static lc_status add(lc__trainee *p, size_t count, int time, int *buffer, lc_error *err) {
    if (p->n_lives == p->room_lives) {
        size_t room = p->room_lives ? 2 * p->room_lives : 256;
        lc__life *lives = realloc(p->lives, room * sizeof *lives);
        if (!lives)
            return lc__no_memory(err);
        p->lives = lives;
        p->room_lives = room;
    }
    p->lives[p->n_lives] = (lc__life){.size = count * sizeof(float), .first = time, .last = time};
    *buffer = (int)p->n_lives++;
    return LC_OK;
}

static void extend(lc__trainee *p, int buffer, int time) {
    if (buffer >= 0 && p->lives[buffer].last < time)
        p->lives[buffer].last = time;
}

static bool is_gate(const lc__trainee *p, int node) {
    for (int i = 0; i < p->n_gates; i++)
        if (p->gates[i] == node)
            return true;
    return false;
}

/* What stage `s` makes on its way forward. */
static lc_status plan_forward(lc__trainee *p, int s, lc_error *err) {
    lc__stage *stage = &p->stages[s];
    const lc__prepared *l = stage->prepared;
    size_t count = lc__n_values(l->geometry.out);
    lc_status st = add(p, count, s, &p->y[stage->node], err);
    stage->u = p->y[stage->node];
    if (st == LC_OK && stage->rounds)
        st = add(p, count, s, &stage->u, err);
    stage->z = stage->u;
    if (st == LC_OK && (stage->norm || lc__stage_activates(stage)))
        st = add(p, count, s, &stage->z, err);
    if (st == LC_OK && stage->norm)
        st = add(p, 2 * (size_t)l->geometry.out.c, s, &stage->kept, err);
    if (st == LC_OK && l->layer->n_saved && l->layer->n_saved(&l->geometry) > 0)
        st = add(p, l->layer->n_saved(&l->geometry), s, &stage->saved, err);
    if (st == LC_OK && stage->rounds_weights)
        st = add(p, stage->weights->n, s, &stage->rounded, err);
    for (int i = 0; i < l->geometry.n_in; i++)
        extend(p, p->y[lc_net_node(p->net, stage->node)->inputs[i]], s);
    return st;
}

/* The gradient by input i of stage `s`: the input's own buffer if this is the first contribution to
 * it, else one to be added. */
static lc_status plan_gradient(lc__trainee *p, int s, int i, lc_error *err) {
    lc__stage *stage = &p->stages[s];
    int from = lc_net_node(p->net, stage->node)->inputs[i], time = backward_time(p, s);
    size_t count = lc__n_values(stage->prepared->geometry.in[i]);
    if (from == p->input)
        return LC_OK;
    stage->adds[i] = p->dy[from] >= 0;
    if (stage->adds[i])
        return add(p, count, time, &stage->dx[i], err);
    lc_status st = add(p, count, time, &p->dy[from], err);
    stage->dx[i] = p->dy[from];
    return st;
}

/* What stage `s` needs on the way back. */
static lc_status plan_backward(lc__trainee *p, int s, lc_error *err) {
    lc__stage *stage = &p->stages[s];
    const lc_node *node = lc_net_node(p->net, stage->node);
    int time = backward_time(p, s);
    lc_status st = LC_OK;
    extend(p, stage->u, time);
    extend(p, stage->z, time);
    extend(p, stage->kept, time);
    extend(p, stage->saved, time);
    extend(p, stage->rounded, time);
    extend(p, p->dy[stage->node], time);
    if (is_gate(p, stage->node))
        extend(p, p->y[stage->node], time);
    for (int i = 0; i < node->n_inputs && st == LC_OK; i++) {
        extend(p, p->y[node->inputs[i]], time);
        st = plan_gradient(p, s, i, err);
    }
    if (st == LC_OK && stage->weights)
        st = add(p, stage->weights->n, time, &stage->dw, err);
    return st;
}

/* Memory for buffers and for the sums of batch-norm, if the engine has too little. */
static lc_status reserve(lc__engine *e, size_t arena, size_t work, lc_error *err) {
    if (arena > e->arena_size) {
        free(e->arena);
        e->arena = lc__arena_alloc(arena);
        e->arena_size = e->arena ? arena : 0;
    }
    if (work > e->work_size) {
        free(e->work);
        e->work = calloc(work, sizeof *e->work);
        e->work_size = e->work ? work : 0;
    }
    if (e->arena_size >= arena && e->work_size >= work)
        return LC_OK;
    lc_error_set(err, LC_ENOMEM, "no memory for a trainee of %zu MiB: take smaller batches",
                 arena >> 20);
    return LC_ENOMEM;
}

static size_t larger(size_t a, size_t b) {
    return a > b ? a : b;
}

lc_status lc__trainee_plan(lc__trainee *p, lc_error *err) {
    lc_status st = LC_OK;
    size_t arena, work = 1;
    int output = lc_net_output(p->net);
    for (int s = 0; s < p->n_stages && st == LC_OK; s++) {
        st = plan_forward(p, s, err);
        if (st == LC_OK && p->stages[s].norm)
            work = larger(work, lc__norm_work(p->stages[s].norm->n / 2, p->engine->threads));
    }
    if (st != LC_OK)
        return st;
    extend(p, p->y[output], backward_time(p, 0)); /* for lc__trainee_logits() */
    if (p->trains)
        st = add(p, (size_t)lc_shape_count(lc_net_node(p->net, output)->shape), loss_time(p),
                 &p->dy[output], err);
    for (int s = p->n_stages - 1; s >= 0 && p->trains && st == LC_OK; s--)
        st = plan_backward(p, s, err);
    if (st == LC_OK)
        st = lc__arena_plan(p->lives, p->n_lives, &arena, err);
    return st == LC_OK ? reserve(p->engine, arena, work, err) : st;
}
