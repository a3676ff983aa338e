#include "fingerprint.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "tree.h"

void lc__absent(cJSON *object, const char *member, const char *why) {
    char name[64];
    snprintf(name, sizeof name, "%s_absent", member);
    cJSON_AddNullToObject(object, member);
    cJSON_AddStringToObject(object, name, why);
}

void lc__present(cJSON *object, const char *member, const char *value, const char *why_absent) {
    if (value && value[0])
        cJSON_AddStringToObject(object, member, value);
    else
        lc__absent(object, member, why_absent);
}

/* "PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"" of os-release, without the quotes. */
static void add_distro(const char *root, cJSON *object) {
    char text[4096], *name = NULL;
    if (lc__tree_read(root, "/etc/os-release", text, sizeof text))
        name = strstr(text, "PRETTY_NAME=");
    if (name) {
        name += strlen("PRETTY_NAME=");
        name += *name == '"';
        name[strcspn(name, "\"\n")] = '\0';
    }
    lc__present(object, "distro", name, "/etc/os-release names none");
}

static void add_memory(const char *root, cJSON *object) {
    double bytes;
    if (lc__tree_meminfo(root, "MemTotal", &bytes))
        cJSON_AddNumberToObject(object, "memory_bytes", bytes);
    else
        lc__absent(object, "memory_bytes", "/proc/meminfo has no MemTotal");
}

lc_status lc__fingerprint_tree(const char *root, cJSON **out, lc_error *err) {
    cJSON *object = cJSON_CreateObject();
    if (!object)
        return lc_error_set(err, LC_ENOMEM, "out of memory");
    lc__fingerprint_cpu(root, object);
    lc__fingerprint_board(root, object);
    add_memory(root, object);
    char kernel[256] = "";
    lc__tree_read(root, "/proc/sys/kernel/osrelease", kernel, sizeof kernel);
    lc__present(object, "kernel", kernel, "/proc/sys/kernel/osrelease cannot be read");
    add_distro(root, object);
    lc__fingerprint_power(root, object);
    *out = object;
    return LC_OK;
}

lc_status lc__fingerprint_process(cJSON *object, const lc__clock *clock, const lc__perf *perf,
                                  lc_error *err) {
    cJSON_AddStringToObject(object, "timer", clock->about);
    lc__present(object, "perf_events", perf->counts, perf->absent);
#if defined(__clang__)
    cJSON_AddStringToObject(object, "compiler", "clang " __clang_version__);
#else
    cJSON_AddStringToObject(object, "compiler", "gcc " __VERSION__);
#endif
    lc__present(object, "compiler_flags", LATCAST_BUILD_FLAGS, "built without flags");
    if (!cJSON_AddStringToObject(object, "agent_version", LATCAST_VERSION))
        return lc_error_set(err, LC_ENOMEM, "out of memory");
    return LC_OK;
}

/* Words that say nothing about which machine it is. */
static bool noise_word(const char *word, size_t n) {
    static const char *const noise[] = {"r", "tm", "cpu", "processor", "rev", "model"};
    for (size_t i = 0; i < sizeof noise / sizeof noise[0]; i++)
        if (strlen(noise[i]) == n && !strncmp(noise[i], word, n))
            return true;
    return false;
}

void lc__fingerprint_slug(const cJSON *object, char *buf, size_t size) {
    const char *source = cJSON_GetStringValue(cJSON_GetObjectItem(object, "board_source"));
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(
        object, source && !strcmp(source, "device-tree") ? "board" : "cpu_model"));
    char lower[256];
    snprintf(lower, sizeof lower, "%s", text ? text : "");
    lower[strcspn(lower, "@")] = '\0'; /* "@ 2.10GHz" */
    for (char *p = lower; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    size_t length = 0;
    buf[0] = '\0';
    for (const char *p = lower; *p;) {
        size_t n = strspn(p, "abcdefghijklmnopqrstuvwxyz0123456789.");
        if (n > 0 && !noise_word(p, n) && length + n + 2 < size)
            length += (size_t)snprintf(buf + length, size - length, "%s%.*s", length ? "-" : "",
                                       (int)n, p);
        p += n ? n : 1;
    }
    if (!buf[0])
        snprintf(buf, size, "device");
}
