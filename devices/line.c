#include "line.h"

#include <stdlib.h>
#include <string.h>

char *lc__line_from(const char *text, size_t length) {
    char *line = malloc(length + 1), *to = line;
    if (!line)
        return NULL;
    bool quoted = false;
    for (const char *p = text, *end = text + length; p < end; p++) {
        if (!quoted && strchr(" \t\r\n", *p))
            continue;
        *to++ = *p;
        if (quoted && *p == '\\' && p + 1 < end)
            *to++ = *++p;
        else if (*p == '"')
            quoted = !quoted;
    }
    *to = '\0';
    return line;
}

char *lc__line_of(const lc__cur *cur) {
    const char *start = lc__json_start(cur);
    return lc__line_from(start, (size_t)(lc__json_end(start) - start));
}

void lc__line_drop(char *line, const char *key) {
    size_t length = strlen(key);
    for (char *p = line + 1; *p == '"';) {
        const char *colon = lc__json_end(p);
        const char *after = lc__json_end(colon + 1);
        if ((size_t)(colon - p) == length + 2 && !memcmp(p + 1, key, length)) {
            if (*after == ',')
                after++;
            else if (p[-1] == ',')
                p--;
            memmove(p, after, strlen(after) + 1);
            return;
        }
        p += (after - p) + (*after == ',');
    }
}
