#include "onednn_isa.h"

#include <stdio.h>
#include <string.h>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>

static bool leaf7_bit(unsigned subleaf, bool in_edx, int bit) {
    unsigned a = 0, b = 0, c = 0, d = 0;
    return __get_cpuid_count(7, subleaf, &a, &b, &c, &d) && ((in_edx ? d : a) >> bit & 1);
}

static bool has_sse41(void) {
    return __builtin_cpu_supports("sse4.1");
}

static bool has_avx(void) {
    return __builtin_cpu_supports("avx");
}

static bool has_avx2(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static bool has_avx2_vnni(void) {
    return has_avx2() && leaf7_bit(1, false, 4);
}

static bool has_avx512(void) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

static bool has_avx512_vnni(void) {
    return has_avx512() && __builtin_cpu_supports("avx512vnni");
}

static bool has_avx512_bf16(void) {
    return has_avx512_vnni() && leaf7_bit(1, false, 5);
}

static bool has_amx(void) {
    return has_avx512_bf16() && leaf7_bit(0, true, 24) && leaf7_bit(0, true, 25) &&
           leaf7_bit(0, true, 22);
}

/* Weakest first, which is how a list of them reads best. */
static const struct entry {
    const char *name;
    dnnl_cpu_isa_t isa;
    bool (*present)(void);
} entries[] = {
    {"sse41", dnnl_cpu_isa_sse41, has_sse41},
    {"avx", dnnl_cpu_isa_avx, has_avx},
    {"avx2", dnnl_cpu_isa_avx2, has_avx2},
    {"avx2_vnni", dnnl_cpu_isa_avx2_vnni, has_avx2_vnni},
    {"avx512", dnnl_cpu_isa_avx512_core, has_avx512},
    {"avx512_vnni", dnnl_cpu_isa_avx512_core_vnni, has_avx512_vnni},
    {"avx512_bf16", dnnl_cpu_isa_avx512_core_bf16, has_avx512_bf16},
    {"amx", dnnl_cpu_isa_avx512_core_amx, has_amx},
};
#define N_ENTRIES (sizeof entries / sizeof entries[0])

static void list(bool only_present, char *buf, size_t size) {
    size_t used = 0;
    buf[0] = '\0';
    for (size_t i = 0; i < N_ENTRIES && used < size; i++) {
        if (!only_present || entries[i].present()) {
            int n = snprintf(buf + used, size - used, "%s%s", used ? ", " : "", entries[i].name);
            used += n > 0 ? (size_t)n : 0;
        }
    }
}

lc_status lc__dnnl_isa_find(const char *name, dnnl_cpu_isa_t *isa, lc_error *err) {
    char names[160];
    for (size_t i = 0; i < N_ENTRIES; i++) {
        if (strcmp(entries[i].name, name) == 0) {
            *isa = entries[i].isa;
            if (entries[i].present()) {
                return LC_OK;
            }
            list(true, names, sizeof names);
            return lc_error_set(err, LC_EUNSUPPORTED, "this CPU has no %s; it has %s", name, names);
        }
    }
    list(false, names, sizeof names);
    return lc_error_set(err, LC_EUNSUPPORTED, "no instruction set \"%s\"; oneDNN takes %s", name,
                        names);
}

const char *lc__dnnl_isa_name(dnnl_cpu_isa_t isa) {
    for (size_t i = 0; i < N_ENTRIES; i++) {
        if (entries[i].isa == isa) {
            return entries[i].name;
        }
    }
    return "unknown";
}

#else /* oneDNN takes caps on x86 only */

lc_status lc__dnnl_isa_find(const char *name, dnnl_cpu_isa_t *isa, lc_error *err) {
    (void)isa;
    return lc_error_set(err, LC_EUNSUPPORTED,
                        "oneDNN takes no cap on the instruction set on this architecture: leave "
                        "\"%s\" out",
                        name);
}

const char *lc__dnnl_isa_name(dnnl_cpu_isa_t isa) {
    (void)isa;
    return "unknown";
}

#endif
