#include "moments.h"

#include <stdlib.h>
#include <string.h>
#include "linalg.h"

/* What is needed along the way. */
typedef struct maker {
    const lc__posterior *posterior;
    const lc__blocks *blocks;
    const lc__chart *chart;
    size_t link;
    lc__moments *out;
    double *centre;               /* [chart->size] the mean in the chart */
    double *vector;               /* [n] */
    double *mixed, *half, *whole; /* [n][n], [rank or n][n], [rank][rank] */
} maker;

static const lc__block *block_of(const maker *m, size_t b) {
    return &m->blocks->block[m->link][b];
}

/* vector := sum over parts of weight[b] times one of their vectors. */
static void mix_vectors(maker *m, size_t b, size_t which) {
    const lc__posterior *p = m->posterior;
    size_t n = p->frame.n;
    memset(m->vector, 0, n * sizeof *m->vector);
    for (size_t i = 0; i < p->n_parts[m->link]; i++) {
        const lc__part *part = &p->part[m->link][i];
        lc__axpy(n, part->pattern->weight[b], part->vector[which], m->vector);
    }
}

/* out[count] += rows' vector */
static void add_columns(const maker *m, const lc__block *block, double *out) {
    for (size_t i = 0; i < m->blocks->n; i++)
        lc__axpy(block->count, m->vector[i], block->rows + i * block->count, out);
}

/* The mixed vector's coefficients in the chart, [piece->rank]. */
static const double *see(maker *m, const lc__block *block, const lc__piece *piece) {
    if (piece->rows)
        return m->vector;
    memset(m->half, 0, block->count * sizeof *m->half);
    add_columns(m, block, m->half);
    return m->half;
}

/* Adds the mixed vector, seen in the chart, to row and column `at` of the second moment. */
static void add_cross(maker *m, const lc__block *block, size_t at) {
    const lc__piece *piece = lc__chart_find(m->chart, block->first);
    const double *x = see(m, block, piece);
    size_t size = m->chart->size;
    for (size_t i = 0; i < piece->rank; i++) {
        m->out->variance[(piece->at + i) * size + at] += x[i];
        m->out->variance[at * size + piece->at + i] += x[i];
    }
}

/* The place of the size of a variant among the coordinates; the constant's where none is. */
static size_t size_place(const maker *m, size_t v) {
    const lc__piece *piece = lc__chart_find(m->chart, m->blocks->size_column[m->link][v]);
    return piece ? piece->at : m->chart->size - 1;
}

/* What a block adds to the mean, and to the second moment together with constant and sizes. */
static void add_block(maker *m, size_t b) {
    const lc__block *block = block_of(m, b);
    const lc__piece *piece = lc__chart_find(m->chart, block->first);
    mix_vectors(m, b, LC__PART_ALPHA);
    add_columns(m, block, m->out->mean + block->first);
    lc__axpy(piece->rank, 1, see(m, block, piece), m->centre + piece->at);
    mix_vectors(m, b, LC__PART_LINE);
    add_cross(m, block, m->chart->size - 1);
    for (size_t v = 0; v < LC__VARIANTS; v++) {
        if (size_place(m, v) == m->chart->size - 1)
            continue;
        mix_vectors(m, b, LC__PART_BY_SIZE + v);
        add_cross(m, block, size_place(m, v));
    }
}

/* mixed := sum over parts of weight[a] weight[b] square; false: no part weighs both. */
static bool mix_squares(maker *m, size_t a, size_t b) {
    const lc__posterior *p = m->posterior;
    size_t n = p->frame.n;
    bool any = false;
    memset(m->mixed, 0, n * n * sizeof *m->mixed);
    for (size_t i = 0; i < p->n_parts[m->link]; i++) {
        const lc__part *part = &p->part[m->link][i];
        double weight = part->pattern->weight[a] * part->pattern->weight[b];
        if (weight > 0)
            lc__axpy(n * n, weight, part->square, m->mixed);
        any = any || weight > 0;
    }
    return any;
}

/* Adds what two blocks make together to the second moment. */
static void add_pair(maker *m, size_t a, size_t b) {
    const lc__block *left = block_of(m, a), *right = block_of(m, b);
    const lc__piece *rows = lc__chart_find(m->chart, left->first);
    const lc__piece *columns = lc__chart_find(m->chart, right->first);
    size_t n = m->blocks->n, size = m->chart->size;
    const double *half = m->mixed, *whole;
    if (!mix_squares(m, a, b))
        return;
    if (!rows->rows) {
        lc__gemm(true, false, rows->rank, n, n, 1, left->rows, half, 0, m->half);
        half = m->half;
    }
    whole = half;
    if (!columns->rows) {
        lc__gemm(false, false, rows->rank, columns->rank, n, 1, half, right->rows, 0, m->whole);
        whole = m->whole;
    }
    for (size_t i = 0; i < rows->rank; i++)
        for (size_t j = 0; j < columns->rank; j++) {
            double x = whole[i * columns->rank + j];
            m->out->variance[(rows->at + i) * size + columns->at + j] += x;
            if (a != b)
                m->out->variance[(columns->at + j) * size + rows->at + i] += x;
        }
}

/* The prior variance of a block; it stays outside where the chart shows but a part of it. */
static void add_own(maker *m, size_t b) {
    const lc__block *block = block_of(m, b);
    const lc__piece *piece = lc__chart_find(m->chart, block->first);
    size_t size = m->chart->size;
    if (piece->rows)
        return;
    for (size_t i = 0; i < block->count; i++)
        for (size_t j = 0; j < block->count; j++) {
            double kernel = block->sharp ? block->sharp[i * block->count + j] : i == j;
            m->out->variance[(piece->at + i) * size + piece->at + j] += m->out->own[b] * kernel;
        }
    m->out->own[b] = 0;
}

static void add_scalars(maker *m, const lc__part *part) {
    lc__moments *out = m->out;
    size_t size = m->chart->size, one = size - 1;
    out->mass += part->p;
    out->noise += part->noise;
    out->mean[m->blocks->width] += part->c;
    m->centre[one] += part->c;
    out->variance[one * size + one] += part->cc;
    for (size_t b = 0; b < LC__BLOCKS; b++)
        out->own[b] += part->s2 * part->pattern->weight[b];
    for (size_t v = 0; v < LC__VARIANTS; v++) {
        size_t at = size_place(m, v);
        if (at == one)
            continue;
        out->mean[m->blocks->size_column[m->link][v]] += part->lean[v].p;
        m->centre[at] += part->lean[v].p;
        out->variance[at * size + at] += part->lean[v].pp;
        out->variance[at * size + one] += part->lean[v].c;
        out->variance[one * size + at] += part->lean[v].c;
    }
}

static void sum_up(maker *m) {
    lc__moments *out = m->out;
    size_t size = m->chart->size;
    for (size_t i = 0; i < m->posterior->n_parts[m->link]; i++)
        add_scalars(m, &m->posterior->part[m->link][i]);
    for (size_t a = 0; a < LC__BLOCKS; a++) {
        if (block_of(m, a)->count == 0)
            continue;
        add_block(m, a);
        for (size_t b = a; b < LC__BLOCKS; b++)
            if (block_of(m, b)->count > 0)
                add_pair(m, a, b);
        add_own(m, a);
    }
    double scale = out->mass > 0 ? 1 / out->mass : 0;
    for (size_t i = 0; i <= m->blocks->width; i++)
        out->mean[i] *= scale;
    for (size_t i = 0; i < size; i++)
        for (size_t j = 0; j < size; j++) {
            double square = m->centre[i] * m->centre[j] * scale * scale;
            out->variance[i * size + j] = out->variance[i * size + j] * scale - square;
        }
    for (size_t b = 0; b < LC__BLOCKS; b++)
        out->own[b] *= scale;
    out->noise *= scale;
}

static size_t widest_piece(const lc__chart *chart) {
    size_t most = 1;
    for (size_t i = 0; i < chart->n_pieces; i++)
        most = chart->piece[i].rank > most ? chart->piece[i].rank : most;
    return most;
}

lc_status lc__moments_make(const lc__posterior *posterior, const lc__blocks *blocks,
                           const lc__chart *chart, size_t link, lc__moments *out, lc_error *err) {
    size_t n = blocks->n, widest = widest_piece(chart);
    *out = (lc__moments){.mean = lc__doubles(blocks->width + 1, 1, err)};
    out->variance = lc__doubles(chart->size, chart->size, err);
    maker m = {.posterior = posterior, .blocks = blocks, .chart = chart, .link = link, .out = out};
    m.vector = lc__doubles(n + n * n + widest * n + widest * widest + chart->size, 1, err);
    lc_status st = out->mean && out->variance && m.vector ? LC_OK : LC_ENOMEM;
    if (st == LC_OK) {
        m.mixed = m.vector + n;
        m.half = m.mixed + n * n;
        m.whole = m.half + widest * n;
        m.centre = m.whole + widest * widest;
        sum_up(&m);
    }
    free(m.vector);
    return st;
}

void lc__moments_clear(lc__moments *moments) {
    free(moments->mean);
    free(moments->variance);
    memset(moments, 0, sizeof *moments);
}

double lc__moments_variance(const lc__moments *m, const lc__chart *chart, const double *y,
                            const double *z) {
    double sum = 0;
    for (size_t i = 0; i < chart->size; i++)
        sum += z[i] * lc__dot(chart->size, m->variance + i * chart->size, z);
    lc__moments_add_own(m, chart, y, 1, &sum);
    return sum;
}

void lc__moments_add_own(const lc__moments *m, const lc__chart *chart, const double *y, size_t n,
                         double *form) {
    size_t order = chart->width + 1;
    for (size_t i = 0; i < chart->n_pieces; i++) {
        const lc__piece *p = &chart->piece[i];
        for (size_t r = 0; r < n && p->rows; r++)
            for (size_t c = 0; c < n; c++)
                form[r * n + c] += m->own[p->block] * lc__dot(p->count, y + r * order + p->first,
                                                              y + c * order + p->first);
    }
}
