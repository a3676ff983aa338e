#include "measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define MS 1e6
#define WARM_RUNS 5    /* runs without improvement that end the warm-up */
#define WARM_GAIN 0.01 /* improvement that counts */
#define WARM_SHARE 0.2 /* of the budget, at most */
#define MAX_BLOCK 1000000
#define REHEAT_NS (0.3 * MS) /* untimed at the start of a turn, at least one block */
#define TURN_VALUES 4 /* a turn goes on to this many values, up to TURN_STRETCH turns' time */
#define TURN_STRETCH 4
#define CHECK_EVERY 4    /* turns, when there are many: it takes sorting */
#define PLACING_SHARE 3  /* a placement is used this many times as long as it took to make */
#define MAX_DROPPED 1000 /* blocks without a time, beside as many with one */

lc__measure_options lc__measure_defaults(void) {
    lc__measure_options o = {.precision = 0.01, .turn_ns = 5 * MS, .block_ns = 0.02 * MS};
    lc__measure_budget(&o, 1.0);
    return o;
}

void lc__measure_budget(lc__measure_options *options, double seconds) {
    options->max_ns = seconds * 1e9;
    options->min_ns = options->max_ns / 4;
    options->extra_ns = options->max_ns;
    /* a small budget still gets its rounds */
    if (options->turn_ns > options->max_ns / (2 * LC__MIN_TURNS))
        options->turn_ns = options->max_ns / (2 * LC__MIN_TURNS);
}

lc_status lc__meter_init(lc__meter *meter, const lc__measure_options *options,
                         const lc__instruments *with, lc__subject subject, lc_error *err) {
    *meter = (lc__meter){.options = *options,
                         .with = *with,
                         .subject = subject,
                         .room = 256,
                         .turn_room = 64,
                         .block = 1};
    if (with->rest && lc__rest_none(with->rest))
        meter->with.rest = NULL;
    meter->value = malloc(meter->room * sizeof *meter->value);
    meter->turn = malloc((size_t)meter->turn_room * sizeof *meter->turn);
    if (meter->value && meter->turn)
        return LC_OK;
    lc__meter_clear(meter);
    return lc_error_set(err, LC_ENOMEM, "out of memory");
}

void lc__meter_clear(lc__meter *meter) {
    free(meter->value);
    free(meter->turn);
    memset(meter, 0, sizeof *meter);
}

/* Runs a block; *own_ns is its time by the subject's own clock, NAN if it has none. */
static lc_status run_all(lc__meter *m, double *own_ns, lc_error *err) {
    *own_ns = NAN;
    if (m->subject.time)
        return m->subject.time(m->subject.ctx, m->block, own_ns, err);
    lc_status s = LC_OK;
    for (long i = 0; i < m->block && !s; i++)
        s = m->subject.run(m->subject.ctx, err);
    return s;
}

/* Runs longer than block_ns are blocks of their own: this is asked after each of them. */
static bool stopped(const lc__meter *m) {
    return m->options.stop && m->options.stop(m->options.stop_ctx);
}

/* Rests as told, and times one block: *ns is its time, NAN when the clock did not go forward, or
 * the rest was cut short to stop, so that nothing ran. What all of it took is counted as spent. */
static lc_status run_block(lc__meter *m, double *ns, lc_error *err) {
    const lc__clock *clock = m->with.clock;
    const lc__measure_options *o = &m->options;
    double rested = m->with.rest ? lc__rest_take(m->with.rest, o->stop, o->stop_ctx) : 0, own_ns;
    *ns = NAN;
    if (m->with.rest && stopped(m))
        return LC_OK;
    uint64_t from = clock->ticks(clock->ctx);
    lc_status s = run_all(m, &own_ns, err);
    if (s)
        return s;
    uint64_t to = clock->ticks(clock->ctx);
    double spent = to > from ? lc__clock_ns(clock, from, to) : NAN;
    *ns = m->subject.time ? own_ns : spent;
    if (!(*ns > 0)) /* a card's clock may stand still, too */
        *ns = NAN;
    m->spent_ns += rested + fmax(spent, 1);
    m->placed_ns += rested + fmax(spent, 1);
    m->dropped += isnan(*ns) ? 1 : 0;
    if (m->dropped > MAX_DROPPED + m->n)
        return lc_error_set(err, LC_ERUNTIME,
                            "the clock (%s) goes backwards or stands still: %zu of its readings "
                            "were unusable",
                            clock->about, m->dropped);
    return LC_OK;
}

/* Lets the block grow until it lasts block_ns; true when it grew. */
static bool grow_block(lc__meter *m, double ns) {
    if (isnan(ns) || ns >= m->options.block_ns || m->block >= MAX_BLOCK || m->with.rest)
        return false;
    double want = ceil((double)m->block * m->options.block_ns / fmax(ns, 1) * 1.2);
    double most = fmin((double)m->block * 10, MAX_BLOCK); /* the first runs mislead */
    m->block = (long)fmin(want, most);
    return true;
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
    m->placing_ns = m->spent_ns - begun;
    m->warm = true;
    return LC_OK;
}

/* Where there is a rest between runs one is enough: the timed ones do not stay warm either. */
static lc_status reheat(lc__meter *m, lc_error *err) {
    double begun = m->spent_ns, ns = 0;
    while (m->spent_ns - begun < REHEAT_NS && !stopped(m)) {
        lc_status s = run_block(m, &ns, err);
        if (s || m->with.rest)
            return s;
    }
    return LC_OK;
}

static lc_status keep(lc__meter *m, double ns, lc_error *err) {
    if (isnan(ns))
        return LC_OK;
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

/* A paced run counts with its rest: a turn is to hold some runs also then. */
static double turn_ns(const lc__meter *m) {
    double pace = m->with.rest ? m->with.rest->pace_ns : 0;
    return fmax(m->options.turn_ns, TURN_VALUES * pace);
}

static lc_status time_blocks(lc__meter *m, lc_error *err) {
    double begun = m->spent_ns, whole = turn_ns(m), ns = 0;
    for (int got = 0; m->n < LC__MAX_VALUES && !stopped(m); got++) {
        double total = m->spent_ns - begun;
        bool full =
            total >= whole && (got >= TURN_VALUES || total >= TURN_STRETCH * m->options.turn_ns);
        bool over_budget = ns / (double)m->block > m->options.max_ns;
        if (full && (!over_budget || m->n >= LC__MIN_VALUES))
            break;
        lc_status s = run_block(m, &ns, err);
        if (!s)
            s = keep(m, ns, err);
        if (s)
            return s;
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

/* Times blocks with all instruments on. */
static lc_status timed_part(lc__meter *m, lc__turn *turn, lc_error *err) {
    struct rusage before, after;
    lc__perf_sum counted;
    lc__energy_mark mark;
    const lc__instruments *with = &m->with;
    double resting = with->rest ? with->rest->resting_ns : 0;
    long runs = m->runs;
    getrusage(RUSAGE_SELF, &before);
    if (with->energy)
        lc__energy_begin(with->energy, &mark);
    if (with->perf)
        lc__perf_start(with->perf, &counted);
    lc_status s = time_blocks(m, err);
    if (with->perf)
        lc__perf_stop(with->perf, &counted, &m->counts);
    if (with->energy)
        lc__energy_end(with->energy, &mark, &turn->drawn);
    getrusage(RUSAGE_SELF, &after);
    add_usage(m, &before, &after);
    turn->runs = m->runs - runs;
    turn->resting_ns = with->rest ? with->rest->resting_ns - resting : 0;
    return s;
}

/* What a turn does between the looks of the watch. */
static lc_status untold_turn(lc__meter *m, lc__turn *turn, lc_error *err) {
    if (m->with.rest)
        lc__rest_restart(m->with.rest);
    lc_status s = m->warm ? LC_OK : warm_up(m, err);
    if (!s)
        s = reheat(m, err);
    if (!s)
        s = timed_part(m, turn, err);
    turn->end = m->n;
    return s;
}

static lc_status note_turn(lc__meter *m, const lc__turn *turn, lc_error *err) {
    if (m->turns == m->turn_room) {
        lc__turn *more = realloc(m->turn, 2 * (size_t)m->turn_room * sizeof *more);
        if (!more)
            return lc_error_set(err, LC_ENOMEM, "out of memory");
        m->turn = more;
        m->turn_room *= 2;
    }
    m->turn[m->turns++] = *turn;
    return LC_OK;
}

static bool precise(const lc__meter *m) {
    lc__measurement r = {.half_width = INFINITY};
    return !lc__meter_result(m, &r, NULL) && !r.disturbed && r.n_used >= LC__ENOUGH_VALUES &&
           r.turns - r.disturbed_turns >= LC__MIN_TURNS && r.half_width <= m->options.precision &&
           r.drift <= 2 * m->options.precision && r.median <= LC__CALM * r.latency;
}

lc_status lc__meter_turn(lc__meter *m, lc_error *err) {
    lc__turn turn = {.placement = m->placement};
    lc__look before = {0}, after;
    double spent = m->spent_ns;
    if (m->with.watch)
        before = lc__watch_look(m->with.watch);
    lc_status s = untold_turn(m, &turn, err);
    if (s || stopped(m))
        return s;
    if (m->with.watch) {
        after = lc__watch_look(m->with.watch);
        turn.why = lc__watch_judge(m->with.watch, &before, &after);
        turn.worse.compute_ns = fmax(before.canary.compute_ns, after.canary.compute_ns);
        turn.worse.memory_ns = fmax(before.canary.memory_ns, after.canary.memory_ns);
    }
    s = note_turn(m, &turn, err);
    if (turn.why)
        m->disturbed_ns += m->spent_ns - spent;
    bool due = m->turns < CHECK_EVERY * CHECK_EVERY || m->turns % CHECK_EVERY == 0;
    m->converged =
        !s && due && m->turns >= LC__MIN_TURNS && m->spent_ns >= m->options.min_ns && precise(m);
    return s;
}

void lc__meter_resume(lc__meter *m, lc__subject subject) {
    m->subject = subject;
    m->warm = false;
    m->placed_ns = m->placing_ns = 0;
    m->placement++;
}

bool lc__meter_wants_placement(const lc__meter *m, double prepare_ns) {
    return m->warm && m->placed_ns >= PLACING_SHARE * (prepare_ns + m->placing_ns);
}

bool lc__meter_done(const lc__meter *m) {
    double made_up = fmin(m->disturbed_ns, m->options.extra_ns);
    bool out_of_budget =
        m->spent_ns - made_up >= m->options.max_ns && m->n >= LC__MIN_VALUES && m->turns > 0;
    return m->converged || out_of_budget || m->n >= LC__MAX_VALUES;
}
