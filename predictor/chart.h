/* The coordinates that forecasts' second moments are taken over.
 *
 * A forecast depends on a net's columns only through its kernels with the samples. Where a block
 * has more columns than there are samples, these kernels are the coordinates; where it has fewer,
 * the columns themselves are. So a query costs a few thousand multiplications. */
#ifndef PREDICTOR_CHART_H
#define PREDICTOR_CHART_H

#include "posterior.h"

/* A block of columns of which a kernel is taken, among the columns in use. */
typedef struct lc__block {
    size_t first, count;
    double *rows;  /* [n][count]: the kernel with sample i is rows[i] . y[first ..] */
    double *sharp; /* [count][count] the kernel is y' sharp y; NULL: the dot product */
} lc__block;

/* The blocks over the columns in use, y, under both links. */
typedef struct lc__blocks {
    size_t n, width;
    lc__block block[LC__LINKS][LC__BLOCKS];      /* rows NULL: empty or never used */
    size_t size_column[LC__LINKS][LC__VARIANTS]; /* which of the columns are sizes; width: none */
    double *store;
} lc__blocks;

/* The blocks over n nets with standardised columns u[n][scale->size], of which column[width] are in
 * use. Release with lc__blocks_clear() (also on failure). */
lc_status lc__blocks_make(const lc__core *core, const lc__scale *scale, const size_t *column,
                          size_t width, const double *u, size_t n, lc__blocks *out, lc_error *err);
void lc__blocks_clear(lc__blocks *blocks);

/* Brings the rows into a frame. */
lc_status lc__blocks_enter(lc__blocks *blocks, const lc__frame *frame, lc_error *err);

/* Coordinates at .. of columns first .. first + count - 1. */
typedef struct lc__piece {
    size_t first, count, at, rank;
    size_t block; /* the block, under either link; LC__BLOCKS: a size */
    double *rows; /* [count][rank]; NULL: the columns themselves, rank is count */
} lc__piece;

enum {
    LC__PIECES_MAX = 2 * LC__BLOCKS + 2 * LC__VARIANTS,
    LC__CHART_MAX = LC__EMBED_MAX + 1 /* no more coordinates than columns, but for the constant */
};

typedef struct lc__chart {
    size_t width; /* columns in use */
    size_t size;  /* coordinates; the last is the constant */
    size_t n_pieces;
    lc__piece piece[LC__PIECES_MAX];
    double *store;
} lc__chart;

/* Makes the chart of a blocks. Release with lc__chart_clear() (also on failure). */
lc_status lc__chart_make(const lc__blocks *blocks, lc__chart *out, lc_error *err);
void lc__chart_clear(lc__chart *chart);

/* The piece that begins at a column; NULL: none does. */
const lc__piece *lc__chart_find(const lc__chart *chart, size_t column);

/* z[chart->size] of y[width + 1]: the standardised columns in use and 1, or a combination of
 * such. */
void lc__chart_apply(const lc__chart *chart, const double *y, double *z);

#endif
