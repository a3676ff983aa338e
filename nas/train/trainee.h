/* What a trainee is made of: stages, one for each operator, and buffers in the engine's arena. */
#ifndef TRAIN_TRAINEE_H
#define TRAIN_TRAINEE_H

#include "backends/arena.h"
#include "cache.h"
#include "engine.h"
#include "norm.h"

struct lc__engine {
    lc__engine_options options;
    lc__cache *cache;
    float *arena;
    size_t arena_size; /* bytes */
    int threads;
    double *work;     /* of batch-norm */
    size_t work_size; /* doubles */
};

/* Buffers go by number; -1: none. */
typedef struct lc__stage {
    const lc__prepared *prepared; /* of the operator without dtype and bits */
    const lc_op *op;              /* with them */
    int node;
    lc__slot *weights, *norm, *statistics; /* NULL: none */
    bool rounds, rounds_weights;           /* the output, the weights */
    bool positive;                         /* no value of the output is negative */
    lc__slot *squares; /* mean square of u, and of how many batches; NULL: of no fitted scale */
    int u;             /* the output before rounding; y where there is none */
    int z;             /* what the layer computes; u where nothing follows it */
    int kept, saved;   /* of batch-norm, of the layer */
    int rounded;       /* weights as the layer uses them, where they are rounded */
    int dx[LC_OP_MAX_INPUTS];    /* what the layer writes ... */
    bool adds[LC_OP_MAX_INPUTS]; /* ... and whether it is then added to the input's gradient */
    int dw;                      /* weights' gradient, where the slot has one already */
} lc__stage;

struct lc__trainee {
    lc__engine *engine;
    lc__store *store;
    lc_net *net; /* with the batch */
    bool trains;
    int input, classes;
    int *gates, n_gates;
    lc__stage *stages;
    int n_stages;
    int *y, *dy; /* of nodes: their output, and the gradient by it */
    lc__life *lives;
    size_t n_lives, room_lives;
};

/* Plans the buffers of all stages, and gives the engine an arena for them. */
lc_status lc__trainee_plan(lc__trainee *trainee, lc_error *err);

/* True where the engine applies the operator's `act` itself. */
bool lc__stage_activates(const lc__stage *stage);

static inline float *lc__buffer(const lc__trainee *p, int buffer) {
    return buffer < 0 ? NULL : p->engine->arena + p->lives[buffer].offset / sizeof(float);
}

#endif
