/* Forecasts from sums over positions. */
#include <math.h>
#include <string.h>
#include "choice.h"
#include "lanes.h"

/* Lanes anywhere among doubles. */
typedef lc__lanes lanes __attribute__((aligned(8), may_alias));

enum {
    MEAN_MAX = LC__SUM_LOGS + LC__VARIANTS + LC__SOURCES_MAX + LC__LANES,
    REGION_MAX = LC__COL_FINE + LC__LANES,
    SPREAD_MAX = LC__EMBED_MAX + 1 + LC__LANES
};

/* What forecasts are made of: the sums of a choice vector, or of a mixture by probability. */
typedef struct question {
    const lc_choice_predictor *c;
    const size_t *places;      /* [n_positions], NULL: a mixture */
    const double *probability; /* [places] */
} question;

/* out[s->n] += the entries of places[n], or of all n places by their probability. */
static LC__WIDE void add_places(const lc__sums *s, const size_t *places, size_t n, double *out) {
    for (size_t b = 0; b < s->n; b += LC__LANES) {
        lc__lanes sum = *(const lanes *)(out + b);
        for (size_t i = 0; i < n; i++)
            sum += *(const lanes *)(s->row + places[i] * s->n + b);
        *(lanes *)(out + b) = sum;
    }
}

static LC__WIDE void add_mixed(const lc__sums *s, const double *probability, size_t n,
                               double *out) {
    for (size_t b = 0; b < s->n; b += LC__LANES) {
        lc__lanes sum = *(const lanes *)(out + b);
        for (size_t i = 0; i < n; i++)
            sum += probability[i] * *(const lanes *)(s->row + i * s->n + b);
        *(lanes *)(out + b) = sum;
    }
}

static void add_up(const question *q, const lc__sums *s, double *out) {
    size_t n = (size_t)q->c->space->n_positions;
    if (s->n == 0) /* a link without any say has no sums */
        return;
    memcpy(out, s->base, s->n * sizeof *out);
    if (q->places)
        add_places(s, q->places, n, out);
    else
        add_mixed(s, q->probability, q->c->place[n], out);
}

static double distance(const lc__choice_region *r, const double *sums) {
    double square = r->off;
    for (size_t k = 0; k < r->sums.n; k++)
        square += sums[k] * sums[k];
    return fmin(sqrt(square) / r->radius, LC__FARTHEST);
}

/* Least distance from a region; once it is at most `enough` no further region is asked. *nearest
 * is which it is from, n_regions if there is none, and sums[REGION_MAX] that one's. */
static double novelty(const question *q, double enough, size_t *nearest, double *sums) {
    const lc__choice_sums *c = &q->c->sums;
    double least = LC__FARTHEST, own[REGION_MAX];
    *nearest = c->n_regions;
    for (size_t g = 0; g < c->n_regions && least > enough; g++) {
        add_up(q, &c->region[g].sums, own);
        double d = distance(&c->region[g], own);
        if (d >= least)
            continue;
        least = d;
        *nearest = g;
        memcpy(sums, own, c->region[g].sums.n * sizeof *sums);
    }
    return least;
}

/* The sums for the mean, the logarithms of their arguments, and the links' means. */
typedef struct answer {
    double sums[MEAN_MAX], logs[LC__VARIANTS + LC__SOURCES_MAX];
    lc__link_view view[LC__LINKS];
} answer;

static void ask_means(const question *q, answer *a) {
    const lc__choice_sums *c = &q->c->sums;
    if (c->mean.n == 0) /* it holds LC__SUM_LOGS sums at least; add_up() asks */
        __builtin_unreachable();
    add_up(q, &c->mean, a->sums);
    for (size_t k = 0; k < c->n_logs; k++)
        a->logs[k] = log(fmax(a->sums[LC__SUM_LOGS + k], c->floor[k]));
    for (size_t link = 0; link < LC__LINKS; link++) {
        double mean = a->sums[LC__SUM_LINKS + link];
        for (size_t k = 0; k < c->n_logs; k++)
            mean += c->slope[link][k] * a->logs[k];
        a->view[link] = (lc__link_view){.mean = mean};
    }
}

static void ask_variances(const question *q, answer *a) {
    const lc__choice_sums *c = &q->c->sums;
    double along[SPREAD_MAX];
    for (int link = 0; link < LC__LINKS; link++) {
        size_t n = c->spread[link].n;
        const double *slope = c->spread_slope[link];
        double square = 0;
        add_up(q, &c->spread[link], along);
        for (size_t j = 0; j < c->n_logs; j++)
            for (size_t k = 0; k < n; k++)
                along[k] += a->logs[j] * slope[j * n + k];
        for (size_t k = 0; k < n; k++)
            square += along[k] * along[k];
        a->view[link].variance = square + q->c->tail.moments[link].noise;
    }
}

double lc__choice_sums_mean(const lc_choice_predictor *c, const size_t *places) {
    question q = {.c = c, .places = places};
    answer a;
    size_t nearest;
    double ignored[REGION_MAX];
    ask_means(&q, &a);
    return lc__conclude_mean(&c->tail, lc__mix_means(&c->tail, a.view),
                             novelty(&q, 1, &nearest, ignored), a.sums[LC__SUM_SIZE]);
}

void lc__choice_sums_query(const lc_choice_predictor *c, const size_t *places, lc_forecast *out) {
    question q = {.c = c, .places = places};
    answer a;
    size_t nearest;
    double ignored[REGION_MAX];
    ask_means(&q, &a);
    ask_variances(&q, &a);
    lc__conclude(&c->tail, lc__mix(&c->tail, a.view), novelty(&q, 0, &nearest, ignored),
                 a.sums[LC__SUM_SIZE], out);
}

/* slope[mean.n] of the latency in the sums for the mean. */
static void mean_slopes(const lc_choice_predictor *c, const answer *a,
                        const lc__conclusion_slopes *by, double *slope) {
    const lc__choice_sums *s = &c->sums;
    double link_slope[LC__LINKS];
    lc__mix_slopes(&c->tail, a->view, link_slope);
    memset(slope, 0, s->mean.n * sizeof *slope);
    slope[LC__SUM_SIZE] = by->size;
    for (size_t link = 0; link < LC__LINKS; link++) {
        slope[LC__SUM_LINKS + link] = by->mean * link_slope[link];
        for (size_t k = 0; k < s->n_logs; k++) {
            double x = a->sums[LC__SUM_LOGS + k];
            if (x > s->floor[k])
                slope[LC__SUM_LOGS + k] += by->mean * link_slope[link] * s->slope[link][k] / x;
        }
    }
}

/* gradient[places] += slope[sums.n] in the sums. */
static LC__WIDE void add_gradient(const lc__sums *s, const double *slope, size_t places,
                                  double *gradient) {
    for (size_t i = 0; i < places; i++) {
        lc__lanes sum = {0};
        for (size_t b = 0; b < s->n; b += LC__LANES)
            sum += *(const lanes *)(slope + b) * *(const lanes *)(s->row + i * s->n + b);
        for (size_t k = 0; k < LC__LANES; k++)
            gradient[i] += sum[k];
    }
}

double lc__choice_sums_relaxed(const lc_choice_predictor *c, const double *probability,
                               double *gradient) {
    question q = {.c = c, .probability = probability};
    answer a;
    size_t nearest, places = c->place[c->space->n_positions];
    double slope[MEAN_MAX], away[REGION_MAX];
    ask_means(&q, &a);
    double mean = lc__mix_means(&c->tail, a.view), size = a.sums[LC__SUM_SIZE];
    double far = novelty(&q, 1, &nearest, away);
    if (gradient) {
        lc__conclusion_slopes by = lc__conclude_slopes(&c->tail, mean, far, size);
        memset(gradient, 0, places * sizeof *gradient);
        mean_slopes(c, &a, &by, slope);
        add_gradient(&c->sums.mean, slope, places, gradient);
        if (nearest < c->sums.n_regions && by.novelty != 0 && far < LC__FARTHEST) {
            const lc__choice_region *r = &c->sums.region[nearest];
            for (size_t k = 0; k < r->sums.n; k++)
                away[k] *= by.novelty / (r->radius * r->radius * far);
            add_gradient(&r->sums, away, places, gradient);
        }
    }
    return lc__conclude_mean(&c->tail, mean, far, size);
}
