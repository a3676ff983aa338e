#include <stdlib.h>
#include <string.h>
#include "chart.h"
#include "linalg.h"

/* The columns in use among those of a block. */
static void find_columns(const lc__core *core, const size_t *column, size_t width, int block,
                         lc__link link, lc__block *out) {
    size_t first, count;
    lc__block_columns(core, block, link, &first, &count);
    for (size_t k = 0; k < width; k++) {
        if (column[k] < first || column[k] >= first + count)
            continue;
        if (out->count++ == 0)
            out->first = k;
    }
}

/* sharp[count][count] over the block's columns in use. */
static void take_sharp(const lc__block *block, const double *sharp, const size_t *column,
                       double *out) {
    size_t start =
        LC__EMBED_TOTALS + (column[block->first] - LC__EMBED_TOTALS) / LC__TOTALS * LC__TOTALS;
    for (size_t i = 0; i < block->count; i++)
        for (size_t j = 0; j < block->count; j++)
            out[i * block->count + j] = sharp[(column[block->first + i] - start) * LC__TOTALS +
                                              column[block->first + j] - start];
}

static void fill_rows(const lc__blocks *blocks, lc__block *block, const size_t *column,
                      const double *u, size_t size) {
    for (size_t i = 0; i < blocks->n; i++) {
        double *row = block->rows + i * block->count;
        for (size_t k = 0; k < block->count; k++) {
            double y = u[i * size + column[block->first + k]];
            if (block->sharp)
                lc__axpy(block->count, y, block->sharp + k * block->count, row);
            else
                row[k] = y;
        }
    }
}

static size_t column_place(const size_t *column, size_t width, size_t wanted) {
    size_t k = 0;
    while (k < width && column[k] != wanted)
        k++;
    return k;
}

/* Only the sources' block differs between the links. */
static bool shared(int block, int link) {
    return link > 0 && block != LC__BLOCK_SOURCES;
}

static void find_all(const lc__core *core, const size_t *column, size_t width, lc__blocks *out) {
    for (int link = 0; link < LC__LINKS; link++) {
        for (int b = 0; b < LC__BLOCKS; b++)
            find_columns(core, column, width, b, (lc__link)link, &out->block[link][b]);
        size_t sizes = link == LC__LINK_LOG ? LC__EMBED_LOG_SIZES : LC__EMBED_SIZES;
        for (size_t v = 0; v < LC__VARIANTS; v++)
            out->size_column[link][v] = column_place(column, width, sizes + v);
    }
}

lc_status lc__blocks_make(const lc__core *core, const lc__scale *scale, const size_t *column,
                          size_t width, const double *u, size_t n, lc__blocks *out, lc_error *err) {
    *out = (lc__blocks){.n = n, .width = width};
    find_all(core, column, width, out);
    size_t room = (size_t)LC__VARIANTS * LC__TOTALS_SQUARE;
    for (int i = 0; i < LC__LINKS * LC__BLOCKS; i++)
        room += out->block[i / LC__BLOCKS][i % LC__BLOCKS].count * n;
    double *at = out->store = lc__doubles(room, 1, err);
    if (!at)
        return LC_ENOMEM;
    for (int i = 0; i < LC__LINKS * LC__BLOCKS; i++) {
        int link = i / LC__BLOCKS, b = i % LC__BLOCKS;
        lc__block *block = &out->block[link][b];
        const double *sharp = lc__block_sharp(scale, b);
        if (shared(b, link))
            *block = out->block[0][b];
        if (shared(b, link) || block->count == 0)
            continue;
        if (sharp) {
            block->sharp = at;
            take_sharp(block, sharp, column, block->sharp);
            at += block->count * block->count;
        }
        block->rows = at;
        fill_rows(out, block, column, u, scale->size);
        at += block->count * n;
    }
    return LC_OK;
}

void lc__blocks_clear(lc__blocks *blocks) {
    free(blocks->store);
    memset(blocks, 0, sizeof *blocks);
}

lc_status lc__blocks_enter(lc__blocks *blocks, const lc__frame *frame, lc_error *err) {
    double *scratch = lc__doubles(blocks->width, 1, err);
    if (!scratch)
        return LC_ENOMEM;
    for (int link = 0; link < LC__LINKS; link++)
        for (int b = 0; b < LC__BLOCKS; b++) {
            lc__block *block = &blocks->block[link][b];
            if (block->count > 0 && !shared(b, link))
                lc__frame_enter_rows(frame, block->rows, block->count, scratch);
        }
    free(scratch);
    return LC_OK;
}
