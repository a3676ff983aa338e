#include "plan_runner.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/progress.h"
#include "sample_json.h"

/* A net that takes turns. */
typedef struct seat {
    const lc_plan_item *item;
    lc_exec *exec;
    lc__meter meter;
    double bytes;
} seat;

typedef struct runner {
    const lc_plan *plan;
    lc__spool *spool;
    const lc__run_options *options;
    const lc__run_events *events;
    lc__run_report *report;
    seat seats[LC__WINDOW];
    int n_seats;
    size_t next; /* item of the plan to be prepared next */
    double bytes;
    double deadline; /* monotonic seconds, 0 = none */
} runner;

double lc__net_bytes(const lc_net *net) {
    lc_cost cost = lc_net_cost(net);
    return 2 * cost.weight_bytes + cost.bytes_written;
}

static lc_status run_exec(void *ctx, lc_error *err) {
    return lc_exec_run(ctx, err);
}

/* The budget of the next item: its share of what is left of the whole time. */
static lc__measure_options budget(const runner *r) {
    lc__measure_options o = r->options->measure;
    if (r->deadline > 0) {
        double items = (double)(r->plan->n_items - r->next + 1) + r->n_seats;
        double share = fmax(r->deadline - lc__now(), 0) / items;
        if (share * 1e9 < o.max_ns)
            lc__measure_budget(&o, fmax(share, 1e-3));
    }
    return o;
}

static void unseat(runner *r, int i) {
    seat *s = &r->seats[i];
    r->bytes -= s->bytes;
    lc__meter_clear(&s->meter);
    lc_exec_free(s->exec);
    memmove(s, s + 1, (size_t)(--r->n_seats - i) * sizeof *s);
}

/* Prepares an item and gives it a seat. An item that the backend does not support is reported and
 * passed over. */
static lc_status seat_item(runner *r, const lc_plan_item *item, double bytes, lc_error *err) {
    const lc__run_options *o = r->options;
    seat *s = &r->seats[r->n_seats];
    lc_error why;
    *s = (seat){.item = item, .bytes = bytes};
    lc_status status = lc_exec_new(o->backend, item->net, o->exec, &s->exec, &why);
    if (status == LC_EUNSUPPORTED) {
        r->report->unsupported++;
        if (r->events->unsupported)
            r->events->unsupported(r->events->ctx, item, &why);
        return LC_OK;
    }
    if (status) {
        if (err)
            *err = why;
        return status;
    }
    lc__measure_options m = budget(r);
    status =
        lc__meter_init(&s->meter, &m, o->clock, o->perf, (lc__subject){run_exec, s->exec}, err);
    if (status) {
        lc_exec_free(s->exec);
        return status;
    }
    r->n_seats++;
    r->bytes += bytes;
    return LC_OK;
}

/* Fills the free seats with the next items that are not spooled yet, as memory allows. */
static lc_status fill(runner *r, lc_error *err) {
    while (r->n_seats < LC__WINDOW && r->next < r->plan->n_items) {
        const lc_plan_item *item = &r->plan->items[r->next];
        double bytes = lc__net_bytes(item->net);
        if (r->n_seats > 0 && r->bytes + bytes > r->options->memory_bytes)
            break;
        r->next++;
        if (lc__spool_has(r->spool, item->net)) {
            r->report->there++;
            continue;
        }
        lc_status s = seat_item(r, item, bytes, err);
        if (s)
            return s;
    }
    return LC_OK;
}

/* Spools what was measured in seat i. */
static lc_status finish(runner *r, int i, lc_error *err) {
    const seat *s = &r->seats[i];
    lc__measurement m;
    lc_status status = lc__meter_result(&s->meter, &m, err);
    if (status)
        return status;
    lc__sample_facts facts = {.device = r->spool->device.name,
                              .run_id = r->options->run_id,
                              .item = s->item,
                              .result = &m,
                              .perf = r->options->perf,
                              .raw_ns = r->options->raw ? s->meter.value : NULL};
    char *line = lc__sample_to_json(&facts);
    status = line ? lc__spool_append(r->spool, line, err)
                  : lc_error_set(err, LC_ENOMEM, "out of memory");
    free(line);
    if (status)
        return status;
    r->report->measured++;
    r->report->unsteady += !m.steady;
    if (r->events->measured)
        r->events->measured(r->events->ctx, s->item, &m);
    return LC_OK;
}

static bool stopping(runner *r) {
    if (!r->report->stopped && r->events->stop && r->events->stop(r->events->ctx))
        r->report->stopped = true;
    return r->report->stopped;
}

/* A turn for everyone who sits; who is done leaves. */
static lc_status round_of_turns(runner *r, lc_error *err) {
    for (int i = 0; i < r->n_seats && !stopping(r);) {
        lc_status s = lc__meter_turn(&r->seats[i].meter, err);
        if (s)
            return s;
        if (!lc__meter_done(&r->seats[i].meter)) {
            i++;
            continue;
        }
        s = finish(r, i, err);
        unseat(r, i);
        if (s)
            return s;
    }
    return LC_OK;
}

lc_status lc__run_plan(const lc_plan *plan, lc__spool *spool, const lc__run_options *options,
                       const lc__run_events *events, lc__run_report *report, lc_error *err) {
    runner r = {
        .plan = plan, .spool = spool, .options = options, .events = events, .report = report};
    memset(report, 0, sizeof *report);
    if (options->time_budget > 0)
        r.deadline = lc__now() + options->time_budget;
    lc_status s = LC_OK;
    while (!s && !stopping(&r)) {
        s = fill(&r, err);
        if (s || r.n_seats == 0)
            break;
        s = round_of_turns(&r, err);
    }
    while (r.n_seats > 0)
        unseat(&r, r.n_seats - 1);
    return s;
}
