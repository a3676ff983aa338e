#include "kernels/attention/fused.h"

#include "kernels/conv/sliding.h"
#include "kernels/linear/panel.h"
#include "kernels/slots.h"

#define LINE 64 /* bytes */

/* One image's work. Scratch: the packed keys of every head, the packed values of every head, then
 * every thread's scores. */
typedef struct job {
    const lc__fused *f;
    const lc__attention_means *means;
    size_t image;
    size_t key_bytes, value_bytes, score_bytes; /* of a head, of a head, of a thread */
    size_t score_stride;                        /* floats from query to query */
    size_t key_blocks, value_blocks, cuts;      /* of a head; tiles of queries */
    char *scratch;
} job;

static job job_of(const lc__fused *f, const lc__attention_means *means, void *scratch) {
    const lc__micro *m = means->micro;
    job j = {.f = f, .means = means, .scratch = scratch};
    j.key_blocks = lc__panel_blocks(m, f->keys);
    j.value_blocks = lc__panel_blocks(m, f->value);
    j.key_bytes = lc__panel_bytes(m, f->depth, f->keys);
    j.value_bytes = lc__panel_bytes(m, f->keys, f->value);
    j.cuts = (f->queries + (size_t)m->rows - 1) / (size_t)m->rows;
    /* an odd number of lines, lest the queries of a tile fall into one set of the cache */
    j.score_stride = ((f->keys * sizeof(float) + LINE - 1) / LINE | 1) * LINE / sizeof(float);
    j.score_bytes = (size_t)m->rows * j.score_stride * sizeof(float);
    return j;
}

size_t lc__fused_scratch(const lc__fused *f, const lc__attention_means *means, int threads) {
    job j = job_of(f, means, NULL);
    return f->heads * (j.key_bytes + j.value_bytes) + (size_t)threads * j.score_bytes;
}

static float *keys_of(const job *j, size_t head) {
    return (float *)(void *)(j->scratch + head * j->key_bytes);
}

static float *values_of(const job *j, size_t head) {
    return (float *)(void *)(j->scratch + j->f->heads * j->key_bytes + head * j->value_bytes);
}

/* Items are blocks of keys and of values of each head. */
static void pack_range(void *context, size_t begin, size_t end) {
    const job *j = context;
    const lc__fused *f = j->f;
    size_t per_head = j->key_blocks + j->value_blocks;
    for (size_t i = begin; i < end; i++) {
        size_t head = i / per_head, block = i % per_head, tokens = j->image * f->keys;
        if (block < j->key_blocks) {
            lc__product p = {.depth = f->depth,
                             .columns = f->keys,
                             .b = f->k + tokens * f->k_stride + head * f->depth,
                             .b_stride = f->k_stride,
                             .transpose_b = true};
            lc__panel_pack(j->means->micro, &p, block, keys_of(j, head));
        } else {
            lc__product p = {.depth = f->keys,
                             .columns = f->value,
                             .b = f->v + tokens * f->v_stride + head * f->value,
                             .b_stride = f->v_stride};
            lc__panel_pack(j->means->micro, &p, block - j->key_blocks, values_of(j, head));
        }
    }
}

/* rows x columns = x[rows, depth] * packed, one tile of rows. */
static void multiply(const lc__micro *m, const float *x, size_t x_stride, size_t depth,
                     const float *packed, size_t columns, float *y, size_t y_stride, int rows) {
    const char *segment = (const char *)x;
    lc__tile t = {.x = &segment,
                  .segments = 1,
                  .length = depth * sizeof *x,
                  .x_stride = x_stride * sizeof *x,
                  .y_stride = y_stride * sizeof *y,
                  .finish.format = {.dtype = LC_DTYPE_F32, .inverse = 1.0F}};
    t.finish.clamp = lc__clamp_of(&t.finish);
    for (size_t c = 0; c < columns; c += m->outputs) {
        t.weights = packed + c * depth;
        t.y = (char *)(y + c);
        t.lanes = columns - c < m->outputs ? columns - c : m->outputs;
        m->tile(&t, rows);
    }
}

/* Items are tiles of queries of each head. */
static void attend(void *context, size_t slot, size_t item) {
    const job *j = context;
    const lc__fused *f = j->f;
    const lc__micro *m = j->means->micro;
    size_t head = item / j->cuts, cut = item % j->cuts;
    size_t first = lc__share_begin(f->queries, j->cuts, cut);
    size_t last = lc__share_begin(f->queries, j->cuts, cut + 1);
    char *after = (char *)values_of(j, f->heads);
    float *scores = (float *)(void *)(after + slot * j->score_bytes);
    size_t token = j->image * f->queries + first;
    multiply(m, f->q + token * f->q_stride + head * f->depth, f->q_stride, f->depth,
             keys_of(j, head), f->keys, scores, j->score_stride, (int)(last - first));
    for (size_t r = 0; r < last - first; r++) {
        float *row = scores + r * j->score_stride;
        j->means->softmax(row, row, f->keys, f->scale);
    }
    multiply(m, scores, j->score_stride, f->keys, values_of(j, head), f->value,
             f->out + token * f->out_stride + head * f->value, f->out_stride, (int)(last - first));
}

void lc__fused_run(const lc__fused *f, const lc__attention_means *means, void *scratch,
                   lc__team *team) {
    job j = job_of(f, means, scratch);
    for (j.image = 0; j.image < f->images; j.image++) {
        lc__parallel_for(team, f->heads * (j.key_blocks + j.value_blocks), pack_range, &j);
        lc__parallel_slots(team, f->heads * j.cuts, attend, &j);
    }
}
