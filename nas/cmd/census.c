#include "census.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "cmdline/given.h"

#define HEADER "arch,accuracy\n"
#define LARGEST (256U << 20)
#define FIRST_SLOTS 1024

/* A net by the digest of what it computes. */
struct lc__known_net {
    uint64_t digest;
    double accuracy; /* NAN: the slot is free */
};

/* ---- nets that compute the same ---- */

/* What is dead in a net makes no difference to its accuracy. */
static lc_status digest(const lc_space *space, const int *choices, uint64_t *out, lc_error *err) {
    lc_net *net, *pruned;
    lc_status st = lc_space_net(space, choices, space->n_positions, &net, err);
    if (st)
        return st;
    st = lc_net_prune(net, &pruned, err);
    lc_net_free(net);
    if (st)
        return st;
    *out = lc_net_digest(pruned);
    lc_net_free(pruned);
    return LC_OK;
}

/* The slot of a digest, or the free one it would have. */
static struct lc__known_net *find(const lc__census *c, uint64_t wanted) {
    size_t at = (size_t)wanted & (c->n_slots - 1);
    while (!isnan(c->slot[at].accuracy) && c->slot[at].digest != wanted)
        at = (at + 1) & (c->n_slots - 1);
    return &c->slot[at];
}

static lc_status grow(lc__census *c, lc_error *err) {
    lc__census bigger = *c;
    bigger.n_slots = c->n_slots ? 2 * c->n_slots : FIRST_SLOTS;
    bigger.slot = malloc(bigger.n_slots * sizeof *bigger.slot);
    if (!bigger.slot)
        return lc__no_memory(err);
    for (size_t i = 0; i < bigger.n_slots; i++)
        bigger.slot[i].accuracy = NAN;
    for (size_t i = 0; i < c->n_slots; i++)
        if (!isnan(c->slot[i].accuracy))
            *find(&bigger, c->slot[i].digest) = c->slot[i];
    free(c->slot);
    *c = bigger;
    return LC_OK;
}

/* Of nets that compute the same the first stands. */
static lc_status remember(lc__census *c, const int *choices, double accuracy, lc_error *err) {
    uint64_t d;
    lc_status st = 2 * c->n >= c->n_slots ? grow(c, err) : LC_OK;
    if (!st)
        st = digest(c->space, choices, &d, err);
    if (st)
        return st;
    struct lc__known_net *slot = find(c, d);
    if (isnan(slot->accuracy)) {
        *slot = (struct lc__known_net){d, accuracy};
        c->n++;
    }
    return LC_OK;
}

bool lc__census_has(const lc__census *c, const int *choices) {
    double ignored;
    return lc_nas_accuracies_find(c->known, choices, &ignored);
}

lc_status lc__census_equal(lc__census *c, const int *choices, bool *found, double *accuracy,
                           lc_error *err) {
    uint64_t d;
    *found = false;
    if (!c->n_slots)
        return LC_OK;
    lc_status st = digest(c->space, choices, &d, err);
    if (st)
        return st;
    *accuracy = find(c, d)->accuracy;
    *found = !isnan(*accuracy);
    return LC_OK;
}

/* ---- the file ---- */

/* PATH.of tells what the table is of: it must be the same line, and there wherever the table is. */
static lc_status check_about(const char *path, const char *about, bool there, lc_error *err) {
    char of[4096], *text = NULL;
    size_t length;
    snprintf(of, sizeof of, "%s.of", path);
    if (!there)
        return lc__file_write(of, about, strlen(about), err);
    if (access(of, F_OK) != 0) {
        lc_error_set(err, LC_EUSAGE,
                     "is there, but was not begun by this command (%.200s is missing); name "
                     "another --out",
                     of);
        lc_error_in_file(err, path);
        return LC_EUSAGE;
    }
    lc_status st = lc__file_read(of, 1 << 16, &text, &length, err);
    if (st)
        return st;
    if (strcmp(text, about) != 0) {
        st = LC_EUSAGE;
        lc_error_set(err, st,
                     "has accuracies of \"%.*s\", asked for are those of \"%.*s\"; name another "
                     "--out, or remove it to begin anew",
                     (int)strcspn(text, "\n") > 120 ? 120 : (int)strcspn(text, "\n"), text,
                     (int)strcspn(about, "\n") > 120 ? 120 : (int)strcspn(about, "\n"), about);
        lc_error_in_file(err, path);
    }
    free(text);
    return st;
}

/* Cuts a line that was torn off, and tells how much is whole. */
static lc_status mend(const char *path, size_t *whole, lc_error *err) {
    char *text;
    size_t length;
    lc_status st = lc__file_read(path, LARGEST, &text, &length, err);
    if (st)
        return st;
    *whole = length;
    while (*whole > 0 && text[*whole - 1] != '\n')
        --*whole;
    free(text);
    if (*whole < length && truncate(path, (off_t)*whole)) {
        st = lc_error_set(err, LC_EIO, "cannot cut off a torn line: %s", strerror(errno));
        lc_error_in_file(err, path);
    }
    return st;
}

static lc_status read_known(lc__census *c, const char *path, lc_error *err) {
    lc_status st = lc_nas_accuracies_read(c->known, path, err);
    for (size_t i = 0; i < lc_nas_accuracies_size(c->known) && !st; i++) {
        double accuracy;
        const int *choices = lc_nas_accuracies_at(c->known, i, &accuracy);
        st = remember(c, choices, accuracy, err);
    }
    return st;
}

static lc_status open_file(lc__census *c, const char *path, size_t whole, lc_error *err) {
    c->file = fopen(path, "a");
    if (c->file && setvbuf(c->file, NULL, _IOLBF, BUFSIZ) == 0 &&
        (whole > 0 || fputs(HEADER, c->file) >= 0))
        return LC_OK;
    lc_error_set(err, LC_EIO, "cannot write: %s", strerror(errno));
    lc_error_in_file(err, path);
    return LC_EIO;
}

lc_status lc__census_open(const char *path, const char *about, const lc_space *space,
                          lc__census *out, lc_error *err) {
    size_t whole = 0;
    bool there = access(path, F_OK) == 0;
    lc_nas_problem *problem = malloc(sizeof *problem);
    *out = (lc__census){.space = space};
    lc_status st = problem ? lc_nas_problem_init(problem, space, err) : lc__no_memory(err);
    if (!st)
        st = lc_nas_accuracies_new(problem, &out->known, err);
    free(problem);
    if (!st)
        st = check_about(path, about, there, err);
    if (!st && there)
        st = mend(path, &whole, err);
    if (!st && whole > sizeof HEADER - 1)
        st = read_known(out, path, err);
    return st ? st : open_file(out, path, whole, err);
}

lc_status lc__census_add(lc__census *c, const int *choices, double accuracy, lc_error *err) {
    char arch[LC__SHOWN];
    c->space->format(choices, arch, sizeof arch);
    accuracy = fmax(accuracy, LC__ACCURACY_LEAST);
    if (fprintf(c->file, "%s,%.9g\n", arch, accuracy) < 0) {
        lc_error_set(err, LC_EIO, "cannot write: %s", strerror(errno));
        return LC_EIO;
    }
    lc_status st = lc_nas_accuracies_add(c->known, choices, accuracy, err);
    return st ? st : remember(c, choices, accuracy, err);
}

lc_status lc__census_close(lc__census *c, lc_error *err) {
    bool bad = c->file && (fflush(c->file) || fsync(fileno(c->file)));
    bad = (c->file && fclose(c->file)) || bad;
    lc_nas_accuracies_free(c->known);
    free(c->slot);
    *c = (lc__census){.space = c->space};
    if (!bad)
        return LC_OK;
    lc_error_set(err, LC_EIO, "cannot write the table: %s", strerror(errno));
    return LC_EIO;
}
