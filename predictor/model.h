/* What a trained model holds, and the columns that the few-shot kernels are taken over.
 *
 * A net's features are reduced ("embedded") to: the features without the fine ones, their totals
 * over the families, the net's size relative to the mean net (and its logarithm), and the source
 * devices' forecasts (and their logarithms). Every kernel is linear in these, once standardised.
 */
#ifndef PREDICTOR_MODEL_H
#define PREDICTOR_MODEL_H

#include <stdatomic.h>
#include "base/map.h"
#include "latcast/predictor.h"
#include "operators.h"
#include "pack.h"
#include "predictor/batch.h"

enum {
    LC__SOURCES_MAX = 256,
    LC__GROUPS_MAX = 64,
    LC__NAME_MAX = 255, /* bytes of a source's name */
    LC__TOTALS = LC__PER_FAMILY + LC__COL_FINE - LC__COL_WEIGHTS,
    LC__TOTAL_WORK = 1, /* place of the work among the totals */
    LC__ALL_TOTALS = LC__VARIANTS * LC__TOTALS,
    LC__TOTALS_SQUARE = LC__TOTALS * LC__TOTALS,
    /* Columns of an embedded net; the variants side by side in each part. */
    LC__EMBED_COARSE = 0,
    LC__EMBED_TOTALS = LC__EMBED_COARSE + LC__VARIANTS * LC__COL_FINE,
    LC__EMBED_SIZES = LC__EMBED_TOTALS + LC__ALL_TOTALS,
    LC__EMBED_LOG_SIZES = LC__EMBED_SIZES + LC__VARIANTS,
    LC__EMBED_SOURCES = LC__EMBED_LOG_SIZES + LC__VARIANTS, /* n sources, then n logarithms */
    LC__EMBED_MAX = LC__EMBED_SOURCES + 2 * LC__SOURCES_MAX
};

/* A net's relative size is raised to this before the logarithm. */
#define LC__SIZE_FLOOR 1e-6

/* A source device: its latency in units of its mean, linear in a net's features. */
typedef struct lc__source {
    char name[LC__NAME_MAX + 1];
    double constant;
    double floor;  /* forecasts are raised to this before the logarithm */
    double *slope; /* [LC__FEATURES], the core's own or in its map */
} lc__source;

/* Where the pool's nets of one space lie, for telling others from them: the principal axes of
 * their coarse raw features, scaled to unit variance. */
typedef struct lc__region {
    uint64_t space;
    uint32_t n_axes;
    double radius;                                 /* 99 % of the nets are nearer than this */
    double mean[LC__COL_FINE], gain[LC__COL_FINE]; /* gain 0: the column is constant */
    double *axes; /* [n_axes][LC__COL_FINE], applied to (x - mean) * gain */
} lc__region;

/* What a model shares with its predictors; never changes once built. */
typedef struct lc__core {
    atomic_int users;
    size_t n_sources, n_regions;
    lc__source *sources;
    lc__region *regions;
    double size_mean[LC__ALL_TOTALS]; /* totals of the pool's mean net, 0: unknown */
    /* The sources' slopes side by side, over the features that any source looks at. */
    size_t n_looked_at;
    uint16_t *looked_at; /* [n_looked_at] features */
    double *slopes;      /* [n_looked_at][n_sources] */
    double *own_slopes;  /* [n_sources][LC__FEATURES]; NULL: they lie in the map */
    lc__map map;         /* the file of a loaded model, where slopes and axes lie; empty: none */
    /* Of a device whose operators were measured: the size of a net's LC__OPERATORS_VARIANT is what
     * its operators sum up to. Such a core belongs to a predictor; all else is its parent's. */
    struct lc__core *parent; /* NULL: none */
    lc__operators operators;
} lc__core;

/* Statistics of the pool's nets of one space over embedded columns. */
typedef struct lc__group {
    uint64_t space;
    double count;
    double *mean, *variance;                            /* [lc__embed_size()], one allocation */
    double covariance[LC__VARIANTS][LC__TOTALS_SQUARE]; /* of the totals */
} lc__group;

struct lc_model {
    lc__core *core;
    size_t n_groups;
    lc__group *groups;
};

/* A core of so many (zeroed) sources and regions, with one user. The sources have room for their
 * slopes if `map` is NULL; otherwise it is taken over (not on failure) and slopes and axes are to
 * point into it. */
lc__core *lc__core_new(size_t n_sources, size_t n_regions, lc__map *map, lc_error *err);
lc__core *lc__core_keep(lc__core *core);
void lc__core_drop(lc__core *core); /* may be NULL */

/* To be called once the sources are known, before anything is embedded. */
lc_status lc__core_seal(lc__core *core, lc_error *err);
/* A core like `parent`, which it keeps, with operators; their sum is in units of `unit`. */
lc__core *lc__core_with_operators(lc__core *parent, const lc__operators *operators, double unit,
                                  lc_error *err);

/* A model that takes over `core` (also on failure), with so many groups. */
lc_model *lc__model_new(lc__core *core, size_t n_groups, lc_error *err);

/* e[lc__embed_size()] of a point. */
size_t lc__embed_size(const lc__core *core);
void lc__embed(const lc__core *core, const lc__point *point, double *e);

/* Totals over the families of one variant's columns: t[LC__TOTALS]. */
void lc__totals(const double *variant, double *t);
/* Adds `slope` in total number q to the slopes of a variant's columns. */
void lc__add_total(size_t q, double slope, double *columns);

/* Statistics of points[rows[n]] (n >= 1); clear with lc__group_clear(). */
lc_status lc__group_measure(const lc__core *core, const lc__points *points, const size_t *rows,
                            size_t n, lc__group *out, lc_error *err);
lc_status lc__group_alloc(const lc__core *core, lc__group *group, lc_error *err);
void lc__group_clear(lc__group *group);

/* The region of points[rows[n]] (n >= 1), drawn `slack` times as wide as it is, and how far a net
 * lies from its middle, given its raw columns [LC__COL_FINE]: <= 1 inside. */
lc_status lc__region_measure(const lc__points *points, const size_t *rows, size_t n, double slack,
                             lc__region *out, lc_error *err);
#define LC__FARTHEST 1e6 /* greater distances count as this */
double lc__region_distance(const lc__region *region, const double *raw);
/* The same as (radius * distance)^2 = sum_k (constant_k + form_k . raw)^2: form[LC__COL_FINE]
 * [LC__COL_FINE], constant[LC__COL_FINE]. */
void lc__region_forms(const lc__region *region, double *form, double *constant);
/* Distance from the nearest of the core's regions; LC__FARTHEST if it has none. */
double lc__core_novelty(const lc__core *core, const double *raw);

/* order[n]: rows[n] sorted by space, then row, without repeats; *n_unique their number. */
void lc__rows_by_space(const lc__points *points, const size_t *rows, size_t n, size_t *order,
                       size_t *n_unique);

/* lc__model_train_points() from points of either kind. */
lc_status lc__model_train_rows(const lc__points *points, const lc__pool_rows *devices,
                               size_t n_devices, const size_t *reference, size_t n_reference,
                               lc_model **out, lc_error *err);

/* Standardises features: (x - mean) * gain; gain 0: not used. */
typedef struct lc__feature_scale {
    double mean[LC__FEATURES], gain[LC__FEATURES];
} lc__feature_scale;

/* Ridge regression of a device's values[n] on the features of points[rows[n]]. Fills constant and
 * slope; the rest of *out is left alone. */
lc_status lc__source_fit(const lc__points *points, const size_t *rows, const double *values,
                         size_t n, const lc__feature_scale *scale, lc__source *out, lc_error *err);

#endif
