#include "grid.h"

#include <math.h>

const double lc__noise[LC__NOISES] = {1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1, 3, 10};

const double lc__link_prior[LC__LINKS] = {0.9, 0.1};

/* Fewer samples than this cannot tell how latency grows with size: a prior mean says it. More
 * samples know better than the prior mean. */
#define FEW 4

enum { SIZE_OFFSETS = 4 };

/* How the time of a net goes with the sum of its operators measured alone: less where a runtime
 * fuses them or finds its data in a cache, more where they disturb each other. Priors sum to 1. */
static const struct {
    double slope, prior;
} sums[] = {{0.25, 0.05}, {0.5, 0.1}, {0.75, 0.2}, {1, 0.35}, {1.25, 0.2}, {1.5, 0.1}};
enum { SUMS = sizeof sums / sizeof *sums };

/* Prior that the operators say nothing of the nets. */
#define NOTHING_IN_SUMS 0.1
/* Logarithm of a probability that is 0 for all that evidences may say. */
#define NEVER (-1e6)

/* Which operators take time: raw, needed, live. */
static const double mixes[LC__MIXES][LC__VARIANTS] = {
    {1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {0.5, 0, 0.5}, {0.97, 0, 0.03}, {0.03, 0, 0.97}};

/* By family, totals, main directions of the totals. */
static const double shapes[LC__SHAPES][3] = {{1, 0, 0},    {0.5, 0.5, 0},  {0.1, 1, 0},
                                             {0.03, 1, 0}, {0.03, 0.1, 1}, {0, 0, 1}};

/* Weight of the sources against the physical features, and its prior: most of it says that they
 * are of no use, so that they have to prove it. */
static const struct { double weight, prior; } trusts[LC__TRUSTS] = {{0, 0.8}, {3, 0.1}, {30, 0.1}};

static lc__pattern pattern(const double *mix, const double *shape, double source_weight) {
    lc__pattern p = {.weight = {[LC__BLOCK_SOURCES] = source_weight}};
    double sum = shape[0] + shape[1] + shape[2] + source_weight;
    for (int v = 0; v < LC__VARIANTS; v++) {
        p.weight[LC__BLOCK_COARSE + v] = shape[0] * mix[v];
        p.weight[LC__BLOCK_TOTALS + v] = shape[1] * mix[v];
        p.weight[LC__BLOCK_MAIN + v] = shape[2] * mix[v];
    }
    for (int b = 0; b < LC__BLOCKS; b++)
        p.weight[b] /= sum;
    return p;
}

void lc__grid_fill(size_t n, bool sources, bool plain, lc__grid *grid) {
    grid->n_patterns = 0;
    for (int m = 0; m < (plain ? 1 : LC__MIXES); m++)
        for (int s = 0; s < LC__SHAPES; s++)
            for (int t = 0; t < (sources ? LC__TRUSTS : 1); t++) {
                lc__pattern *p = &grid->pattern[grid->n_patterns++];
                *p = pattern(mixes[m], shapes[s], trusts[t].weight);
                p->log_prior = log(trusts[t].prior);
            }
    grid->n_offsets = 1;
    grid->offset[0] = (lc__offset){.variant = LC__VARIANT_RAW};
    if (n >= FEW)
        return;
    grid->n_offsets = SIZE_OFFSETS;
    for (int i = 0; i < SIZE_OFFSETS; i++)
        grid->offset[i] = (lc__offset){.variant = i / 2 ? LC__VARIANT_LIVE : LC__VARIANT_RAW,
                                       .slope = i % 2 ? 0.75 : 0.25};
}

void lc__grid_add_operators(bool nets, lc__grid *grid) {
    if (!nets)
        grid->n_offsets = 0;
    for (size_t i = 0; i < grid->n_offsets; i++) {
        double even = -log((double)grid->n_offsets);
        grid->offset[i].log_prior[LC__LINK_LINEAR] = even + log(NOTHING_IN_SUMS);
        /* Sums are additive: under the logarithmic link all is as it was. */
        grid->offset[i].log_prior[LC__LINK_LOG] = even;
    }
    for (size_t i = 0; i < SUMS; i++)
        grid->offset[grid->n_offsets++] =
            (lc__offset){.variant = LC__OPERATORS_VARIANT,
                         .slope = sums[i].slope,
                         .log_prior = {log((1 - NOTHING_IN_SUMS) * sums[i].prior), NEVER}};
}
