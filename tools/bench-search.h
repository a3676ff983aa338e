/* What the parts of bench-search share. */
#ifndef TOOLS_BENCH_SEARCH_H
#define TOOLS_BENCH_SEARCH_H

#include "latcast/nas.h"
#include "tasks/dataset.h"

/* Ends the program, saying what failed and why (err may be NULL). */
_Noreturn void search_stop(const char *what, const lc_error *err);
void search_must(lc_status status, const char *what, const lc_error *err);
/* Zeroed, n >= 0 things of a size. */
void *search_room(size_t n, size_t size);

/* Processor time of this thread, the only one at work: what it takes where nothing else runs. */
double search_seconds(void);

/* Prints "NAME":{"median":..,"min":..,"max":..,"mean":..,"p90":..} of x[n], which it sorts; null
 * of nothing. */
void search_spread(const char *name, double *x, size_t n);

/* Of the standard normal distribution. */
double search_normal(uint64_t *rng);

/* A uniformly random selection of k of item[n] to the front. */
void search_draw(size_t *item, size_t n, size_t k, uint64_t *rng);

/* Forecasts of FBNet on a device that ships, adapted from `shots` random nets of it by a model that
 * does without it. */
lc_choice_predictor *search_device(const char *model, const char *device, size_t shots,
                                   uint64_t seed);

/* NAS-Bench-201's table of latencies and the accuracies of its nets. */
typedef struct search_table {
    lc__dataset data;
    lc_nas_problem problem; /* no costs */
    double *accuracy;       /* [rows], NaN: not known */
    size_t *row;            /* [vectors] of the problem's nets; rows: not in the table */
    size_t rows, vectors;
} search_table;

/* Accuracies of a CSV file or, of "made-up", drawn by seed about a formula. */
void search_table_open(search_table *table, const char *latencies, const char *accuracies,
                       uint64_t seed);
void search_table_close(search_table *table);
size_t search_vector(const search_table *table, const int *choices);
void search_choices(const search_table *table, size_t row, int *choices);

/* A cost that is one column of a table. */
typedef struct search_column {
    const search_table *table;
    const double *value; /* [rows] */
    lc_nas_measure measure;
} search_column;
void search_column_make(search_column *column, const search_table *table, const double *value);
/* The table's problem with that cost, without limit. */
lc_nas_problem search_column_problem(const search_column *column);

/* The accuracies of the rows at which both columns (one may be NULL) are numbers. */
lc_nas_accuracies *search_known(const search_table *table, const double *a, const double *b);

/* The parts. Each prints one JSON object; arguments are those after its name. */
int search_program(int argc, char **argv);
int search_methods(int argc, char **argv);
int search_proxy(int argc, char **argv);
int search_confidence(int argc, char **argv);

#endif
