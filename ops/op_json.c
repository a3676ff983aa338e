#include "op_json.h"

#include <string.h>

#include "base/text.h"
#include "op_rules.h"

static lc_status fail_unknown(const lc__cur *cur, lc_error *err, const char *what, const char *word,
                              const char *const *names, size_t n) {
    const char *near = lc__nearest(word, names, n);
    return lc__json_fail(cur, err, LC_EUNSUPPORTED, "unknown %s \"%.60s\"%s%s%s", what, word,
                         near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static lc_status read_type(const lc__cur *object, lc_op_type *type, lc_error *err) {
    lc__cur c;
    const char *word, *names[LC_OP_COUNT];
    lc_status s = lc__json_need(object, "op", &c, err);
    if (!s)
        s = lc__json_str(&c, &word, err);
    if (s)
        return s;
    *type = lc_op_type_from_name(word);
    if (*type != LC_OP_COUNT)
        return LC_OK;
    for (int t = 0; t < LC_OP_COUNT; t++)
        names[t] = lc_op_type_name((lc_op_type)t);
    return fail_unknown(&c, err, "operator", word, names, LC_OP_COUNT);
}

static lc_status read_act(const lc__cur *cur, lc_op *op, lc_error *err) {
    const char *word, *names[LC_ACT_COUNT];
    lc_status s = lc__json_str(cur, &word, err);
    if (s)
        return s;
    op->act = lc_act_from_name(word);
    if (op->act != LC_ACT_COUNT)
        return LC_OK;
    for (int a = 0; a < LC_ACT_COUNT; a++)
        names[a] = lc_act_name((lc_act)a);
    return fail_unknown(cur, err, "activation", word, names, LC_ACT_COUNT);
}

static lc_status read_dtype(const lc__cur *cur, lc_op *op, lc_error *err) {
    const char *word, *names[LC_DTYPE_COUNT];
    lc_status s = lc__json_str(cur, &word, err);
    if (s)
        return s;
    op->dtype = lc_dtype_from_name(word);
    if (op->dtype != LC_DTYPE_COUNT)
        return LC_OK;
    for (int d = 0; d < LC_DTYPE_COUNT; d++)
        names[d] = lc_dtype_name((lc_dtype)d);
    return fail_unknown(cur, err, "dtype", word, names, LC_DTYPE_COUNT);
}

static lc_status read_value(const lc__cur *cur, lc_op *op, lc__attr attr, int which,
                            lc_error *err) {
    const lc__attr_info *info = lc__attr_info_of(attr);
    int64_t value;
    lc_status s = lc__json_int(cur, info->lo, info->hi, &value, err);
    if (!s)
        lc__attr_set(op, attr, which, (int32_t)value);
    return s;
}

/* [height, width], or one number for both. */
static lc_status read_pair(const lc__cur *cur, lc_op *op, lc__attr attr, lc_error *err) {
    lc__cur e;
    if (!cJSON_IsArray(cur->v)) {
        lc_status s = read_value(cur, op, attr, 0, err);
        return s ? s : read_value(cur, op, attr, 1, err);
    }
    if (lc__json_size(cur) != 2)
        return lc__json_fail(cur, err, LC_EFORMAT, "must be [height, width] or one number");
    lc__json_first(cur, &e);
    lc_status s = read_value(&e, op, attr, 0, err);
    lc__json_next(&e);
    return s ? s : read_value(&e, op, attr, 1, err);
}

static lc_status read_attr(const lc__cur *cur, lc_op *op, lc__attr attr, lc_error *err) {
    bool flag = false;
    lc_status s;
    switch (lc__attr_info_of(attr)->kind) {
    case LC__KIND_PAIR:
        return read_pair(cur, op, attr, err);
    case LC__KIND_ACT:
        return read_act(cur, op, err);
    case LC__KIND_BOOL:
        s = lc__json_bool(cur, &flag, err);
        lc__attr_set(op, attr, 0, flag);
        return s;
    case LC__KIND_DTYPE:
        return read_dtype(cur, op, err);
    default:
        return read_value(cur, op, attr, 0, err);
    }
}

static const char *const net_fields[] = {"id", "op", "inputs", "shape"};
enum { N_NET_FIELDS = sizeof net_fields / sizeof *net_fields };

static lc_status fail_attr(const lc__cur *cur, const lc_op *op, lc_error *err) {
    const char *names[N_NET_FIELDS + LC__ATTR_COUNT];
    size_t n = N_NET_FIELDS;
    memcpy(names, net_fields, sizeof net_fields);
    for (int a = 0; a < LC__ATTR_COUNT; a++)
        if (lc__op_rule_of(op->type)->accepts >> a & 1)
            names[n++] = lc__attr_info_of((lc__attr)a)->name;
    const char *near = lc__nearest(cur->key, names, n);
    return lc__json_fail(cur, err, LC_EFORMAT, "%s has no attribute \"%.60s\"%s%s%s",
                         lc_op_type_name(op->type), cur->key, near ? "; did you mean \"" : "",
                         near ? near : "", near ? "\"?" : "");
}

static lc_status read_member(const lc__cur *cur, lc_op *op, lc_error *err) {
    for (size_t i = 0; i < N_NET_FIELDS; i++)
        if (!strcmp(cur->key, net_fields[i]))
            return LC_OK;
    for (int a = 0; a < LC__ATTR_COUNT; a++)
        if (lc__op_rule_of(op->type)->accepts >> a & 1 &&
            !strcmp(cur->key, lc__attr_info_of((lc__attr)a)->name))
            return read_attr(cur, op, (lc__attr)a, err);
    return fail_attr(cur, op, err);
}

lc_status lc__shape_from_json(const lc__cur *array, lc_shape *out, lc_error *err) {
    int32_t *const dims[4] = {&out->n, &out->h, &out->w, &out->c};
    lc__cur e;
    lc_status s = lc__json_array(array, err);
    if (s)
        return s;
    if (lc__json_size(array) != 4)
        return lc__json_fail(array, err, LC_EFORMAT, "a shape is [N,H,W,C], four numbers");
    bool more = lc__json_first(array, &e);
    for (int i = 0; i < 4 && more && !s; i++, more = lc__json_next(&e)) {
        int64_t value = 0;
        s = lc__json_int(&e, 1, LC__MAX_DIM, &value, err);
        *dims[i] = (int32_t)value;
    }
    return s;
}

lc_status lc__op_from_json(const lc__cur *object, lc_op *op, lc_error *err) {
    lc_op_type type = LC_OP_COUNT;
    lc__cur c;
    lc_status s = read_type(object, &type, err);
    if (s)
        return s;
    *op = lc_op_init(type);
    for (bool more = lc__json_first(object, &c); more && !s; more = lc__json_next(&c))
        s = read_member(&c, op, err);
    for (int a = 0; a < LC__ATTR_COUNT && !s; a++)
        if (lc__op_rule_of(type)->requires >> a & 1)
            s = lc__json_need(object, lc__attr_info_of((lc__attr)a)->name, &c, err);
    if (!s && type == LC_OP_INPUT) {
        s = lc__json_need(object, "shape", &c, err);
        if (!s)
            s = lc__shape_from_json(&c, &op->shape, err);
    }
    return s;
}

static bool add_ints(cJSON *into, const char *key, const int *values, int n) {
    cJSON *array = cJSON_CreateIntArray(values, n);
    if (array && cJSON_AddItemToObject(into, key, array))
        return true;
    cJSON_Delete(array);
    return false;
}

static bool add_attr(const lc_op *op, lc__attr attr, cJSON *into) {
    const lc__attr_info *info = lc__attr_info_of(attr);
    const int pair[2] = {lc__attr_get(op, attr, 0), lc__attr_get(op, attr, 1)};
    switch (info->kind) {
    case LC__KIND_PAIR:
        return add_ints(into, info->name, pair, 2);
    case LC__KIND_ACT:
    case LC__KIND_DTYPE:
        return cJSON_AddStringToObject(into, info->name, lc__attr_word(op, attr));
    case LC__KIND_BOOL:
        return cJSON_AddBoolToObject(into, info->name, pair[0]);
    default:
        return lc__json_add_num(into, info->name, pair[0]);
    }
}

bool lc__op_to_json(const lc_op *op, cJSON *into) {
    const lc__op_rule *rule = lc__op_rule_of(op->type);
    const lc_op fresh = lc_op_init(op->type);
    bool good = cJSON_AddStringToObject(into, "op", lc_op_type_name(op->type));
    for (int i = 0; i < LC__ATTR_COUNT && good; i++) {
        lc__attr a = (lc__attr)i;
        bool set = lc__attr_get(op, a, 0) != lc__attr_get(&fresh, a, 0) ||
                   lc__attr_get(op, a, 1) != lc__attr_get(&fresh, a, 1);
        if (rule->requires >> i & 1 || set)
            good = add_attr(op, a, into);
    }
    const int dims[4] = {op->shape.n, op->shape.h, op->shape.w, op->shape.c};
    return good && (op->type != LC_OP_INPUT || add_ints(into, "shape", dims, 4));
}
