#include "measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/stats.h"

#define MS 1e6
#define WARM_RUNS 5    /* runs without improvement that end the warm-up */
#define WARM_GAIN 0.01 /* improvement that counts */
#define WARM_SHARE 0.2 /* of the budget, at most */
#define MAX_BLOCK 1000000
#define REHEAT_NS (0.3 * MS) /* untimed at the start of a turn, at least one block */
#define TURN_VALUES 4 /* a turn goes on to this many values, up to TURN_STRETCH turns' time */
#define TURN_STRETCH 4

lc__measure_options lc__measure_defaults(void) {
    lc__measure_options o = {.precision = 0.01, .turn_ns = 20 * MS, .block_ns = 0.02 * MS};
    lc__measure_budget(&o, 1.0);
    return o;
}

void lc__measure_budget(lc__measure_options *options, double seconds) {
    options->max_ns = seconds * 1e9;
    options->min_ns = options->max_ns / 4;
    /* a small budget still gets its rounds */
    if (options->turn_ns > options->max_ns / (2 * LC__MIN_TURNS))
        options->turn_ns = options->max_ns / (2 * LC__MIN_TURNS);
}

lc_status lc__meter_init(lc__meter *meter, const lc__measure_options *options,
                         const lc__clock *clock, const lc__perf *perf, lc__subject subject,
                         lc_error *err) {
    *meter = (lc__meter){.options = *options,
                         .clock = clock,
                         .perf = perf,
                         .subject = subject,
                         .room = 256,
                         .block = 1};
    meter->value = malloc(meter->room * sizeof *meter->value);
    return meter->value ? LC_OK : lc_error_set(err, LC_ENOMEM, "out of memory");
}

void lc__meter_clear(lc__meter *meter) {
    free(meter->value);
    memset(meter, 0, sizeof *meter);
}

/* Times one block; *ns is its whole time. */
static lc_status run_block(lc__meter *m, double *ns, lc_error *err) {
    uint64_t from = m->clock->ticks(m->clock->ctx);
    for (long i = 0; i < m->block; i++) {
        lc_status s = m->subject.run(m->subject.ctx, err);
        if (s)
            return s;
    }
    *ns = lc__clock_ns(m->clock, from, m->clock->ticks(m->clock->ctx));
    m->spent_ns += *ns;
    return LC_OK;
}

/* Lets the block grow until it lasts block_ns; true when it grew. */
static bool grow_block(lc__meter *m, double ns) {
    if (ns >= m->options.block_ns || m->block >= MAX_BLOCK)
        return false;
    double want = ceil((double)m->block * m->options.block_ns / (ns > 1 ? ns : 1) * 1.2);
    double most = fmin((double)m->block * 10, MAX_BLOCK); /* the first runs mislead */
    m->block = (long)fmin(want, most);
    return true;
}

/* Runs longer than block_ns are blocks of their own: this is asked after each of them. */
static bool stopped(const lc__meter *m) {
    return m->options.stop && m->options.stop(m->options.stop_ctx);
}

static lc_status warm_up(lc__meter *m, lc_error *err) {
    double best = INFINITY, ns = 0, begun = m->spent_ns;
    int idle = 0; /* runs since the last improvement */
    while (idle < WARM_RUNS) {
        lc_status s = run_block(m, &ns, err);
        if (s || stopped(m))
            return s;
        bool grew = grow_block(m, ns);
        double per_run = ns / (double)m->block;
        if (grew || per_run < best * (1 - WARM_GAIN))
            idle = 0;
        else
            idle++;
        if (!grew && per_run < best)
            best = per_run;
        if (!grew && m->spent_ns - begun > m->options.max_ns * WARM_SHARE)
            break;
    }
    m->warmup_ns += m->spent_ns - begun;
    m->warm = true;
    return LC_OK;
}

static lc_status reheat(lc__meter *m, lc_error *err) {
    double total = 0, ns = 0;
    while (total < REHEAT_NS && !stopped(m)) {
        lc_status s = run_block(m, &ns, err);
        if (s)
            return s;
        total += ns > 1 ? ns : 1;
    }
    return LC_OK;
}

static lc_status keep(lc__meter *m, double ns, lc_error *err) {
    if (m->n == m->room) {
        double *more = realloc(m->value, 2 * m->room * sizeof *more);
        if (!more)
            return lc_error_set(err, LC_ENOMEM, "out of memory");
        m->value = more;
        m->room *= 2;
    }
    m->value[m->n++] = ns / (double)m->block;
    m->runs += m->block;
    return LC_OK;
}

static lc_status time_blocks(lc__meter *m, lc_error *err) {
    double total = 0, ns = 0;
    for (int got = 0; m->n < LC__MAX_VALUES && !stopped(m); got++) {
        bool full = total >= m->options.turn_ns &&
                    (got >= TURN_VALUES || total >= TURN_STRETCH * m->options.turn_ns);
        bool over_budget = ns / (double)m->block > m->options.max_ns;
        if (full && (!over_budget || m->n >= LC__MIN_VALUES))
            break;
        lc_status s = run_block(m, &ns, err);
        if (!s)
            s = keep(m, ns, err);
        if (s)
            return s;
        total += ns > 1 ? ns : 1;
    }
    return LC_OK;
}

/* Faults and switches between two readings. The kernel's perf events for them read 0 without
 * privileges, so they come from getrusage. */
static void add_usage(lc__meter *m, const struct rusage *a, const struct rusage *b) {
    m->page_faults += (double)(b->ru_minflt - a->ru_minflt + b->ru_majflt - a->ru_majflt);
    m->voluntary_switches += (double)(b->ru_nvcsw - a->ru_nvcsw);
    m->involuntary_switches += (double)(b->ru_nivcsw - a->ru_nivcsw);
}

static lc_status timed_part(lc__meter *m, lc_error *err) {
    struct rusage before, after;
    lc__perf_sum counted;
    getrusage(RUSAGE_SELF, &before);
    if (m->perf)
        lc__perf_start(m->perf, &counted);
    lc_status s = time_blocks(m, err);
    if (m->perf)
        lc__perf_stop(m->perf, &counted, &m->counts);
    getrusage(RUSAGE_SELF, &after);
    add_usage(m, &before, &after);
    return s;
}

static bool precise(const lc__meter *m) {
    lc__measurement r = {.half_width = INFINITY};
    return !lc__meter_result(m, &r, NULL) && r.half_width <= m->options.precision &&
           r.drift <= 2 * m->options.precision && r.median <= LC__CALM * r.p05;
}

lc_status lc__meter_turn(lc__meter *m, lc_error *err) {
    lc_status s = m->warm ? LC_OK : warm_up(m, err);
    if (!s)
        s = reheat(m, err);
    if (!s)
        s = timed_part(m, err);
    if (s || stopped(m))
        return s;
    m->turns++;
    m->converged = m->turns >= LC__MIN_TURNS && m->n >= LC__ENOUGH_VALUES &&
                   m->spent_ns >= m->options.min_ns && precise(m);
    return LC_OK;
}

void lc__meter_resume(lc__meter *m, lc__subject subject) {
    m->subject = subject;
    m->warm = false;
}

bool lc__meter_done(const lc__meter *m) {
    bool out_of_budget = m->spent_ns >= m->options.max_ns && m->n >= LC__MIN_VALUES;
    return m->converged || out_of_budget || m->n >= LC__MAX_VALUES;
}

static void describe(const double *sorted, size_t n, lc__measurement *out) {
    out->p05 = lc__quantile(sorted, n, 0.05);
    lc__quantile_ci(sorted, n, 0.05, &out->ci_low, &out->ci_high);
    out->ci_low = fmin(out->ci_low, out->p05);
    out->ci_high = fmax(out->ci_high, out->p05);
    out->half_width = (out->ci_high - out->ci_low) / 2 / out->p05;
    out->median = lc__quantile(sorted, n, 0.5);
    out->p95 = lc__quantile(sorted, n, 0.95);
    out->min = sorted[0];
    out->mean = lc__mean(sorted, n);
    out->stddev = lc__stddev(sorted, n);
}

/* Latency of the second half of the time against that of the first. */
static double drift(const lc__meter *m, double *scratch) {
    size_t half = m->n / 2;
    double latency[2];
    if (half == 0)
        return 0;
    for (int h = 0; h < 2; h++) {
        memcpy(scratch, m->value + (h ? m->n - half : 0), half * sizeof *scratch);
        lc__sort(scratch, half);
        latency[h] = lc__quantile(scratch, half, 0.05);
    }
    return fabs(latency[1] - latency[0]) / latency[0];
}

lc_status lc__meter_result(const lc__meter *m, lc__measurement *out, lc_error *err) {
    if (m->n == 0)
        return lc_error_set(err, LC_ERUNTIME, "nothing was timed");
    double *sorted = malloc(m->n * sizeof *sorted);
    if (!sorted)
        return lc_error_set(err, LC_ENOMEM, "out of memory");
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
                             .counts = m->counts};
    out->drift = drift(m, sorted);
    memcpy(sorted, m->value, m->n * sizeof *sorted);
    lc__sort(sorted, m->n);
    describe(sorted, m->n, out);
    free(sorted);
    double limit = fmax(LC__STEADY, m->options.precision);
    out->steady = m->n >= LC__MIN_VALUES && out->half_width <= limit && out->drift <= limit;
    return LC_OK;
}
