/* A forecast for programs. */
#include "cmd.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmdline/json_out.h"

/* One object per operator that is run: {"id","op","latency_ns"} or the target's key. */
static bool add_operators(cJSON *object, const lc__target *target, const lc__answer *a) {
    cJSON *list = cJSON_AddArrayToObject(object, "operators");
    for (int i = 0; list && i < lc_net_size(a->net); i++) {
        const lc_node *node = lc_net_node(a->net, i);
        if (node->op.type == LC_OP_INPUT)
            continue;
        cJSON *one = lc__append_object(list);
        if (!one || !cJSON_AddStringToObject(one, "id", node->id) ||
            !cJSON_AddStringToObject(one, "op", lc_op_type_name(node->op.type)) ||
            !lc__json_add_num(one, target->key, a->share[i]))
            return false;
    }
    return list != NULL;
}

/* The pool devices with any weight, the heaviest first. */
static bool add_sources(cJSON *object, const lc__answers *all) {
    size_t n = lc_model_n_devices(all->model);
    size_t *order = malloc((n + 1) * sizeof *order);
    cJSON *list = order ? cJSON_AddArrayToObject(object, "sources") : NULL;
    bool ok = list != NULL;
    if (ok)
        lc__order_by_weight(all->weight, n, order);
    for (size_t i = 0; ok && i < n && all->weight[order[i]] > 0; i++) {
        cJSON *one = lc__append_object(list);
        ok = one &&
             cJSON_AddStringToObject(one, "device", lc_model_device_name(all->model, order[i])) &&
             lc__json_add_num(one, "weight", all->weight[order[i]]);
    }
    free(order);
    return ok && lc__json_add_num(object, "physical_weight", all->physical);
}

/* The parts of the variance sum to 1. */
static bool add_uncertainty(cJSON *object, const lc_uncertainty *u) {
    cJSON *o = cJSON_AddObjectToObject(object, "uncertainty");
    return o && lc__json_add_num(o, "relative_deviation", u->deviation) &&
           lc__json_add_num(o, "noise", u->noise) &&
           lc__json_add_num(o, "few_samples", u->samples) &&
           lc__json_add_num(o, "unlike", u->unlike) &&
           lc__json_add_num(o, "occasion", u->occasion) &&
           (!u->family || cJSON_AddStringToObject(o, "never_measured", u->family));
}

/* Ids of the samples that do not fit in with the others. */
static bool add_doubtful(cJSON *object, const lc__answers *all) {
    cJSON *list = cJSON_AddArrayToObject(object, "doubtful_samples");
    bool ok = list != NULL;
    for (size_t i = 0; ok && i < all->shots->n; i++)
        ok = !all->doubtful[i] ||
             cJSON_AddItemToArray(list, cJSON_CreateString(all->shots->samples[i]->id));
    return ok;
}

static lc_status print_answer(const lc__answers *all, const lc__answer *a, const char *end,
                              lc_error *err) {
    char digest[20];
    snprintf(digest, sizeof digest, "%016" PRIx64, lc_net_digest(a->net));
    const lc_forecast *f = &a->forecast;
    const lc__target *target = all->shots->target;
    cJSON *o = cJSON_CreateObject();
    bool ok = o && lc__json_add_num(o, "schema_version", LC_SCHEMA_VERSION) &&
              cJSON_AddStringToObject(o, "name", lc_net_name(a->net)) &&
              cJSON_AddStringToObject(o, "digest", digest) &&
              cJSON_AddStringToObject(o, "device", all->shots->device.name) &&
              lc__json_add_num(o, "samples", (double)all->shots->n) &&
              lc__json_add_num(o, "operator_samples", (double)all->shots->n_ops) &&
              lc__json_add_num(o, target->key, f->latency) &&
              lc__json_add_num(o, target->low_key, f->low) &&
              lc__json_add_num(o, target->high_key, f->high) &&
              lc__json_add_num(o, "novelty", f->novelty) &&
              cJSON_AddBoolToObject(o, "out_of_range", f->out_of_range) &&
              add_uncertainty(o, &a->uncertainty) &&
              lc__json_add_num(o, target->overhead_key, a->overhead) &&
              add_operators(o, target, a) && add_sources(o, all) && add_doubtful(o, all);
    return lc__print_object(o, ok, end, err);
}

lc_status lc__answers_json(const lc__answers *answers, lc_error *err) {
    lc_status s = LC_OK;
    if (answers->many)
        puts("[");
    for (size_t i = 0; i < answers->n && !s; i++)
        s = print_answer(answers, &answers->answer[i], i + 1 < answers->n ? "," : "", err);
    if (answers->many)
        puts("]");
    return s;
}
