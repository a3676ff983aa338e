#include "accuracies.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "blob.h"
#include "vectors.h"

#define FIRST_ROOM 64
#define COMPLETE_MOST 1000000

uint64_t lc__shape_digest(const lc_nas_problem *p) {
    return lc__fnv1a(LC__FNV_START, p->n_options, (size_t)p->n_positions * sizeof *p->n_options);
}

lc_status lc_nas_accuracies_new(const lc_nas_problem *problem, lc_nas_accuracies **out,
                                lc_error *err) {
    lc_status st = lc_nas_check(problem, err);
    if (st != LC_OK)
        return st;
    lc_nas_accuracies *a = calloc(1, sizeof *a);
    if (!a)
        return lc__no_memory(err);
    a->space = problem->space;
    a->n_positions = problem->n_positions;
    memcpy(a->n_options, problem->n_options, sizeof a->n_options);
    a->shape = lc__shape_digest(problem);
    *out = a;
    return LC_OK;
}

void lc_nas_accuracies_free(lc_nas_accuracies *accuracies) {
    if (!accuracies)
        return;
    free(accuracies->choices);
    free(accuracies->accuracy);
    free(accuracies->slot);
    free(accuracies);
}

size_t lc_nas_accuracies_size(const lc_nas_accuracies *accuracies) {
    return accuracies->n;
}

static const int *net(const lc_nas_accuracies *a, size_t i) {
    return a->choices + i * (size_t)a->n_positions;
}

const int *lc_nas_accuracies_at(const lc_nas_accuracies *accuracies, size_t i, double *accuracy) {
    *accuracy = accuracies->accuracy[i];
    return net(accuracies, i);
}

/* The slot of a net, or the free one it would have. */
static size_t find_slot(const lc_nas_accuracies *a, const int *choices) {
    size_t size = (size_t)a->n_positions * sizeof *choices;
    size_t at = (size_t)lc__fnv1a(LC__FNV_START, choices, size) & (a->n_slots - 1);
    while (a->slot[at] && memcmp(net(a, a->slot[at] - 1), choices, size) != 0)
        at = (at + 1) & (a->n_slots - 1);
    return at;
}

size_t lc__accuracies_index(const lc_nas_accuracies *a, const int *choices) {
    size_t found = a->n_slots ? a->slot[find_slot(a, choices)] : 0;
    return found ? found - 1 : a->n;
}

bool lc_nas_accuracies_find(const lc_nas_accuracies *accuracies, const int *choices,
                            double *accuracy) {
    size_t i = lc__accuracies_index(accuracies, choices);
    if (i < accuracies->n)
        *accuracy = accuracies->accuracy[i];
    return i < accuracies->n;
}

static lc_status grow(lc_nas_accuracies *a, lc_error *err) {
    size_t room = a->room ? 2 * a->room : FIRST_ROOM;
    int *choices = realloc(a->choices, room * (size_t)a->n_positions * sizeof *choices);
    if (choices)
        a->choices = choices;
    double *accuracy = realloc(a->accuracy, room * sizeof *accuracy);
    if (accuracy)
        a->accuracy = accuracy;
    size_t *slot = calloc(2 * room, sizeof *slot);
    if (!choices || !accuracy || !slot) {
        free(slot);
        return lc__no_memory(err);
    }
    free(a->slot);
    a->slot = slot;
    a->room = room;
    a->n_slots = 2 * room;
    for (size_t i = 0; i < a->n; i++)
        a->slot[find_slot(a, net(a, i))] = i + 1;
    return LC_OK;
}

lc_status lc_nas_accuracies_add(lc_nas_accuracies *accuracies, const int *choices, double accuracy,
                                lc_error *err) {
    lc_nas_accuracies *a = accuracies;
    if (!isfinite(accuracy)) {
        lc_error_set(err, LC_EFORMAT, "an accuracy is finite, not %g", accuracy);
        return LC_EFORMAT;
    }
    for (int k = 0; k < a->n_positions; k++)
        if (choices[k] < 0 || choices[k] >= a->n_options[k])
            return lc_error_set(err, LC_EFORMAT, "choice %d must be in 0 .. %d, is %d", k,
                                a->n_options[k] - 1, choices[k]);
    size_t i = lc__accuracies_index(a, choices);
    if (i < a->n) {
        a->accuracy[i] = accuracy;
        return LC_OK;
    }
    lc_status st = a->n == a->room ? grow(a, err) : LC_OK;
    if (st != LC_OK)
        return st;
    a->slot[find_slot(a, choices)] = a->n + 1;
    memcpy(a->choices + a->n * (size_t)a->n_positions, choices,
           (size_t)a->n_positions * sizeof *choices);
    a->accuracy[a->n++] = accuracy;
    return LC_OK;
}

lc_status lc_nas_accuracies_complete(const lc_nas_accuracies *accuracies,
                                     const lc_nas_problem *problem, lc_error *err) {
    size_t n = lc__count_vectors(problem, COMPLETE_MOST), lacking = 0;
    int choices[LC_NAS_MAX_POSITIONS] = {0};
    char name[LC__NET_NAME] = "";
    if (n == 0)
        return lc_error_set(err, LC_EUNSUPPORTED, "the space has more than %d nets", COMPLETE_MOST);
    do {
        if (lc__accuracies_index(accuracies, choices) < accuracies->n)
            continue;
        if (lacking++ == 0)
            lc__net_name(problem, choices, name, sizeof name);
    } while (lc__next_vector(problem, choices));
    if (lacking == 0)
        return LC_OK;
    return lc_error_set(err, LC_EFORMAT,
                        "%zu of the space's %zu nets have no accuracy, the first is %s", lacking, n,
                        name);
}

lc_status lc_nas_accuracies_save(const lc_nas_accuracies *accuracies, unsigned char **bytes,
                                 size_t *length, lc_error *err) {
    const lc_nas_accuracies *a = accuracies;
    lc__buf buf = {0};
    lc__blob_begin(&buf, LC__BLOB_ACCURACIES, a->shape);
    for (size_t i = 0; i < a->n; i++) {
        for (int k = 0; k < a->n_positions; k++)
            lc__blob_word(&buf, (uint64_t)net(a, i)[k]);
        lc__blob_numbers(&buf, &a->accuracy[i], 1);
    }
    return lc__blob_end(&buf, bytes, length, err);
}

lc_status lc_nas_accuracies_load(lc_nas_accuracies *accuracies, const unsigned char *bytes,
                                 size_t length, lc_error *err) {
    lc_nas_accuracies *a = accuracies;
    size_t width = (size_t)a->n_positions + 1;
    lc__blob blob;
    lc_status st = lc__blob_open(bytes, length, LC__BLOB_ACCURACIES, a->shape, &blob, err);
    if (st == LC_OK && blob.words % width != 0)
        st = lc_error_set(err, LC_EFORMAT, "the state ends within a net");
    while (st == LC_OK && blob.words > 0) {
        int choices[LC_NAS_MAX_POSITIONS];
        double accuracy;
        for (int k = 0; k < a->n_positions; k++)
            choices[k] = (int)lc__blob_take(&blob);
        lc__blob_take_numbers(&blob, &accuracy, 1);
        st = lc_nas_accuracies_add(a, choices, accuracy, err);
    }
    return st;
}
