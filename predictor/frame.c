#include "frame.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "linalg.h"

/* Whether a block's kernel is the one it has under the first link. */
static bool shared(const lc__problem *p, size_t link, size_t block) {
    return link > 0 && p->gram[link][block] == p->gram[0][block];
}

static size_t count_grams(const lc__problem *p) {
    size_t count = 0;
    for (size_t link = 0; link < LC__LINKS; link++)
        for (size_t b = 0; b < LC__BLOCKS; b++)
            count += p->gram[link][b] && !shared(p, link, b);
    return count;
}

lc_status lc__frame_alloc(const lc__problem *p, lc__frame *out, lc_error *err) {
    size_t n = p->n;
    *out = (lc__frame){.n = n};
    out->store =
        lc__doubles(count_grams(p) * n + 2 + (size_t)LC__LINKS * (1 + LC__VARIANTS), n, err);
    if (!out->store)
        return LC_ENOMEM;
    double *at = out->store;
    out->root = at;
    out->mirror = at += n;
    for (size_t link = 0; link < LC__LINKS; link++) {
        out->target[link] = at += n;
        for (size_t v = 0; v < LC__VARIANTS; v++)
            out->size[link][v] = at += n;
    }
    at += n;
    for (size_t link = 0; link < LC__LINKS; link++)
        for (size_t b = 0; b < LC__BLOCKS; b++) {
            if (!p->gram[link][b])
                continue;
            out->gram[link][b] = shared(p, link, b) ? out->gram[0][b] : at;
            at += shared(p, link, b) ? 0 : n * n;
        }
    for (size_t i = 0; i < n; i++)
        out->root[i] = 1;
    return LC_OK;
}

void lc__frame_clear(lc__frame *frame) {
    free(frame->store);
    memset(frame, 0, sizeof *frame);
}

/* out := H (s s' o gram) H */
static void turn_gram(const lc__frame *f, const double *gram, double *out) {
    size_t n = f->n;
    const double *s = f->root, *v = f->mirror;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            out[i * n + j] = gram[i * n + j] * s[i] * s[j];
    /* Rows, then columns. */
    for (size_t pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < n; i++)
            lc__axpy(n, -lc__dot(n, out + i * n, v), v, out + i * n);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < i; j++) {
                double keep = out[i * n + j];
                out[i * n + j] = out[j * n + i];
                out[j * n + i] = keep;
            }
    }
}

static void turn_vector(const lc__frame *f, const double *x, double *out) {
    memcpy(out, x, f->n * sizeof *out);
    lc__frame_enter(f, out);
}

void lc__frame_turn(lc__frame *f, const lc__problem *p) {
    size_t n = f->n;
    f->norm = sqrt(lc__dot(n, f->root, f->root));
    for (size_t i = 0; i < n; i++)
        f->mirror[i] = f->root[i] / f->norm;
    f->mirror[0] += 1;
    double length = sqrt(lc__dot(n, f->mirror, f->mirror) / 2);
    for (size_t i = 0; i < n; i++)
        f->mirror[i] /= length;
    for (size_t link = 0; link < LC__LINKS; link++) {
        turn_vector(f, p->target[link], f->target[link]);
        for (size_t v = 0; v < LC__VARIANTS; v++)
            turn_vector(f, p->size[link][v], f->size[link][v]);
        for (size_t b = 0; b < LC__BLOCKS; b++)
            if (p->gram[link][b] && !shared(p, link, b))
                turn_gram(f, p->gram[link][b], f->gram[link][b]);
    }
}

void lc__frame_enter(const lc__frame *f, double *x) {
    for (size_t i = 0; i < f->n; i++)
        x[i] *= f->root[i];
    lc__axpy(f->n, -lc__dot(f->n, f->mirror, x), f->mirror, x);
}

void lc__frame_enter_rows(const lc__frame *f, double *rows, size_t width, double *scratch) {
    memset(scratch, 0, width * sizeof *scratch);
    for (size_t i = 0; i < f->n; i++) {
        double *row = rows + i * width;
        for (size_t k = 0; k < width; k++)
            row[k] *= f->root[i];
        lc__axpy(width, f->mirror[i], row, scratch);
    }
    for (size_t i = 0; i < f->n; i++)
        lc__axpy(width, -f->mirror[i], scratch, rows + i * width);
}
