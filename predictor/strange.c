#include "strange.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Places among a family's columns. */
enum { COUNT, WORK, ROOT_WORK, BYTES };

/* Numbers of a family among the fine columns. */
#define FINE ((size_t)LC__RESOLUTIONS * 3)
/* Where the live variant begins. */
#define LIVE ((size_t)LC__VARIANT_LIVE * LC__VARIANT_FEATURES)

static bool has(const double *columns, size_t family) {
    return columns[family * LC__PER_FAMILY + COUNT] > 0;
}

void lc__mark_families(const lc__point *points, const size_t *rows, size_t n, bool *known) {
    for (size_t i = 0; i < n; i++)
        for (size_t f = 0; f < LC__FAMILIES; f++)
            known[f] = known[f] || has(points[rows[i]].x, f);
}

void lc__mark_core_families(const lc__core *core, bool *known) {
    for (size_t g = 0; g < core->n_regions; g++)
        for (size_t f = 0; f < LC__FAMILIES; f++)
            known[f] = known[f] || has(core->regions[g].mean, f);
}

bool lc__is_strange(const bool *known, const lc__point *point) {
    for (size_t f = 0; f < LC__FAMILIES; f++)
        if (!known[f] && has(point->x, f))
            return true;
    return false;
}

/* Roofline sum of a family at a balance; that of its sums, which is no more. */
static double roof(const double *columns, size_t family, double balance) {
    const double *c = columns + family * LC__PER_FAMILY;
    return fmax(c[WORK] / balance, c[BYTES] / 4);
}

static void less(double *x, double by) {
    *x = fmax(*x - by, 0);
}

static void take_family_out(double *columns, size_t f) {
    for (int r = 0; r < LC__ROOFS; r++) {
        double size = roof(columns, f, lc__balance[r]);
        less(&columns[LC__COL_ROOFS + r], size);
        less(&columns[LC__COL_PATHS + 1 + r], size);
    }
    less(&columns[LC__COL_PATHS], columns[f * LC__PER_FAMILY + COUNT]);
    less(&columns[LC__COL_PATHS + LC__PATHS - 1], columns[f * LC__PER_FAMILY + ROOT_WORK]);
    memset(columns + f * LC__PER_FAMILY, 0, LC__PER_FAMILY * sizeof *columns);
    memset(columns + LC__COL_FINE + f * FINE, 0, FINE * sizeof *columns);
}

double lc__strange_part(const bool *known, const lc__point *point, lc__point *rest,
                        lc__family *most) {
    double sum = 0, largest = -1;
    *rest = *point;
    for (size_t f = 0; f < LC__FAMILIES; f++) {
        if (known[f] || !has(point->x, f))
            continue;
        const double *live = point->x + LIVE;
        double size = roof(live, f, lc__balance[LC__RATE_ROOF]);
        sum += size;
        if (size > largest) {
            largest = size;
            *most = (lc__family)f;
        }
        for (size_t v = 0; v < LC__VARIANTS; v++)
            take_family_out(rest->x + v * LC__VARIANT_FEATURES, f);
    }
    return sum;
}

void lc__add_strange(const lc_predictor *p, double size, lc_forecast *f) {
    double time = p->unit * lc__rate(p->shot_size, size);
    f->latency = fmin(f->latency + time, DBL_MAX);
    f->low = fmin(f->low + time / LC__STRANGE_FACTOR, f->latency);
    f->high = fmin(f->high + time * LC__STRANGE_FACTOR, DBL_MAX);
    /* Outside, however little of the net it is; nothing but a rate where it is all of it. */
    f->novelty = fmax(f->novelty, pow(LC_NOVELTY_FAR, fmax(time / f->latency, DBL_EPSILON)));
    f->novelty = fmax(f->novelty, 1 + DBL_EPSILON);
    f->out_of_range = true;
}

void lc__strange_slopes(const lc_predictor *p, const lc__point *point, double *slope) {
    const double *live = point->x + LIVE;
    double balance = lc__balance[LC__RATE_ROOF], rate = p->unit / p->shot_size;
    for (size_t f = 0; f < LC__FAMILIES; f++) {
        if (p->known[f] || !has(point->x, f))
            continue;
        for (size_t v = 0; v < LC__VARIANTS; v++) {
            double *columns = slope + v * LC__VARIANT_FEATURES;
            memset(columns + f * LC__PER_FAMILY, 0, LC__PER_FAMILY * sizeof *columns);
            memset(columns + LC__COL_FINE + f * FINE, 0, FINE * sizeof *columns);
        }
        double *own = slope + LIVE + f * LC__PER_FAMILY;
        const double *columns = live + f * LC__PER_FAMILY;
        if (columns[WORK] / balance > columns[BYTES] / 4)
            own[WORK] = rate / balance;
        else
            own[BYTES] = rate / 4;
    }
}
