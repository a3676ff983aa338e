/* LANA's scores: what each alternative by itself does to the accuracy. */
#include <string.h>
#include "select.h"
#include "vectors.h"

static lc_status ask(const lc_nas_problem *p, const lc_nas_select_options *options,
                     lc_nas_accuracies *known, const int *choices, double *accuracy,
                     lc_error *err) {
    bool found;
    lc_status st = lc__accuracy_of(options, known, choices, accuracy, &found, err);
    if (st == LC_OK && !found) {
        char name[LC__NET_NAME];
        lc_error_set(err, LC_EFORMAT,
                     "the accuracy of %s is not known: scores need that of the base and of all "
                     "nets that differ from it in one choice",
                     lc__net_name(p, choices, name, sizeof name));
        return LC_EFORMAT;
    }
    return st;
}

lc_status lc_nas_scores(const lc_nas_problem *problem, const int *base,
                        const lc_nas_select_options *options, lc_nas_accuracies *accuracies,
                        double *score, lc_error *err) {
    int choices[LC_NAS_MAX_POSITIONS];
    double reference = 0, accuracy = 0;
    lc_status st = lc_nas_check(problem, err);
    for (int i = 0; i < problem->n_positions && st == LC_OK; i++)
        if (base[i] < 0 || base[i] >= problem->n_options[i])
            st = lc_error_set(err, LC_EFORMAT, "choice %d must be in 0 .. %d, is %d", i,
                              problem->n_options[i] - 1, base[i]);
    if (st == LC_OK) {
        memcpy(choices, base, (size_t)problem->n_positions * sizeof *choices);
        st = ask(problem, options, accuracies, choices, &reference, err);
    }
    for (int i = 0; i < problem->n_positions && st == LC_OK; i++) {
        for (int o = 0; o < problem->n_options[i] && st == LC_OK; o++) {
            choices[i] = o;
            st = ask(problem, options, accuracies, choices, &accuracy, err);
            *score++ = accuracy - reference;
        }
        choices[i] = base[i];
    }
    return st;
}
