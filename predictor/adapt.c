#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "adapted.h"
#include "predictor/batch.h"
#include "linalg.h"
#include "predictor/rate.h"
#include "refit.h"
#include "strange.h"

/* Standard deviation of the constant, as a share of the mean net's latency, where no net was
 * measured: what comes on top of the operators, and what was not measured of them. */
#define ALONE 0.4

/* How much more a net takes than its operators, each measured alone with all its data in the
 * caches, where no net was measured that could tell: geometric mean over 300 nets of 32x32 images
 * on each of 15 devices of the pool, 1.02 to 1.16 (bench-measure). Larger images leave the caches:
 * mobilenet_v2 takes 1.06 to 1.17 (tools/bench measure). Blocks of several operators have some of
 * it in them already. */
#define IN_NETS 0.06

/* The share of their operators' sum that nets have to take at least, if it is to stand for size. */
#define LEAST_SLOPE 0.4

enum { SIZES = LC__LINKS * LC__VARIANTS, GRAMS = LC__BLOCKS + 1 };

/* Everything the posterior works on, over the shots. */
typedef struct task {
    lc_predictor *p;
    size_t n;
    double *u;      /* [n][scale.size] standardised columns */
    double *target; /* [LC__LINKS][n] */
    double *size;   /* [LC__LINKS][LC__VARIANTS][n] = [SIZES][n] */
    double *gram;   /* [GRAMS][n][n], the sources' differs between the links */
    lc__blocks blocks;
    lc__posterior posterior;
} task;

static void task_clear(task *t) {
    free(t->u);
    free(t->target);
    free(t->size);
    free(t->gram);
    lc__blocks_clear(&t->blocks);
    lc__posterior_clear(&t->posterior);
}

/* Half a 90 % interval in standard deviations. The variances do not know that costs resist being
 * negative, so forecasts from few samples are better than they say; nor do they know the quirks of
 * devices, which show once there are more. Chosen on the public tables (docs/predictor.md). */
double lc__reach(double n) {
    if (n < LC__REFIT_FROM)
        return 2.92; /* of Student's distribution with 2 degrees of freedom */
    return 1.55 + 0.5 * fmin(fmax(n / 8 - 1, 0), 1);
}

static lc_status check_values(const lc__shot_rows *shots, const char *what, lc_error *err) {
    for (size_t i = 0; i < shots->n; i++)
        if (!isfinite(shots->values[i]) || shots->values[i] <= 0)
            return lc_error_set(err, LC_EFORMAT,
                                "%ssample %zu is %g: a latency is a finite number above 0", what, i,
                                shots->values[i]);
    return LC_OK;
}

/* Columns that vary and that a kernel or a prior mean of the grid is taken over. */
static void choose_columns(lc_predictor *p, const lc__grid *grid) {
    bool used[LC__EMBED_MAX] = {false};
    for (int link = 0; link < LC__LINKS; link++) {
        for (int b = 0; b < LC__BLOCKS; b++) {
            bool weighed = false;
            for (size_t i = 0; i < grid->n_patterns; i++)
                weighed = weighed || grid->pattern[i].weight[b] > 0;
            size_t first, count;
            lc__block_columns(p->core, b, (lc__link)link, &first, &count);
            for (size_t j = first; j < first + count && weighed; j++)
                used[j] = p->scale.gain[j] != 0;
        }
        size_t sizes = link == LC__LINK_LOG ? LC__EMBED_LOG_SIZES : LC__EMBED_SIZES;
        for (size_t o = 0; o < grid->n_offsets; o++)
            if (grid->offset[o].slope != 0)
                used[sizes + grid->offset[o].variant] = true;
    }
    p->width = 0;
    for (size_t j = 0; j < p->scale.size; j++)
        if (used[j])
            p->column[p->width++] = j;
}

/* Whether the variants of the graph agree, in all shots and over the pool. */
static bool is_plain(const task *t) {
    const lc__scale *s = &t->p->scale;
    for (size_t j = 0; j < LC__COARSE_PAIRS; j++) {
        size_t k = j + LC__COL_FINE;
        if (s->mean[j] != s->mean[k] || s->gain[j] != s->gain[k])
            return false;
        for (size_t i = 0; i < t->n; i++)
            if (t->u[i * s->size + j] != t->u[i * s->size + k])
                return false;
    }
    return true;
}

/* k_b over the shots: gram[n][n]. */
static void block_gram(const task *t, const lc__block *block, double *gram) {
    const lc_predictor *p = t->p;
    for (size_t i = 0; i < t->n; i++) {
        const double *u = t->u + i * p->scale.size;
        double y[LC__EMBED_MAX];
        for (size_t k = 0; k < block->count; k++)
            y[k] = u[p->column[block->first + k]];
        for (size_t j = 0; j <= i; j++)
            gram[i * t->n + j] = gram[j * t->n + i] =
                lc__dot(block->count, y, block->rows + j * block->count);
    }
}

/* Far outside of anything measured, where squares of squares overflow. */
static bool absurd(const double *gram, size_t n) {
    for (size_t i = 0; i < n * n; i++)
        if (!(fabs(gram[i]) < 1e100))
            return true;
    return false;
}

static lc_status fill_problem(task *t, lc__problem *problem, lc_error *err) {
    lc_predictor *p = t->p;
    size_t n = t->n, size = p->scale.size;
    *problem = (lc__problem){.n = n};
    for (size_t link = 0; link < LC__LINKS; link++) {
        problem->target[link] = t->target + link * n;
        for (size_t v = 0; v < LC__VARIANTS; v++) {
            size_t column = (link ? LC__EMBED_LOG_SIZES : LC__EMBED_SIZES) + v;
            double *sizes = t->size + (link * LC__VARIANTS + v) * n;
            for (size_t i = 0; i < n; i++)
                sizes[i] = t->u[i * size + column];
            problem->size[link][v] = sizes;
        }
        for (size_t b = 0; b < LC__BLOCKS; b++) {
            const lc__block *block = &t->blocks.block[link][b];
            double *gram = t->gram + (b == LC__BLOCK_SOURCES ? b + link : b) * n * n;
            if (block->count == 0)
                continue;
            if (link == 0 || b == LC__BLOCK_SOURCES)
                block_gram(t, block, gram);
            if (absurd(gram, n))
                return lc_error_set(err, LC_ERUNTIME,
                                    "the numbers of the model or of the samples are absurd: what "
                                    "it makes of the samples' nets is beyond computing");
            problem->gram[link][b] = gram;
        }
    }
    return LC_OK;
}

static double log_mean(const lc__shot_rows *shots) {
    double sum = 0;
    for (size_t i = 0; i < shots->n; i++)
        sum += log(shots->values[i]) / (double)shots->n;
    return sum;
}

static void take_values(task *t, const double *values) {
    for (size_t i = 0; i < t->n; i++) {
        /* Latencies that are 20 decades apart are not worth an overflow. */
        t->target[t->n + i] = fmin(fmax(log(values[i] / t->p->unit), -46), 46);
        t->target[i] = exp(t->target[t->n + i]);
    }
}

/* Where operators alone were measured they say of the pool's mean net what its sum is: as good as
 * one sample. */
static void take_mean_net(task *t) {
    for (size_t v = 0; v < LC__VARIANTS; v++)
        t->u[LC__EMBED_SIZES + v] = 1;
    t->target[0] = 1;
}

static lc_status prepare(task *t, const lc__point *points, const lc__shot_rows *nets,
                         lc_error *err) {
    lc_predictor *p = t->p;
    size_t n = t->n;
    t->u = lc__doubles(n, p->scale.size, err);
    t->target = lc__doubles(LC__LINKS, n, err);
    t->size = lc__doubles(SIZES, n, err);
    t->gram = lc__doubles(GRAMS * n, n, err);
    if (!t->u || !t->target || !t->size || !t->gram)
        return LC_ENOMEM;
    for (size_t i = 0; i < nets->n; i++)
        lc__standardise(p->core, &p->scale, &points[nets->rows[i]], t->u + i * p->scale.size);
    if (nets->n)
        take_values(t, nets->values);
    else
        take_mean_net(t);
    return LC_OK;
}

/* The chart and both links' moments, from the posterior. */
static lc_status conclude(task *t, lc_error *err) {
    lc_predictor *p = t->p;
    const lc__frame *frame = &t->posterior.frame;
    /* Samples that were found unreliable count less, and so do the variances' degrees. */
    p->inflation = (double)t->n / (frame->norm * frame->norm);
    for (size_t i = 0; i < p->n_trust; i++)
        p->trust[i] = frame->root[i] * frame->root[i];
    lc_status st = lc__blocks_enter(&t->blocks, frame, err);
    if (st == LC_OK)
        st = lc__chart_make(&t->blocks, &p->chart, err);
    for (size_t link = 0; link < LC__LINKS && st == LC_OK; link++) {
        lc__moments *m = &p->moments[link];
        st = lc__moments_make(&t->posterior, &t->blocks, &p->chart, link, m, err);
        if (st == LC_OK && m->mass > 0 && t->n >= LC__REFIT_FROM)
            st = lc__refit(p, &t->posterior, &t->blocks, link, t->u, t->target + link * t->n, m,
                           err);
    }
    return st == LC_OK ? lc__share_sources(p, t->u, t->n, err) : st;
}

static lc_status fit(task *t, const lc__point *points, const lc__shot_rows *nets,
                     const bool *without, lc_error *err) {
    lc_predictor *p = t->p;
    lc__problem problem;
    lc__grid grid;
    bool sources = false;
    for (size_t i = 0; i < p->core->n_sources; i++)
        sources = sources || !without[i];
    lc_status st = prepare(t, points, nets, err);
    if (st != LC_OK)
        return st;
    lc__grid_fill(t->n, sources, is_plain(t), &grid);
    if (p->core->parent)
        lc__grid_add_operators(nets->n > 0, &grid);
    choose_columns(p, &grid);
    st = lc__blocks_make(p->core, &p->scale, p->column, p->width, t->u, t->n, &t->blocks, err);
    if (st == LC_OK)
        st = fill_problem(t, &problem, err);
    if (st == LC_OK)
        st = lc__shortlist(&problem, &grid, err);
    if (st == LC_OK)
        st = lc__posterior_find(&problem, &grid, &t->posterior, err);
    if (st == LC_OK)
        st = conclude(t, err);
    if (st == LC_OK && nets->n == 0) {
        p->alone = ALONE * ALONE;
        p->moments[LC__LINK_LINEAR].noise += p->alone;
    }
    return st;
}

/* Whether nets are like sums of their operators: always, where there are no nets to ask. */
static bool sums_hold(const lc_predictor *p, size_t n_nets) {
    const lc__moments *linear = &p->moments[LC__LINK_LINEAR], *other = &p->moments[LC__LINK_LOG];
    double slope = 0;
    for (size_t k = 0; k < p->width; k++)
        if (p->column[k] == LC__EMBED_SIZES + LC__OPERATORS_VARIANT)
            slope = linear->mean[k] * linear->mass / (linear->mass + other->mass);
    return p->core->parent && (n_nets == 0 || slope > LEAST_SLOPE);
}

/* Operators in a sample of them, on the average. */
static double mean_count(const lc__point *points, const lc__shot_rows *operators) {
    double sum = 0;
    for (size_t i = 0; i < operators->n; i++)
        for (size_t f = 0; f < LC__FAMILIES; f++)
            sum +=
                points[operators->rows[i]]
                    .x[(size_t)LC__OPERATORS_VARIANT * LC__VARIANT_FEATURES + f * LC__PER_FAMILY];
    return fmax(sum / (double)operators->n, 1);
}

/* The unit of the forecasts, and the operators' sums in it. */
static lc_status take_operators(lc_predictor *p, const lc__point *points, const lc__shot_rows *nets,
                                const lc__shot_rows *operators, lc_error *err) {
    p->unit = exp(log_mean(nets->n ? nets : operators));
    if (operators->n == 0)
        return LC_OK;
    lc__operators sums;
    lc_status st =
        lc__operators_fit(points, operators->rows, operators->values, operators->n, &sums, err);
    if (st != LC_OK)
        return st;
    for (size_t j = 0; nets->n == 0 && j < LC__COL_FINE; j++)
        sums.slope[j] *= 1 + IN_NETS / mean_count(points, operators);
    double mean = lc__operators_sum(&sums, p->scale.mean + LC__EMBED_COARSE +
                                               (size_t)LC__OPERATORS_VARIANT * LC__COL_FINE);
    if (nets->n == 0 && mean > 0)
        p->unit = mean;
    lc__core *core = lc__core_with_operators(p->core, &sums, p->unit, err);
    if (!core)
        return LC_ENOMEM;
    lc__core_drop(p->core);
    p->core = core;
    return LC_OK;
}

static lc_status adapt(const lc_model *model, const lc__point *points, const lc__shot_rows *nets,
                       const lc__shot_rows *operators, const lc_adapt_options *options,
                       lc_predictor *p, lc_error *err) {
    bool without[LC__SOURCES_MAX];
    lc__mark_without(p->core, options, without);
    p->source_share = lc__doubles(p->core->n_sources, 1, err);
    p->trust = lc__doubles(nets->n, 1, err);
    if (!p->source_share || !p->trust)
        return LC_ENOMEM;
    p->n_trust = nets->n;
    /* Without any nets, not even the pool's, the operators have to say how features vary. */
    const lc__shot_rows *scale = nets->n == 0 && model->n_groups == 0 ? operators : nets;
    lc_status st = lc__scale_choose(model, points, scale->rows, scale->n, without, &p->scale, err);
    if (st == LC_OK)
        st = take_operators(p, points, nets, operators, err);
    if (st != LC_OK)
        return st;
    task t = {.p = p, .n = nets->n ? nets->n : 1};
    p->reach = lc__reach((double)t.n);
    p->repeatability = options ? options->repeatability : 0;
    p->reading = options ? options->reading : 0;
    lc__mark_core_families(p->core, p->known);
    lc__mark_families(points, nets->rows, nets->n, p->known);
    lc__mark_families(points, operators->rows, operators->n, p->known);
    p->shot_size = nets->n ? lc__rate_shot_size(points, nets->rows, nets->n)
                           : fmax(p->scale.mean[LC__EMBED_COARSE + LC__RATE_COLUMN], 1);
    st = fit(&t, points, nets, without, err);
    p->rate_by_sum = st == LC_OK && sums_hold(p, nets->n);
    task_clear(&t);
    return st == LC_OK ? lc__add_shot_region(p, points, nets->rows, nets->n, err) : st;
}

lc_status lc__predictor_adapt_mixed(const lc_model *model, const lc__point *points,
                                    const lc__shot_rows *nets, const lc__shot_rows *operators,
                                    const lc_adapt_options *options, lc_predictor **out,
                                    lc_error *err) {
    if (nets->n + operators->n == 0)
        return lc_error_set(err, LC_EUSAGE,
                            "no samples to adapt to: measure at least one net or operator");
    lc_status st = check_values(nets, "", err);
    if (st == LC_OK)
        st = check_values(operators, "operator ", err);
    if (st != LC_OK)
        return st;
    lc_predictor *p = calloc(1, sizeof *p);
    if (!p)
        return lc_error_set(err, LC_ENOMEM, "out of memory for a predictor");
    p->core = lc__core_keep(model->core);
    st = adapt(model, points, nets, operators, options, p, err);
    if (st == LC_OK)
        *out = p;
    else
        lc_predictor_free(p);
    return st;
}

lc_status lc__predictor_adapt_points(const lc_model *model, const lc__point *points,
                                     const size_t *rows, const double *values, size_t n,
                                     const lc_adapt_options *options, lc_predictor **out,
                                     lc_error *err) {
    lc__shot_rows nets = {rows, values, n}, none = {0};
    return lc__predictor_adapt_mixed(model, points, &nets, &none, options, out, err);
}

void lc_predictor_free(lc_predictor *predictor) {
    if (!predictor)
        return;
    for (int link = 0; link < LC__LINKS; link++)
        lc__moments_clear(&predictor->moments[link]);
    lc__chart_clear(&predictor->chart);
    free(predictor->source_share);
    free(predictor->trust);
    free(predictor->region.axes);
    lc__core_drop(predictor->core);
    free(predictor);
}

lc_status lc_predictor_trust(const lc_predictor *predictor, double *weight) {
    if (predictor->n_trust)
        memcpy(weight, predictor->trust, predictor->n_trust * sizeof *weight);
    return LC_OK;
}
