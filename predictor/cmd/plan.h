/* What the parts of `predict plan` share. */
#ifndef PREDICT_PLAN_H
#define PREDICT_PLAN_H

#include "cmd.h"
#include "cmdline/digests.h"
#include "latcast/space.h"
#include "predictor/selection.h"

/* Choosing takes time in proportion to the nets chosen, and beyond some hundreds it makes no
 * difference which they are. */
#define LC__PLAN_MAX_CHOSEN 500
#define LC__PLAN_DEFAULT_N 20
#define LC__PLAN_MAX 100000 /* nets of a random draw */

typedef struct lc__plan_request {
    const char *space, *device, *model, *method_name, *out, *until_text, *cover;
    lc__list arch, exclude, without;
    int64_t n, seed, candidates, repeats; /* -1: not given */
    double budget_s, until;               /* 0: none; until is a share, 0.05 for 5 % */
    double repeatability;                 /* -1: not given */
    double most_work;                     /* operations of an operator with --cover; 0: not given */
    bool json, operators, all;
    lc__method method;
} lc__plan_request;

typedef struct lc__plan_session {
    const lc_space *space;
    lc__digests known;      /* digests that must not be drawn (again) */
    lc__shot_file shots;    /* of --device, or empty */
    lc__net_list candidate; /* distinct nets of the space, or operators of the crowd */
    lc__net_list crowd;     /* nets that the operators of a plan are to tell of */
    lc__point *points;      /* [candidate.n], then others */
    double *seconds;        /* [candidate.n] that measuring one may take, or NULL: not known */
    double repeats;         /* runs of a net that are reckoned with; 0: not known */
    size_t *chosen;         /* indices into candidate */
    lc__pick *pick;         /* what the chosen ones tell, or NULL: the method asks no model */
    size_t n_chosen;
    double half_now;      /* as lc__judge() says */
    double half_best;     /* the least that --until looked ahead to */
    double half_occasion; /* part of it that is another occasion's */
    size_t until_n;       /* picks that reach --until; 0: it is reached already */
    bool within;          /* these many picks do reach it */
    lc_plan plan;
} lc__plan_session;

/* Checks what goes together and fills in what was not given, by the device's samples too, which it
 * loads. (plan_settle.c) */
lc_status lc__plan_settle(lc__plan_request *r, lc__plan_session *s, lc_error *err);

/* Fills s->candidate with `wanted` distinct nets of the space that are not known, fewer where the
 * space is used up. LC_EUSAGE: fewer than `least` are left. (plan_draw.c) */
lc_status lc__plan_draw(lc__plan_session *s, int64_t seed, size_t wanted, size_t least,
                        lc_error *err);
/* Makes a net known; *added is false if it was. */
lc_status lc__plan_know(lc__plan_session *s, const lc_net *net, bool *added, lc_error *err);

/* Chooses among the candidates: fills chosen, pick and what goes with them. (plan_choose.c) */
lc_status lc__plan_choose(const lc__plan_request *r, lc__plan_session *s, lc_error *err);

/* Makes the operators of the candidates the candidates, and chooses among these. LC_EUSAGE: there
 * are fewer than are asked for. (plan_operators.c) */
lc_status lc__plan_operators(const lc__plan_request *r, lc__plan_session *s, lc_error *err);

/* Makes all operators of the candidates, or else of the space, the candidates, and chooses them
 * all. LC_EUSAGE: none is left. (plan_operators.c) */
lc_status lc__plan_all_operators(const lc__plan_request *r, lc__plan_session *s, lc_error *err);

/* Draws operators of the kinds of --cover that lie far from each other, and chooses them.
 * LC_EUSAGE: no such kind. (plan_cover.c) */
lc_status lc__plan_cover(const lc__plan_request *r, lc__plan_session *s, lc_error *err);

/* Chooses every candidate. LC_EUSAGE: there is none. (plan_choose.c) */
lc_status lc__plan_take_all(lc__plan_session *s, lc_error *err);

/* Says on stdout what the plan in s->plan is for, when it went to the file r->out. (plan_show.c) */
lc_status lc__plan_show(const lc__plan_request *r, const lc__plan_session *s, lc_error *err);

#endif
