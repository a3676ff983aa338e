#include "bits_costs.h"

#include <math.h>
#include <stdlib.h>
#include "base/memory.h"

#define SECONDS 60.0 /* for the integer program */

static const lc_nas_width widest = {LC_NAS_BITS_MOST, LC_NAS_BITS_MOST};

static lc_nas_cost *add(lc__bits_costs *c, int which, const char *name, const char *unit) {
    lc_nas_cost *cost = &c->problem.costs[c->problem.n_costs];
    c->at[which] = c->problem.n_costs++;
    *cost = (lc_nas_cost){.name = name, .unit = unit};
    return cost;
}

static lc_status add_cycles(lc__bits_costs *c, const lc__bits_limits *l, lc_error *err) {
    lc_status st = lc_nas_bits_cycles(c->bits, l->table, c->tables, err);
    if (st != LC_OK)
        return st;
    lc_nas_cost *cost = add(c, LC__BITS_CYCLES, "number of cycles", "cycles");
    cost->table = c->tables;
    cost->limit = l->cycles;
    return LC_OK;
}

static lc_status add_latency(lc__bits_costs *c, const lc__bits_limits *l, lc_error *err) {
    lc_status st = lc__forecasts_open(&l->source, "latency", NULL, &c->forecasts, err);
    if (st != LC_OK)
        return st;
    c->forecast = (lc_nas_bits_forecast){c->bits, c->forecasts.predictor};
    c->measure = lc_nas_bits_measure(&c->forecast);
    lc_nas_cost *cost = add(c, LC__BITS_LATENCY, "latency", "ns");
    cost->measure = &c->measure;
    cost->limit = l->latency_ms * 1e6;
    return LC_OK;
}

/* A share is of what 8 bits take, in cycles or in time. */
static lc_status set_share(lc__bits_costs *c, double share, lc_error *err) {
    int choices[LC_NAS_MAX_POSITIONS], which = c->at[LC__BITS_CYCLES] >= 0 ? 0 : 1;
    lc_nas_value value;
    lc_status st = lc_nas_bits_uniform(c->bits, widest, choices, err);
    if (st == LC_OK)
        st = lc_nas_cost_of(&c->problem, c->at[which], choices, &value, err);
    if (st == LC_OK)
        c->problem.costs[c->at[which]].limit = share * value.mean;
    return st;
}

static lc_status check(const lc__bits_limits *l, lc_error *err) {
    const char *wrong = NULL;
    if (!(l->cycles > 0 || l->share > 0 || l->size_kb > 0 || l->latency_ms > 0))
        wrong = "give a limit: --cycles, --share, --size-kb or --latency-ms";
    else if (l->cycles > 0 && !l->table)
        wrong = "--cycles needs --table, which says what the bits of each layer take";
    else if (l->latency_ms > 0 && !l->source.device)
        wrong = "--latency-ms needs --device, whose latency is forecast";
    else if (l->share > 0 && !l->table && !l->source.device)
        wrong = "--share is of the cycles of --table or of the latency on --device: give one";
    else if (l->share > 0 && (l->table ? l->cycles : l->latency_ms) > 0)
        wrong = "--share and a limit of the same cost: give one of them";
    if (!wrong)
        return LC_OK;
    lc_error_set(err, LC_EUSAGE, "%s", wrong);
    return LC_EUSAGE;
}

lc_status lc__bits_costs_open(const lc__bits_limits *l, const lc_nas_bits *bits,
                              lc__bits_costs *out, lc_error *err) {
    *out = (lc__bits_costs){.bits = bits, .problem = *lc_nas_bits_problem(bits)};
    size_t places = lc_nas_place(&out->problem, out->problem.n_positions);
    for (int k = 0; k < LC__BITS_COSTS; k++)
        out->at[k] = -1;
    lc_status st = check(l, err);
    if (st != LC_OK)
        return st;
    out->tables = calloc(2 * places, sizeof *out->tables);
    if (!out->tables)
        return lc__no_memory(err);
    if (l->table)
        st = add_cycles(out, l, err);
    if (st == LC_OK && l->source.device)
        st = add_latency(out, l, err);
    if (st == LC_OK) {
        lc_nas_cost *size = add(out, LC__BITS_SIZE, "size", "kB");
        size->table = out->tables + places;
        lc_nas_bits_size(bits, out->tables + places, &size->base);
        size->limit = l->size_kb;
    }
    return st == LC_OK && l->share > 0 ? set_share(out, l->share, err) : st;
}

void lc__bits_costs_close(lc__bits_costs *c) {
    lc__forecasts_close(&c->forecasts);
    free(c->tables);
    *c = (lc__bits_costs){0};
}

double lc__bits_cost(const lc__bits_costs *c, int which, const int *choices) {
    lc_nas_value value;
    bool known = c->at[which] >= 0 &&
                 lc_nas_cost_of(&c->problem, c->at[which], choices, &value, NULL) == LC_OK;
    return known ? value.mean : NAN;
}

/* Says what the fewest bits take, of the first cost of which that is too much. */
static lc_status infeasible(const lc__bits_costs *c, lc_error *err) {
    const lc_nas_problem *p = &c->problem;
    int full[LC_NAS_MAX_POSITIONS];
    lc_nas_extreme least, most;
    lc_status st = lc_nas_bits_uniform(c->bits, widest, full, err);
    for (int k = 0; k < p->n_costs && st == LC_OK; k++) {
        const lc_nas_cost *cost = &p->costs[k];
        lc_nas_value value = {0, 0};
        if (cost->limit <= 0)
            continue;
        st = lc_nas_extremes(p, k, &least, &most, err);
        if (st != LC_OK || least.value.upper <= cost->limit)
            continue;
        st = lc_nas_cost_of(p, k, full, &value, err);
        if (st == LC_OK)
            st = lc_error_set(err, LC_EINFEASIBLE,
                              "no bits bring the %s down to %.10g %s: the cheapest, %d bits "
                              "wherever they help, take %.10g, %d bits throughout %.10g",
                              cost->name, cost->limit, cost->unit, LC_NAS_BITS_LEAST,
                              least.value.upper, LC_NAS_BITS_MOST, value.mean);
    }
    return st == LC_OK ? LC_EINFEASIBLE : st;
}

lc_status lc__bits_assign(const lc__bits_costs *c, const double *score, int *choices,
                          lc_error *err) {
    lc_nas_proof proof;
    lc_status st = lc_nas_assign(&c->problem, score, SECONDS, choices, &proof, err);
    return st == LC_EINFEASIBLE ? infeasible(c, err) : st;
}
