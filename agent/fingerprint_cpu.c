#include "fingerprint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tree.h"

#define CPU_DIR "/sys/devices/system/cpu"

/* The features that runtimes choose their kernels by, in the kernel's spelling (a 32-bit ARM kernel
 * says neon, asimdbf16 and asimdi8mm for what a 64-bit one calls asimd, bf16 and i8mm). */
static const char *const features[] = {
    "ssse3",       "sse4_1",      "sse4_2",      "avx",        "f16c",     "fma",
    "avx2",        "avx_vnni",    "avx512f",     "avx512bw",   "avx512dq", "avx512vl",
    "avx512_vnni", "avx512_bf16", "avx512_fp16", "avx512vbmi", "amx_tile", "amx_int8",
    "amx_bf16",    "amx_fp16",    "avx10",       "neon",       "vfpv4",    "asimd",
    "asimdrdm",    "fphp",        "asimdhp",     "asimddp",    "asimdfhm", "sve",
    "asimdbf16",   "asimdi8mm",   "sve2",        "i8mm",       "bf16",     "sme",
    "v",           "rv64imafdcv"};

static void add_features(const char *root, cJSON *object) {
    char flags[8192];
    if (!lc__tree_cpuinfo(root, "flags", flags, sizeof flags) &&
        !lc__tree_cpuinfo(root, "Features", flags, sizeof flags)) {
        lc__absent(object, "isa_features", "/proc/cpuinfo lists no flags or Features");
        return;
    }
    cJSON *list = cJSON_AddArrayToObject(object, "isa_features");
    for (size_t i = 0; i < sizeof features / sizeof features[0]; i++)
        if (lc__has_word(flags, features[i]))
            cJSON_AddItemToArray(list, cJSON_CreateString(features[i]));
}

static void add_string_once(cJSON *list, const char *text) {
    const cJSON *e;
    cJSON_ArrayForEach(e, list) {
        if (!strcmp(cJSON_GetStringValue(e), text))
            return;
    }
    cJSON_AddItemToArray(list, cJSON_CreateString(text));
}

/* The kinds of core, each once: a board may have big and little ones. The identifying lines of
 * /proc/cpuinfo are joined as they stand ("CPU implementer 0x41, CPU variant 0x0, ..."). */
static void add_parts(const char *root, cJSON *object) {
    static const char *const keys[] = {"vendor_id", "cpu family",      "model",
                                       "stepping",  "CPU implementer", "CPU variant",
                                       "CPU part",  "CPU revision"};
    char full[1024], part[512] = "";
    snprintf(full, sizeof full, "%s/proc/cpuinfo", root);
    FILE *f = fopen(full, "r");
    cJSON *list = cJSON_CreateArray();
    char *line = NULL;
    size_t room = 0;
    while (f && getline(&line, &room, f) >= 0) {
        char key[64] = "", value[64] = "";
        sscanf(line, " %63[^:\t] : %63[^\n]", key, value);
        if (line[0] == '\n' || !strcmp(key, "processor")) { /* a new processor's lines begin */
            if (part[0])
                add_string_once(list, part);
            part[0] = '\0';
            continue;
        }
        for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++) {
            size_t at = strlen(part);
            if (!strcmp(key, keys[k]))
                snprintf(part + at, sizeof part - at, "%s%s %s", at ? ", " : "", key, value);
        }
    }
    if (part[0])
        add_string_once(list, part);
    free(line);
    if (f)
        fclose(f);
    if (cJSON_GetArraySize(list) > 0) {
        cJSON_AddItemToObject(object, "cpu_parts", list);
        return;
    }
    cJSON_Delete(list);
    lc__absent(object, "cpu_parts", "/proc/cpuinfo names no family, model or part");
}

/* Walks the caches of every CPU. */
typedef struct cache_walk {
    const char *root;
    cJSON *list;
    char cpu[300]; /* directory of the CPU at hand */
} cache_walk;

static void cache_file(const cache_walk *w, const char *index, const char *file, char *buf,
                       size_t size) {
    char path[512];
    buf[0] = '\0';
    snprintf(path, sizeof path, "%s/%s/%s", w->cpu, index, file);
    lc__tree_read(w->root, path, buf, size);
}

/* A cache stands once, however many CPUs share it. */
static void one_cache(void *ctx, const char *index) {
    cache_walk *w = ctx;
    char level[8], type[24], size[512], cpus[128];
    cache_file(w, index, "level", level, sizeof level);
    cache_file(w, index, "type", type, sizeof type);
    snprintf(size, sizeof size, "%s/%s/size", w->cpu, index);
    cache_file(w, index, "shared_cpu_list", cpus, sizeof cpus);
    double bytes;
    if (!level[0] || !type[0] || !lc__tree_bytes(w->root, size, &bytes))
        return;
    cJSON *e;
    cJSON_ArrayForEach(e, w->list) {
        if (cJSON_GetObjectItem(e, "level")->valueint == level[0] - '0' &&
            !strcmp(cJSON_GetStringValue(cJSON_GetObjectItem(e, "type")), type) &&
            !strcmp(cJSON_GetStringValue(cJSON_GetObjectItem(e, "cpus")), cpus))
            return;
    }
    e = cJSON_CreateObject();
    cJSON_AddNumberToObject(e, "level", level[0] - '0');
    cJSON_AddStringToObject(e, "type", type);
    cJSON_AddNumberToObject(e, "size_bytes", bytes);
    cJSON_AddStringToObject(e, "cpus", cpus);
    cJSON_AddItemToArray(w->list, e);
}

static void one_cpu(void *ctx, const char *name) {
    cache_walk *w = ctx;
    snprintf(w->cpu, sizeof w->cpu, CPU_DIR "/%.200s/cache", name);
    lc__tree_each(w->root, w->cpu, "index", one_cache, w);
}

static void add_caches(const char *root, cJSON *object) {
    cache_walk w = {.root = root, .list = cJSON_CreateArray()};
    lc__tree_each(root, CPU_DIR, "cpu", one_cpu, &w);
    if (cJSON_GetArraySize(w.list) > 0) {
        cJSON_AddItemToObject(object, "caches", w.list);
        return;
    }
    cJSON_Delete(w.list);
    lc__absent(object, "caches", "no " CPU_DIR "/cpu*/cache/index*");
}

static void add_cores(const char *root, cJSON *object) {
    char online[256];
    int cores =
        lc__tree_read(root, CPU_DIR "/online", online, sizeof online) ? lc__list_count(online) : 0;
    if (cores > 0)
        cJSON_AddNumberToObject(object, "cores", cores);
    else
        lc__absent(object, "cores", CPU_DIR "/online cannot be read");
}

/* Adds the kHz of one cpufreq file, if it is there. */
static void add_khz(const char *root, cJSON *object, const char *member, const char *file) {
    char path[128];
    double khz;
    snprintf(path, sizeof path, CPU_DIR "/cpu0/cpufreq/%s", file);
    if (lc__tree_number(root, path, &khz) && khz > 0)
        cJSON_AddNumberToObject(object, member, khz);
}

static void add_frequency(const char *root, cJSON *object) {
    static const char why[] = "no " CPU_DIR "/cpu0/cpufreq: the kernel does not set the frequency "
                              "(a hypervisor or the firmware does)";
    char governor[64] = "";
    lc__tree_read(root, CPU_DIR "/cpu0/cpufreq/scaling_governor", governor, sizeof governor);
    lc__present(object, "governor", governor, why);
    cJSON *khz = cJSON_CreateObject();
    add_khz(root, khz, "cur", "scaling_cur_freq");
    add_khz(root, khz, "min", "scaling_min_freq");
    add_khz(root, khz, "max", "scaling_max_freq");
    if (khz && khz->child) {
        cJSON_AddItemToObject(object, "freq_khz", khz);
        return;
    }
    cJSON_Delete(khz);
    lc__absent(object, "freq_khz", why);
}

/* Walks the frequency policies: CPUs of one are set together, and of one kind. */
typedef struct policy_walk {
    const char *root;
    cJSON *list;
} policy_walk;

static void add_policy_number(const char *root, cJSON *object, const char *member,
                              const char *path) {
    double value;
    if (lc__tree_number(root, path, &value) && value > 0)
        cJSON_AddNumberToObject(object, member, value);
}

/* Makes one of two policies that differ in their CPUs only, and frees the second; servers have one
 * for every CPU. */
static bool join_policies(cJSON *first, cJSON *second) {
    if (!first)
        return false;
    char both[512];
    cJSON *a = cJSON_DetachItemFromObject(first, "cpus");
    cJSON *b = cJSON_DetachItemFromObject(second, "cpus");
    bool alike = cJSON_Compare(first, second, true);
    snprintf(both, sizeof both, "%.250s%s%.250s", cJSON_GetStringValue(a), alike ? " " : "",
             alike ? cJSON_GetStringValue(b) : "");
    cJSON_AddStringToObject(first, "cpus", both);
    cJSON_Delete(a);
    if (alike) {
        cJSON_Delete(b);
        cJSON_Delete(second);
    } else {
        cJSON_AddItemToObject(second, "cpus", b);
    }
    return alike;
}

static void one_policy(void *ctx, const char *name) {
    static const struct {
        const char *member, *file;
    } numbers[] = {{"min_khz", "scaling_min_freq"},
                   {"max_khz", "scaling_max_freq"},
                   {"hardware_max_khz", "cpuinfo_max_freq"}};
    static const char *const words[][2] = {{"governor", "scaling_governor"},
                                           {"driver", "scaling_driver"}};
    policy_walk *w = ctx;
    char path[160], text[256];
    snprintf(path, sizeof path, CPU_DIR "/cpufreq/%.40s/related_cpus", name);
    if (!lc__tree_read(w->root, path, text, sizeof text))
        return;
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "cpus", text);
    snprintf(path, sizeof path, CPU_DIR "/cpu%ld/cpu_capacity", strtol(text, NULL, 10));
    add_policy_number(w->root, object, "capacity", path);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        snprintf(path, sizeof path, CPU_DIR "/cpufreq/%.40s/%s", name, numbers[i].file);
        add_policy_number(w->root, object, numbers[i].member, path);
    }
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        snprintf(path, sizeof path, CPU_DIR "/cpufreq/%.40s/%s", name, words[i][1]);
        if (lc__tree_read(w->root, path, text, sizeof text))
            cJSON_AddStringToObject(object, words[i][0], text);
    }
    if (!join_policies(cJSON_GetArrayItem(w->list, cJSON_GetArraySize(w->list) - 1), object))
        cJSON_AddItemToArray(w->list, object);
}

static void add_policies(const char *root, cJSON *object) {
    policy_walk w = {.root = root, .list = cJSON_CreateArray()};
    lc__tree_each(root, CPU_DIR "/cpufreq", "policy", one_policy, &w);
    if (cJSON_GetArraySize(w.list) > 0) {
        cJSON_AddItemToObject(object, "cpu_policies", w.list);
        return;
    }
    cJSON_Delete(w.list);
    lc__absent(object, "cpu_policies", "no " CPU_DIR "/cpufreq/policy*");
}

void lc__fingerprint_cpu(const char *root, cJSON *object) {
    char vendor[64] = "", model[128] = "";
    lc__tree_cpuinfo(root, "vendor_id", vendor, sizeof vendor);
    lc__tree_cpuinfo(root, "model name", model, sizeof model);
    lc__present(object, "cpu_vendor", vendor, "/proc/cpuinfo has no vendor_id");
    lc__present(object, "cpu_model", model, "/proc/cpuinfo has no model name; see cpu_parts");
    add_parts(root, object);
    add_features(root, object);
    add_caches(root, object);
    add_cores(root, object);
    add_frequency(root, object);
    add_policies(root, object);
}
