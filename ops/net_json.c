/* net.json: the document, the fields that both forms share, and the space form. The explicit form
 * is read by net_explicit.c. */
#include "net_json.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "latcast/space.h"
#include "net_explicit.h"
#include "op_json.h"
#include "spaces/spaces.h"

#define MAX_NAME 256
#define MAX_SPACES 64

static lc_status read_name(const lc__cur *object, const char **name, lc_error *err) {
    lc__cur c;
    *name = NULL;
    if (!lc__json_get(object, "name", &c))
        return LC_OK;
    lc_status s = lc__json_str(&c, name, err);
    if (!s && strlen(*name) > MAX_NAME)
        s = lc__json_fail(&c, err, LC_EFORMAT, "a name has at most %d bytes", MAX_NAME);
    return s;
}

static lc_status find_space(const lc__cur *cur, const lc_space **space, lc_error *err) {
    const char *word, *names[MAX_SPACES];
    lc__buf list = {0};
    size_t n = 0;
    lc_status s = lc__json_str(cur, &word, err);
    if (s)
        return s;
    *space = lc_space_find(word);
    if (*space)
        return LC_OK;
    for (const lc_space *const *known = lc_spaces(); *known && n < MAX_SPACES; known++) {
        lc__buf_printf(&list, "%s%s", n ? ", " : "", (*known)->name);
        names[n++] = (*known)->name;
    }
    const char *near = lc__nearest(word, names, n);
    s = lc__json_fail(cur, err, LC_EUNSUPPORTED,
                      "unknown space \"%.60s\"%s%s%s; this build knows %s", word,
                      near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "",
                      list.text ? list.text : "");
    free(list.text);
    return s;
}

static lc_status read_choices(const lc__cur *cur, const lc_space *space, int *choices,
                              lc_error *err) {
    lc__cur e;
    lc_status s = lc__json_array(cur, err);
    if (s)
        return s;
    int n = lc__json_size(cur), i = 0;
    if (n != space->n_positions)
        return lc__json_fail(cur, err, LC_EFORMAT, "space %s has %d choices, not %d", space->name,
                             space->n_positions, n);
    for (bool more = lc__json_first(cur, &e); more && !s; more = lc__json_next(&e), i++) {
        int64_t value = 0;
        s = lc__json_int(&e, 0, space->n_options(i) - 1, &value, err);
        choices[i] = (int)value;
    }
    return s;
}

static lc_status read_arch(const lc__cur *cur, const lc_space *space, int *choices, lc_error *err) {
    const char *arch;
    lc_error why;
    lc_status s = lc__json_str(cur, &arch, err);
    if (!s && space->parse(arch, choices, &why))
        s = lc__json_fail(cur, err, why.code, "%s", why.message);
    return s;
}

static lc_status read_space(const lc__cur *object, const lc__cur *name, lc_net **out,
                            lc_error *err) {
    const lc_space *space;
    int choices[LC_NET_MAX_CHOICES], arch_choices[LC_NET_MAX_CHOICES];
    lc__cur vector, arch;
    bool has_vector = lc__json_get(object, "choices", &vector);
    bool has_arch = lc__json_get(object, "arch", &arch);
    lc_status s = find_space(name, &space, err);
    if (s)
        return s;
    if (!has_vector && !has_arch)
        return lc__json_fail(object, err, LC_EFORMAT,
                             "\"choices\" is missing (or \"arch\", the string of public tables)");
    if (has_arch)
        s = read_arch(&arch, space, arch_choices, err);
    if (!s && has_vector)
        s = read_choices(&vector, space, choices, err);
    if (s)
        return s;
    size_t size = (size_t)space->n_positions * sizeof *choices;
    if (has_arch && has_vector && memcmp(choices, arch_choices, size) != 0)
        return lc__json_fail(&arch, err, LC_EFORMAT,
                             "names another net than \"choices\"; keep one");
    return lc_space_net(space, has_vector ? choices : arch_choices, space->n_positions, out, err);
}

lc_status lc__net_from_json(const lc__cur *object, lc_net **out, lc_error *err) {
    lc__cur c, ops;
    const char *name = NULL;
    lc_net *net = NULL;
    lc_status s = lc__json_object(object, err);
    if (!s && lc__json_get(object, "schema_version", &c))
        s = lc__json_version(object, LC__NET_SCHEMA_VERSION, err);
    if (!s)
        s = read_name(object, &name, err);
    if (s)
        return s;
    bool has_space = lc__json_get(object, "space", &c), has_ops = lc__json_get(object, "ops", &ops);
    if (has_space && has_ops)
        return lc__json_fail(object, err, LC_EFORMAT,
                             "has both \"space\" and \"ops\"; keep one of the two forms");
    if (!has_space && !has_ops)
        return lc__json_fail(object, err, LC_EFORMAT,
                             "\"ops\" is missing (or \"space\" with \"choices\")");
    s = has_space ? read_space(object, &c, &net, err) : lc__net_read_explicit(object, &net, err);
    if (!s && name && lc_net_set_name(net, name))
        s = lc_error_set(err, LC_ENOMEM, "out of memory");
    if (s)
        lc_net_free(net);
    else
        *out = net;
    return s;
}

/* A whole document needs its version. */
static lc_status read_doc(const lc__doc *doc, lc_net **out, lc_error *err) {
    lc__cur root = lc__doc_root(doc);
    lc_status s = lc__json_version(&root, LC__NET_SCHEMA_VERSION, err);
    return s ? s : lc__net_from_json(&root, out, err);
}

lc_status lc_net_parse(const char *text, size_t length, const char *file, int line0, lc_net **out,
                       lc_error *err) {
    lc__doc doc;
    lc_status s = lc__doc_parse(&doc, text, length, file, line0, err);
    if (s)
        return s;
    s = read_doc(&doc, out, err);
    lc__doc_clear(&doc);
    return s;
}

lc_status lc_net_load(const char *path, lc_net **out, lc_error *err) {
    lc__doc doc;
    lc_status s = lc__doc_load(&doc, path, err);
    if (s)
        return s;
    s = read_doc(&doc, out, err);
    lc__doc_clear(&doc);
    return s;
}

static bool write_node(const lc_net *net, int index, cJSON *ops) {
    const lc_node *node = lc_net_node(net, index);
    cJSON *entry = cJSON_CreateObject();
    if (!entry || !cJSON_AddItemToArray(ops, entry)) {
        cJSON_Delete(entry);
        return false;
    }
    bool good = cJSON_AddStringToObject(entry, "id", node->id) && lc__op_to_json(&node->op, entry);
    if (!good || node->n_inputs == 0)
        return good;
    cJSON *inputs = cJSON_AddArrayToObject(entry, "inputs");
    for (int k = 0; k < node->n_inputs && inputs; k++) {
        cJSON *id = cJSON_CreateString(lc_net_node(net, node->inputs[k])->id);
        if (!id || !cJSON_AddItemToArray(inputs, id)) {
            cJSON_Delete(id);
            return false;
        }
    }
    return inputs != NULL;
}

bool lc__net_to_cjson(const lc_net *net, bool explicit_form, cJSON *into) {
    int n_choices;
    const int *choices = lc_net_choices(net, &n_choices);
    if (!cJSON_AddStringToObject(into, "name", lc_net_name(net)))
        return false;
    if (choices && !explicit_form) {
        cJSON *array = cJSON_CreateIntArray(choices, n_choices);
        if (array && cJSON_AddStringToObject(into, "space", lc_net_space(net)) &&
            cJSON_AddItemToObject(into, "choices", array))
            return true;
        cJSON_Delete(array);
        return false;
    }
    cJSON *ops = cJSON_AddArrayToObject(into, "ops");
    bool good = ops != NULL;
    for (int i = 0; i < lc_net_size(net) && good; i++)
        good = write_node(net, i, ops);
    const lc_node *output = lc_net_node(net, lc_net_output(net));
    return good && (!output || cJSON_AddStringToObject(into, "output", output->id));
}

char *lc_net_to_json(const lc_net *net, bool explicit_form) {
    cJSON *root = cJSON_CreateObject();
    char *text = NULL;
    if (root && lc__json_add_num(root, "schema_version", LC__NET_SCHEMA_VERSION) &&
        lc__net_to_cjson(net, explicit_form, root))
        text = lc__json_print(root);
    cJSON_Delete(root);
    return text;
}
