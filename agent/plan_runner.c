#include "plan_runner.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "backends/ledger.h"
#include "base/memory.h"
#include "base/now.h"
#include "prepare.h"
#include "sample_json.h"

/* A net that takes turns. */
typedef struct seat {
    const lc_plan_item *item;
    lc_exec *exec; /* NULL while it is put off */
    lc__meter meter;
    double bytes;
    double prepare_ns;
    bool put_off; /* once is enough */
} seat;

typedef struct runner {
    const lc_plan *plan;
    lc__spool *spool;
    const lc__run_options *options;
    const lc__run_events *events;
    lc__run_report *report;
    lc__preparing preparing;
    seat seats[LC__SEATS];
    int n_seats;
    size_t next;   /* item of the plan to be prepared next */
    seat *waiting; /* [n_waiting] put off, to go on when the plan is through */
    size_t n_waiting, next_waiting;
    size_t todo;        /* items of the plan that were not spooled at the start */
    double finished_ns; /* spent on those measured */
    double bytes;
    double deadline; /* monotonic seconds, 0 = none */
    bool crowded;    /* the next item has not enough memory beside those that sit */
} runner;

/* Images that a net takes at a time. */
static double images_of(const lc_net *net) {
    for (int i = 0; i < lc_net_size(net); i++)
        if (lc_net_node(net, i)->op.type == LC_OP_INPUT)
            return lc_net_node(net, i)->shape.n;
    return 1;
}

double lc__net_bytes(const lc_net *net, int batch) {
    lc_cost cost = lc_net_cost(net);
    double times = batch > 0 ? batch / images_of(net) : 1;
    return 2 * cost.weight_bytes + times * cost.bytes_written;
}

static lc_status run_exec(void *ctx, lc_error *err) {
    return lc_exec_run(ctx, err);
}

static lc_status time_exec(void *ctx, long runs, double *ns, lc_error *err) {
    return lc_exec_time(ctx, runs, ns, err);
}

static lc__subject subject_of(lc_exec *exec) {
    return (lc__subject){run_exec, exec, lc_exec_has_clock(exec) ? time_exec : NULL};
}

/* The budget of the next item: its share of what is left of the whole time. */
static lc__measure_options budget(const runner *r) {
    lc__measure_options o = r->options->measure;
    o.stop = r->events->stop;
    o.stop_ctx = r->events->ctx;
    if (r->deadline > 0) {
        double items = (double)(r->plan->n_items - r->next + 1 + r->n_waiting) + r->n_seats;
        double share = fmax(r->deadline - lc__now(), 0) / items;
        if (share * 1e9 < o.max_ns)
            lc__measure_budget(&o, fmax(share, 1e-3));
    }
    return o;
}

/* Frees what the net in seat i holds, but for its meter. */
static void clear_seat(runner *r, int i) {
    seat *s = &r->seats[i];
    r->bytes -= s->bytes;
    lc_exec_free(s->exec);
    memmove(s, s + 1, (size_t)(--r->n_seats - i) * sizeof *s);
}

static void unseat(runner *r, int i) {
    lc__meter_clear(&r->seats[i].meter);
    clear_seat(r, i);
}

/* Too little memory is like a backend that lacks the operator: on this board it will not get
 * better by trying again. */
static void skip(runner *r, const lc_plan_item *item, const lc_error *why) {
    if (why->code == LC_EUNSUPPORTED || why->code == LC_ENOMEM)
        r->report->unsupported++;
    else
        r->report->failed++;
    if (r->events->skipped)
        r->events->skipped(r->events->ctx, item, why);
}

/* Prepares the item of `s` and gives it a seat; its meter begins, or goes on after it was put off.
 * An item that cannot be prepared is reported and passed over, but for one that has too little
 * memory only beside others: r->crowded. On failure the meter is cleared. */
static lc_status take_seat(runner *r, seat *s, lc_error *err) {
    lc_error why;
    lc_status status = lc__prepare_first(&r->preparing, s->item->net, &s->exec, &why, err);
    r->crowded = !status && !s->exec && why.code == LC_ENOMEM && r->n_seats > 0;
    if (r->crowded)
        return LC_OK;
    if (status || !s->exec) {
        lc__meter_clear(&s->meter);
        if (!status)
            skip(r, s->item, &why);
        return status;
    }
    s->prepare_ns = r->preparing.took_ns;
    s->bytes = fmax(lc__net_bytes(s->item->net, r->options->exec->batch), lc__exec_bytes(s->exec));
    lc__subject subject = subject_of(s->exec);
    lc__measure_options m = budget(r);
    if (s->put_off)
        lc__meter_resume(&s->meter, subject);
    else
        status = lc__meter_init(&s->meter, &m, &r->options->with, subject, err);
    if (status) {
        lc_exec_free(s->exec);
        return status;
    }
    r->seats[r->n_seats++] = *s;
    r->bytes += s->bytes;
    return LC_OK;
}

/* Prepares the net of a seat once more, in other memory: the old one is freed after. Where that
 * cannot be done it stays as it is. */
static void change_placement(runner *r, seat *s) {
    lc_exec *fresh;
    if (r->bytes + s->bytes > r->options->memory_bytes ||
        lc__prepare_again(&r->preparing, s->item->net, &fresh, NULL))
        return;
    s->prepare_ns = r->preparing.took_ns;
    lc_exec_free(s->exec);
    s->exec = fresh;
    lc__meter_resume(&s->meter, subject_of(s->exec));
}

/* Whether there is a seat, and memory, for one more. */
static bool room_for(const runner *r, const lc_net *net) {
    return r->n_seats == 0 ||
           (r->n_seats < LC__SEATS && !r->crowded &&
            r->bytes + lc__net_bytes(net, r->options->exec->batch) <= r->options->memory_bytes);
}

static bool stopping(runner *r) {
    if (!r->report->stopped && r->events->stop && r->events->stop(r->events->ctx))
        r->report->stopped = true;
    return r->report->stopped;
}

/* Lets one more item sit if there is a seat: the next that is not spooled yet, or when there is
 * none the next put off. */
static lc_status seat_one(runner *r, lc_error *err) {
    int before = r->n_seats;
    lc_status s = LC_OK;
    while (!s && !stopping(r) && r->n_seats == before && r->next < r->plan->n_items) {
        const lc_plan_item *item = &r->plan->items[r->next];
        if (!room_for(r, item->net))
            return LC_OK;
        r->next++;
        if (lc__spool_has(r->spool, item->net))
            r->report->there++;
        else
            s = take_seat(r, &(seat){.item = item}, err);
        r->next -= r->crowded;
    }
    while (!s && !stopping(r) && r->n_seats == before && r->next_waiting < r->n_waiting) {
        seat *put_off = &r->waiting[r->next_waiting];
        if (!room_for(r, put_off->item->net))
            return LC_OK;
        r->next_waiting++;
        s = take_seat(r, put_off, err);
        r->next_waiting -= r->crowded;
    }
    return s;
}

/* Half the time is over without a result, and others could use the seat. */
static bool should_wait(const runner *r, const seat *s) {
    return !s->put_off && s->meter.spent_ns >= s->meter.options.max_ns / 2 &&
           r->next < r->plan->n_items;
}

static lc_status put_off(runner *r, int i, lc_error *err) {
    seat *more = realloc(r->waiting, (r->n_waiting + 1) * sizeof *more);
    if (!more)
        return lc__no_memory(err);
    r->waiting = more;
    more[r->n_waiting] = r->seats[i];
    more[r->n_waiting].put_off = true;
    more[r->n_waiting++].exec = NULL;
    clear_seat(r, i);
    return LC_OK;
}

/* Adds an item that is not done to the report's times, when one takes `usual_ns`. */
static void add_times(runner *r, const seat *s, double usual_ns) {
    double whole = s->put_off ? s->meter.options.max_ns : usual_ns;
    r->report->spent_ns += s->meter.spent_ns;
    r->report->left_ns += fmax(whole - s->meter.spent_ns, 0);
}

/* The time spent and expected, when the item in seat `done` has just been measured. */
static void estimate_times(runner *r, int done) {
    lc__run_report *report = r->report;
    r->finished_ns += r->seats[done].meter.spent_ns;
    double usual_ns = r->finished_ns / (double)report->measured;
    size_t begun = report->measured + report->unsupported + report->failed + (size_t)r->n_seats -
                   1 + r->n_waiting - r->next_waiting;
    report->spent_ns = r->finished_ns;
    report->left_ns = r->todo > begun ? (double)(r->todo - begun) * usual_ns : 0;
    for (int i = 0; i < r->n_seats; i++)
        if (i != done)
            add_times(r, &r->seats[i], usual_ns);
    for (size_t i = r->next_waiting; i < r->n_waiting; i++)
        add_times(r, &r->waiting[i], usual_ns);
}

/* Spools what was measured in seat i. */
static lc_status finish(runner *r, int i, lc_error *err) {
    const seat *s = &r->seats[i];
    lc__measurement m;
    lc_status status = lc__meter_result(&s->meter, &m, err);
    if (status)
        return status;
    lc__state state;
    lc__state_read_clocks("", r->options->cpus, &state);
    lc__sample_facts facts = {.device = r->spool->device.name,
                              .run_id = r->options->run_id,
                              .item = s->item,
                              .result = &m,
                              .perf = r->options->with.perf,
                              .state = &state,
                              .raw_ns = r->options->raw ? s->meter.value : NULL};
    char *line = lc__sample_to_json(&facts);
    status = line ? lc__spool_append(r->spool, line, err) : lc__no_memory(err);
    free(line);
    if (status)
        return status;
    r->report->measured++;
    r->report->unsteady += !m.steady;
    r->report->disturbed += m.disturbed;
    estimate_times(r, i);
    if (r->events->measured)
        r->events->measured(r->events->ctx, s->item, &m);
    return LC_OK;
}

/* After a turn of seat i: *stays is false when it left. */
static lc_status after_turn(runner *r, int i, bool *stays, lc_error *err) {
    const seat *s = &r->seats[i];
    *stays = false;
    if (lc__meter_done(&s->meter)) {
        lc_status status = finish(r, i, err);
        unseat(r, i);
        return status;
    }
    if (should_wait(r, s))
        return put_off(r, i, err);
    *stays = true;
    return LC_OK;
}

/* What fails in its turn is skipped. */
static lc_status one_turn(runner *r, int i, bool *stays, lc_error *err) {
    lc_error why;
    seat *s = &r->seats[i];
    if (lc__meter_wants_placement(&s->meter, s->prepare_ns))
        change_placement(r, s);
    if (!lc__meter_turn(&s->meter, &why))
        return after_turn(r, i, stays, err);
    *stays = false;
    skip(r, s->item, &why);
    unseat(r, i);
    return LC_OK;
}

/* A turn for everyone who sits. */
static lc_status round_of_turns(runner *r, lc_error *err) {
    for (int i = 0; i < r->n_seats && !stopping(r);) {
        bool stays;
        lc_status s = one_turn(r, i, &stays, err);
        if (s)
            return s;
        i += stays;
    }
    return LC_OK;
}

lc_status lc__run_plan(const lc_plan *plan, lc__spool *spool, const lc__run_options *options,
                       const lc__run_events *events, lc__run_report *report, lc_error *err) {
    runner r = {.plan = plan,
                .spool = spool,
                .options = options,
                .events = events,
                .report = report,
                .preparing = {options, events, 0}};
    memset(report, 0, sizeof *report);
    for (size_t i = 0; i < plan->n_items; i++)
        r.todo += !lc__spool_has(spool, plan->items[i].net);
    if (options->time_budget > 0)
        r.deadline = lc__now() + options->time_budget;
    lc_status s = LC_OK;
    while (!s && !stopping(&r)) {
        s = seat_one(&r, err);
        if (s || r.n_seats == 0)
            break;
        s = round_of_turns(&r, err);
    }
    while (r.n_seats > 0)
        unseat(&r, r.n_seats - 1);
    for (size_t i = r.next_waiting; i < r.n_waiting; i++)
        lc__meter_clear(&r.waiting[i].meter);
    free(r.waiting);
    return s;
}
