#include "vectors.h"

#include <string.h>
#include "base/rng.h"

void lc__random_vector(const lc_nas_problem *p, uint64_t *rng, int *choices) {
    for (int i = 0; i < p->n_positions; i++)
        choices[i] = (int)lc__rng_below(rng, (uint64_t)p->n_options[i]);
}

void lc__one_hot(const lc_nas_problem *p, const int *choices, double *share) {
    size_t place = 0;
    for (int i = 0; i < p->n_positions; i++) {
        memset(share + place, 0, (size_t)p->n_options[i] * sizeof *share);
        share[place + (size_t)choices[i]] = 1;
        place += (size_t)p->n_options[i];
    }
}

void lc__largest(const lc_nas_problem *p, const double *value, int *choices) {
    for (int i = 0; i < p->n_positions; i++) {
        choices[i] = 0;
        for (int o = 1; o < p->n_options[i]; o++)
            if (value[o] > value[choices[i]])
                choices[i] = o;
        value += p->n_options[i];
    }
}

double lc__score_of(const lc_nas_problem *p, const double *value, const int *choices) {
    double sum = 0;
    for (int i = 0; i < p->n_positions; i++) {
        sum += value[choices[i]];
        value += p->n_options[i];
    }
    return sum;
}
