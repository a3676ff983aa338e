#include "scale.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "linalg.h"

void lc__mark_without(const lc__core *core, const lc_adapt_options *options, bool *without) {
    size_t n = options ? options->n_without : 0;
    for (size_t i = 0; i < core->n_sources; i++) {
        without[i] = false;
        for (size_t k = 0; k < n; k++)
            without[i] = without[i] || strcmp(core->sources[i].name, options->without[k]) == 0;
    }
}

void lc__block_columns(const lc__core *core, int block, lc__link link, size_t *first, size_t *n) {
    if (block == LC__BLOCK_SOURCES) {
        *n = core->n_sources;
        *first = LC__EMBED_SOURCES + (link == LC__LINK_LOG ? *n : 0);
    } else if (block < LC__BLOCK_TOTALS) {
        *n = LC__COL_FINE;
        *first = LC__EMBED_COARSE + (size_t)(block - LC__BLOCK_COARSE) * *n;
    } else {
        *n = LC__TOTALS;
        *first = LC__EMBED_TOTALS + (size_t)(block - LC__BLOCK_TOTALS) % LC__VARIANTS * *n;
    }
}

const double *lc__block_sharp(const lc__scale *scale, int block) {
    bool main = block >= LC__BLOCK_MAIN && block < LC__BLOCK_SOURCES;
    return main ? scale->sharp[block - LC__BLOCK_MAIN] : NULL;
}

/* Statistics of groups[n_groups] as one, in proportions weight[n_groups]: the law of total
 * covariance. */
static void merge_groups(const lc__core *core, const lc__group *const *groups, size_t n_groups,
                         const double *weight, lc__group *out) {
    size_t size = lc__embed_size(core);
    double total = 0;
    for (size_t g = 0; g < n_groups; g++)
        total += weight[g];
    for (size_t g = 0; g < n_groups; g++)
        lc__axpy(size, weight[g] / total, groups[g]->mean, out->mean);
    for (size_t g = 0; g < n_groups; g++) {
        const lc__group *in = groups[g];
        double w = weight[g] / total;
        for (size_t j = 0; j < size && w > 0; j++) {
            double d = in->mean[j] - out->mean[j];
            out->variance[j] += w * (in->variance[j] + d * d);
        }
        for (size_t v = 0; v < LC__VARIANTS && w > 0; v++) {
            const double *a = in->mean + LC__EMBED_TOTALS + v * LC__TOTALS;
            const double *b = out->mean + LC__EMBED_TOTALS + v * LC__TOTALS;
            for (size_t i = 0; i < LC__TOTALS; i++)
                for (size_t j = 0; j < LC__TOTALS; j++)
                    out->covariance[v][i * LC__TOTALS + j] +=
                        w * (in->covariance[v][i * LC__TOTALS + j] + (a[i] - b[i]) * (a[j] - b[j]));
        }
    }
}

/* weight[g]: shots whose net is of group g's space, or the group's size if a shot is of none, which
 * gives false. */
static bool group_weights(const lc_model *model, const lc__point *points, const size_t *rows,
                          size_t n, double *weight) {
    bool known = true;
    memset(weight, 0, model->n_groups * sizeof *weight);
    for (size_t i = 0; i < n; i++) {
        size_t g = 0;
        while (g < model->n_groups && model->groups[g].space != points[rows[i]].space)
            g++;
        if (g < model->n_groups)
            weight[g] += 1;
        else
            known = false;
    }
    for (size_t g = 0; g < model->n_groups && (!known || n == 0); g++)
        weight[g] = model->groups[g].count;
    return known;
}

/* As lc__scale_choose() says, of a pool. */
static lc_status merge_pool(const lc_model *model, const lc__point *points, const size_t *rows,
                            size_t n, lc__group *out, lc_error *err) {
    const lc__group *groups[LC__GROUPS_MAX + 1];
    double weight[LC__GROUPS_MAX + 1], all = 0;
    size_t n_groups = model->n_groups;
    lc__group shots = {0};
    lc_status st = lc__group_alloc(model->core, out, err);
    for (size_t g = 0; g < n_groups; g++)
        groups[g] = &model->groups[g];
    if (st == LC_OK && !group_weights(model, points, rows, n, weight)) {
        for (size_t g = 0; g < n_groups; g++)
            all += weight[g];
        st = lc__group_measure(model->core, &(lc__points){.array = points}, rows, n, &shots, err);
        groups[n_groups] = &shots;
        weight[n_groups++] = all;
    }
    if (st == LC_OK)
        merge_groups(model->core, groups, n_groups, weight, out);
    lc__group_clear(&shots);
    return st;
}

/* Standardises columns first .. first + n - 1 as a block. */
static void scale_block(const lc__group *group, size_t first, size_t n, lc__scale *s) {
    size_t kept = 0;
    for (size_t j = first; j < first + n; j++) {
        double std = sqrt(group->variance[j]);
        s->mean[j] = group->mean[j];
        if (s->gain[j] != 0)
            s->gain[j] = std > 1e-9 * fmax(1, fabs(s->mean[j])) ? 1 / std : 0;
        kept += s->gain[j] != 0;
    }
    for (size_t j = first; j < first + n; j++)
        s->gain[j] /= sqrt(kept ? (double)kept : 1);
}

/* sharp = C / trace(C C) with C the second moment of the standardised totals. */
static void sharpen(const lc__group *group, size_t v, lc__scale *s) {
    const double *gain = s->gain + LC__EMBED_TOTALS + v * LC__TOTALS;
    double trace = 0, *sharp = s->sharp[v];
    for (size_t i = 0; i < LC__TOTALS; i++)
        for (size_t j = 0; j < LC__TOTALS; j++) {
            double c = group->covariance[v][i * LC__TOTALS + j] * gain[i] * gain[j];
            sharp[i * LC__TOTALS + j] = c;
            trace += c * c;
        }
    for (size_t i = 0; i < LC__TOTALS_SQUARE && trace > 0; i++)
        sharp[i] /= trace;
}

static void scale_from(const lc__core *core, const lc__group *group, const bool *without,
                       lc__scale *s) {
    s->size = lc__embed_size(core);
    memset(s->mean, 0, sizeof s->mean);
    for (size_t j = 0; j < s->size; j++)
        s->gain[j] = 1;
    for (size_t i = 0; i < core->n_sources; i++)
        if (without[i])
            s->gain[LC__EMBED_SOURCES + i] = s->gain[LC__EMBED_SOURCES + core->n_sources + i] = 0;
    size_t first, n;
    for (int b = LC__BLOCK_COARSE; b < LC__BLOCK_MAIN; b++) {
        lc__block_columns(core, b, LC__LINK_LINEAR, &first, &n);
        scale_block(group, first, n, s);
    }
    for (int link = 0; link < LC__LINKS; link++) {
        lc__block_columns(core, LC__BLOCK_SOURCES, (lc__link)link, &first, &n);
        scale_block(group, first, n, s);
    }
    for (size_t v = 0; v < LC__VARIANTS; v++)
        sharpen(group, v, s);
}

lc_status lc__scale_choose(const lc_model *model, const lc__point *points, const size_t *rows,
                           size_t n, const bool *without, lc__scale *out, lc_error *err) {
    lc__group group;
    lc_status st;
    if (model->n_groups == 0) {
        st = lc__group_measure(model->core, &(lc__points){.array = points}, rows, n, &group, err);
    } else {
        st = merge_pool(model, points, rows, n, &group, err);
    }
    if (st == LC_OK)
        scale_from(model->core, &group, without, out);
    lc__group_clear(&group);
    return st;
}

void lc__standardise(const lc__core *core, const lc__scale *scale, const lc__point *point,
                     double *u) {
    lc__embed(core, point, u);
    for (size_t j = 0; j < scale->size; j++)
        u[j] = (u[j] - scale->mean[j]) * scale->gain[j];
}
