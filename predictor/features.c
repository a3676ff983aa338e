#include "predictor/point.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/text.h"
#include "units.h"

const double lc__balance[LC__ROOFS] = {4, 16, 64};

/* A net as one variant counts it. */
typedef struct graph {
    const lc_net *net;
    int n;
    bool runs[LC_NET_MAX_NODES];  /* the node is executed */
    bool feeds[LC_NET_MAX_NODES]; /* its output counts as an input of others */
} graph;

/* What does useful work. Boards that fold constants run a net without any in next to no time, but
 * they are few, and calling nearly nothing of it live would make it an extreme among the pool's
 * nets that distorts their scale and is always chosen for measuring. */
static void mark_live(const lc_net *net, bool *marks) {
    bool carries = false;
    lc_net_live(net, marks);
    for (int i = 0; i < lc_net_size(net); i++)
        carries = carries || (marks[i] && lc_net_node(net, i)->op.type == LC_OP_INPUT);
    if (!carries)
        lc_net_needed(net, marks);
}

static void open_variant(graph *g, const lc_net *net, lc__variant variant) {
    g->net = net;
    g->n = lc_net_size(net);
    if (variant == LC__VARIANT_NEEDED)
        lc_net_needed(net, g->feeds);
    else if (variant == LC__VARIANT_LIVE)
        mark_live(net, g->feeds);
    for (int i = 0; i < g->n; i++) {
        lc_op_type type = lc_net_node(net, i)->op.type;
        bool counts = variant == LC__VARIANT_RAW || g->feeds[i];
        g->feeds[i] = counts && type != LC_OP_ZERO;
        g->runs[i] = g->feeds[i] && type != LC_OP_INPUT;
    }
}

static bool same_graph(const graph *a, const graph *b) {
    size_t bytes = (size_t)a->n * sizeof *a->runs;
    return memcmp(a->runs, b->runs, bytes) == 0 && memcmp(a->feeds, b->feeds, bytes) == 0;
}

/* The units of node i in this variant. */
static int units(const graph *g, int i, lc__unit *u) {
    if (!g->runs[i])
        return 0;
    const lc_node *node = lc_net_node(g->net, i);
    int n_inputs = 0;
    for (int k = 0; k < node->n_inputs; k++)
        n_inputs += g->feeds[node->inputs[k]];
    return lc__node_units(g->net, i, n_inputs, u);
}

static double bytes_moved(const lc__unit *u) {
    return 4 * (u->in + u->out);
}

static double roof(const lc__unit *u, int r) {
    return fmax(u->work / lc__balance[r], u->in + u->out + u->weights);
}

/* Adds a unit to the columns of a variant, all but the paths, and to the lengths of the paths
 * through it: 1, rooflines, and sqrt work. */
static void add_unit(const lc__unit *u, double *x, double length[LC__PATHS]) {
    double *f = x + (size_t)u->family * LC__PER_FAMILY;
    double bytes = bytes_moved(u), weight_bytes = 4 * u->weights, t = u->times;
    double root = sqrt(u->work);
    f[0] += t;
    f[1] += t * u->work;
    f[2] += t * root;
    f[3] += t * bytes;
    f[4] += t * sqrt(bytes);
    x[LC__COL_WEIGHTS] += t * weight_bytes;
    x[LC__COL_WEIGHTS + 1] += t * sqrt(weight_bytes);
    length[0] += t;
    for (int r = 0; r < LC__ROOFS; r++) {
        double cost = t * roof(u, r);
        x[LC__COL_ROOFS + r] += cost;
        length[1 + r] += cost;
    }
    length[1 + LC__ROOFS] += t * root;

    /* The two resolutions on either side share the unit linearly in log2. */
    double place = fmin(fmax(log2(u->pixels), 0), 2 * (LC__RESOLUTIONS - 1)) / 2;
    size_t low = (size_t)fmin(place, LC__RESOLUTIONS - 2);
    for (size_t b = low; b <= low + 1; b++) {
        double part = t * (1 - fabs(place - (double)b));
        double *fine = x + LC__COL_FINE + ((size_t)u->family * LC__RESOLUTIONS + b) * 3;
        fine[0] += part;
        fine[1] += part * u->work;
        fine[2] += part * root;
        x[LC__COL_FINE_WEIGHTS + b] += part * weight_bytes;
    }
}

/* Longest paths of every kind from an input through each node. */
typedef struct lengths {
    double best[LC_NET_MAX_NODES][LC__PATHS];
} lengths;

/* The input of node i through which its longest path of kind p comes, or -1: one that carries
 * data, where there is one. */
static int longest_input(const graph *g, const lengths *paths, int i, int p) {
    const lc_node *node = lc_net_node(g->net, i);
    int from = -1;
    for (int k = 0; k < node->n_inputs; k++) {
        int in = node->inputs[k];
        bool better = from < 0 || g->feeds[in] > g->feeds[from] ||
                      (g->feeds[in] == g->feeds[from] && paths->best[in][p] > paths->best[from][p]);
        if (better)
            from = in;
    }
    return from;
}

/* Adds a node to the columns, and its lengths to the longest paths to it. */
static void add_node(const graph *g, int i, double *x, lengths *paths) {
    lc__unit u[LC__UNITS_MAX];
    double *best = paths->best[i];
    memset(best, 0, sizeof paths->best[i]);
    for (int k = units(g, i, u) - 1; k >= 0; k--)
        add_unit(&u[k], x, best);
    for (int p = 0; p < LC__PATHS; p++) {
        int from = longest_input(g, paths, i, p);
        best[p] += from < 0 ? 0 : paths->best[from][p];
    }
}

static void variant_features(const graph *g, double *x, lengths *paths) {
    for (int i = 0; i < g->n; i++)
        add_node(g, i, x, paths);
    memcpy(x + LC__COL_PATHS, paths->best[lc_net_output(g->net)], sizeof paths->best[0]);
}

static lc_status check_size(const lc_net *net, lc_error *err) {
    int n = lc_net_size(net);
    if (n < 1 || n > LC_NET_MAX_NODES)
        return lc_error_set(err, LC_EUNSUPPORTED, "a net of %d nodes cannot be forecast (1 to %d)",
                            n, LC_NET_MAX_NODES);
    return LC_OK;
}

static uint64_t space_tag(const lc_net *net) {
    const char *space = lc_net_space(net);
    return space ? lc__fnv1a(LC__FNV_START, space, strlen(space)) : 0;
}

lc_status lc__featurise(const lc_net *net, lc__point *out, lc_error *err) {
    lc_status st = check_size(net, err);
    if (st != LC_OK)
        return st;
    memset(out, 0, sizeof *out);
    out->space = space_tag(net);
    graph g[2];
    lengths longest;
    for (size_t v = 0; v < LC__VARIANTS; v++) {
        double *x = out->x + v * LC__VARIANT_FEATURES;
        graph *now = &g[v % 2], *last = &g[1 - v % 2];
        open_variant(now, net, (lc__variant)v);
        /* Few nets have operators that one variant counts and the next does not. */
        if (v > 0 && same_graph(now, last))
            memcpy(x, x - LC__VARIANT_FEATURES, LC__VARIANT_FEATURES * sizeof *x);
        else
            variant_features(now, x, &longest);
    }
    return LC_OK;
}

/* A path's length is made by the nodes on it. */
static void split_path(const graph *g, const lengths *paths, int p, double slope, double *share) {
    int i = lc_net_output(g->net);
    while (i >= 0) {
        int from = longest_input(g, paths, i, p);
        share[i] += slope * (paths->best[i][p] - (from < 0 ? 0 : paths->best[from][p]));
        i = from;
    }
}

static void split_variant(const graph *g, const double *slope, double *share) {
    lengths longest;
    for (int i = 0; i < g->n; i++) {
        double x[LC__VARIANT_FEATURES] = {0};
        add_node(g, i, x, &longest);
        for (int j = 0; g->runs[i] && j < LC__VARIANT_FEATURES; j++)
            share[i] += slope[j] * x[j];
    }
    for (int p = 0; p < LC__PATHS; p++)
        split_path(g, &longest, p, slope[LC__COL_PATHS + p], share);
}

lc_status lc__feature_split(const lc_net *net, const double *slope, double *share, lc_error *err) {
    lc_status st = check_size(net, err);
    if (st != LC_OK)
        return st;
    memset(share, 0, (size_t)lc_net_size(net) * sizeof *share);
    graph g;
    for (size_t v = 0; v < LC__VARIANTS; v++) {
        open_variant(&g, net, (lc__variant)v);
        split_variant(&g, slope + v * LC__VARIANT_FEATURES, share);
    }
    return LC_OK;
}

static const char *const family_names[] = {
#define FAMILY_NAME(name) #name,
    LC__FAMILY_MAP(FAMILY_NAME)
#undef FAMILY_NAME
        ""};

const char *lc__family_name(lc__family family) {
    return family_names[family < LC__FAMILIES ? family : LC__FAMILIES];
}

lc__family lc__feature_family(size_t i) {
    size_t c = i % LC__VARIANT_FEATURES;
    if (c < LC__COL_WEIGHTS)
        return (lc__family)(c / LC__PER_FAMILY);
    if (c < LC__COL_FINE || c >= LC__COL_FINE_WEIGHTS)
        return LC__FAMILIES;
    return (lc__family)((c - LC__COL_FINE) / 3 / LC__RESOLUTIONS);
}

const char *lc__feature_name(size_t i, char *buf, size_t size) {
    static const char *const cost[] = {"count", "work", "sqrt_work", "bytes", "sqrt_bytes"};
    static const char *const total[] = {
        "weight_bytes", "sqrt_weight_bytes", "roof_4",  "roof_16",       "roof_64", "depth",
        "path_4",       "path_16",           "path_64", "path_sqrt_work"};
    static const char *const variants[LC__VARIANTS] = {"raw", "needed", "live"};
    const char *v = variants[i / LC__VARIANT_FEATURES];
    int c = (int)(i % LC__VARIANT_FEATURES), fine = c - LC__COL_FINE;
    if (c < LC__COL_WEIGHTS)
        snprintf(buf, size, "%s.%s.%s", v, family_names[c / LC__PER_FAMILY],
                 cost[c % LC__PER_FAMILY]);
    else if (c < LC__COL_FINE)
        snprintf(buf, size, "%s.%s", v, total[c - LC__COL_WEIGHTS]);
    else if (c < LC__COL_FINE_WEIGHTS)
        snprintf(buf, size, "%s.%s.%d_pixels.%s", v, family_names[fine / 3 / LC__RESOLUTIONS],
                 1 << (2 * (fine / 3 % LC__RESOLUTIONS)), cost[fine % 3]);
    else
        snprintf(buf, size, "%s.%d_pixels.weight_bytes", v, 1 << (2 * (c - LC__COL_FINE_WEIGHTS)));
    return buf;
}

uint64_t lc__features_id(void) {
    char name[96];
    int n = snprintf(name, sizeof name, "%d %d", LC__FEATURES_REVISION, LC__VARIANTS);
    uint64_t id = lc__fnv1a(LC__FNV_START, name, (size_t)n);
    for (size_t i = 0; i < LC__VARIANT_FEATURES; i++) {
        lc__feature_name(i, name, sizeof name);
        id = lc__fnv1a(id, name, strlen(name) + 1);
    }
    return id;
}

bool lc__same_net(const lc__point *a, const lc__point *b) {
    for (size_t i = 0; a != b && i < sizeof a->x / sizeof *a->x; i++)
        if (a->x[i] != b->x[i])
            return false;
    return true;
}
