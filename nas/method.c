#include <math.h>
#include <string.h>
#include "base/text.h"
#include "search.h"

static const lc__method methods[] = {
    [LC_NAS_LIGHTNAS] = {"lightnas", LC__PATH_GUMBEL, false, true, LC__COST_AT_P,
                         LC__RULE_MULTIPLIER},
    [LC_NAS_FBNET] = {"fbnet", LC__PATH_MIXED, true, true, LC__COST_AT_H, LC__RULE_PRODUCT},
    [LC_NAS_PROXYLESS] = {"proxyless", LC__PATH_DRAWN, false, false, LC__COST_AT_P, LC__RULE_SUM},
    [LC_NAS_GDAS] = {"gdas", LC__PATH_GUMBEL, false, true, LC__COST_AT_PATH, LC__RULE_SUM},
    [LC_NAS_EHDNAS] = {"ehdnas", LC__PATH_MIXED, true, false, LC__COST_AT_P, LC__RULE_SUM},
};
#define METHODS (sizeof methods / sizeof *methods)

static const char *const selections[] = {
    [LC_NAS_RANDOM] = "random", [LC_NAS_EXHAUSTIVE] = "exhaustive", [LC_NAS_NSGA2] = "nsga2"};
#define SELECTIONS (sizeof selections / sizeof *selections)

const lc__method *lc__method_of(lc_nas_method method) {
    return (size_t)method < METHODS ? &methods[method] : NULL;
}

const char *lc_nas_method_name(lc_nas_method method) {
    return (size_t)method < METHODS ? methods[method].name : NULL;
}

const char *lc_nas_selection_name(lc_nas_selection method) {
    return (size_t)method < SELECTIONS ? selections[method] : NULL;
}

static lc_status find(const char *name, const char *(*at)(size_t), size_t n, size_t *out,
                      lc_error *err) {
    char all[160] = "";
    for (size_t i = 0; i < n; i++) {
        if (!strcmp(name, at(i))) {
            *out = i;
            return LC_OK;
        }
        strncat(all, i ? ", " : "", sizeof all - strlen(all) - 1);
        strncat(all, at(i), sizeof all - strlen(all) - 1);
    }
    lc_error_set(err, LC_EUSAGE, "there is no method \"%.40s\"; there are %s", name, all);
    return LC_EUSAGE;
}

static const char *method_at(size_t i) {
    return methods[i].name;
}

static const char *selection_at(size_t i) {
    return selections[i];
}

lc_status lc_nas_method_find(const char *name, lc_nas_method *out, lc_error *err) {
    size_t i = 0;
    lc_status st = find(name, method_at, METHODS, &i, err);
    *out = (lc_nas_method)i;
    return st;
}

lc_status lc_nas_selection_find(const char *name, lc_nas_selection *out, lc_error *err) {
    size_t i = 0;
    lc_status st = find(name, selection_at, SELECTIONS, &i, err);
    *out = (lc_nas_selection)i;
    return st;
}

lc_nas_options lc_nas_options_of(lc_nas_method method, size_t steps) {
    double n = (double)(steps > 0 ? steps : 1);
    return (lc_nas_options){.method = method,
                            .seed = 1,
                            .steps = steps,
                            .rate = fmin(fmax(10 / n, 1e-3), 0.1),
                            .temperature = {5, 0.2},
                            .multiplier_rate = fmin(60 / n, 1),
                            .damping = 10,
                            .alpha = 0.2,
                            .beta = 0.6,
                            .log_unit = 1e3,
                            .strength = 1};
}
