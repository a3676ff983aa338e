/* Searching a space for the best net under limits of latency, energy or whatever can be forecast.
 *
 * Nothing here trains. A differentiable search holds a logit for each option of each position, the
 * Lagrange multipliers of the limits and the random state; the caller, who owns the supernet, runs
 * the paths that are drawn and hands back the loss's gradient by their gates:
 *
 *   lc_nas_problem problem;
 *   lc_nas_problem_init(&problem, lc_space_find("fbnet"), &err);
 *   problem.costs[problem.n_costs++] = (lc_nas_cost){
 *       .name = "latency", .unit = "ns", .predictor = compiled, .limit = 4e6};
 *   problem.tolerance = 0.01;                        the net is to take 99 to 100 % of the limit
 *   lc_nas_options options = lc_nas_options_of(LC_NAS_LIGHTNAS, steps);
 *   lc_nas_search_new(&problem, &options, &search, &err);
 *   for (size_t i = 0; i < steps; i++) {
 *       lc_nas_sample(search, choices, gate, &err);
 *       ... run the net of choices on a batch: loss, and gradient[place] for what ran, else NaN
 *       lc_nas_step(search, loss, gradient, &err);
 *   }
 *   lc_nas_derive(search, choices, &proof, &err);
 *
 * Selection methods need accuracies instead, from a table or from a function: lc_nas_select().
 *
 * Option o of position i has place lc_nas_place(problem, i) + o in arrays with one number per
 * option ("[places]"); their length is lc_nas_place(problem, n_positions). A net is its
 * choices[n_positions]. Everything is reproducible by its seed and the same on every machine as far
 * as its arithmetic is. Objects are for one thread at a time; nothing here is shared between them.
 */
#ifndef LATCAST_NAS_H
#define LATCAST_NAS_H

#include "latcast/choice.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LC_NAS_MAX_POSITIONS 256
#define LC_NAS_MAX_OPTIONS 4096 /* of one position */
#define LC_NAS_MAX_PLACES 65536
#define LC_NAS_MAX_COSTS 4

/* ---- what is searched, and under which costs ---- */

/* A cost of the caller's own. Functions return LC_OK or fill err. */
typedef struct lc_nas_measure {
    void *ctx;
    /* The cost of a net, finite and >= 0. */
    lc_status (*value)(void *ctx, const int *choices, double *value, lc_error *err);
    /* Cost and gradient[places] of a net mixed by probability[places], which sum to 1 at every
     * position; at one option per position what value() says. Only differences of the gradient
     * within a position count. NULL: not for differentiable methods. */
    lc_status (*relaxed)(void *ctx, const double *probability, double *value, double *gradient,
                         lc_error *err);
} lc_nas_measure;

/* A cost and what is wanted of it. Exactly one of predictor, table and measure is set; all are
 * borrowed and must outlive what is made with them. */
typedef struct lc_nas_cost {
    const char *name; /* "latency" */
    const char *unit; /* "ns": of limit and of everything else; for messages */
    const lc_choice_predictor *predictor;
    const double *table; /* [places]: the cost is base + the sum of the entries of the choices */
    double base;
    const lc_nas_measure *measure;
    double limit;  /* the net must not cost more; 0: no limit */
    double weight; /* what one unit of the cost is worth in loss, or in accuracy; >= 0 */
    /* Probability that the net's true cost is within the limit, 0.5 to 0.999, taking the forecast
     * at its word on its interval: the limit then holds for that quantile and not for the mean.
     * 0 is the forecast itself. Tables and measures have no interval. */
    double confidence;
} lc_nas_cost;

typedef struct lc_nas_problem {
    const lc_space *space; /* names nets in messages; NULL: by their choices */
    int n_positions;
    int n_options[LC_NAS_MAX_POSITIONS];
    lc_nas_cost costs[LC_NAS_MAX_COSTS];
    int n_costs;
    /* Above 0 the first limited cost is a target: of nets within the limits those are wanted that
     * cost at least (1 - tolerance) * limit. */
    double tolerance;
} lc_nas_problem;

/* The positions and options of a space, no costs. */
lc_status lc_nas_problem_init(lc_nas_problem *problem, const lc_space *space, lc_error *err);

/* LC_EUSAGE: what no problem can be: sizes out of range, a cost without a source or with two, a
 * limit, weight, confidence or tolerance out of range, a table with entries that are not finite. */
lc_status lc_nas_check(const lc_nas_problem *problem, lc_error *err);

/* Places before a position. */
size_t lc_nas_place(const lc_nas_problem *problem, int position);

/* A cost of a net: the forecast, and what a limit is compared with (the quantile of its
 * confidence; the forecast itself at 0.5).
 *
 * The quantile q is scaled from the 90 % interval low .. high about mean m, whose upper end is the
 * 95 % one: by k = z_q / z_95 of the normal distribution up to 95 %, by Student's with 4 degrees of
 * freedom beyond; no Student distribution with 4 or more has a larger k. Whether errors add or
 * multiply, what is taken is not less: m + k (high - m) for k <= 1, m (high / m)^k for k > 1. */
typedef struct lc_nas_value {
    double mean, upper;
} lc_nas_value;

lc_status lc_nas_cost_of(const lc_nas_problem *problem, int cost, const int *choices,
                         lc_nas_value *out, lc_error *err);

/* Whether a net is within all limits (and, where there is a target, not below it). */
lc_status lc_nas_fits(const lc_nas_problem *problem, const int *choices, bool *within,
                      bool *on_target, lc_error *err);

/* A net of least or most cost. `exact`: there is no other, proven; else it is what a search from
 * several starts found (forecasts are nearly sums over positions, so that it rarely errs). */
typedef struct lc_nas_extreme {
    int choices[LC_NAS_MAX_POSITIONS];
    lc_nas_value value;
    bool exact;
} lc_nas_extreme;

lc_status lc_nas_extremes(const lc_nas_problem *problem, int cost, lc_nas_extreme *least,
                          lc_nas_extreme *most, lc_error *err);

/* LC_EINFEASIBLE, naming the cheapest net and its cost, if no net keeps a limit; naming the dearest
 * one if there is a target that no net reaches; if no net was found that keeps all limits. */
lc_status lc_nas_feasible(const lc_nas_problem *problem, lc_error *err);

/* ---- the net of the highest scores ---- */

typedef struct lc_nas_proof {
    double score;   /* of the net */
    double bound;   /* no net within the limits scores more */
    bool optimal;   /* proven: every cost is a sum over positions, or nets were enumerated */
    bool on_target; /* within the tolerance of the target; true where there is none */
} lc_nas_proof;

/* Fills choices with the net of the largest sum of score[places] (finite) within the limits: an
 * integer program, one choice a position. Where costs are sums over positions it is solved exactly
 * (LANA, arXiv:2107.10624, section 3.3: alternatives of layers by their scores under a limit), with
 * one limit as a knapsack, else by GLPK; elsewhere costs are made sums about the best net so far,
 * solved, and made again about its solution until that stays, and the result improved by exchanges;
 * `bound` then is the last program's. With a target that no net within the limits meets, it is as
 * if there were none. `seconds` is the time that may take, 0: no end; an incumbent is returned when
 * it is up. Weights of costs are not looked at. LC_EINFEASIBLE as lc_nas_feasible(). */
lc_status lc_nas_assign(const lc_nas_problem *problem, const double *score, double seconds,
                        int *choices, lc_nas_proof *proof, lc_error *err);

/* ---- differentiable search ---- */

/* p is the softmax of the logits, h = softmax((log p + Gumbel noise) / temperature).
 *
 *            path                       cost                     loss
 *   lightnas the largest of h           c(p), sharpened          L + sum lambda (c / limit - 1)
 *   fbnet    mixed by h                 c(h)                     L * alpha log(c / log_unit)^beta
 *   proxyless drawn by p                c(p)                     L + sum weight c
 *   gdas     the largest of h           c(path)                  L + sum weight c
 *   ehdnas   mixed by p                 c(p)                     L + sum weight c
 *
 * LightNAS (arXiv:2208.14446): gradient descent on the logits, ascent on lambda with gradient
 * c / limit - 1. FBNet (arXiv:1812.03443, equations 2 to 6). ProxylessNAS (arXiv:1812.00332,
 * equations 2 to 4). GDAS (arXiv:1910.04465, equations 3 to 7). EH-DNAS (arXiv:2111.12299): the
 * cost of the relaxed net is differentiated through the predictor and not through a table of parts.
 * In lightnas costs with a weight add weight * c as well; in the others a limited cost without
 * weight adds strength * c / limit (and in fbnet only the first cost counts). */
typedef enum lc_nas_method {
    LC_NAS_LIGHTNAS,
    LC_NAS_FBNET,
    LC_NAS_PROXYLESS,
    LC_NAS_GDAS,
    LC_NAS_EHDNAS
} lc_nas_method;

/* The name of a method ("lightnas"), NULL if there is none; and back: LC_EUSAGE names them all. */
const char *lc_nas_method_name(lc_nas_method method);
lc_status lc_nas_method_find(const char *name, lc_nas_method *out, lc_error *err);

typedef struct lc_nas_options {
    lc_nas_method method;
    uint64_t seed;
    size_t steps;           /* that the search will take: what schedules go by */
    double rate;            /* of Adam on the logits */
    double temperature[2];  /* first and last, falling geometrically */
    double multiplier_rate; /* of lambda's ascent */
    double damping;         /* lambda acts as lambda + damping * (c / limit - 1): the augmented
                               Lagrangian, against swinging about the limit */
    double alpha, beta, log_unit; /* fbnet; costs are divided by log_unit before the logarithm */
    double strength;
} lc_nas_options;

/* Settings that do for any budget: nothing in them depends on it, or on the loss's unit. alpha and
 * beta are FBNet's 0.2 and 0.6, its log_unit microseconds for costs in ns. */
lc_nas_options lc_nas_options_of(lc_nas_method method, size_t steps);

typedef struct lc_nas_search lc_nas_search;

/* Copies problem and options; what costs point to is borrowed until lc_nas_search_free(). LC_EUSAGE
 * as lc_nas_check(), or for options out of range; LC_EUNSUPPORTED: a measure without gradient;
 * LC_EINFEASIBLE as lc_nas_feasible(). */
lc_status lc_nas_search_new(const lc_nas_problem *problem, const lc_nas_options *options,
                            lc_nas_search **out, lc_error *err);
void lc_nas_search_free(lc_nas_search *search);

/* What to run in this step: the path's choices and, unless NULL, gate[places], by which the outputs
 * of the options are to be mixed: 1 for the path's and 0 elsewhere, or (fbnet, ehdnas) shares that
 * sum to 1; an engine that runs one path only takes `choices` then, too. Asked again before the
 * next step it says the same. */
void lc_nas_sample(lc_nas_search *search, int *choices, double *gate);

/* Takes the loss of the step and its gradient by gate (for a block of output y, the sum of y times
 * dL/dy over batch and elements): gradient[places], NaN where an option did not run. What did not
 * run counts as the running mean of its position, as if nothing were known of it (where GDAS takes
 * 0, which favours options by the sign of the loss). Updates logits and multipliers. LC_ERUNTIME,
 * with the step's number and nothing changed: a loss or gradient that is not finite. */
lc_status lc_nas_step(lc_nas_search *search, double loss, const double *gradient, lc_error *err);

size_t lc_nas_steps(const lc_nas_search *search); /* taken */

/* The softmax of the logits: probability[places]. */
void lc_nas_probability(const lc_nas_search *search, double *probability);

/* The gradient of the last step's loss, costs included, in the logits: gradient[places]. Programs
 * that mix it with terms of their own see here what the step went by; 0 before the first step of
 * this object. */
void lc_nas_gradient(const lc_nas_search *search, double *gradient);

/* The most probable net now, and its costs value[n_costs]. */
lc_status lc_nas_forecast(const lc_nas_search *search, int *choices, lc_nas_value *value,
                          lc_error *err);

/* Where lightnas stands with a limited cost: multiplier in units of the loss (what relaxing the
 * limit by its all would gain, to first order), and c / limit - 1 of the last step. 0 elsewhere. */
typedef struct lc_nas_multiplier {
    double value, violation;
} lc_nas_multiplier;
lc_nas_multiplier lc_nas_multiplier_of(const lc_nas_search *search, int cost);

/* The net: the most probable one if it is within the limits and on target, else that of the largest
 * sum of log-probabilities that is (lc_nas_assign(), for 20 s at most). */
lc_status lc_nas_derive(const lc_nas_search *search, int *choices, lc_nas_proof *proof,
                        lc_error *err);

/* The state of a search as bytes[*length] (free()): versioned, checksummed, little-endian. Loading
 * it into a search made with the same problem and options continues exactly where that was, to the
 * bit. LC_EFORMAT: truncated or damaged; LC_EUSAGE: of another problem or other options. */
lc_status lc_nas_save(const lc_nas_search *search, unsigned char **bytes, size_t *length,
                      lc_error *err);
lc_status lc_nas_load(lc_nas_search *search, const unsigned char *bytes, size_t length,
                      lc_error *err);

/* ---- accuracies ---- */

/* Nets of known accuracy, in the order they became known. */
typedef struct lc_nas_accuracies lc_nas_accuracies;

lc_status lc_nas_accuracies_new(const lc_nas_problem *problem, lc_nas_accuracies **out,
                                lc_error *err);
void lc_nas_accuracies_free(lc_nas_accuracies *accuracies);

/* Reads "arch,...,accuracy,..." (CSV; any other columns are passed over; nets in the notation of
 * the problem's space) into an empty object. LC_EFORMAT with file and line: a net that the space
 * does not know, that is there twice, or that has no accuracy. */
lc_status lc_nas_accuracies_read(lc_nas_accuracies *accuracies, const char *path, lc_error *err);

size_t lc_nas_accuracies_size(const lc_nas_accuracies *accuracies);
/* Net number i: its choices (owned by the object, until it changes) and accuracy. */
const int *lc_nas_accuracies_at(const lc_nas_accuracies *accuracies, size_t i, double *accuracy);
bool lc_nas_accuracies_find(const lc_nas_accuracies *accuracies, const int *choices,
                            double *accuracy);
/* Replaces the accuracy of a net that is there. */
lc_status lc_nas_accuracies_add(lc_nas_accuracies *accuracies, const int *choices, double accuracy,
                                lc_error *err);

/* LC_EFORMAT, with how many nets of the problem are not there and the first of them; LC_OK if all
 * are, LC_EUNSUPPORTED if there are more than a million to ask about. */
lc_status lc_nas_accuracies_complete(const lc_nas_accuracies *accuracies,
                                     const lc_nas_problem *problem, lc_error *err);

/* As lc_nas_save() and lc_nas_load(). A selection that is begun again with what was known when it
 * was cut off takes the same way, asks for none of these, and ends the same. */
lc_status lc_nas_accuracies_save(const lc_nas_accuracies *accuracies, unsigned char **bytes,
                                 size_t *length, lc_error *err);
lc_status lc_nas_accuracies_load(lc_nas_accuracies *accuracies, const unsigned char *bytes,
                                 size_t length, lc_error *err);

/* ---- selection ---- */

typedef enum lc_nas_selection {
    LC_NAS_RANDOM,
    LC_NAS_EXHAUSTIVE,
    LC_NAS_NSGA2 /* Deb et al., A fast and elitist multiobjective genetic algorithm: NSGA-II, IEEE
                    TEC 6 (2002): constrained domination, crowding, binary tournaments */
} lc_nas_selection;

const char *lc_nas_selection_name(lc_nas_selection method);
lc_status lc_nas_selection_find(const char *name, lc_nas_selection *out, lc_error *err);

typedef struct lc_nas_select_options {
    lc_nas_selection method;
    uint64_t seed;
    size_t evaluations; /* different nets to look at, at most */
    size_t population;  /* nsga2: even; 0: 50 */
    /* The accuracy of a net that is not known yet, larger is better; it then becomes known. NULL:
     * only what is known exists. */
    lc_status (*accuracy)(void *ctx, const int *choices, double *accuracy, lc_error *err);
    /* After each accuracy that was asked for; false ends the search with what there is. May be
     * NULL. */
    bool (*progress)(void *ctx, size_t looked_at, size_t evaluations);
    void *ctx;
} lc_nas_select_options;

/* The nets that were looked at, n >= 1. The front: those that are within the limits, and are not
 * dominated in accuracy and all costs by another such (of equals the first), by ascending
 * cost 0. `best`: of those within the limits (and on target, if any is) the one of largest accuracy
 * - sum weight * cost, n if none is within. */
typedef struct lc_nas_result {
    size_t n, n_front, best;
    int n_positions, n_costs;
    int *choices;     /* [n][n_positions] */
    double *accuracy; /* [n] */
    double *cost;     /* [n][n_costs], what limits are compared with */
    size_t *front;    /* [n_front] */
} lc_nas_result;

/* LC_EUSAGE: nothing is known and nothing can be asked; LC_EUNSUPPORTED: exhaustive with more than
 * a million nets; LC_EINFEASIBLE as lc_nas_feasible(). Release with lc_nas_result_clear(). */
lc_status lc_nas_select(const lc_nas_problem *problem, const lc_nas_select_options *options,
                        lc_nas_accuracies *accuracies, lc_nas_result *out, lc_error *err);
void lc_nas_result_clear(lc_nas_result *result);

/* Area that nets (accuracy[i], cost[i]) dominate within the corner of least accuracy and most cost
 * given; for comparing fronts. NaN when out of memory. */
double lc_nas_hypervolume(const double *accuracy, const double *cost, size_t n,
                          double least_accuracy, double most_cost);

/* LANA's scores (arXiv:2107.10624, section 3.2): score[places] = accuracy of `base` with that one
 * choice changed, less the base's. For lc_nas_assign(). Asks options->accuracy for what
 * `accuracies` lacks. LC_EFORMAT: a net's accuracy is not known and cannot be asked for. */
lc_status lc_nas_scores(const lc_nas_problem *problem, const int *base,
                        const lc_nas_select_options *options, lc_nas_accuracies *accuracies,
                        double *score, lc_error *err);

/* ---- one proxy device for many targets (One-Proxy, arXiv:2111.01203) ---- */

/* A target's cost made from a proxy device's, which is fitted to few samples of the target:
 *
 *   cost(x) = scale proxy(x) + sum_o (change_o proxy_o(x) + more_o count_o(x)) + constant,
 *
 * proxy_o what option number o of the positions adds to the proxy's cost, count_o how many
 * positions take it. The changes are kept sparse by an L1 penalty that cross-validation sets (the
 * paper's AdaProxy); raw, or with fewer than 6 samples, they are 0, and the proxy's ranking stays.
 */
typedef struct lc_nas_proxy lc_nas_proxy;

/* Cost number `cost` of the problem is the proxy's; values[n] were measured on the target of
 * choices[n][n_positions]. The problem's sources are borrowed. LC_EUSAGE: no samples; LC_EFORMAT: a
 * value that is not finite and positive. */
lc_status lc_nas_proxy_new(const lc_nas_problem *problem, int cost, const int *choices,
                           const double *values, size_t n, bool raw, lc_nas_proxy **out,
                           lc_error *err);
void lc_nas_proxy_free(lc_nas_proxy *proxy);
/* As a cost; the proxy must outlive it. It has no gradient. */
lc_nas_measure lc_nas_proxy_measure(lc_nas_proxy *proxy);

/* A search's result on other costs: the nets that `searched` looked at, or only its front, costed
 * anew by `problem` (another device of the same space), with front and best. What was searched on a
 * proxy serves a target without any further accuracy. Release with lc_nas_result_clear(). */
lc_status lc_nas_transfer(const lc_nas_problem *problem, const lc_nas_result *searched,
                          bool front_only, lc_nas_result *out, lc_error *err);

/* ---- mixed precision: bits of each layer (HAQ, arXiv:1811.08886) ---- */

#define LC_NAS_BITS_LEAST 2 /* one is the sign (latcast/op.h) */
#define LC_NAS_BITS_MOST 8

/* A net's layers as a problem: every conv2d and linear is a position, in the net's order, and every
 * pair of bits of its weights and of the activations that it reads an option. Layers that read the
 * net's input have 8 bits of activations, as its images have. */
typedef struct lc_nas_bits lc_nas_bits;

typedef struct lc_nas_width {
    int weight, activation; /* bits */
} lc_nas_width;

/* Copies the net. LC_EUNSUPPORTED: it has no such layers, or more than LC_NAS_MAX_POSITIONS. Free
 * with lc_nas_bits_free(). */
lc_status lc_nas_bits_new(const lc_net *net, lc_nas_bits **out, lc_error *err);
void lc_nas_bits_free(lc_nas_bits *bits);

/* Its positions and options, without space and costs: to be copied, and given costs. */
const lc_nas_problem *lc_nas_bits_problem(const lc_nas_bits *bits);
/* The node that a position is of (the net's; NULL: there is none), and what its options mean. */
const lc_node *lc_nas_bits_layer(const lc_nas_bits *bits, int position);
lc_nas_width lc_nas_bits_width(const lc_nas_bits *bits, int position, int option);
/* choices[n_positions] of one width for all layers, as far as they have it. LC_EUSAGE: it is out of
 * range. */
lc_status lc_nas_bits_uniform(const lc_nas_bits *bits, lc_nas_width width, int *choices,
                              lc_error *err);

/* The net of choices[n_positions], all of int8: a layer's weight_bits are its own, its activations'
 * bits are act_bits of the operator that computes what it reads (where layers that read the same
 * disagree, the fewest). Its origin is the net's, whose weights it shares, so write it in explicit
 * form (lc_net_to_json()). Free with lc_net_free(). */
lc_status lc_nas_bits_net(const lc_nas_bits *bits, const int *choices, lc_net **out, lc_error *err);

/* A device that is known by the cycles of each layer: fills table[places], for lc_nas_cost.table,
 * from a CSV file "layer,weight_bits,activation_bits,cycles" (layers by position from 0, bits 1 ..
 * 16, one row each; rows of widths that are no option are passed over). LC_EFORMAT with file and
 * line; options without a row are counted and the first is named. */
lc_status lc_nas_bits_cycles(const lc_nas_bits *bits, const char *path, double *table,
                             lc_error *err);

/* Kilobytes of weights: table[places], and in *base those that no choice changes: biases of 32 bits
 * and other operators' weights of 8. */
void lc_nas_bits_size(const lc_nas_bits *bits, double *table, double *base);

/* A predictor's forecast as a cost; it knows of bits what moves through memory (weights of 4 bits
 * or fewer are half the bytes). The struct is the caller's and must outlive the measure. */
typedef struct lc_nas_bits_forecast {
    const lc_nas_bits *bits;
    const lc_predictor *predictor;
} lc_nas_bits_forecast;
lc_nas_measure lc_nas_bits_measure(lc_nas_bits_forecast *forecast);

typedef struct lc_nas_bits_losses {
    /* The loss of the net of choices[n_positions]. */
    lc_status (*loss)(void *ctx, const int *choices, double *loss, lc_error *err);
    /* Before each of them; false ends it with LC_ERUNTIME. May be NULL. */
    bool (*progress)(void *ctx, size_t asked, size_t all);
    void *ctx;
    /* Bits up to which losses are asked for, LC_NAS_BITS_LEAST .. LC_NAS_BITS_MOST - 1. With more
     * bits the loss comes down to a quarter each, as the mean square of rounding does. */
    int asked;
} lc_nas_bits_losses;

/* score[places] for lc_nas_assign(): the loss that an option adds, times -1, to first order: that
 * of its weights' bits and that of its activations', each alone in a net whose other layers have 8.
 * Fewer bits never count as better. */
lc_status lc_nas_bits_scores(const lc_nas_bits *bits, const lc_nas_bits_losses *losses,
                             double *score, lc_error *err);

#ifdef __cplusplus
}
#endif
#endif
