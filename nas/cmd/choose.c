#include "choose.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/rng.h"

/* Whether one of the patterns, parted by commas, is `option`. */
static bool named(const char *option, const char *patterns, char *room) {
    char *rest = strcpy(room, patterns);
    for (char *word; (word = strsep(&rest, ","));)
        if (fnmatch(word, option, 0) == 0)
            return true;
    return false;
}

static int count(const lc__chosen *c, int position) {
    int n = 0;
    for (size_t i = c->first[position]; i < c->first[position + 1]; i++)
        n += c->may[i];
    return n;
}

static lc_status mark(lc__chosen *c, const char *patterns, char *room, lc_error *err) {
    for (int p = 0; p < c->space->n_positions; p++) {
        for (int o = 0; o < c->space->n_options(p); o++)
            c->may[c->first[p] + (size_t)o] =
                !patterns || named(c->space->option_name(p, o), patterns, room);
        if (count(c, p) == 0) {
            lc_error_set(
                err, LC_EUSAGE,
                "--choose leaves position %d of %s nothing to choose; it has %s and others", p,
                c->space->name, c->space->option_name(p, 0));
            return LC_EUSAGE;
        }
    }
    return LC_OK;
}

lc_status lc__chosen_open(const lc_space *space, const char *patterns, lc__chosen *out,
                          lc_error *err) {
    *out = (lc__chosen){.space = space};
    for (int p = 0; p < space->n_positions; p++)
        out->first[p + 1] = out->first[p] + (size_t)space->n_options(p);
    char *room = malloc(patterns ? strlen(patterns) + 1 : 1);
    out->may = calloc(out->first[space->n_positions], sizeof *out->may);
    lc_status st = room && out->may ? mark(out, patterns, room, err) : lc__no_memory(err);
    free(room);
    return st;
}

void lc__chosen_close(lc__chosen *c) {
    free(c->may);
    c->may = NULL;
}

bool lc__chosen_has(const lc__chosen *c, int position, int option) {
    return c->may[c->first[position] + (size_t)option];
}

bool lc__chosen_allows(const lc__chosen *c, const int *choices) {
    for (int p = 0; p < c->space->n_positions; p++)
        if (!lc__chosen_has(c, p, choices[p]))
            return false;
    return true;
}

void lc__chosen_draw(const lc__chosen *c, uint64_t *seed, int *choices) {
    for (int p = 0; p < c->space->n_positions; p++) {
        int left = (int)lc__rng_below(seed, (uint64_t)count(c, p));
        int o = 0;
        for (; !lc__chosen_has(c, p, o) || left-- > 0; o++)
            continue;
        choices[p] = o;
    }
}

size_t lc__chosen_nets(const lc__chosen *c, size_t most) {
    size_t n = 1;
    for (int p = 0; p < c->space->n_positions && n <= most; p++)
        n *= (size_t)count(c, p);
    return n <= most ? n : most + 1;
}
