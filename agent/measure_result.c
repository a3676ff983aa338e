#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/stats.h"
#include "measure.h"

#define LOW 0.05      /* quantile of the values of a placement */
#define QUARTILE 0.25 /* of placements */
#define ENERGY_NS 5e7 /* less says nothing: meters are brought up to date every ms or so */
#define ENERGY_READINGS 5

/* The canary's quiet time is known better now than when the turn was judged. */
static unsigned why_of(const lc__meter *m, const lc__turn *turn) {
    return turn->why | (m->with.watch ? lc__watch_canary(m->with.watch, &turn->worse) : 0);
}

/* Whether the calm turns are enough by themselves. */
static bool calm_enough(const lc__meter *m) {
    size_t values = 0, from = 0;
    int turns = 0;
    for (int t = 0; t < m->turns; t++) {
        if (!why_of(m, &m->turn[t])) {
            values += m->turn[t].end - from;
            turns++;
        }
        from = m->turn[t].end;
    }
    int least = m->turns < LC__MIN_TURNS ? m->turns : LC__MIN_TURNS;
    return values >= LC__MIN_VALUES && turns >= least && turns > 0;
}

/* Values of the turns that count, with where each placement's begin. */
typedef struct values {
    double *v;      /* [n] in the order of time, from [n] on scratch of as many */
    size_t *begins; /* [placements + 1] */
    size_t n;
    int placements;
} values;

static void gather(const lc__meter *m, bool calm, values *out) {
    size_t from = 0;
    int last = -1;
    for (int t = 0; t < m->turns; from = m->turn[t++].end) {
        const lc__turn *turn = &m->turn[t];
        if ((calm && why_of(m, turn)) || turn->end == from)
            continue;
        if (turn->placement != last)
            out->begins[out->placements++] = out->n;
        last = turn->placement;
        memcpy(out->v + out->n, m->value + from, (turn->end - from) * sizeof *out->v);
        out->n += turn->end - from;
    }
    if (out->n == 0) { /* stopped before a turn that has any was over */
        memcpy(out->v, m->value, m->n * sizeof *out->v);
        out->n = m->n;
        out->placements = 1;
    }
    out->begins[out->placements] = out->n;
}

/* Lower quartile of the 5th percentiles of placements from .. to; sorted[placements] is left for
 * its interval. */
static double low_quartile(const values *x, int from, int to, double *sorted) {
    double *scratch = x->v + x->n;
    for (int p = from; p < to; p++) {
        size_t n = x->begins[p + 1] - x->begins[p];
        memcpy(scratch, x->v + x->begins[p], n * sizeof *scratch);
        lc__sort(scratch, n);
        sorted[p - from] = lc__quantile(scratch, n, LOW);
    }
    lc__sort(sorted, (size_t)(to - from));
    return lc__quantile(sorted, (size_t)(to - from), QUARTILE);
}

static double low_of(const values *x, size_t from, size_t to) {
    double *scratch = x->v + x->n;
    memcpy(scratch, x->v + from, (to - from) * sizeof *scratch);
    lc__sort(scratch, to - from);
    return lc__quantile(scratch, to - from, LOW);
}

/* Latency of the second half of the time against that of the first. */
static double drift(const values *x, double *by_placement) {
    size_t half = x->n / 2;
    int p = x->placements;
    if (half == 0)
        return 0;
    double first =
        p >= LC__MIN_TURNS ? low_quartile(x, 0, p / 2, by_placement) : low_of(x, 0, half);
    double second = p >= LC__MIN_TURNS ? low_quartile(x, p - p / 2, p, by_placement)
                                       : low_of(x, x->n - half, x->n);
    return fabs(second - first) / first;
}

static void describe(const values *x, double *by_placement, lc__measurement *out) {
    size_t n = x->n, p = (size_t)x->placements;
    out->drift = drift(x, by_placement);
    out->latency = low_quartile(x, 0, x->placements, by_placement);
    if (p > 1)
        lc__quantile_ci(by_placement, p, QUARTILE, &out->ci_low, &out->ci_high);
    double *sorted = x->v;
    lc__sort(sorted, n);
    if (p == 1)
        lc__quantile_ci(sorted, n, LOW, &out->ci_low, &out->ci_high);
    out->ci_low = fmin(out->ci_low, out->latency);
    out->ci_high = fmax(out->ci_high, out->latency);
    out->half_width = (out->ci_high - out->ci_low) / 2 / out->latency;
    /* placements with few values may lie above the median of all */
    out->median = fmax(lc__quantile(sorted, n, 0.5), out->latency);
    out->p95 = fmax(lc__quantile(sorted, n, 0.95), out->median);
    out->min = sorted[0];
    out->mean = lc__mean(sorted, n);
    out->stddev = lc__stddev(sorted, n);
}

/* What was drawn in the turns that count, and how much they ran and rested. */
typedef struct drawn {
    lc__energy_sum sum;
    double resting_ns, runs;
    double uj; /* less what the rests take */
} drawn;

static drawn sum_drawn(const lc__meter *m, bool calm) {
    drawn d = {0};
    for (int t = 0; t < m->turns; t++) {
        const lc__turn *turn = &m->turn[t];
        if ((calm && why_of(m, turn)) || turn->drawn.ns <= 0)
            continue;
        d.sum.uj += turn->drawn.uj;
        d.sum.ns += turn->drawn.ns;
        d.sum.readings += turn->drawn.readings;
        d.sum.peak_mw = fmax(d.sum.peak_mw, turn->drawn.peak_mw);
        d.resting_ns += turn->resting_ns;
        d.runs += (double)turn->runs;
    }
    d.uj = d.sum.uj;
    if (d.resting_ns > 0)
        d.uj -= m->with.energy->idle_mw * d.resting_ns / 1e6;
    return d;
}

/* Why nothing can be said of what a run draws; NULL: it can. */
static const char *why_no_energy(const lc__meter *m, const drawn *d) {
    const lc__energy *e = m->with.energy;
    if (!e)
        return "energy was not asked for";
    if (e->n == 0)
        return e->absent;
    if (m->with.rest && m->with.rest->other)
        return "emptying the caches between runs draws power too";
    if (d->sum.ns <= 0)
        return "the meter could not be read";
    if (d->sum.ns < ENERGY_NS || d->sum.readings < ENERGY_READINGS)
        return "the turns were too short for the meter";
    if (!(d->sum.uj > 0))
        return "the meter did not move";
    if (isnan(d->uj))
        return "what the rests draw is not known";
    if (d->uj <= 0)
        return "no more was drawn than while nothing runs";
    return d->runs > 0 ? NULL : "no run was timed while the meter was read";
}

/* Rests are left out at what is drawn when nothing runs. */
static void add_energy(const lc__meter *m, bool calm, lc__measurement *out) {
    drawn d = sum_drawn(m, calm);
    out->energy_uj = out->energy_above_idle_uj = out->peak_power_mw = NAN;
    out->energy_absent = why_no_energy(m, &d);
    if (out->energy_absent)
        return;
    out->energy_uj = d.uj / d.runs;
    out->energy_above_idle_uj = (d.sum.uj - m->with.energy->idle_mw * d.sum.ns / 1e6) / d.runs;
    out->peak_power_mw = d.sum.peak_mw;
}

static void count_turns(const lc__meter *m, lc__measurement *out) {
    for (int t = 0; t < m->turns; t++) {
        unsigned why = why_of(m, &m->turn[t]);
        out->disturbed_turns += why != 0;
        out->why |= why;
    }
}

static bool allocate(const lc__meter *m, values *x, double **by_placement) {
    size_t room = (size_t)m->turns + 2;
    x->v = malloc((2 * m->n + 1) * sizeof *x->v);
    x->begins = calloc(room, sizeof *x->begins);
    *by_placement = malloc(room * sizeof **by_placement);
    return x->v && x->begins && *by_placement;
}

lc_status lc__meter_result(const lc__meter *m, lc__measurement *out, lc_error *err) {
    values x = {0};
    double *by_placement;
    if (m->n == 0)
        return lc_error_set(err, LC_ERUNTIME, "nothing was timed");
    bool ok = allocate(m, &x, &by_placement), calm = calm_enough(m);
    *out = (lc__measurement){.n = m->runs,
                             .block = m->block,
                             .n_values = m->n,
                             .turns = m->turns,
                             .warmup_ns = m->warmup_ns,
                             .spent_ns = m->spent_ns,
                             .budget_ns = m->options.max_ns,
                             .page_faults = m->page_faults,
                             .voluntary_switches = m->voluntary_switches,
                             .involuntary_switches = m->involuntary_switches,
                             .clock_errors = m->dropped,
                             .counts = m->counts};
    if (ok) {
        gather(m, calm, &x);
        count_turns(m, out);
        out->n_used = x.n;
        out->placements = x.placements;
        out->disturbed = out->disturbed_turns > 0 && !calm;
        describe(&x, by_placement, out);
        add_energy(m, calm, out);
    }
    free(x.v);
    free(x.begins);
    free(by_placement);
    if (!ok)
        return lc_error_set(err, LC_ENOMEM, "out of memory");
    double limit = fmax(LC__STEADY, m->options.precision);
    out->steady = out->n_used >= LC__MIN_VALUES && out->half_width <= limit && out->drift <= limit;
    return LC_OK;
}
