#include "chart.h"

#include <stdlib.h>
#include <string.h>
#include "linalg.h"

const lc__piece *lc__chart_find(const lc__chart *chart, size_t column) {
    for (size_t i = 0; i < chart->n_pieces; i++)
        if (chart->piece[i].first == column)
            return &chart->piece[i];
    return NULL;
}

/* Blocks of the same columns, as under both links, make one piece. */
static void add_piece(lc__chart *c, size_t block, size_t first, size_t count, size_t rank) {
    if (lc__chart_find(c, first))
        return;
    c->piece[c->n_pieces++] =
        (lc__piece){.first = first, .count = count, .at = c->size, .rank = rank, .block = block};
    c->size += rank;
}

/* A block is seen through its kernels where these are fewer, and where nothing but its dot product
 * is asked for. */
static bool projects(const lc__blocks *blocks, size_t block) {
    return block < LC__BLOCK_TOTALS && blocks->block[0][block].count > blocks->n;
}

static void list_pieces(const lc__blocks *blocks, lc__chart *c) {
    for (size_t b = 0; b < LC__BLOCKS; b++)
        for (int link = 0; link < LC__LINKS; link++) {
            const lc__block *block = &blocks->block[link][b];
            if (block->count > 0)
                add_piece(c, b, block->first, block->count,
                          projects(blocks, b) ? blocks->n : block->count);
        }
    for (int link = 0; link < LC__LINKS; link++)
        for (int v = 0; v < LC__VARIANTS; v++)
            if (blocks->size_column[link][v] < blocks->width)
                add_piece(c, LC__BLOCKS, blocks->size_column[link][v], 1, 1);
    c->size++;
}

static void transpose(const double *rows, size_t n, size_t count, double *out) {
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < count; k++)
            out[k * n + i] = rows[i * count + k];
}

lc_status lc__chart_make(const lc__blocks *blocks, lc__chart *out, lc_error *err) {
    size_t room = 0;
    *out = (lc__chart){.width = blocks->width};
    list_pieces(blocks, out);
    for (size_t b = 0; b < LC__BLOCKS; b++)
        room += projects(blocks, b) ? blocks->block[0][b].count : 0;
    double *at = out->store = lc__doubles(room, blocks->n, err);
    if (!at)
        return LC_ENOMEM;
    for (size_t i = 0; i < out->n_pieces; i++) {
        lc__piece *p = &out->piece[i];
        if (p->block == LC__BLOCKS || !projects(blocks, p->block))
            continue;
        p->rows = at;
        transpose(blocks->block[0][p->block].rows, blocks->n, p->count, at);
        at += p->count * blocks->n;
    }
    return LC_OK;
}

void lc__chart_clear(lc__chart *chart) {
    free(chart->store);
    memset(chart, 0, sizeof *chart);
}

void lc__chart_apply(const lc__chart *chart, const double *y, double *z) {
    memset(z, 0, chart->size * sizeof *z);
    for (size_t i = 0; i < chart->n_pieces; i++) {
        const lc__piece *p = &chart->piece[i];
        for (size_t k = 0; k < p->count && p->rows; k++)
            lc__axpy(p->rank, y[p->first + k], p->rows + k * p->rank, z + p->at);
        if (!p->rows)
            memcpy(z + p->at, y + p->first, p->count * sizeof *z);
    }
    z[chart->size - 1] = y[chart->width];
}
