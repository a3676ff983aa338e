/* Instruction sets beyond what the build assumes of every CPU: which this CPU has, and which a cap
 * allows. */
#ifndef KERNELS_ISA_H
#define KERNELS_ISA_H

#include <stddef.h>

#include "latcast/status.h"

/* X(NAME, name, architecture), weakest first; a name is also what --isa takes.
 *
 * avx2 means fma and f16c as well; avx512 is F, BW, DQ and VL; avx512_bf16 has VNNI too; amx is
 * tiles of int8 and bf16. dotprod is SDOT and UDOT. */
#define LC__ISA_MAP(X)                                                                             \
    X(SSE41, sse41, X86)                                                                           \
    X(AVX, avx, X86)                                                                               \
    X(AVX2, avx2, X86)                                                                             \
    X(AVX2_VNNI, avx2_vnni, X86)                                                                   \
    X(AVX512, avx512, X86)                                                                         \
    X(AVX512_VNNI, avx512_vnni, X86)                                                               \
    X(AVX512_BF16, avx512_bf16, X86)                                                               \
    X(AMX, amx, X86)                                                                               \
    X(NEON, neon, ARM)                                                                             \
    X(DOTPROD, dotprod, ARM)

enum {
#define LC__ISA_PLACE(NAME, name, arch) LC__ISA_PLACE_##NAME,
    LC__ISA_MAP(LC__ISA_PLACE)
#undef LC__ISA_PLACE
        LC__ISA_COUNT
};

/* A set of instruction sets, one bit each. */
typedef unsigned lc__isa;
enum {
    LC__ISA_BASELINE = 0, /* nothing beyond what every CPU of the architecture has */
#define LC__ISA_BIT(NAME, name, arch) LC__ISA_##NAME = 1 << LC__ISA_PLACE_##NAME,
    LC__ISA_MAP(LC__ISA_BIT)
#undef LC__ISA_BIT
};

/* All that this CPU and its kernel support. */
lc__isa lc__isa_detect(void);

/* What may be used under the cap `name`: the set of that name and all that it implies; everything
 * detected for NULL or "", nothing for "baseline". LC_EUNSUPPORTED: no such name, or the CPU lacks
 * it; the message says what there is. */
lc_status lc__isa_cap(const char *name, lc__isa *allowed, lc_error *err);

/* The name of the strongest member, "baseline" for an empty set. Static. */
const char *lc__isa_name(lc__isa set);

/* "sse41, avx, avx2" in buf[size]; returns buf. */
char *lc__isa_list(lc__isa set, char *buf, size_t size);

/* Every instruction set that an architecture of this build's kind may have. */
lc__isa lc__isa_known(void);

#endif
