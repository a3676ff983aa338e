#include "tasks/format.h"

#include <string.h>

#include "tasks/edgetran.h"
#include "tasks/hat.h"

/* A CSV table is in milliseconds, millijoules or watts; nothing in it says which. */
static const struct {
    const char *quantity, *unit;
} csv_units[] = {{"latency", "ms"}, {"energy", "mJ"}, {"peak_power", "W"}};

static lc_status load_csv(const char *path, const char *quantity, lc__table *out, lc_error *err) {
    lc_status s = lc__table_load(path, out, err);
    for (size_t i = 0; i < sizeof csv_units / sizeof *csv_units; i++)
        if (!s && !strcmp(csv_units[i].quantity, quantity))
            out->unit = csv_units[i].unit;
    return s;
}

static const lc__format csv = {.name = "csv", .load = load_csv};

const lc__format *const *lc__formats(void) {
    static const lc__format *const formats[] = {&csv, &lc__format_hat, &lc__format_edgetran, NULL};
    return formats;
}

const lc__format *lc__format_find(const char *name) {
    for (const lc__format *const *f = lc__formats(); *f; f++)
        if (!strcmp((*f)->name, name))
            return *f;
    return NULL;
}

bool lc__quantity_known(const char *quantity) {
    for (size_t i = 0; i < sizeof csv_units / sizeof *csv_units; i++)
        if (!strcmp(csv_units[i].quantity, quantity))
            return true;
    return false;
}
