#include "tree.h"

#include <math.h>
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

#define PATH_ROOM 1024
#define MAX_FILE ((size_t)8 << 20)

/* The whole file (free()), NULL if it cannot be read. */
static char *slurp(const char *root, const char *path) {
    char full[PATH_ROOM];
    if (snprintf(full, sizeof full, "%s%s", root, path) >= (int)sizeof full)
        return NULL;
    char *text = NULL;
    size_t length;
    return lc__file_read(full, MAX_FILE, &text, &length, NULL) ? NULL : text;
}

static void copy_trimmed(char *buf, size_t size, const char *text, size_t length) {
    while (length > 0 && isspace((unsigned char)text[0])) {
        text++;
        length--;
    }
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        length--;
    snprintf(buf, size, "%.*s", (int)length, text);
}

bool lc__tree_read(const char *root, const char *path, char *buf, size_t size) {
    char *text = slurp(root, path);
    if (!text)
        return false;
    copy_trimmed(buf, size, text, strlen(text));
    free(text);
    return buf[0] != '\0';
}

bool lc__tree_number(const char *root, const char *path, double *out) {
    char text[64], *end;
    if (!lc__tree_read(root, path, text, sizeof text))
        return false;
    *out = strtod(text, &end);
    return end != text && *end == '\0';
}

bool lc__tree_bytes(const char *root, const char *path, double *out) {
    char text[64], *end;
    if (!lc__tree_read(root, path, text, sizeof text))
        return false;
    double x = strtod(text, &end);
    *out = *end == 'K' ? x * 1024 : *end == 'M' ? x * 1048576 : x;
    return end != text && x > 0 && (*end == '\0' || ((*end == 'K' || *end == 'M') && !end[1]));
}

double lc__tree_cache(const char *root, int level) {
    double most = 0;
    for (int i = 0; i < 8; i++) {
        char path[128], type[32];
        double bytes, of = 0;
        snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/type", i);
        if (lc__tree_read(root, path, type, sizeof type) && strcmp(type, "Instruction") == 0)
            continue;
        snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/level", i);
        if (level > 0 && (!lc__tree_number(root, path, &of) || of != level))
            continue;
        snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/size", i);
        if (lc__tree_bytes(root, path, &bytes))
            most = fmax(most, bytes);
    }
    return most;
}

bool lc__tree_cpuinfo(const char *root, const char *key, char *buf, size_t size) {
    char *text = slurp(root, "/proc/cpuinfo");
    size_t n = strlen(key);
    bool found = false;
    for (char *line = text; line && !found;) {
        char *end = strchr(line, '\n');
        const char *colon = strchr(line, ':');
        size_t length = end ? (size_t)(end - line) : strlen(line);
        if (!strncmp(line, key, n) && (line[n] == '\t' || line[n] == ' ' || line[n] == ':') &&
            colon && colon < line + length) {
            copy_trimmed(buf, size, colon + 1, (size_t)(line + length - colon) - 1);
            found = buf[0] != '\0';
        }
        line = end ? end + 1 : NULL;
    }
    free(text);
    return found;
}

bool lc__tree_meminfo(const char *root, const char *key, double *bytes) {
    char *text = slurp(root, "/proc/meminfo");
    size_t n = strlen(key);
    bool found = false;
    for (const char *line = text; line && !found;) {
        if (!strncmp(line, key, n) && line[n] == ':') {
            char *end;
            *bytes = strtod(line + n + 1, &end) * 1024; /* "kB" are KiB */
            found = end > line + n + 1;
        }
        line = strchr(line, '\n');
        line += line != NULL;
    }
    free(text);
    return found;
}

static int by_version(const struct dirent **a, const struct dirent **b) {
    return strverscmp((*a)->d_name, (*b)->d_name);
}

size_t lc__tree_each(const char *root, const char *dir, const char *prefix,
                     void (*each)(void *ctx, const char *name), void *ctx) {
    char full[PATH_ROOM];
    if (snprintf(full, sizeof full, "%s%s", root, dir) >= (int)sizeof full)
        return 0;
    struct dirent **list;
    int n = scandir(full, &list, NULL, by_version);
    if (n < 0)
        return 0;
    size_t met = 0;
    for (int i = 0; i < n; i++) {
        if (list[i]->d_name[0] != '.' && !strncmp(list[i]->d_name, prefix, strlen(prefix))) {
            each(ctx, list[i]->d_name);
            met++;
        }
        free(list[i]);
    }
    free(list);
    return met;
}

bool lc__has_word(const char *text, const char *word) {
    size_t n = strlen(word);
    for (const char *p = strstr(text, word); p; p = strstr(p + 1, word))
        if ((p == text || p[-1] == ' ') && (p[n] == ' ' || p[n] == '\0'))
            return true;
    return false;
}

int lc__list_count(const char *list) {
    int count = 0;
    for (const char *p = list; *p;) {
        char *end;
        long first = strtol(p, &end, 10), last = first;
        if (end == p)
            return 0;
        if (*end == '-') {
            p = end + 1;
            last = strtol(p, &end, 10);
            if (end == p || last < first)
                return 0;
        }
        count += (int)(last - first) + 1;
        p = *end == ',' ? end + 1 : end;
        if (p == end && *p)
            return 0;
    }
    return count;
}

int lc__tree_numbers(const char *text, double *v, int most) {
    int n = 0;
    char *end;
    for (; n < most; n++, text = end) {
        v[n] = strtod(text, &end);
        if (end == text)
            break;
    }
    return n;
}
