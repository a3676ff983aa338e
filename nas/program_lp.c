#include "program_lp.h"

#include <glpk.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"

/* Sums may miss a limit by so much of what they are the difference of, by rounding. */
#define ROUNDING 1e-12

/* Takes `sign` times the least of sign * x off at every position; returns what was taken off. */
static double take_off(const lc_nas_problem *p, double *x, double sign) {
    double sum = 0;
    for (int i = 0; i < p->n_positions; i++) {
        double least = INFINITY;
        for (int o = 0; o < p->n_options[i]; o++)
            least = fmin(least, sign * x[o]);
        for (int o = 0; o < p->n_options[i]; o++)
            x[o] -= sign * least;
        sum += sign * least;
        x += p->n_options[i];
    }
    return sum;
}

static void scale_row(const lc__program *program, int r, size_t places, lc__scaled *s) {
    double *row = s->row + (size_t)r * places;
    memcpy(row, program->row[r], places * sizeof *row);
    double off = take_off(program->problem, row, 1), most = 0;
    for (size_t k = 0; k < places; k++)
        most = fmax(most, row[k]);
    double slack = ROUNDING * (fabs(program->high[r]) + fabs(off));
    double high = program->high[r] - off + slack;
    double unit = high > slack ? high : most > 0 ? most : 1;
    for (size_t k = 0; k < places; k++)
        row[k] /= unit;
    s->high[r] = high / unit;
    s->low[r] = (program->low[r] - off) / unit;
}

lc_status lc__scale(const lc__program *program, lc__scaled *out, lc_error *err) {
    size_t places = lc_nas_place(program->problem, program->problem->n_positions);
    *out = (lc__scaled){.program = program};
    out->score = malloc(places * sizeof *out->score);
    out->row = calloc(places * (size_t)program->n_rows + 1, sizeof *out->row);
    if (!out->score || !out->row)
        return lc__no_memory(err);
    memcpy(out->score, program->score, places * sizeof *out->score);
    out->best = take_off(program->problem, out->score, -1);
    for (size_t k = 0; k < places; k++)
        out->score_unit = fmax(out->score_unit, -out->score[k]);
    out->score_unit = out->score_unit > 0 ? out->score_unit : 1;
    for (size_t k = 0; k < places; k++)
        out->score[k] /= out->score_unit;
    for (int r = 0; r < program->n_rows; r++)
        scale_row(program, r, places, out);
    return LC_OK;
}

void lc__scaled_clear(lc__scaled *scaled) {
    free(scaled->score);
    free(scaled->row);
}

static int position_of(const size_t *place, int n, size_t at) {
    int low = 0;
    while (n - low > 1) {
        int middle = (low + n) / 2;
        if (place[middle] <= at)
            low = middle;
        else
            n = middle;
    }
    return low;
}

/* column NULL: all places. */
static glp_prob *build(const lc__scaled *s, const size_t *column, size_t n) {
    const lc_nas_problem *p = s->program->problem;
    size_t place[LC_NAS_MAX_POSITIONS + 1] = {0};
    int positions = p->n_positions, rows = s->program->n_rows;
    for (int i = 0; i < positions; i++)
        place[i + 1] = place[i] + (size_t)p->n_options[i];
    glp_prob *lp = glp_create_prob();
    glp_set_obj_dir(lp, GLP_MAX);
    glp_add_rows(lp, positions + rows);
    for (int i = 0; i < positions; i++)
        glp_set_row_bnds(lp, i + 1, GLP_FX, 1, 1);
    for (int r = 0; r < rows; r++)
        glp_set_row_bnds(lp, positions + r + 1,
                         s->low[r] == -INFINITY   ? GLP_UP
                         : s->low[r] < s->high[r] ? GLP_DB
                                                  : GLP_FX,
                         s->low[r], s->high[r]);
    glp_add_cols(lp, (int)n);
    for (size_t j = 0; j < n; j++) {
        size_t at = column ? column[j] : j;
        int index[LC_NAS_MAX_COSTS + 2] = {0, position_of(place, positions, at) + 1};
        double value[LC_NAS_MAX_COSTS + 2] = {0, 1};
        for (int r = 0; r < rows; r++) {
            index[r + 2] = positions + r + 1;
            value[r + 2] = s->row[(size_t)r * place[positions] + at];
        }
        glp_set_col_bnds(lp, (int)j + 1, GLP_LO, 0, 0);
        glp_set_obj_coef(lp, (int)j + 1, s->score[at]);
        glp_set_mat_col(lp, (int)j + 1, rows + 1, index, value);
    }
    return lp;
}

/* Solves the relaxation; whether it has an optimum. */
static bool relaxes(glp_prob *lp) {
    glp_smcp how;
    glp_init_smcp(&how);
    how.msg_lev = GLP_MSG_OFF;
    how.meth = GLP_DUALP;
    glp_adv_basis(lp, 0);
    return glp_simplex(lp, &how) == 0 && glp_get_status(lp) == GLP_OPT;
}

lc__lp_result lc__lp_relax(const lc__scaled *s, double *value, double *reduced) {
    size_t n = lc_nas_place(s->program->problem, s->program->problem->n_positions);
    int quiet = glp_term_out(GLP_OFF);
    glp_prob *lp = build(s, NULL, n);
    bool solved = relaxes(lp);
    int status = glp_get_status(lp);
    *value = glp_get_obj_val(lp);
    for (size_t j = 0; j < n; j++)
        reduced[j] = fmin(glp_get_col_dual(lp, (int)j + 1), 0);
    glp_delete_prob(lp);
    glp_term_out(quiet);
    if (solved)
        return LC__LP_OPTIMAL;
    return status == GLP_NOFEAS ? LC__LP_NONE : LC__LP_SOME;
}

static void read_choices(glp_prob *lp, const lc_nas_problem *p, const size_t *column, size_t n,
                         int *choices) {
    for (int i = 0; i < p->n_positions; i++)
        choices[i] = -1;
    for (size_t j = 0; j < n; j++) {
        size_t first = 0;
        int i = 0;
        if (glp_mip_col_val(lp, (int)j + 1) < 0.5)
            continue;
        while (first + (size_t)p->n_options[i] <= column[j])
            first += (size_t)p->n_options[i++];
        choices[i] = (int)(column[j] - first);
    }
}

lc__lp_result lc__lp_integer(const lc__scaled *s, const size_t *column, size_t n, int *choices,
                             double *value) {
    int quiet = glp_term_out(GLP_OFF);
    glp_prob *lp = build(s, column, n);
    for (size_t j = 0; j < n; j++)
        glp_set_col_kind(lp, (int)j + 1, GLP_BV);
    /* No presolving: where that leaves rows without columns the cuts abort the process (GLPK 5.0).
     */
    if (!relaxes(lp)) {
        glp_delete_prob(lp);
        glp_term_out(quiet);
        return LC__LP_NONE;
    }
    glp_iocp how;
    glp_init_iocp(&how);
    how.msg_lev = GLP_MSG_OFF;
    /* Of GLPK's cuts and orders these prove 100 layers of 200 alternatives four times as fast. */
    how.mir_cuts = GLP_ON;
    how.cov_cuts = GLP_ON;
    how.bt_tech = GLP_BT_BPH;
    if (s->program->seconds > 0)
        how.tm_lim = (int)fmin(s->program->seconds * 1e3, 1e9);
    int rc = glp_intopt(lp, &how), status = glp_mip_status(lp);
    bool found = status == GLP_OPT || status == GLP_FEAS;
    if (found) {
        *value = glp_mip_obj_val(lp);
        read_choices(lp, s->program->problem, column, n, choices);
    }
    glp_delete_prob(lp);
    glp_term_out(quiet);
    if (!found)
        return LC__LP_NONE;
    return rc == 0 && status == GLP_OPT ? LC__LP_OPTIMAL : LC__LP_SOME;
}
