#include <math.h>
#include "accuracies.h"
#include "tasks/table.h"

static lc_status fail_at(const lc__table *table, size_t row, lc_error *err, const char *what) {
    lc_error_set(err, LC_EFORMAT, "%s", what);
    if (err)
        err->line = lc__table_line(table, row);
    return LC_EFORMAT;
}

static lc_status take_row(lc_nas_accuracies *a, const lc__table *table, const double *accuracy,
                          size_t row, lc_error *err) {
    int choices[LC_NAS_MAX_POSITIONS];
    lc_error why = {0};
    if (a->space->parse(table->archs[row], choices, &why) != LC_OK)
        return fail_at(table, row, err, why.message);
    if (isnan(accuracy[row]))
        return fail_at(table, row, err,
                       "the net has no accuracy; fill it in, or leave the line out");
    size_t known = lc__accuracies_index(a, choices);
    if (known == a->n)
        return lc_nas_accuracies_add(a, choices, accuracy[row], err);
    lc_error_set(&why, LC_EFORMAT, "net \"%.80s\" is on line %d already, in another notation",
                 table->archs[row], lc__table_line(table, known));
    return fail_at(table, row, err, why.message);
}

lc_status lc_nas_accuracies_read(lc_nas_accuracies *accuracies, const char *path, lc_error *err) {
    lc__table table;
    if (!accuracies->space || accuracies->n > 0) {
        lc_error_set(err, LC_EUSAGE,
                     "accuracies are read for a named space, and once for an object");
        return LC_EUSAGE;
    }
    lc_status st = lc__table_load(path, &table, err);
    if (st != LC_OK)
        return st;
    const double *accuracy = lc__table_column(&table, "accuracy");
    if (!accuracy) {
        st = LC_EFORMAT;
        lc_error_set(err, st, "no column is called \"accuracy\"; the header is arch,accuracy");
        if (err)
            err->line = 1;
    }
    for (size_t i = 0; i < table.n_rows && st == LC_OK; i++)
        st = take_row(accuracies, &table, accuracy, i, err);
    lc__table_clear(&table);
    if (st != LC_OK)
        lc_error_in_file(err, path);
    return st;
}
