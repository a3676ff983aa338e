#include "memory.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/file.h"

#define PATH_ROOM 4096
#define FILE_LIMIT ((size_t)1 << 20)

/* A file below `root` as text, NULL if it cannot be read; free(). */
static char *slurp(const char *root, const char *folder, const char *name) {
    char path[PATH_ROOM], *text = NULL;
    size_t length;
    if (snprintf(path, sizeof path, "%s%s%s", root, folder, name) >= (int)sizeof path ||
        lc__file_read(path, FILE_LIMIT, &text, &length, NULL) != LC_OK) {
        return NULL;
    }
    return text;
}

/* The number after `key` at the start of a line; NAN if there is none, as in "max". */
static double number_after(const char *text, const char *key) {
    size_t n = strlen(key);
    for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, key, n) == 0) {
            char *end;
            double value = strtod(line + n, &end);
            return end > line + n ? value : NAN;
        }
    }
    return NAN;
}

static double number_in(const char *root, const char *folder, const char *name, const char *key) {
    char *text = slurp(root, folder, name);
    double value = text == NULL ? NAN : number_after(text, key);
    free(text);
    return value;
}

/* The names that a version of control groups has. */
typedef struct names {
    const char *mount, *limit, *usage, *cache;
} names;

/* What one group leaves. Its page cache is given back when memory is short. */
static double group_room(const char *root, const char *folder, const names *n) {
    double limit = number_in(root, folder, n->limit, "");
    double usage = number_in(root, folder, n->usage, "");
    double cache = number_in(root, folder, "/memory.stat", n->cache);
    if (isnan(limit) || isnan(usage)) {
        return INFINITY;
    }
    return fmax(limit - usage + (isnan(cache) ? 0 : cache), 0);
}

/* The least of a group's and those that it is in. `path` is cut as they are gone through; a
 * container may see them under another path, or its own as "/". */
static double groups_room(const char *root, char *path, const names *n) {
    char folder[PATH_ROOM];
    double least = INFINITY;
    for (;;) {
        if (snprintf(folder, sizeof folder, "%s%s", n->mount, path) < (int)sizeof folder) {
            least = fmin(least, group_room(root, folder, n));
        }
        char *slash = strrchr(path, '/');
        if (slash == NULL) {
            return least;
        }
        *slash = '\0';
    }
}

/* Lines of /proc/self/cgroup: "4:memory:/path" in version 1, "0::/path" in version 2. */
static double cgroups_room(const char *root) {
    static const names v1 = {"/sys/fs/cgroup/memory", "/memory.limit_in_bytes",
                             "/memory.usage_in_bytes", "total_inactive_file "};
    static const names v2 = {"/sys/fs/cgroup", "/memory.max", "/memory.current", "inactive_file "};
    char *text = slurp(root, "/proc/self/cgroup", ""), *rest = NULL;
    double least = INFINITY;
    for (char *line = text == NULL ? NULL : strtok_r(text, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        char *path = strchr(line, '/');
        bool is_v2 = strncmp(line, "0::", 3) == 0;
        if (path != NULL && (is_v2 || strstr(line, ":memory:") != NULL)) {
            least = fmin(least, groups_room(root, path, is_v2 ? &v2 : &v1));
        }
    }
    free(text);
    return least;
}

/* Addresses that a process has: 4 GB of 32 bits, however much the board has. The last megabyte is
 * nobody's, and is room for what sizes are rounded up by. */
#define ADDRESSES ((double)(UINTPTR_MAX - (1 << 20)))

/* What `ulimit -v` leaves of them. What is in use counts against a limit only: QEMU tells of its
 * own process, which holds more than the one that it emulates could. */
static double address_room(const char *root) {
    struct rlimit limit;
    double pages = number_in(root, "/proc/self/statm", "", "");
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY || isnan(pages)) {
        return ADDRESSES;
    }
    double left = (double)limit.rlim_cur - pages * (double)sysconf(_SC_PAGESIZE);
    return fmin(fmax(left, 0), ADDRESSES);
}

double lc__memory_available(const char *root) {
    double machine = 1024 * number_in(root, "/proc/meminfo", "", "MemAvailable:");
    double groups = fmin(cgroups_room(root), address_room(root));
    return isnan(machine) ? groups : fmin(machine, groups);
}
