#include "adder_pass.h"

#include <stdlib.h>
#include <string.h>
#include "adder_walk.h"
#include "backends/arena.h"
#include "base/memory.h"

/* The work is split in so many parts, whatever the number of threads, each with room of its own. */
enum { PARTS = 64 };

/* What a part needs while it runs. */
typedef struct room {
    const float **sources; /* [taps * LC__ADDER_ROWS] */
    const float **weights; /* [taps] */
    const float **pixel;   /* [taps] */
    int *taps;             /* [taps]: those in use */
    float *unused;         /* [width]: results of rows past the last pixel */
} room;

struct lc__adder_pass {
    const lc__adder_kernels *kernels;
    lc__walk walk;
    bool depthwise;
    int taps, groups;
    int depth, values; /* channels of a group: of the sources, of the results */
    int rows;          /* pixels in a tile */
    float *packed;     /* tiles: [group][block][tap][depth][width]; depthwise: [tap][channel] */
    float *padding;    /* zeros, as many as a pixel of either side has channels */
    void *memory;      /* of the rooms */
    room rooms[PARTS];
};

/* Blocks of `width` results side by side in a group. */
static size_t n_blocks(const lc__adder_pass *a) {
    return ((size_t)a->values + (size_t)a->kernels->width - 1) / (size_t)a->kernels->width;
}

/* Packed weights of one tap of a block. */
static size_t segment_size(const lc__adder_pass *a) {
    return (size_t)a->depth * (size_t)a->kernels->width;
}

/* ---- weights ---- */

/* Lanes past the last value are 0. */
static void pack_tiles(const lc__adder_pass *a, const float *w) {
    size_t width = (size_t)a->kernels->width, values = (size_t)a->values;
    size_t taps = (size_t)a->taps, depth = (size_t)a->depth, blocks = n_blocks(a);
    float *to = a->packed;
    for (size_t i = 0; i < (size_t)a->groups * blocks * taps * depth; i++) {
        size_t k = i % depth, tap = i / depth % taps, block = i / depth / taps % blocks;
        size_t group = i / depth / taps / blocks;
        for (size_t lane = 0; lane < width; lane++) {
            size_t v = block * width + lane;
            size_t out = a->walk.backward ? group * depth + k : group * values + v;
            size_t in = a->walk.backward ? v : k, inputs = a->walk.backward ? values : depth;
            *to++ = v < values ? w[(out * taps + tap) * inputs + in] : 0.0F;
        }
    }
}

static void pack_depthwise(const lc__adder_pass *a, const float *w) {
    size_t channels = (size_t)a->groups, taps = (size_t)a->taps;
    for (size_t c = 0; c < channels; c++)
        for (size_t t = 0; t < taps; t++)
            a->packed[t * channels + c] = w[c * taps + t];
}

/* ---- tiles ---- */

/* What all groups and blocks of a tile share: its pixels, and the taps that touch any. */
typedef struct pixels {
    size_t live; /* the others repeat the first */
    int taps;
    size_t at[LC__ADDER_ROWS]; /* floats from the start of the results' tensor */
} pixels;

/* Leaves the taps of r->sources that touch a pixel of any row; forward all, since padding counts.
 */
static int leave_taps(const lc__adder_pass *a, const room *r) {
    size_t rows = (size_t)a->rows;
    int n = 0;
    for (int t = 0; t < a->taps; t++) {
        const float **row = r->sources + (size_t)t * rows;
        bool used = !a->walk.backward;
        for (size_t i = 0; i < rows && !used; i++)
            used = row[i] != a->padding;
        if (!used)
            continue;
        memmove(r->sources + (size_t)n * rows, row, rows * sizeof *row);
        r->taps[n++] = t;
    }
    return n;
}

static pixels find_pixels(const lc__adder_pass *a, size_t first, const room *r,
                          const float *sources) {
    size_t left = lc__n_rows(a->walk.results) - first, rows = (size_t)a->rows;
    pixels p = {.live = left < rows ? left : rows};
    for (size_t i = 0; i < rows; i++) {
        lc__place place = lc__walk_place(&a->walk, i < p.live ? first + i : first);
        p.at[i] = lc__walk_pixel(&a->walk, place) * (size_t)a->walk.results.c;
        lc__walk_sources(&a->walk, place, sources, a->padding, r->pixel);
        for (size_t t = 0; t < (size_t)a->taps; t++)
            r->sources[t * rows + i] = r->pixel[t];
    }
    p.taps = leave_taps(a, r);
    return p;
}

static void run_tile(const lc__adder_pass *a, size_t first, const room *r, const float *sources,
                     const float *centres, float *results) {
    const float *centre[LC__ADDER_ROWS];
    float *out[LC__ADDER_ROWS];
    size_t blocks = n_blocks(a), width = (size_t)a->kernels->width;
    pixels p = find_pixels(a, first, r, sources);
    lc__adder_tile tile = {.segments = p.taps,
                           .depth = a->depth,
                           .sources = r->sources,
                           .weights = r->weights,
                           .centres = centre,
                           .out = out};
    for (size_t b = 0; b < (size_t)a->groups * blocks; b++) {
        size_t value = b % blocks * width, left = (size_t)a->values - value;
        size_t channel = b / blocks * (size_t)a->values + value;
        tile.lanes = (int)(left < width ? left : width);
        tile.offset = b / blocks * (size_t)a->depth;
        for (size_t i = 0; i < (size_t)a->rows; i++) {
            out[i] = i < p.live ? results + p.at[i] + channel : r->unused;
            centre[i] = centres ? centres + p.at[i] + channel : NULL;
        }
        for (int t = 0; t < p.taps; t++)
            r->weights[t] =
                a->packed + (b * (size_t)a->taps + (size_t)r->taps[t]) * segment_size(a);
        (centres ? a->kernels->pull : a->kernels->distance)(&tile);
    }
}

/* ---- depthwise ---- */

static void run_pixel(const lc__adder_pass *a, size_t at, const room *r, const float *sources,
                      const float *centres, float *results) {
    lc__place place = lc__walk_place(&a->walk, at);
    size_t channels = (size_t)a->groups, to = lc__walk_pixel(&a->walk, place) * channels;
    int met = lc__walk_sources(&a->walk, place, sources, a->padding, r->pixel), n = 0;
    bool all = !a->walk.backward || met == a->taps;
    for (int t = 0; t < a->taps; t++) {
        if (!all && r->pixel[t] == a->padding)
            continue;
        r->weights[n] = a->packed + (size_t)t * channels;
        r->pixel[n++] = r->pixel[t];
    }
    const lc__adder_pixel pixel = {.taps = n,
                                   .channels = (int)channels,
                                   .sources = r->pixel,
                                   .weights = r->weights,
                                   .centre = centres ? centres + to : NULL,
                                   .out = results + to};
    (centres ? a->kernels->pixel_pull : a->kernels->pixel_distance)(&pixel);
}

/* ---- both ---- */

void lc__adder_pass_run(const lc__adder_pass *a, const float *w, const float *sources,
                        const float *centres, float *results) {
    size_t step = a->depthwise ? 1 : (size_t)a->rows;
    size_t total = (lc__n_rows(a->walk.results) + step - 1) / step;
    if (a->depthwise)
        pack_depthwise(a, w);
    else
        pack_tiles(a, w);
#pragma omp parallel for schedule(static)
    for (size_t part = 0; part < PARTS; part++) {
        for (size_t i = total * part / PARTS; i < total * (part + 1) / PARTS; i++) {
            if (a->depthwise)
                run_pixel(a, i, &a->rooms[part], sources, centres, results);
            else
                run_tile(a, i * step, &a->rooms[part], sources, centres, results);
        }
    }
}

static bool make_rooms(lc__adder_pass *a) {
    size_t taps = (size_t)a->taps, width = (size_t)a->kernels->width;
    size_t size =
        taps * (LC__ADDER_ROWS + 2) * sizeof(float *) + width * sizeof(float) + taps * sizeof(int);
    size = (size + LC__ALIGN - 1) / LC__ALIGN * LC__ALIGN;
    char *at = a->memory = lc__arena_alloc(size * PARTS);
    for (int i = 0; at && i < PARTS; i++, at += size) {
        room *r = &a->rooms[i];
        r->sources = (const float **)(void *)at;
        r->weights = r->sources + taps * LC__ADDER_ROWS;
        r->pixel = r->weights + taps;
        r->unused = (float *)(void *)(r->pixel + taps);
        r->taps = (int *)(void *)(r->unused + width);
    }
    return at != NULL;
}

void lc__adder_pass_free(lc__adder_pass *a) {
    if (!a)
        return;
    lc__walk_free(&a->walk);
    free(a->packed);
    free(a->padding);
    free(a->memory);
    free(a);
}

lc_status lc__adder_pass_new(const lc__geometry *g, const lc__adder_kernels *kernels, bool backward,
                             lc__adder_pass **out, lc_error *err) {
    const lc_op *op = g->op;
    lc__adder_pass *a = calloc(1, sizeof *a);
    if (!a)
        return lc__no_memory(err);
    lc_status st = lc__walk_new(g, backward, &a->walk, err);
    a->kernels = kernels;
    a->taps = op->kernel_h * op->kernel_w;
    a->groups = op->groups;
    a->depth = a->walk.sources.c / op->groups;
    a->values = a->walk.results.c / op->groups;
    a->depthwise = a->depth == 1 && a->values == 1;
    a->rows = backward ? kernels->pull_rows : kernels->distance_rows;
    size_t size = (size_t)a->groups * (size_t)a->taps;
    if (!a->depthwise)
        size *= n_blocks(a) * segment_size(a);
    int most = a->walk.sources.c > a->walk.results.c ? a->walk.sources.c : a->walk.results.c;
    a->packed = lc__arena_alloc(size * sizeof(float));
    a->padding = lc__arena_alloc((size_t)most * sizeof(float));
    if (st == LC_OK && (!a->packed || !a->padding || !make_rooms(a)))
        st = lc__no_memory(err);
    if (st == LC_OK)
        *out = a;
    else
        lc__adder_pass_free(a);
    return st;
}
