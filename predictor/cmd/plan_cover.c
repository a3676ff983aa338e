/* A plan of operators that cover the shapes nets have: best-candidate sampling (Mitchell,
 * Spectrally optimal sampling, SIGGRAPH 1991), kind by kind in turn. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/progress.h"
#include "base/text.h"
#include "ops/cover.h"
#include "plan.h"

/* Draws that compete for a place. */
#define RIVALS 16
/* Draws in a row that are known already before a kind counts as used up. */
#define PATIENCE 200

typedef struct cover {
    const lc__plan_request *request;
    lc__plan_session *session;
    bool wanted[LC__COVER_KINDS];
    uint64_t seed;
    double (*at)[LC__COVER_DIMS]; /* [n] of the operators taken */
    lc__cover_kind *kind;         /* [n] of them */
} cover;

static lc_status no_such_kind(const char *word, lc_error *err) {
    const char *names[LC__COVER_KINDS];
    lc__buf known = {0};
    for (int k = 0; k < LC__COVER_KINDS; k++) {
        names[k] = lc__cover_name((lc__cover_kind)k);
        lc__buf_printf(&known, "%s%s", k ? ", " : "", names[k]);
    }
    const char *near = lc__nearest(word, names, LC__COVER_KINDS);
    lc_error_set(err, LC_EUSAGE,
                 "--cover: \"%.40s\" is no kind of operator%s%s%s; there are %s, and "
                 "all",
                 word, near ? " (did you mean " : "", near ? near : "", near ? "?)" : "",
                 known.text ? known.text : "");
    free(known.text);
    return LC_EUSAGE;
}

static lc_status read_kinds(cover *c, lc_error *err) {
    char *text = lc__strdup(c->request->cover), *rest = text, *word;
    lc_status status = text ? LC_OK : lc__no_memory(err);
    while (!status && (word = strsep(&rest, ","))) {
        bool all = !strcmp(word, "all"), found = all;
        for (int k = 0; k < LC__COVER_KINDS; k++) {
            bool named = !strcmp(word, lc__cover_name((lc__cover_kind)k));
            c->wanted[k] = c->wanted[k] || all || named;
            found = found || named;
        }
        status = found ? LC_OK : no_such_kind(word, err);
    }
    free(text);
    return status;
}

/* Squared distance to the nearest one taken of its kind. */
static double distance(const cover *c, lc__cover_kind kind, const double *x) {
    double least = INFINITY;
    for (size_t i = 0; i < c->session->candidate.n; i++) {
        double d = 0;
        for (int j = 0; j < LC__COVER_DIMS && c->kind[i] == kind; j++)
            d += pow(x[j] - c->at[i][j], 2);
        least = c->kind[i] == kind && d < least ? d : least;
    }
    return least;
}

/* Draws one of a kind; a farther one than *best replaces it. */
static lc_status rival(cover *c, lc__cover_kind kind, lc_net **best, double *far, double *at,
                       lc_error *err) {
    double x[LC__COVER_DIMS];
    lc_net *net = NULL;
    lc_status status = lc__cover_draw(kind, c->request->most_work, &c->seed, &net, x, err);
    double d = status ? 0 : distance(c, kind, x);
    if (!status && d > *far) {
        lc_net *worse = *best;
        *best = net;
        net = worse;
        *far = d;
        memcpy(at, x, sizeof x);
    }
    lc_net_free(net);
    return status;
}

/* Takes the best of some draws; *taken is false where that one is known. */
static lc_status take_one(cover *c, lc__cover_kind kind, bool *taken, lc_error *err) {
    lc__plan_session *s = c->session;
    size_t n = s->candidate.n;
    lc_net *best = NULL;
    double far = -1;
    lc_status status = LC_OK;
    *taken = false;
    for (int i = 0; i < RIVALS && !status; i++)
        status = rival(c, kind, &best, &far, c->at[n], err);
    if (!status)
        status = lc__plan_know(s, best, taken, err);
    if (status || !*taken) {
        lc_net_free(best);
        return status;
    }
    c->kind[n] = kind;
    return lc__net_list_take(&s->candidate, best, err);
}

/* Kinds take turns; one that has nothing new drops out. */
static lc_status take_turns(cover *c, lc__progress *progress, lc_error *err) {
    size_t wanted = (size_t)c->request->n;
    lc_status status = LC_OK;
    for (bool any = true; any && !status && c->session->candidate.n < wanted;) {
        any = false;
        for (int k = 0; k < LC__COVER_KINDS && c->session->candidate.n < wanted; k++) {
            bool taken = false;
            for (int i = 0; i < PATIENCE && c->wanted[k] && !taken && !status; i++)
                status = take_one(c, (lc__cover_kind)k, &taken, err);
            c->wanted[k] = taken;
            any = any || taken;
        }
        lc__progress_step(progress, c->session->candidate.n, NULL);
    }
    return status;
}

lc_status lc__plan_cover(const lc__plan_request *r, lc__plan_session *s, lc_error *err) {
    cover c = {.request = r, .session = s, .seed = (uint64_t)r->seed};
    lc__progress progress;
    lc_status status = read_kinds(&c, err);
    if (status)
        return status;
    c.at = calloc((size_t)r->n + 1, sizeof *c.at);
    c.kind = calloc((size_t)r->n + 1, sizeof *c.kind);
    lc__progress_start(&progress, "drawing operators", (size_t)r->n, false);
    status = c.at && c.kind ? take_turns(&c, &progress, err) : lc__no_memory(err);
    lc__progress_clear(&progress);
    free(c.at);
    free(c.kind);
    if (!status && s->candidate.n < (size_t)r->n)
        lc__warn("note: only %zu different operators of %s were found", s->candidate.n, r->cover);
    return status ? status : lc__plan_take_all(s, err);
}
