#include "cmdline/given.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"

lc_status lc__net_list_take(lc__net_list *list, lc_net *net, lc_error *err) {
    if (list->n == list->room) {
        size_t room = list->room ? 2 * list->room : 16;
        lc_net **more = realloc(list->net, room * sizeof(lc_net *));
        if (!more) {
            lc_net_free(net);
            return lc__no_memory(err);
        }
        list->net = more;
        list->room = room;
    }
    list->net[list->n++] = net;
    return LC_OK;
}

static lc_status add_plan(lc__net_list *list, const char *text, size_t length, const char *path,
                          lc_error *err) {
    lc_plan plan;
    lc_status s = lc_plan_parse(text, length, path, &plan, err);
    if (s)
        return s;
    for (size_t i = 0; i < plan.n_items && !s; i++) {
        s = lc__net_list_take(list, plan.items[i].net, err);
        plan.items[i].net = NULL;
    }
    lc_plan_clear(&plan);
    list->many = true;
    return s;
}

static lc_status add_lines(lc__net_list *list, const char *text, const char *path, lc_error *err) {
    size_t before = list->n;
    int number = 0;
    for (const char *line = text; *line; number++) {
        size_t length = strcspn(line, "\n");
        if (strspn(line, " \t\r") < length) { /* a blank line separates, nothing more */
            lc_net *net;
            lc_status s = lc_net_parse(line, length, path, number, &net, err);
            if (!s)
                s = lc__net_list_take(list, net, err);
            if (s)
                return s;
        }
        line += length + (line[length] == '\n');
    }
    list->many = true;
    if (list->n > before)
        return LC_OK;
    lc_error_set(err, LC_EFORMAT, "no nets in the file; it holds a net.json object a line");
    return lc_error_in_file(err, path);
}

/* A plan is told from a net by its items. */
static lc_status add_document(lc__net_list *list, const char *text, size_t length, const char *path,
                              lc_error *err) {
    lc__doc doc;
    lc_status s = lc__doc_parse(&doc, text, length, path, 0, err);
    if (s)
        return s;
    bool plan = cJSON_GetObjectItemCaseSensitive(doc.root, "items") != NULL;
    lc__doc_clear(&doc);
    if (plan)
        return add_plan(list, text, length, path, err);
    lc_net *net;
    s = lc_net_parse(text, length, path, 0, &net, err);
    return s ? s : lc__net_list_take(list, net, err);
}

static lc_status add_file(lc__net_list *list, const char *path, lc_error *err) {
    char *text;
    size_t length;
    lc_status s = lc__file_read(path, LC__JSON_MAX_BYTES, &text, &length, err);
    if (s)
        return s;
    const char *suffix = strrchr(path, '.');
    if (suffix && !strcmp(suffix, ".jsonl") && strlen(text) == length)
        s = add_lines(list, text, path, err);
    else
        s = add_document(list, text, length, path, err);
    free(text);
    return s;
}

static lc_status add_of_space(lc__net_list *list, const lc_space *space, const char *arch,
                              lc_error *err) {
    int choices[LC_NET_MAX_CHOICES];
    lc_net *net;
    lc_status s = space->parse(arch, choices, err);
    if (!s)
        s = lc_space_net(space, choices, space->n_positions, &net, err);
    return s ? s : lc__net_list_take(list, net, err);
}

lc_status lc__space_named(const char *name, const lc_space **out, lc_error *err) {
    *out = lc_space_find(name);
    if (*out)
        return LC_OK;
    char list[200] = "";
    for (const lc_space *const *s = lc_spaces(); *s; s++)
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", *list ? ", " : "",
                 (*s)->name);
    lc_error_set(err, LC_EUNSUPPORTED, "unknown space \"%.60s\"; there are %s", name, list);
    return LC_EUNSUPPORTED;
}

lc_status lc__net_list_add(lc__net_list *list, const char *arch, lc_error *err) {
    char word[32] = "";
    size_t n = strcspn(arch, ":");
    if (arch[n] && n < sizeof word)
        memcpy(word, arch, n);
    const lc_space *space = *word ? lc_space_find(word) : NULL;
    lc_status s;
    if (space) {
        s = add_of_space(list, space, arch + n + 1, err);
    } else if (!strcmp(word, "zoo")) {
        lc_net *net;
        s = lc_zoo_net(arch + n + 1, &net, err);
        if (!s)
            s = lc__net_list_take(list, net, err);
    } else {
        return add_file(list, arch, err);
    }
    if (s)
        lc_error_in_file(err, arch);
    return s;
}

void lc__net_list_clear(lc__net_list *list) {
    for (size_t i = 0; i < list->n; i++)
        lc_net_free(list->net[i]);
    free(list->net);
    memset(list, 0, sizeof *list);
}
