#include "kernels/conv/sliding.h"

#include <stdbool.h>
#include <math.h>
#include <string.h>

#define LINE 64                          /* bytes of a cache line */
#define PANEL_BYTES ((size_t)256 * 1024) /* of weights that stay in the second-level cache */
#define ITEMS_PER_THREAD 4               /* of work at least, so that shares are even */

/* How the work is cut up: into lines of output pixels, these into tiles, and the blocks of outputs
 * into panels that are worked on together. An item of work is a tile of a panel. */
typedef struct plan {
    lc__sliding s;
    const lc__micro *m;
    bool in_place;                /* input may be read where it is: channels fill steps */
    bool gather;                  /* windows are copied one by one, and all pixels are one line */
    size_t lines, pixels, cuts;   /* lines; pixels and tiles of a line */
    size_t blocks, panel, panels; /* blocks of a group, blocks of a panel, panels of a group */
    size_t depth_bytes;           /* of a window with its zeros */
    size_t block_bytes;           /* of a block of weights */
    size_t window_stride;         /* bytes from one gathered window to the next */
    size_t pointers_bytes, keep_bytes; /* of one thread: to segments; what its tiles keep, */
    size_t scratch_bytes;              /* in all */
    size_t threads;
    char *scratch;
} plan;

static size_t round_up(size_t n, size_t to) {
    return (n + to - 1) / to * to;
}

static size_t at_least_one(size_t n) {
    return n > 0 ? n : 1;
}

static size_t at_most(size_t n, size_t limit) {
    return n < limit ? n : limit;
}

lc__sliding lc__sliding_conv(const lc_op *op, lc_shape in, lc_shape out) {
    size_t groups = (size_t)op->groups;
    return (lc__sliding){.images = (size_t)out.n,
                         .in_h = in.h,
                         .in_w = in.w,
                         .out_h = out.h,
                         .out_w = out.w,
                         .kernel_h = op->kernel_h,
                         .kernel_w = op->kernel_w,
                         .stride_h = op->stride_h,
                         .stride_w = op->stride_w,
                         .pad_h = op->pad_h,
                         .pad_w = op->pad_w,
                         .groups = groups,
                         .in_group = (size_t)in.c / groups,
                         .out_group = (size_t)out.c / groups,
                         .x_stride = (size_t)in.c,
                         .y_stride = (size_t)out.c,
                         .finish.act = op->act};
}

lc__sliding lc__sliding_matrix(size_t rows, size_t inputs, size_t outputs) {
    return (lc__sliding){.images = 1,
                         .in_h = 1,
                         .in_w = (int)rows,
                         .out_h = 1,
                         .out_w = (int)rows,
                         .kernel_h = 1,
                         .kernel_w = 1,
                         .stride_h = 1,
                         .stride_w = 1,
                         .groups = 1,
                         .in_group = inputs,
                         .out_group = outputs,
                         .x_stride = inputs,
                         .y_stride = outputs};
}

size_t lc__sliding_depth(const lc__sliding *s) {
    return (size_t)s->kernel_h * (size_t)s->kernel_w * s->in_group;
}

lc__clamp lc__clamp_of(const lc__finish *f) {
    bool integer = f->format.dtype == LC_DTYPE_INT8 || f->format.dtype == LC_DTYPE_INT16;
    bool acts = f->act == LC_ACT_NONE || f->act == LC_ACT_RELU || f->act == LC_ACT_RELU6;
    float high = integer ? (float)f->format.limit : INFINITY,
          unit = integer ? f->format.inverse : 1;
    return (lc__clamp){
        .all = acts && f->format.shift == 0,
        .unit = unit,
        .least = f->act == LC_ACT_NONE ? -high : 0.0F,
        .most = f->act == LC_ACT_RELU6 && 6.0F * unit < high ? 6.0F * unit : high,
    };
}

/* Inputs of one kernel row, without and with the zeros that fill its last step. */
static size_t run_of(const lc__sliding *s) {
    return (size_t)s->kernel_w * s->in_group;
}

static size_t padded_run(const lc__sliding *s, const lc__micro *m) {
    return round_up(run_of(s), m->step);
}

static size_t padded_depth(const lc__sliding *s, const lc__micro *m) {
    return (size_t)s->kernel_h * padded_run(s, m);
}

static size_t blocks_of(const lc__sliding *s, const lc__micro *m) {
    return (s->out_group + m->outputs - 1) / m->outputs;
}

static size_t block_bytes_of(const lc__sliding *s, const lc__micro *m) {
    return padded_depth(s, m) * m->outputs * m->w_size;
}

size_t lc__sliding_packed(const lc__sliding *s, const lc__micro *m) {
    return round_up(s->groups * blocks_of(s, m) * block_bytes_of(s, m), LINE);
}

void lc__sliding_pack(const lc__sliding *s, const lc__micro *m, const float *weights,
                      const float *steps, void *packed) {
    size_t depth = lc__sliding_depth(s), blocks = blocks_of(s, m);
    char *to = packed;
    memset(packed, 0, lc__sliding_packed(s, m));
    for (size_t b = 0; b < s->groups * blocks; b++, to += block_bytes_of(s, m)) {
        size_t first = b % blocks * m->outputs, group_first = b / blocks * s->out_group;
        for (size_t i = 0; i < m->outputs && first + i < s->out_group; i++) {
            size_t output = group_first + first + i;
            const float *row = weights + output * depth;
            float step = steps == NULL ? 1.0F : steps[output];
            for (size_t k = 0; k < depth; k++) {
                size_t j = k / run_of(s) * padded_run(s, m) + k % run_of(s);
                size_t at = (j / m->step * m->outputs + i) * m->step + j % m->step;
                m->weight(row[k], step, to + at * m->w_size);
            }
        }
    }
}

/* Pixels that need no neighbours are one long line. */
static lc__sliding flattened(const lc__sliding *s) {
    lc__sliding flat = *s;
    if (s->kernel_h == 1 && s->kernel_w == 1 && s->stride_h == 1 && s->stride_w == 1 &&
        s->pad_h == 0 && s->pad_w == 0) {
        flat.images = 1;
        flat.in_h = flat.out_h = 1;
        flat.in_w = flat.out_w = (int)s->images * s->out_h * s->out_w;
    }
    return flat;
}

static bool must_gather(const lc__sliding *s, const lc__micro *m) {
    bool short_lines =
        s->out_w < m->rows && 3 * s->out_w < 2 * m->rows && (s->out_h > 1 || s->images > 1);
    bool fills = run_of(s) != padded_run(s, m);
    return short_lines || s->stride_w > s->kernel_w || (m->zeros && fills);
}

static void cut_pixels(plan *p) {
    const lc__sliding *s = &p->s;
    p->in_place = s->in_group % p->m->step == 0;
    p->gather = must_gather(s, p->m);
    p->lines = p->gather ? 1 : s->images * (size_t)s->out_h;
    p->pixels = (size_t)s->out_w * (p->gather ? s->images * (size_t)s->out_h : 1);
    p->cuts = (p->pixels + (size_t)p->m->rows - 1) / (size_t)p->m->rows;
}

static void cut_outputs(plan *p) {
    size_t tiles = p->lines * p->cuts, items = p->threads > 1 ? p->threads * ITEMS_PER_THREAD : 1;
    p->blocks = blocks_of(&p->s, p->m);
    p->panel = at_most(at_least_one(PANEL_BYTES / p->block_bytes), p->blocks);
    size_t all = at_least_one(tiles * p->s.groups);
    size_t wanted = (items + all - 1) / all; /* panels */
    p->panel = at_least_one(at_most(p->panel, p->blocks / wanted));
    p->panels = (p->blocks + p->panel - 1) / p->panel;
}

/* Scratch of a thread: pointers to segments, what tiles keep, then the copy that a tile reads. */
static void size_scratch(plan *p) {
    const lc__sliding *s = &p->s;
    size_t taps = (size_t)s->kernel_h * (size_t)s->kernel_w;
    size_t width = (size_t)(p->m->rows - 1) * (size_t)s->stride_w + (size_t)s->kernel_w;
    size_t copy = ((size_t)s->kernel_h * width * s->in_group + p->m->step) * p->m->x_size;
    p->depth_bytes = padded_depth(s, p->m) * p->m->x_size;
    /* an odd number of lines, lest all rows of a tile fall into one set of the cache */
    p->window_stride = round_up(p->depth_bytes, LINE) | LINE;
    p->pointers_bytes = round_up(taps * sizeof(char *), LINE);
    copy = p->gather ? (size_t)p->m->rows * p->window_stride : copy;
    p->keep_bytes = round_up((size_t)p->m->rows * 8, LINE);
    p->scratch_bytes = p->pointers_bytes + p->keep_bytes + round_up(copy, LINE);
}

static plan plan_of(const lc__sliding *s, const lc__micro *m, int threads) {
    plan p = {.s = flattened(s), .m = m, .threads = (size_t)threads};
    p.block_bytes = block_bytes_of(s, m);
    cut_pixels(&p);
    cut_outputs(&p);
    size_scratch(&p);
    return p;
}

/* Copies the group's channels of `count` pixels from column `x` on of an input row, zeros outside
 * the image; `row` is NULL where that is outside. Gives the end of the copy. */
static char *copy_pixels(const plan *p, const char *row, long x, size_t count, char *to) {
    const lc__sliding *s = &p->s;
    size_t bytes = s->in_group * p->m->x_size, stride = s->x_stride * p->m->x_size;
    long end = x + (long)count, from = x < 0 ? 0 : x, until = end < s->in_w ? end : s->in_w;
    if (row == NULL || from >= until) {
        memset(to, p->m->fill, count * bytes);
        return to + count * bytes;
    }
    memset(to, p->m->fill, (size_t)(from - x) * bytes);
    to += (size_t)(from - x) * bytes;
    if (bytes == stride) {
        memcpy(to, row + (size_t)from * stride, (size_t)(until - from) * bytes);
        to += (size_t)(until - from) * bytes;
    } else {
        for (long i = from; i < until; i++, to += bytes) {
            memcpy(to, row + (size_t)i * stride, bytes);
        }
    }
    memset(to, p->m->fill, (size_t)(end - until) * bytes);
    return to + (size_t)(end - until) * bytes;
}

/* Row `y` of an image, at the group's first channel; NULL outside the image. */
static const char *row_of(const plan *p, size_t image, size_t group, long y) {
    const lc__sliding *s = &p->s;
    if (y < 0 || y >= s->in_h) {
        return NULL;
    }
    size_t pixel = (image * (size_t)s->in_h + (size_t)y) * (size_t)s->in_w;
    return (const char *)s->x + (pixel * s->x_stride + group * s->in_group) * p->m->x_size;
}

/* Windows one by one. */
static void gather_windows(const plan *p, size_t group, size_t first, size_t rows, char *to) {
    const lc__sliding *s = &p->s;
    size_t fill = (padded_run(s, p->m) - run_of(s)) * p->m->x_size;
    for (size_t i = 0; i < rows; i++, to += p->window_stride) {
        size_t line = (first + i) / (size_t)s->out_w, column = (first + i) % (size_t)s->out_w;
        long y = (long)(line % (size_t)s->out_h) * s->stride_h - s->pad_h;
        long x = (long)column * s->stride_w - s->pad_w;
        char *at = to;
        for (int kh = 0; kh < s->kernel_h; kh++) {
            const char *row = row_of(p, line / (size_t)s->out_h, group, y + kh);
            at = copy_pixels(p, row, x, (size_t)s->kernel_w, at);
            memset(at, 0, fill);
            at += fill;
        }
    }
}

/* A line's tile from input column `x` on: `rows` pixels, read in place or from a copy of the input
 * rows under it. */
static void lay_out_line(const plan *p, size_t group, size_t line, long x, size_t rows,
                         char *scratch, lc__tile *t) {
    const lc__sliding *s = &p->s;
    const char **segments = (const char **)(void *)scratch;
    char *copy = scratch + p->pointers_bytes + p->keep_bytes;
    size_t width = (rows - 1) * (size_t)s->stride_w + (size_t)s->kernel_w;
    long y = (long)(line % (size_t)s->out_h) * s->stride_h - s->pad_h;
    bool inside =
        p->in_place && y >= 0 && y + s->kernel_h <= s->in_h && x >= 0 && x + (long)width <= s->in_w;
    size_t pixel = (inside ? s->x_stride : s->in_group) * p->m->x_size;
    bool whole = !inside || s->x_stride == s->in_group; /* the taps of a row are one run */
    size_t taps = whole ? 1 : (size_t)s->kernel_w, n = 0;
    for (int kh = 0; kh < s->kernel_h; kh++) {
        const char *row = row_of(p, line / (size_t)s->out_h, group, y + kh);
        const char *start = inside ? row + (size_t)x * pixel : copy;
        copy = inside ? copy : copy_pixels(p, row, x, width, copy);
        for (size_t kw = 0; kw < taps; kw++) {
            segments[n++] = start + kw * pixel;
        }
    }
    if (!inside) {
        memset(copy, 0, p->m->step * p->m->x_size); /* the last row may be read beyond its end */
    }
    t->segments = n;
    t->length = p->depth_bytes / at_least_one(n);
    t->x_stride = (size_t)s->stride_w * pixel;
}

/* Finds or copies the input of pixels first .. first+rows-1 of a line; gives the first one's number
 * among all output pixels. */
static size_t lay_out(const plan *p, size_t group, size_t line, size_t first, size_t rows,
                      char *scratch, lc__tile *t) {
    const lc__sliding *s = &p->s;
    t->x = (const char *const *)(const void *)scratch;
    if (!p->gather) {
        lay_out_line(p, group, line, (long)first * s->stride_w - s->pad_w, rows, scratch, t);
        return line * p->pixels + first;
    }
    char *copy = scratch + p->pointers_bytes + p->keep_bytes;
    gather_windows(p, group, first, rows, copy);
    *(const char **)(void *)scratch = copy;
    t->segments = 1;
    t->length = p->depth_bytes;
    t->x_stride = p->window_stride;
    return first;
}

/* All blocks of a panel for one tile. */
static void run_item(const plan *p, size_t panel, size_t tile, char *scratch) {
    const lc__sliding *s = &p->s;
    size_t line = tile / p->cuts, cut = tile % p->cuts, group = panel / p->panels;
    size_t first = lc__share_begin(p->pixels, p->cuts, cut);
    size_t rows = lc__share_begin(p->pixels, p->cuts, cut + 1) - first;
    size_t block = panel % p->panels * p->panel, end = at_most(block + p->panel, p->blocks);
    lc__tile t = {
        .y_stride = s->y_stride * p->m->y_size, .keep = scratch + p->pointers_bytes, .first = true};
    size_t pixel = lay_out(p, group, line, first, rows, scratch, &t);
    for (; block < end; block++) {
        size_t inner = block * p->m->outputs, output = group * s->out_group + inner;
        t.weights = (const char *)s->weights + (group * p->blocks + block) * p->block_bytes;
        t.y = (char *)s->y + (pixel * s->y_stride + output) * p->m->y_size;
        t.lanes = at_most(s->out_group - inner, p->m->outputs);
        t.finish = lc__finish_from(&s->finish, output);
        p->m->tile(&t, (int)rows);
        t.first = false;
    }
}

/* The shares of threads begin .. end-1. */
static void run_shares(void *context, size_t begin, size_t end) {
    const plan *p = context;
    size_t tiles = p->lines * p->cuts, items = p->s.groups * p->panels * tiles;
    for (size_t thread = begin; thread < end; thread++) {
        char *scratch = p->scratch + thread * p->scratch_bytes;
        size_t last = lc__share_begin(items, p->threads, thread + 1);
        for (size_t i = lc__share_begin(items, p->threads, thread); i < last; i++) {
            run_item(p, i / tiles, i % tiles, scratch);
        }
    }
}

size_t lc__sliding_scratch(const lc__sliding *s, const lc__micro *m, int threads) {
    plan p = plan_of(s, m, threads);
    return p.threads * p.scratch_bytes;
}

void lc__sliding_run(const lc__sliding *s, const lc__micro *m, void *scratch, lc__team *team) {
    plan p = plan_of(s, m, lc__team_size(team));
    p.scratch = scratch;
    p.s.finish.clamp = lc__clamp_of(&s->finish);
    lc__parallel_for(team, p.threads, run_shares, &p);
}
