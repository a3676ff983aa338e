#include "posterior.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/stats.h"
#include "linalg.h"
#include "run.h"

/* Samples are reweighted only where there are enough of them to tell an outlier. */
#define ROBUST_FROM 12
#define ROBUST_PASSES 2
/* Residuals beyond so many standard deviations lose weight, fast enough that a reading from a
 * device in another state, several times as slow, is as good as left out. */
#define ROBUST_CUT 2.0
#define ROBUST_LEAST 1e-3
/* Cells with less than this probability are left out of the moments. */
#define NEGLIGIBLE 1e-7

double *lc__run_cells(const lc__run *r, size_t link, size_t pattern, size_t offset) {
    size_t i = link * r->grid->n_patterns + pattern;
    return r->evidence + (i * r->grid->n_offsets + offset) * LC__NOISES;
}

static size_t n_cells(const lc__grid *grid) {
    return LC__LINKS * grid->n_patterns * grid->n_offsets * LC__NOISES;
}

double lc__run_degrees(const lc__run *r) {
    return (double)r->problem->n - 1 + LC__SCALE_SHAPE;
}

/* Adds the kernels of those slots that are under a link. */
static void mix_link(lc__run *r, size_t link, const lc__slot *slots, size_t n) {
    lc__lanes weight[LC__BLOCKS], zero = {0};
    for (int b = 0; b < LC__BLOCKS; b++) {
        weight[b] = zero;
        for (size_t l = 0; l < n; l++)
            if (slots[l].link == link)
                weight[b][l] = r->grid->pattern[slots[l].pattern].weight[b];
    }
    lc__bundle_mix(&r->bundle, (const double *const *)r->frame.gram[link], weight);
}

void lc__run_load(lc__run *r, const lc__slot *slots, size_t n) {
    const lc__frame *f = &r->frame;
    lc__lanes zero = {0};
    for (size_t o = 0; o < r->grid->n_offsets; o++) {
        const lc__offset *offset = &r->grid->offset[o];
        for (size_t i = 0; i < f->n; i++) {
            lc__lanes target = zero;
            for (size_t l = 0; l < n; l++) {
                size_t link = slots[l].link;
                target[l] = f->target[link][i] - offset->slope * f->size[link][offset->variant][i];
            }
            r->targets[o * f->n + i] = target;
        }
    }
    lc__bundle_empty(&r->bundle);
    for (size_t link = 0; link < LC__LINKS; link++)
        mix_link(r, link, slots, n);
    lc__bundle_reduce(&r->bundle, r->targets, r->grid->n_offsets);
}

/* Log evidence of all cells of slots[n], but for the link's own. */
static void weigh_slots(lc__run *r, const lc__slot *slots, size_t n) {
    lc__judgement judged[LC__NOISES];
    double degrees = lc__run_degrees(r);
    lc__run_load(r, slots, n);
    for (size_t o = 0; o < r->grid->n_offsets; o++) {
        lc__bundle_judge(&r->bundle, r->targets + o * r->problem->n, judged);
        for (size_t l = 0; l < n; l++) {
            size_t link = slots[l].link, pattern = slots[l].pattern;
            for (int e = 0; e < LC__NOISES; e++)
                lc__run_cells(r, link, pattern, o)[e] =
                    r->grid->pattern[pattern].log_prior + r->grid->offset[o].log_prior[link] -
                    0.5 * judged[e].log_det[l] - 0.5 * degrees * judged[e].log_energy[l];
        }
    }
}

/* Log evidence of all patterns' cells under both links, as many lanes at a time as there are. */
static void weigh_patterns(lc__run *r) {
    size_t total = LC__LINKS * r->grid->n_patterns, n = 0;
    lc__slot slots[LC__LANES];
    for (size_t i = 0; i < total; i++) {
        slots[n++] = (lc__slot){i / r->grid->n_patterns, i % r->grid->n_patterns};
        if (n == LC__LANES || i + 1 == total) {
            weigh_slots(r, slots, n);
            n = 0;
        }
    }
}

static size_t best_cell(const lc__run *r) {
    size_t best = 0;
    for (size_t i = 1; i < n_cells(r->grid); i++)
        if (r->evidence[i] > r->evidence[best])
            best = i;
    return best;
}

/* Log evidence of all cells, given the samples' weights. */
static lc_status weigh_cells(lc__run *r, lc_error *err) {
    lc__frame_turn(&r->frame, r->problem);
    weigh_patterns(r);
    for (size_t link = 0; link < LC__LINKS; link++) {
        double jacobian = 0; /* of the logarithm: the evidence is about latencies, not logarithms */
        double prior = log(lc__link_prior[link]);
        for (size_t i = 0; i < r->problem->n && link == LC__LINK_LOG; i++)
            jacobian -= r->problem->target[LC__LINK_LOG][i];
        for (size_t i = 0; i < n_cells(r->grid) / LC__LINKS; i++)
            lc__run_cells(r, link, 0, 0)[i] += prior + jacobian;
    }
    for (size_t i = 0; i < n_cells(r->grid); i++)
        if (!isfinite(r->evidence[i]))
            return lc_error_set(
                err, LC_ERUNTIME,
                "the numbers of the model or of the samples are absurd: what it makes "
                "of the samples' nets is beyond computing");
    return LC_OK;
}

/* The best cell's part: its probability becomes 1, the others' stay log evidences. */
static void collect_best(lc__run *r, lc__part *part) {
    size_t best = best_cell(r), per_pattern = r->grid->n_offsets * LC__NOISES;
    lc__slot slot = {best / per_pattern / r->grid->n_patterns,
                     best / per_pattern % r->grid->n_patterns};
    double *cells = lc__run_cells(r, slot.link, slot.pattern, 0);
    for (size_t i = 0; i < per_pattern; i++)
        cells[i] = 0;
    r->evidence[best] = 1;
    lc__run_collect(r, &slot, 1, part);
}

/* Leave-one-out residuals in units of their expected spread, but for one factor, in the best
 * cell: with C the inverse of what the kernel and the noise are orthogonally to the constant,
 * (C target)_i / sqrt(C_ii). residual[n], scratch[n]. */
static void leave_one_out(lc__run *r, lc__part *part, double *residual, double *scratch) {
    const lc__frame *f = &r->frame;
    size_t n = f->n;
    const double *v = f->mirror, *alpha = part->vector[LC__PART_ALPHA];
    collect_best(r, part);
    for (size_t i = 0; i < n; i++) /* the square becomes C in the frame */
        for (size_t j = 0; j < n; j++)
            part->square[i * n + j] = (alpha[i] * alpha[j] - part->square[i * n + j]) / part->s2;
    for (size_t i = 0; i < n; i++)
        scratch[i] = lc__dot(n, part->square + i * n, v);
    double whole = lc__dot(n, v, scratch), along = lc__dot(n, v, alpha);
    for (size_t i = 0; i < n; i++) {
        double own = part->square[i * n + i] - 2 * v[i] * scratch[i] + v[i] * v[i] * whole;
        residual[i] = (alpha[i] - along * v[i]) / sqrt(fmax(own, 1e-300)) / f->root[i];
    }
}

/* Weights samples by their leave-one-out residuals (the fourth power of Huber's weights: by the
 * public tables better than their square, which still lets outliers bend a fit of 20). */
static lc_status reweigh(lc__run *r, lc_error *err) {
    size_t n = r->problem->n;
    double *residual = lc__doubles(2 * n + lc__part_room(n), 1, err);
    if (!residual)
        return LC_ENOMEM;
    double *size = residual + n;
    lc__part part;
    lc__part_place(n, size + n, &part);
    leave_one_out(r, &part, residual, size);
    for (size_t i = 0; i < n; i++)
        size[i] = fabs(residual[i]);
    lc__sort(size, n);
    double spread = fmax(1.4826 * lc__quantile(size, n, 0.5), 1e-12);
    for (size_t i = 0; i < n; i++) {
        double ratio = ROBUST_CUT * spread / fmax(fabs(residual[i]), 1e-300);
        r->frame.root[i] = sqrt(fmin(fmax(pow(ratio, 4), ROBUST_LEAST), 1));
    }
    free(residual);
    return LC_OK;
}

/* Log evidences become probabilities. */
static void normalise(lc__run *r) {
    size_t n = n_cells(r->grid);
    double most = r->evidence[best_cell(r)], sum = 0;
    for (size_t i = 0; i < n; i++) {
        r->evidence[i] = exp(r->evidence[i] - most);
        sum += r->evidence[i];
    }
    for (size_t i = 0; i < n; i++)
        r->evidence[i] = r->evidence[i] / sum > NEGLIGIBLE ? r->evidence[i] / sum : 0;
}

/* Probabilities of all cells, with the samples' final weights. */
static lc_status weigh(lc__run *r, lc_error *err) {
    int passes = r->problem->n >= ROBUST_FROM ? ROBUST_PASSES : 0;
    lc_status st = weigh_cells(r, err);
    for (int i = 0; i < passes && st == LC_OK; i++) {
        st = reweigh(r, err);
        if (st == LC_OK)
            st = weigh_cells(r, err);
    }
    if (st == LC_OK)
        normalise(r);
    return st;
}

static lc_status run_alloc(lc__run *r, lc_error *err) {
    size_t n = r->problem->n;
    lc_status frame = lc__frame_alloc(r->problem, &r->frame, err);
    lc_status bundle = lc__bundle_alloc(n, &r->bundle, err);
    r->evidence = lc__doubles(n_cells(r->grid), 1, err);
    r->targets = lc__lanes_new(r->grid->n_offsets * n, err);
    r->sums = lc__lanes_new(lc__part_room(n), err);
    bool ok = frame == LC_OK && bundle == LC_OK && r->evidence && r->targets && r->sums;
    return ok ? LC_OK : LC_ENOMEM;
}

static void run_clear(lc__run *r) {
    lc__frame_clear(&r->frame);
    lc__bundle_clear(&r->bundle);
    free(r->evidence);
    free(r->targets);
    free(r->sums);
}

static double pattern_mass(const lc__run *r, size_t link, size_t pattern) {
    const double *cells = lc__run_cells(r, link, pattern, 0);
    double mass = 0;
    for (size_t i = 0; i < r->grid->n_offsets * LC__NOISES; i++)
        mass += cells[i];
    return mass;
}

/* The patterns that count, under one link after the other: kept[LC__LINKS * n_patterns], and how
 * many there are of each link. Returns how many in all. */
static size_t keep_patterns(const lc__run *r, lc__slot *kept, size_t n_of_link[LC__LINKS]) {
    size_t n = 0;
    for (size_t link = 0; link < LC__LINKS; link++) {
        size_t first = n;
        for (size_t i = 0; i < r->grid->n_patterns; i++)
            if (pattern_mass(r, link, i) > 0)
                kept[n++] = (lc__slot){link, i};
        n_of_link[link] = n - first;
    }
    return n;
}

static lc_status collect(lc__run *r, lc__posterior *out, lc_error *err) {
    lc__slot kept[LC__LINKS * LC__PATTERNS_MAX];
    size_t n = r->problem->n, total = keep_patterns(r, kept, out->n_parts);
    out->store = lc__doubles(total, lc__part_room(n), err);
    out->part[0] = calloc(total + 1, sizeof *out->part[0]);
    if (!out->store || !out->part[0])
        return lc_error_set(err, LC_ENOMEM, "out of memory for %zu samples", n);
    out->part[1] = out->part[0] + out->n_parts[0];
    for (size_t i = 0; i < total; i++)
        lc__part_place(n, out->store + i * lc__part_room(n), &out->part[0][i]);
    for (size_t at = 0; at < total; at += LC__LANES)
        lc__run_collect(r, kept + at, total - at < LC__LANES ? total - at : LC__LANES,
                        out->part[0] + at);
    return LC_OK;
}

lc_status lc__posterior_find(const lc__problem *problem, const lc__grid *grid, lc__posterior *out,
                             lc_error *err) {
    lc__run r = {.problem = problem, .grid = grid};
    memset(out, 0, sizeof *out);
    lc_status st = run_alloc(&r, err);
    if (st == LC_OK)
        st = weigh(&r, err);
    if (st == LC_OK)
        st = collect(&r, out, err);
    out->frame = r.frame;
    r.frame = (lc__frame){0};
    run_clear(&r);
    return st;
}

void lc__posterior_clear(lc__posterior *posterior) {
    lc__frame_clear(&posterior->frame);
    free(posterior->part[0]);
    free(posterior->store);
    memset(posterior, 0, sizeof *posterior);
}

lc_status lc__posterior_patterns(const lc__problem *problem, const lc__grid *grid, double *mass,
                                 lc_error *err) {
    lc__run r = {.problem = problem, .grid = grid};
    lc_status st = run_alloc(&r, err);
    if (st == LC_OK)
        st = weigh(&r, err);
    for (size_t i = 0; i < grid->n_patterns && st == LC_OK; i++)
        mass[i] = pattern_mass(&r, LC__LINK_LINEAR, i) + pattern_mass(&r, LC__LINK_LOG, i);
    run_clear(&r);
    return st;
}
