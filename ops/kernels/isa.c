#include "kernels/isa.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { X86, ARM };

static const struct {
    const char *name;
    int architecture;
} entries[LC__ISA_COUNT] = {
#define ENTRY(NAME, name, arch) [LC__ISA_PLACE_##NAME] = {#name, arch},
    LC__ISA_MAP(ENTRY)
#undef ENTRY
};

/* What each brings along. AVX-512 CPUs need not have the VNNI of AVX2. */
static lc__isa implied(lc__isa one) {
    switch (one) {
    case LC__ISA_AVX:
        return LC__ISA_SSE41;
    case LC__ISA_AVX2:
        return LC__ISA_SSE41 | LC__ISA_AVX;
    case LC__ISA_AVX2_VNNI:
    case LC__ISA_AVX512:
        return LC__ISA_SSE41 | LC__ISA_AVX | LC__ISA_AVX2;
    case LC__ISA_AVX512_VNNI:
        return implied(LC__ISA_AVX512) | LC__ISA_AVX512;
    case LC__ISA_AVX512_BF16:
        return implied(LC__ISA_AVX512_VNNI) | LC__ISA_AVX512_VNNI;
    case LC__ISA_AMX:
        return implied(LC__ISA_AVX512_BF16) | LC__ISA_AVX512_BF16;
    case LC__ISA_DOTPROD:
        return LC__ISA_NEON;
    default:
        return LC__ISA_BASELINE;
    }
}

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>

enum { HERE = X86 };

static bool leaf7_bit(unsigned subleaf, bool in_edx, int bit) {
    unsigned a = 0, b = 0, c = 0, d = 0;
    return __get_cpuid_count(7, subleaf, &a, &b, &c, &d) && ((in_edx ? d : a) >> bit & 1);
}

static bool has_avx512(void) {
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

/* F16C has no name among __builtin_cpu_supports(): leaf 1, ecx bit 29. */
static bool has_f16c(void) {
    unsigned a = 0, b = 0, c = 0, d = 0;
    return __get_cpuid(1, &a, &b, &c, &d) && (c >> 29 & 1);
}

static bool has(lc__isa one) {
    switch (one) {
    case LC__ISA_SSE41:
        return __builtin_cpu_supports("sse4.1");
    case LC__ISA_AVX:
        return __builtin_cpu_supports("avx");
    case LC__ISA_AVX2:
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && has_f16c();
    case LC__ISA_AVX2_VNNI:
        return leaf7_bit(1, false, 4);
    case LC__ISA_AVX512:
        return has_avx512();
    case LC__ISA_AVX512_VNNI:
        return __builtin_cpu_supports("avx512vnni");
    case LC__ISA_AVX512_BF16:
        return leaf7_bit(1, false, 5);
    default: /* amx: tiles, int8 and bf16 */
        return leaf7_bit(0, true, 24) && leaf7_bit(0, true, 25) && leaf7_bit(0, true, 22);
    }
}

#elif defined(__aarch64__)
#include <sys/auxv.h>

enum { HERE = ARM };

/* From the kernel's uapi/asm/hwcap.h, which libc headers of other architectures lack. */
static bool has(lc__isa one) {
    const unsigned long asimd = 1ul << 1, asimddp = 1ul << 20;
    return (getauxval(AT_HWCAP) & (one == LC__ISA_NEON ? asimd : asimddp)) != 0;
}

#elif defined(__arm__)
#include <sys/auxv.h>

enum { HERE = ARM };

static bool has(lc__isa one) {
    const unsigned long neon = 1ul << 12, asimddp = 1ul << 24;
    return (getauxval(AT_HWCAP) & (one == LC__ISA_NEON ? neon : asimddp)) != 0;
}

#else

enum { HERE = -1 };

static bool has(lc__isa one) {
    (void)one;
    return false;
}

#endif

lc__isa lc__isa_known(void) {
    lc__isa set = LC__ISA_BASELINE;
    for (int i = 0; i < LC__ISA_COUNT; i++) {
        set |= entries[i].architecture == HERE ? 1u << i : 0;
    }
    return set;
}

/* A stronger one counts only with all that it implies: virtual machines mask what they like. */
lc__isa lc__isa_detect(void) {
    lc__isa known = lc__isa_known(), set = LC__ISA_BASELINE;
    for (int i = 0; i < LC__ISA_COUNT; i++) {
        lc__isa one = 1u << i;
        if ((known & one) != 0 && (implied(one) & ~set) == 0 && has(one)) {
            set |= one;
        }
    }
    return set;
}

char *lc__isa_list(lc__isa set, char *buf, size_t size) {
    size_t used = 0;
    snprintf(buf, size, "%s", set == LC__ISA_BASELINE ? "baseline" : "");
    for (int i = 0; i < LC__ISA_COUNT && used < size; i++) {
        if (set >> i & 1) {
            int n = snprintf(buf + used, size - used, "%s%s", used ? ", " : "", entries[i].name);
            used += n > 0 ? (size_t)n : 0;
        }
    }
    return buf;
}

lc_status lc__isa_cap(const char *name, lc__isa *allowed, lc_error *err) {
    char list[160];
    lc__isa present = lc__isa_detect();
    if (name == NULL || name[0] == '\0' || strcmp(name, "baseline") == 0) {
        *allowed = name == NULL || name[0] == '\0' ? present : LC__ISA_BASELINE;
        return LC_OK;
    }
    for (int i = 0; i < LC__ISA_COUNT; i++) {
        lc__isa one = 1u << i;
        if (strcmp(entries[i].name, name) != 0 || entries[i].architecture != HERE) {
            continue;
        }
        *allowed = (one | implied(one)) & present;
        if ((present & one) != 0) {
            return LC_OK;
        }
        return lc_error_set(err, LC_EUNSUPPORTED, "this CPU has no %s; it has %s", name,
                            lc__isa_list(present, list, sizeof list));
    }
    return lc_error_set(err, LC_EUNSUPPORTED, "no instruction set \"%s\"; there are baseline, %s",
                        name, lc__isa_list(lc__isa_known(), list, sizeof list));
}

const char *lc__isa_name(lc__isa set) {
    for (int i = LC__ISA_COUNT - 1; i >= 0; i--) {
        if (set >> i & 1) {
            return entries[i].name;
        }
    }
    return "baseline";
}
