#include "bench-mixes.h"

#include <time.h>

enum { BATCHES = 24 };

const char *mix_name(mix_form form) {
    static const char *const names[] = {
#define MIX_FORM_NAME(NAME, name) name,
        MIX_FORM_MAP(MIX_FORM_NAME)
#undef MIX_FORM_NAME
    };
    return names[form];
}

double mix_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Seconds of one pass; batches take about a fifth of a millisecond. */
static double quickest(void (*run)(long)) {
    double best = 1.0, seconds = 0.0;
    long passes = 1;
    for (int i = 0; i < BATCHES; i++) {
        double start = mix_now();
        run(passes);
        seconds = mix_now() - start;
        if (seconds < 2e-4) {
            passes *= 2;
            i = -1;
            continue;
        }
        best = seconds / (double)passes < best ? seconds / (double)passes : best;
    }
    return best;
}

double mix_seconds(const mix *m) {
    return quickest(m->run);
}

#if defined(__x86_64__)

enum { CHAIN = 32 };

static void chain(long passes) {
    __asm__ volatile("1:\n\t"
                     ".rept 32\n\tadd $1, %%rax\n\t.endr\n\t"
                     "dec %0\n\tjnz 1b"
                     : "+r"(passes)
                     :
                     : "rax", "cc");
}

double mix_cycles(void) {
    return CHAIN / quickest(chain);
}

/* Registers 0 .. n-1 collect, t is for what a group hands on, the last two hold operands: ones in
 * f32, whatever that is in other types. The compiler keeps nothing in registers 16 .. 31. */
#define VECTORS                                                                                    \
    "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",       \
        "xmm11", "xmm12", "xmm13", "xmm14", "xmm15"

#define RUN(name, set, body)                                                                       \
    static void name(long passes) {                                                                \
        const float one = 1.0F;                                                                    \
        __asm__ volatile(set "1:\n\t" body "dec %0\n\tjnz 1b\n\tvzeroupper"                        \
                         : "+r"(passes)                                                            \
                         : "m"(one)                                                                \
                         : "cc", VECTORS);                                                         \
    }

#define SET512                                                                                     \
    "vbroadcastss %1, %%zmm30\n\tvbroadcastss %1, %%zmm31\n\t"                                     \
    ".irp i,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19\n\t"                                 \
    "vpxorq %%zmm\\i, %%zmm\\i, %%zmm\\i\n\t.endr\n\t"
#define EACH512(group)                                                                             \
    ".irp i,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19\n\t" group ".endr\n\t"
#define MIX512(name, group) RUN(name, SET512, EACH512(group))

#define SET256                                                                                     \
    "vbroadcastss %1, %%ymm14\n\tvbroadcastss %1, %%ymm15\n\t"                                     \
    ".irp i,0,1,2,3,4,5,6,7,8,9\n\t"                                                               \
    "vpxor %%ymm\\i, %%ymm\\i, %%ymm\\i\n\t.endr\n\t"
#define EACH256(group) ".irp i,0,1,2,3,4,5,6,7,8,9\n\t" group ".endr\n\t"
#define MIX256(name, group) RUN(name, SET256, EACH256(group))

/* acc, t, x, w: the AT&T operands of the groups below. */
#define Z "%%zmm\\i"
#define ZT "%%zmm29"
#define ZX "%%zmm30"
#define ZW "%%zmm31"
#define Y "%%ymm\\i"
#define YT "%%ymm13"
#define YX "%%ymm14"
#define YW "%%ymm15"

MIX512(fma_512, "vfmadd231ps " ZX "," ZW "," Z "\n\t")
MIX512(dpbusd_512, "vpdpbusd " ZX "," ZW "," Z "\n\t")
MIX512(min_fma_512, "vminps " ZX "," ZW "," ZT "\n\tvfmadd231ps " ZX "," ZT "," Z "\n\t")
MIX512(min_dpbusd_512, "vpminsb " ZX "," ZW "," ZT "\n\tvpdpbusd " ZT "," ZX "," Z "\n\t")
MIX512(exponent_512, "vpaddd " ZX "," ZW "," ZT "\n\tvaddps " ZT "," Z "," Z "\n\t")
MIX512(sllvd_512, "vpsllvd " ZX "," ZW "," ZT "\n\tvpxord " ZX "," ZT "," ZT "\n\tvpaddd " ZT "," Z
                  "," Z "\n\t")
MIX512(sllvw_512, "vpsllvw " ZX "," ZW "," ZT "\n\tvpdpwssd " ZX "," ZT "," Z "\n\t")
MIX512(plain_512, "vsubps " ZX "," ZW "," ZT "\n\tvpandd " ZX "," ZT "," ZT "\n\tvfmadd231ps " ZX
                  "," ZT "," Z "\n\t")

MIX256(fma_256, "vfmadd231ps " YX "," YW "," Y "\n\t")
MIX256(madd_256, "vpmaddwd " YX "," YW "," YT "\n\tvpaddd " YT "," Y "," Y "\n\t")
MIX256(min_fma_256, "vminps " YX "," YW "," YT "\n\tvfmadd231ps " YX "," YT "," Y "\n\t")
MIX256(sad_256, "vpsadbw " YX "," YW "," YT "\n\tvpaddd " YT "," Y "," Y "\n\t")
MIX256(exponent_256, "vpaddd " YX "," YW "," YT "\n\tvaddps " YT "," Y "," Y "\n\t")
MIX256(sllvd_256, "vpsllvd " YX "," YW "," YT "\n\tvpxor " YX "," YT "," YT "\n\tvpaddd " YT "," Y
                  "," Y "\n\t")
MIX256(plain_256, "vsubps " YX "," YW "," YT "\n\tvpand " YX "," YT "," YT "\n\tvfmadd231ps " YX
                  "," YT "," Y "\n\t")

/* Best first. A sum of u8 or int8 terms takes 4 bytes to a lane of 32 bits, of int16 terms two. */
static const mix mixes[] = {
    {MIX_FMA, LC__ISA_AVX512, "fma", 20, 1, 16, fma_512},
    {MIX_FMA, LC__ISA_AVX2, "fma", 10, 1, 8, fma_256},
    {MIX_MULTIPLY_INT8, LC__ISA_AVX512_VNNI, "dpbusd", 20, 1, 64, dpbusd_512},
    {MIX_MULTIPLY_INT8, LC__ISA_AVX2, "maddwd, add", 10, 2, 16, madd_256},
    {MIX_ADDER_F32, LC__ISA_AVX512, "min, fma by two", 20, 2, 16, min_fma_512},
    {MIX_ADDER_F32, LC__ISA_AVX2, "min, fma by two", 10, 2, 8, min_fma_256},
    {MIX_ADDER_INT8, LC__ISA_AVX512_VNNI, "min, dpbusd by two", 20, 2, 64, min_dpbusd_512},
    {MIX_ADDER_INT8, LC__ISA_AVX2, "sad, add", 10, 2, 32, sad_256},
    {MIX_SHIFT_F32, LC__ISA_AVX512, "add to exponent, add", 20, 2, 16, exponent_512},
    {MIX_SHIFT_F32, LC__ISA_AVX2, "add to exponent, add", 10, 2, 8, exponent_256},
    {MIX_SHIFT_INT16, LC__ISA_AVX512, "shift 32 bits, sign, add", 20, 3, 16, sllvd_512},
    {MIX_SHIFT_INT16, LC__ISA_AVX2, "shift 32 bits, sign, add", 10, 3, 8, sllvd_256},
    {MIX_SHIFT_INT8, LC__ISA_AVX512_VNNI, "shift 16 bits, dpwssd by sign", 20, 2, 32, sllvw_512},
    {MIX_SHIFT_INT8, LC__ISA_AVX512, "shift 32 bits, sign, add", 20, 3, 16, sllvd_512},
    {MIX_SHIFT_INT8, LC__ISA_AVX2, "shift 32 bits, sign, add", 10, 3, 8, sllvd_256},
    {MIX_PLAIN_ADDER_F32, LC__ISA_AVX512, "subtract, and, fma by two", 20, 3, 16, plain_512},
    {MIX_PLAIN_ADDER_F32, LC__ISA_AVX2, "subtract, and, fma by two", 10, 3, 8, plain_256},
};

const mix *mix_of(mix_form form, lc__isa allowed) {
    for (size_t i = 0; i < sizeof mixes / sizeof mixes[0]; i++) {
        if (mixes[i].form == form && (mixes[i].isa & ~allowed) == 0) {
            return &mixes[i];
        }
    }
    return NULL;
}

#else

double mix_cycles(void) {
    return 0.0;
}

const mix *mix_of(mix_form form, lc__isa allowed) {
    (void)form;
    (void)allowed;
    return NULL;
}

#endif
