#include "choose.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/rng.h"
#include "base/text.h"

static int count(const lc__chosen *c, int position) {
    int n = 0;
    for (size_t i = c->first[position]; i < c->first[position + 1]; i++)
        n += c->may[i];
    return n;
}

/* Marks the options that a pattern names; false if there are none. */
static bool allow(lc__chosen *c, const char *pattern) {
    bool any = false;
    for (int p = 0; p < c->space->n_positions; p++)
        for (int o = 0; o < c->space->n_options(p); o++)
            if (fnmatch(pattern, c->space->option_name(p, o), 0) == 0)
                any = c->may[c->first[p] + (size_t)o] = true;
    return any;
}

/* "none, skip_connect, ...": of a position. */
static void name_options(const lc_space *space, int position, char *buf, size_t size) {
    lc__buf names = {0};
    for (int o = 0; o < space->n_options(position); o++)
        lc__buf_printf(&names, "%s%s", o ? ", " : "", space->option_name(position, o));
    snprintf(buf, size, "%s", names.text ? names.text : "");
    free(names.text);
}

static lc_status check_all_left(const lc__chosen *c, lc_error *err) {
    char names[250];
    for (int p = 0; p < c->space->n_positions; p++) {
        if (count(c, p) > 0)
            continue;
        name_options(c->space, p, names, sizeof names);
        lc_error_set(err, LC_EUSAGE,
                     "--choose leaves position %d of %s nothing to choose; it has %s", p,
                     c->space->name, names);
        return LC_EUSAGE;
    }
    return LC_OK;
}

static lc_status allow_all(lc__chosen *c, char *words, lc_error *err) {
    for (char *word; (word = strsep(&words, ","));) {
        char names[250];
        if (allow(c, word))
            continue;
        name_options(c->space, 0, names, sizeof names);
        lc_error_set(err, LC_EUSAGE,
                     "--choose: no option of %s is called \"%.60s\"; its first position has %s",
                     c->space->name, word, names);
        return LC_EUSAGE;
    }
    return check_all_left(c, err);
}

lc_status lc__chosen_open(const lc_space *space, const char *patterns, lc__chosen *out,
                          lc_error *err) {
    *out = (lc__chosen){.space = space};
    for (int p = 0; p < space->n_positions; p++)
        out->first[p + 1] = out->first[p] + (size_t)space->n_options(p);
    char *words = strdup(patterns ? patterns : "*");
    out->may = calloc(out->first[space->n_positions], sizeof *out->may);
    lc_status st = words && out->may ? allow_all(out, words, err) : lc__no_memory(err);
    free(words);
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
