/* Sums over the cells of patterns, several patterns at a time. */
#include <math.h>
#include <string.h>
#include "run.h"

/* What lc__part holds, of the bundle's kernels and in its reduced coordinates. */
typedef struct sums {
    lc__lanes p, c, cc, s2, noise;
    struct {
        lc__lanes p, c, pp;
    } lean[LC__VARIANTS];
    lc__lanes *vector; /* [LC__PART_VECTORS][n] */
    lc__lanes *square; /* [n][n], lower triangle */
} sums;

/* One target at one noise level: x = (minor + noise)^-1 target, and the inverse's parts, from which
 * its other entries follow: inverse[i][j] = inverse[i][j - 1] * ratio[j] for j > i. */
typedef struct level {
    lc__lanes *x, *inverse, *ratio, *pivot; /* [n] */
    lc__lanes energy;
} level;

/* The tridiagonal solution by elimination from both ends. */
LC__INLINE void solve(const lc__bundle *b, const lc__lanes *target, double noise, level *out) {
    size_t n = b->n;
    lc__lanes *x = out->x, *pivot = out->pivot, zero = {0};
    out->energy = zero + LC__SCALE_RATE;
    for (size_t i = 1; i < n; i++) {
        lc__lanes by = i > 1 ? b->off[i - 1] / pivot[i - 1] : zero;
        pivot[i] = b->diag[i] + noise - (i > 1 ? by * b->off[i - 1] : zero);
        x[i] = target[i] - (i > 1 ? by * x[i - 1] : zero);
        out->energy += x[i] * x[i] / pivot[i];
    }
    lc__lanes next = zero; /* what the indices above i take from its pivot, with a minus */
    for (size_t i = n; i-- > 1;) {
        x[i] = (x[i] - (i + 1 < n ? b->off[i] * x[i + 1] : zero)) / pivot[i];
        out->inverse[i] = 1 / (pivot[i] + next);
        lc__lanes back = b->diag[i] + noise + next;
        out->ratio[i] = i > 1 ? -b->off[i - 1] / back : zero;
        next = i > 1 ? b->off[i - 1] * out->ratio[i] : zero;
    }
}

/* Adds p (x x' - s2 inverse) to the square and p s2 inverse[1] * by to the line. */
LC__INLINE void add_square(size_t n, const level *v, const lc__lanes *p, const lc__lanes *s2,
                           const lc__lanes *by, sums *out) {
    for (size_t i = 1; i < n; i++) {
        lc__lanes px = *p * v->x[i], entry = *p * *s2 * v->inverse[i];
        for (size_t j = i; j < n; j++) {
            entry = j > i ? entry * v->ratio[j] : entry;
            out->square[j * n + i] += px * v->x[j] - entry;
            if (i == 1)
                out->vector[LC__PART_LINE * n + j] += entry * *by;
        }
    }
}

/* Adds the cells of one offset and noise, of probability p. */
LC__INLINE void add_level(const lc__run *r, const lc__offset *offset, const lc__lanes *target,
                          double noise, const lc__lanes *prob, level *v, sums *out) {
    const lc__bundle *b = &r->bundle;
    size_t n = b->n;
    solve(b, target, noise, v);
    double norm = r->frame.norm;
    lc__lanes p = *prob, s2 = v->energy / lc__run_degrees(r), zero = {0};
    lc__lanes cross = n > 1 ? b->off[0] / norm : zero;
    lc__lanes c = (n > 1 ? cross * v->x[1] : zero) - target[0] / norm;
    lc__lanes own =
        (b->diag[0] + noise) / (norm * norm) - (n > 1 ? cross * cross * v->inverse[1] : zero);
    double least = noise / (norm * norm); /* rounding aside */
    for (int l = 0; l < LC__LANES; l++)
        own[l] = own[l] > least ? own[l] : least;
    out->p += p;
    out->c += p * c;
    out->cc += p * (c * c + s2 * own);
    out->s2 += p * s2;
    out->noise += p * s2 * noise;
    double slope = offset->slope;
    out->lean[offset->variant].p += p * slope;
    out->lean[offset->variant].c += p * slope * c;
    out->lean[offset->variant].pp += p * slope * slope;
    lc__lanes *by = out->vector + (LC__PART_BY_SIZE + (size_t)offset->variant) * n,
              minus_cross = -cross;
    for (size_t i = 1; i < n; i++) {
        out->vector[LC__PART_ALPHA * n + i] += p * v->x[i];
        out->vector[LC__PART_LINE * n + i] += p * c * v->x[i];
        by[i] += p * slope * v->x[i];
    }
    out->vector[LC__PART_LINE * n] += p * s2 / norm;
    add_square(n, v, &p, &s2, &minus_cross, out);
}

/* Sums over the loaded slots' cells; the last lanes may be without one. */
LC__WIDE
static void sum_cells(const lc__run *r, const lc__slot *slots, size_t n_slots, sums *out) {
    size_t n = r->bundle.n;
    lc__lanes *room = r->bundle.work;
    level v = {.x = room, .inverse = room + n, .ratio = room + 2 * n, .pivot = room + 3 * n};
    for (size_t o = 0; o < r->grid->n_offsets; o++)
        for (int e = 0; e < LC__NOISES; e++) {
            lc__lanes p = {0};
            bool any = false;
            for (size_t l = 0; l < n_slots; l++) {
                p[l] = lc__run_cells(r, slots[l].link, slots[l].pattern, o)[e];
                any = any || p[l] > 0;
            }
            if (any)
                add_level(r, &r->grid->offset[o], r->targets + o * n, lc__noise[e], &p, &v, out);
        }
}

static void take_lane(const lc__lanes *x, size_t n, size_t lane, double *out) {
    for (size_t i = 0; i < n; i++)
        out[i] = x[i][lane];
}

static void take_part(const sums *s, size_t n, size_t l, lc__part *out) {
    out->p = s->p[l];
    out->c = s->c[l];
    out->cc = s->cc[l];
    out->s2 = s->s2[l];
    out->noise = s->noise[l];
    for (size_t k = 0; k < LC__PART_VECTORS; k++)
        take_lane(s->vector + k * n, n, l, out->vector[k]);
    for (size_t v = 0; v < LC__VARIANTS; v++) {
        out->lean[v].p = s->lean[v].p[l];
        out->lean[v].c = s->lean[v].c[l];
        out->lean[v].pp = s->lean[v].pp[l];
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++)
            out->square[i * n + j] = out->square[j * n + i] = s->square[i * n + j][l];
}

void lc__run_collect(lc__run *r, const lc__slot *slots, size_t n_slots, lc__part *parts) {
    size_t n = r->problem->n;
    memset(r->sums, 0, n * (n + LC__PART_VECTORS) * sizeof *r->sums);
    sums s = {.vector = r->sums, .square = r->sums + LC__PART_VECTORS * n};
    lc__run_load(r, slots, n_slots);
    sum_cells(r, slots, n_slots, &s);
    lc__bundle_restore(&r->bundle, s.vector, LC__PART_VECTORS, s.square);
    for (size_t l = 0; l < n_slots; l++) {
        parts[l].pattern = &r->grid->pattern[slots[l].pattern];
        take_part(&s, n, l, &parts[l]);
    }
}

size_t lc__part_room(size_t n) {
    return n * (n + LC__PART_VECTORS);
}

void lc__part_place(size_t n, double *room, lc__part *out) {
    memset(out, 0, sizeof *out);
    for (size_t k = 0; k < LC__PART_VECTORS; k++)
        out->vector[k] = room + k * n;
    out->square = room + LC__PART_VECTORS * n;
}
