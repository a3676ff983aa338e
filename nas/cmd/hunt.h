/* A search as the command runs it: what is searched, by what accuracies, under which budgets. */
#ifndef NAS_CMD_HUNT_H
#define NAS_CMD_HUNT_H

#include "costs.h"
#include "course.h"

/* What the command line gives; search and pareto share it. */
typedef struct lc__hunt_options {
    lc__source source;
    const char *space, *method, *supernet, *accuracies, *choose;
    double confidence, tolerance; /* tolerance NAN: what suits the method */
    int64_t steps, evaluations, images;
    lc__course course;
} lc__hunt_options;

enum { LC__HUNT_OPTIONS = 13 + LC__COURSE_OPTIONS };

/* Defaults, and rows for a verb's table: out[LC__HUNT_OPTIONS]. */
lc__hunt_options lc__hunt_init(void);
void lc__hunt_table(lc__hunt_options *options, lc__opt *out);

/* How nets are looked for. */
typedef enum lc__way { LC__WAY_GRADIENT, LC__WAY_SELECT, LC__WAY_LANA } lc__way;

enum { LC__COST_LATENCY, LC__COST_ENERGY, LC__COSTS };

/* A budget in the unit of the cost's forecasts (ns, uJ); 0: none. */
typedef struct lc__budget {
    double limit[LC__COSTS];
} lc__budget;

typedef struct lc__hunt {
    const lc__hunt_options *options;
    const lc_space *space;
    lc__way way;
    const char *method_name;
    lc_nas_method method;       /* LC__WAY_GRADIENT */
    lc_nas_selection selection; /* LC__WAY_SELECT */
    lc__forecasts forecasts[LC__COSTS];
    lc_nas_problem problem;    /* limits are set by each search */
    int n_forecasts;           /* of the problem's costs the first so many are forecasts */
    int cost_of[LC__COSTS];    /* which ones */
    double *forbidden;         /* [places] 1 for an option that --choose leaves out */
    lc_nas_accuracies *table;  /* of --accuracies */
    lc_nas_accuracies *judged; /* by the supernet, in all searches so far; NULL: none */
    lc_nas_result looked;      /* nets that lc__hunt_survey() looked at; n 0: there was none */
    const char *supernet;      /* where its weights are or go */
    lc__images *images;
    lc__training *training; /* NULL until it is needed */
    uint64_t weights;       /* digest of the supernet's file */
} lc__hunt;

/* What a search found. */
typedef struct lc__found {
    int choices[LC_NET_MAX_CHOICES];
    lc_nas_value value[LC__COSTS];
    lc_forecast forecast[LC__COSTS];
    double reached;  /* first cost of the most probable net when the gradients ended, before one was
                        derived that keeps the budget; 0: no search by gradients */
    bool optimal;    /* proven to be the best by its scores */
    double accuracy; /* by the table or the supernet */
    double seconds;
    size_t looked_at; /* paths run or nets judged */
} lc__found;

/* Opens devices, space and table; `wanted` says which costs there will be budgets of. Close it also
 * after a failure. */
lc_status lc__hunt_open(const lc__hunt_options *options, const bool wanted[LC__COSTS],
                        const char *supernet, lc__hunt *out, lc_error *err);
void lc__hunt_close(lc__hunt *hunt);

/* One search. What it reached is kept in the file `state`, from which it goes on, and which is the
 * caller's to remove once the net is safe. Before the first the supernet is trained, unless it is
 * or a table is given. LC_EINFEASIBLE: no net keeps the budget. */
lc_status lc__hunt_search(lc__hunt *hunt, const lc__budget *budget, const char *state,
                          lc__found *out, lc_error *err);

/* One selection for many budgets (LC__WAY_SELECT): looks at nets within `most`, and the searches
 * that follow choose among these. */
lc_status lc__hunt_survey(lc__hunt *hunt, const lc__budget *most, const char *state, lc_error *err);

/* LC_EINFEASIBLE, naming the cheapest net that there may be, if none keeps all limits. */
lc_status lc__hunt_feasible(const lc__hunt *hunt, lc_error *err);

/* Costs and forecasts of found->choices. */
lc_status lc__hunt_costs(const lc__hunt *hunt, lc__found *found, lc_error *err);

/* ---- inside (feasible.c, hunt_gradient.c, hunt_select.c, state.c) ---- */

/* Leaves out what --choose does not name. LC_EUSAGE: it names nothing, or leaves nothing. */
lc_status lc__choice_open(lc__hunt *hunt, lc_error *err);

lc_status lc__hunt_gradient(lc__hunt *hunt, const char *state, lc__found *out, lc_error *err);
/* `out` NULL: keeps what was looked at in hunt->looked and chooses none of it. */
lc_status lc__hunt_select(lc__hunt *hunt, const char *state, lc__found *out, lc_error *err);

/* Accuracy of a net in the supernet, on images set apart. */
lc_status lc__hunt_judge(const lc__hunt *hunt, const int *choices, double *accuracy, lc_error *err);

/* Keeps and reads back bytes of a search, with what it is of. *bytes NULL: there is no such file.
 * LC_EUSAGE: it is of another search; LC_EFORMAT: damaged. */
lc_status lc__state_save(const lc__hunt *hunt, const char *path, const unsigned char *bytes,
                         size_t length, lc_error *err);
lc_status lc__state_load(const lc__hunt *hunt, const char *path, unsigned char **bytes,
                         size_t *length, lc_error *err);
lc_status lc__state_interrupted(const char *path, lc_error *err);

#endif
