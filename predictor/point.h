/* Physical features of an operator graph.
 *
 * A net becomes a fixed vector of sums over its operators and of longest paths. Each feature is
 * the sum of what the nodes contribute (a path's: of the nodes on it), so a forecast that is
 * linear in the features splits over the nodes. Frameworks differ in what they skip, so every graph
 * is counted three times: all operators ("raw"), those that reach the output ("needed"), and of
 * these the ones that carry data of an input rather than zeros ("live"). A net that carries none is
 * executed like any other: there, what is needed counts as live.
 *
 * Each cost enters as itself and as its square root, summed over operators: the root stands for
 * what grows slower than the work (launches, tails, caches). Roofline terms are
 * max(work / balance, elements moved), the path features are the same along the longest path.
 */
#ifndef PREDICTOR_POINT_H
#define PREDICTOR_POINT_H

#include "latcast/net.h"

/* Operator families: what is likely to be done by one kind of kernel. An activation that stands
 * alone is none of the element-wise ones: most belong to a convolution, and together with them
 * would hide how many sums there are, which is what branches cost.
 *
 * Narrow ones are of operators that name a dtype narrower than f32: other code, so costs of their
 * own, also on boards that run the rest in f32. An operator that names no dtype, or f32, is in the
 * family of its kind: it runs as the device does, or, where a net names f32 and the device's dtype
 * is another, is taken to, since nothing here knows the device. narrow_dense has the grouped too,
 * narrow_linear attention. X(name) */
#define LC__FAMILY_MAP(X)                                                                          \
    X(dense)                                                                                       \
    X(pointwise)                                                                                   \
    X(grouped)                                                                                     \
    X(depthwise)                                                                                   \
    X(linear)                                                                                      \
    X(attention)                                                                                   \
    X(pool)                                                                                        \
    X(elementwise)                                                                                 \
    X(adder)                                                                                       \
    X(shift)                                                                                       \
    X(move)                                                                                        \
    X(norm)                                                                                        \
    X(activation)                                                                                  \
    X(narrow_dense)                                                                                \
    X(narrow_pointwise)                                                                            \
    X(narrow_depthwise)                                                                            \
    X(narrow_linear)                                                                               \
    X(narrow_other)

typedef enum lc__family {
#define LC__FAMILY_ENUM(name) LC__FAMILY_##name,
    LC__FAMILY_MAP(LC__FAMILY_ENUM)
#undef LC__FAMILY_ENUM
        LC__FAMILIES
} lc__family;

/* What counts of a graph. */
typedef enum lc__variant {
    LC__VARIANT_RAW,
    LC__VARIANT_NEEDED,
    LC__VARIANT_LIVE,
    LC__VARIANTS
} lc__variant;

/* Columns of one variant, in order:
 *   per family: count, work, sqrt work, bytes, sqrt bytes;
 *   weight bytes, sqrt weight bytes; a roofline sum for each of three machine balances;
 *   depth, the longest path by each roofline and by sqrt work;
 *   ("fine" from here on) per family and output resolution: count, work, sqrt work; per output
 *   resolution: weight bytes. */
enum {
    LC__PER_FAMILY = 5,
    LC__ROOFS = 3,
    LC__PATHS = 2 + LC__ROOFS,
    LC__RESOLUTIONS = 9, /* hat functions at 1, 4, 16, .. 65536 output pixels */
    LC__COL_WEIGHTS = LC__FAMILIES * LC__PER_FAMILY,
    LC__COL_ROOFS = LC__COL_WEIGHTS + 2,
    LC__COL_PATHS = LC__COL_ROOFS + LC__ROOFS,
    LC__COL_FINE = LC__COL_PATHS + LC__PATHS,
    LC__COL_FINE_WEIGHTS = LC__COL_FINE + LC__FAMILIES * LC__RESOLUTIONS * 3,
    LC__VARIANT_FEATURES = LC__COL_FINE_WEIGHTS + LC__RESOLUTIONS,
    LC__FEATURES = LC__VARIANTS * LC__VARIANT_FEATURES
};

/* What narrow operators do and move is counted in f32's worth: work and bytes by what a value
 * takes, since vectors hold so many more of them, weights by their bits.
 *
 * Machine balances of the roofline features: multiply-accumulates per f32 element moved. */
extern const double lc__balance[LC__ROOFS];

/* What the predictor knows of a net. Cheap to copy, refers to nothing. */
typedef struct lc__point {
    uint64_t space;         /* tells search spaces apart; 0: an explicit net */
    double x[LC__FEATURES]; /* columns of every variant in turn */
} lc__point;

/* "raw.dense.work": name of feature i < LC__FEATURES in buf[size]; returns buf. */
const char *lc__feature_name(size_t i, char *buf, size_t size);

/* A number that differs where features have other names or another order, or are computed in
 * another way: LC__FEATURES_REVISION goes up with each change of what a feature of the same name
 * is. */
#define LC__FEATURES_REVISION 1
uint64_t lc__features_id(void);

/* The family that feature i < LC__FEATURES tells of; LC__FAMILIES: none, it is of the whole net. */
lc__family lc__feature_family(size_t i);

/* "depthwise"; "" for LC__FAMILIES. Static string. */
const char *lc__family_name(lc__family family);

/* Fills *out; allocates nothing, but takes 180 KB of stack. Every feature is finite and >= 0.
 * LC_EUNSUPPORTED: the net has more than LC_NET_MAX_NODES nodes or none. */
lc_status lc__featurise(const lc_net *net, lc__point *out, lc_error *err);

/* Whether two nets are alike in every feature. */
bool lc__same_net(const lc__point *a, const lc__point *b);

/* Splits sum_j slope[j] * x[j] over the nodes: share[i], array of lc_net_size(). Allocates
 * nothing. */
lc_status lc__feature_split(const lc_net *net, const double *slope, double *share, lc_error *err);

#endif
