/* What finding bits came to, for people and as JSON. */
#include <math.h>
#include <stdio.h>

#include "bits_run.h"
#include "cmdline/json_out.h"

static double accuracy(const lc__bits_trial *t) {
    return t->outcome.scored > 0 ? t->outcome.correct / t->outcome.scored : 0;
}

static double cost_of(const lc__bits_run *s, const lc__bits_trial *t, int which) {
    return t == &s->trial[LC__BITS_F32] ? NAN : lc__bits_cost(&s->costs, which, t->choices);
}

/* How many times less than 8 bits throughout. */
static double gain(const lc__bits_run *s, const lc__bits_trial *t) {
    int which = s->costs.at[LC__BITS_CYCLES] >= 0    ? LC__BITS_CYCLES
                : s->costs.at[LC__BITS_LATENCY] >= 0 ? LC__BITS_LATENCY
                                                     : LC__BITS_SIZE;
    return cost_of(s, &s->trial[LC__BITS_8], which) / cost_of(s, t, which);
}

static void print_number(double x, int digits) {
    if (isnan(x))
        printf("%12s", "");
    else
        printf("%12.*f", digits, x);
}

void lc__bits_show(const lc__bits_run *s) {
    printf("%-8s%12s%12s%12s%12s%12s%12s\n", "bits", "accuracy", "loss", "cycles", "latency ms",
           "kB", "gain");
    for (int i = 0; i < LC__BITS_TRIALS; i++) {
        const lc__bits_trial *t = &s->trial[i];
        printf("%-8s%10.2f %%%12.4f", t->name, 100 * accuracy(t), t->outcome.loss);
        print_number(cost_of(s, t, LC__BITS_CYCLES), 0);
        print_number(cost_of(s, t, LC__BITS_LATENCY) / 1e6, 3);
        print_number(cost_of(s, t, LC__BITS_SIZE), 1);
        print_number(i ? gain(s, t) : NAN, 2);
        putchar('\n');
    }
    printf("%s has the bits found", s->request->out);
    if (s->request->fine_tune > 0)
        printf(", %s.found.lc the weights", s->request->out);
    putchar('\n');
}

static bool add_trial(cJSON *list, const lc__bits_run *s, const lc__bits_trial *t) {
    static const char *const keys[] = {"cycles", "latency_ns", "size_kb"};
    cJSON *o = lc__append_object(list);
    bool ok = o && cJSON_AddStringToObject(o, "bits", t->name) &&
              lc__json_add_num(o, "accuracy", accuracy(t)) &&
              lc__json_add_num(o, "loss", t->outcome.loss);
    for (int k = 0; k < LC__BITS_COSTS && ok; k++) {
        double cost = cost_of(s, t, k);
        ok = isnan(cost) || lc__json_add_num(o, keys[k], cost);
    }
    return ok && (t == &s->trial[LC__BITS_F32] || lc__json_add_num(o, "gain", gain(s, t)));
}

static bool add_layers(cJSON *list, const lc__bits_run *s) {
    bool ok = list != NULL;
    for (int i = 0; i < s->costs.problem.n_positions && ok; i++) {
        lc_nas_width w = lc_nas_bits_width(s->bits, i, s->trial[LC__BITS_FOUND].choices[i]);
        cJSON *o = lc__append_object(list);
        ok = o && cJSON_AddStringToObject(o, "id", lc_nas_bits_layer(s->bits, i)->id) &&
             lc__json_add_num(o, "weight_bits", w.weight) &&
             lc__json_add_num(o, "activation_bits", w.activation);
    }
    return ok;
}

lc_status lc__bits_json(const lc__bits_run *s, lc_error *err) {
    cJSON *o = cJSON_CreateObject(), *list = NULL;
    bool ok = o && lc__json_add_num(o, "schema_version", LC_SCHEMA_VERSION) &&
              cJSON_AddStringToObject(o, "net", s->request->out) &&
              (list = cJSON_AddArrayToObject(o, "nets"));
    for (int i = 0; i < LC__BITS_TRIALS && ok; i++)
        ok = add_trial(list, s, &s->trial[i]);
    ok = ok && add_layers(cJSON_AddArrayToObject(o, "layers"), s);
    return lc__print_object(o, ok, "", err);
}
