/* Standardised columns and the blocks of them that kernels are taken over. */
#ifndef PREDICTOR_SCALE_H
#define PREDICTOR_SCALE_H

#include "model.h"

/* Kernel blocks. "Main" blocks are the totals weighted by their own covariance, so that the
 * directions in which most of the pool's nets differ count most. */
enum {
    LC__BLOCK_COARSE, /* one per variant */
    LC__BLOCK_TOTALS = LC__BLOCK_COARSE + LC__VARIANTS,
    LC__BLOCK_MAIN = LC__BLOCK_TOTALS + LC__VARIANTS,
    LC__BLOCK_SOURCES = LC__BLOCK_MAIN + LC__VARIANTS,
    LC__BLOCKS,
    LC__COARSE_PAIRS = (LC__VARIANTS - 1) * LC__COL_FINE /* columns with one of the next variant */
};

typedef enum lc__link { LC__LINK_LINEAR, LC__LINK_LOG, LC__LINKS } lc__link;

/* u = (e - mean) * gain standardises embedded columns so that the mean squared norm of a block is
 * 1 over the pool's nets. gain is 0 for columns that say nothing there. */
typedef struct lc__scale {
    size_t size; /* embedded columns */
    double mean[LC__EMBED_MAX], gain[LC__EMBED_MAX];
    double sharp[LC__VARIANTS][LC__TOTALS_SQUARE]; /* kernel of the main blocks: u' sharp u */
} lc__scale;

/* The scale for shots points[rows[n]]: statistics of the pool's nets of the shots' spaces, in
 * proportion; of the whole pool and of the shots, half each, if it has none of a shot's space
 * (which may have operators that the pool never met); of the shots where there is no pool.
 * without[n_sources] marks source devices that must not be used. */
lc_status lc__scale_choose(const lc_model *model, const lc__point *points, const size_t *rows,
                           size_t n, const bool *without, lc__scale *out, lc_error *err);

/* Marks the sources named in `options` (may be NULL) in without[n_sources]. Names that the model
 * does not have are fine: they are not used anyway. */
void lc__mark_without(const lc__core *core, const lc_adapt_options *options, bool *without);

/* Standardised columns of a point: u[scale->size]. */
void lc__standardise(const lc__core *core, const lc__scale *scale, const lc__point *point,
                     double *u);

/* The columns first .. first + n - 1 of a block under a link. */
void lc__block_columns(const lc__core *core, int block, lc__link link, size_t *first, size_t *n);

/* The matrix of a main block (row major, order LC__TOTALS), NULL for the others. */
const double *lc__block_sharp(const lc__scale *scale, int block);

#endif
