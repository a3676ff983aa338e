/* FBNet's lookup table: operators are counted, not timed, to find out which of them a choice brings
 * into a net, and the counts then priced. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "ops/spaces/sweep.h"
#include "table.h"

/* Random nets that the table must add up to. */
#define CHECKS 50

/* How often a net has each operator: of the table first, then those that nobody measured. */
typedef struct counts {
    const lc__table *operators;
    size_t *sorted;
    uint64_t *strange; /* [n_strange] digests of operators without a row */
    size_t n_strange;
    char first_strange[160];
    size_t width; /* room for operators in a row of counts */
} counts;

/* The column of an operator of a net. Operators without a row get one of those behind. */
static lc_status column_of(counts *c, const lc_net *net, int node, size_t *column, lc_error *err) {
    lc_net *one = NULL;
    lc_status s = lc_net_operator(net, node, &one, err);
    if (s)
        return s;
    uint64_t digest = lc_net_digest(one);
    size_t n = c->operators->n_rows, k = 0;
    *column = lc__table_find(c->operators, c->sorted, digest);
    if (*column == n) {
        while (k < c->n_strange && c->strange[k] != digest)
            k++;
        *column = n + k;
        if (*column >= c->width)
            s = lc_error_set(err, LC_EUNSUPPORTED, "the space has more than %zu operators",
                             c->width);
        else if (k == c->n_strange)
            c->strange[c->n_strange++] = digest;
        if (k == 0)
            snprintf(c->first_strange, sizeof c->first_strange, "%s", lc_net_name(one));
    }
    lc_net_free(one);
    return s;
}

static lc_status count_net(counts *c, const lc_net *net, int *row, lc_error *err) {
    bool *needed = calloc((size_t)lc_net_size(net) + 1, sizeof *needed);
    lc_status s = needed ? LC_OK : lc__no_memory(err);
    if (!s)
        lc_net_needed(net, needed);
    memset(row, 0, c->width * sizeof *row);
    for (int i = 0; i < lc_net_size(net) && !s; i++) {
        size_t column = 0;
        if (!needed[i] || lc_net_node(net, i)->n_inputs == 0)
            continue;
        s = column_of(c, net, i, &column, err);
        if (!s)
            row[column]++;
    }
    free(needed);
    return s;
}

/* Every option's counts, less what all options of its position have. */
typedef struct sheet {
    counts count;
    const lc_space *space;
    size_t *first; /* [n_positions + 1] row of each position's option 0 */
    int *rows;     /* [options of all positions][width] */
    int *fixed;    /* [width] what every net has */
} sheet;

static int *row_at(const sheet *s, size_t row) {
    return s->rows + row * s->count.width;
}

static lc_status count_option(void *ctx, int position, int option, const lc_net *net,
                              lc_error *err) {
    sheet *s = ctx;
    return count_net(&s->count, net, row_at(s, s->first[position] + (size_t)option), err);
}

/* Takes away from the options of a position what all of them have: it is no choice's. */
static void take_common(sheet *s, int position) {
    size_t begin = s->first[position], end = s->first[position + 1];
    for (size_t j = 0; j < s->count.width; j++) {
        int least = row_at(s, begin)[j];
        for (size_t r = begin; r < end; r++)
            least = row_at(s, r)[j] < least ? row_at(s, r)[j] : least;
        for (size_t r = begin; r < end; r++)
            row_at(s, r)[j] -= least;
    }
}

/* Adds to row[width] what `choices` bring, `sign` times. */
static void add_choices(const sheet *s, const int *choices, int sign, int *row) {
    for (int p = 0; p < s->space->n_positions; p++) {
        const int *option = row_at(s, s->first[p] + (size_t)choices[p]);
        for (size_t j = 0; j < s->count.width; j++)
            row[j] += sign * option[j];
    }
}

/* A net's operators, less those of its choices and of every net: all 0 where the table adds up. */
static lc_status rest_of(sheet *s, const int *choices, int *row, lc_error *err) {
    lc_net *net = NULL;
    lc_status st = lc_space_net(s->space, choices, s->space->n_positions, &net, err);
    if (!st)
        st = count_net(&s->count, net, row, err);
    lc_net_free(net);
    add_choices(s, choices, -1, row);
    for (size_t j = 0; j < s->count.width; j++)
        row[j] -= s->fixed[j];
    return st;
}

static lc_status check_sums(sheet *s, int *row, lc_error *err) {
    int choices[LC_NET_MAX_CHOICES];
    uint64_t seed = 2;
    lc_status st = LC_OK;
    for (int i = 0; i < CHECKS && !st; i++) {
        lc_space_random(s->space, &seed, choices);
        st = rest_of(s, choices, row, err);
        for (size_t j = 0; j < s->count.width && !st; j++)
            if (row[j] != 0)
                st = lc_error_set(err, LC_EUNSUPPORTED,
                                  "positions of %s depend on each other: a net is not the sum of "
                                  "its choices, and no lookup table of them exists",
                                  s->space->name);
    }
    return st;
}

static lc_status count_space(sheet *s, lc_error *err) {
    int base[LC_NET_MAX_CHOICES] = {0}, *row = calloc(s->count.width, sizeof *row);
    lc_status st = row ? LC_OK : lc__no_memory(err);
    if (!st)
        st = lc__space_sweep(s->space, base, count_option, s, err);
    for (int p = 0; p < s->space->n_positions && !st; p++)
        take_common(s, p);
    if (!st)
        st = rest_of(s, base, row, err); /* with nothing in `fixed` yet */
    if (!st) {
        memcpy(s->fixed, row, s->count.width * sizeof *row);
        st = check_sums(s, row, err);
    }
    free(row);
    return st;
}

/* ---- prices ---- */

static double price(const sheet *s, const int *row, size_t device) {
    double sum = 0;
    for (size_t j = 0; j < s->count.width; j++) {
        if (row[j] == 0)
            continue;
        sum += j < s->count.operators->n_rows ? row[j] * s->count.operators->rows[j].value[device]
                                              : NAN;
    }
    return sum;
}

static lc_status add_row(const sheet *s, const int *row, int position, int option, lc__table *t,
                         lc_error *err) {
    lc__table_row *to = &t->rows[t->n_rows++];
    to->position = position;
    to->option = option;
    to->name = lc__strdup(position < 0 ? "every net" : s->space->option_name(position, option));
    to->value = malloc((t->n_devices + 1) * sizeof *to->value);
    if (!to->name || !to->value)
        return lc__no_memory(err);
    for (size_t d = 0; d < t->n_devices; d++)
        to->value[d] = price(s, row, d);
    return LC_OK;
}

static lc_status price_all(const sheet *s, lc__table *t, lc_error *err) {
    size_t rows = s->first[s->space->n_positions] + 1;
    t->rows = calloc(rows, sizeof *t->rows);
    t->device = malloc((t->n_devices + 1) * sizeof *t->device);
    if (!t->rows || !t->device)
        return lc__no_memory(err);
    memcpy(t->device, s->count.operators->device, t->n_devices * sizeof *t->device);
    t->lacking = s->count.n_strange;
    memcpy(t->first_lacking, s->count.first_strange, sizeof t->first_lacking);
    lc_status st = add_row(s, s->fixed, -1, -1, t, err);
    for (int p = 0; p < s->space->n_positions; p++)
        for (int o = 0; o < s->space->n_options(p) && !st; o++)
            st = add_row(s, row_at(s, s->first[p] + (size_t)o), p, o, t, err);
    return st;
}

static void clear(sheet *s) {
    free(s->count.sorted);
    free(s->count.strange);
    free(s->first);
    free(s->rows);
    free(s->fixed);
}

static lc_status open_sheet(sheet *s, lc_error *err) {
    enum { MOST_STRANGE = 4096 };
    size_t positions = (size_t)s->space->n_positions;
    s->count.width = s->count.operators->n_rows + MOST_STRANGE;
    s->first = calloc(positions + 1, sizeof *s->first);
    s->count.sorted = lc__table_sort(s->count.operators);
    s->count.strange = calloc(MOST_STRANGE, sizeof *s->count.strange);
    s->fixed = calloc(s->count.width, sizeof *s->fixed);
    if (!s->first || !s->count.sorted || !s->count.strange || !s->fixed)
        return lc__no_memory(err);
    for (size_t p = 0; p < positions; p++)
        s->first[p + 1] = s->first[p] + (size_t)s->space->n_options((int)p);
    s->rows = calloc(s->first[positions] * s->count.width, sizeof *s->rows);
    return s->rows ? LC_OK : lc__no_memory(err);
}

lc_status lc__table_of_space(const lc__table *operators, const lc_space *space, lc__table *out,
                             lc_error *err) {
    sheet s = {.count = {.operators = operators}, .space = space};
    *out = (lc__table){.space = space, .n_devices = operators->n_devices};
    lc_status st = open_sheet(&s, err);
    if (!st)
        st = count_space(&s, err);
    if (!st)
        st = price_all(&s, out, err);
    clear(&s);
    if (st)
        lc__table_clear(out);
    return st;
}
