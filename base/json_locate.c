/* Finds the line of a value by walking the text again: the parser keeps no positions, and this is
 * only done once something is wrong. The text has parsed, so the walk needs no checks. */
#include "base/json.h"

#include <string.h>

static const char *skip_space(const char *p) {
    return p + strspn(p, " \t\r\n");
}

static const char *skip_string(const char *p) {
    for (p++; *p && *p != '"'; p++)
        if (*p == '\\' && p[1])
            p++;
    return *p ? p + 1 : p;
}

static const char *skip_value(const char *p) {
    int depth = 0;
    do {
        p = skip_space(p);
        if (*p == '"') {
            p = skip_string(p);
            continue;
        }
        if (*p == '{' || *p == '[')
            depth++;
        else if (*p == '}' || *p == ']')
            depth--;
        else if (depth == 0)
            return p + strcspn(p, ",]} \t\r\n");
        if (*p)
            p++;
    } while (*p && depth > 0);
    return p;
}

/* The parser lets one stand at the beginning. */
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* Position of the cursor's value. Members are counted, not compared: keys may hold escapes. */
static const char *find(const char *text, const lc__cur *cur) {
    if (!cur->up)
        return skip_space(strncmp(text, BYTE_ORDER_MARK, 3) ? text : text + 3);
    const char *p = skip_space(find(text, cur->up));
    bool object = *p == '{';
    int steps = 0;
    for (const cJSON *c = cur->up->v->child; c && c != cur->v; c = c->next)
        steps++;
    p = skip_space(p + 1);
    for (int i = 0;; i++) {
        if (object) {
            p = skip_space(skip_string(p));
            p = skip_space(p + 1); /* the colon */
        }
        if (i == steps)
            return p;
        p = skip_space(skip_value(p));
        if (*p != ',')
            return p;
        p = skip_space(p + 1);
    }
}

const char *lc__json_start(const lc__cur *cur) {
    return find(cur->doc->text, cur);
}

const char *lc__json_end(const char *value) {
    return skip_value(value);
}

int lc__json_locate(const char *text, const lc__cur *cur) {
    const char *at = find(text, cur);
    int line = 1;
    for (const char *p = text; p < at; p++)
        line += *p == '\n';
    return line;
}
