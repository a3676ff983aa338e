#include "onednn_isa.h"

#include <string.h>

static const struct {
    lc__isa own; /* the strongest of those that the cap allows */
    dnnl_cpu_isa_t isa;
} entries[] = {
    {LC__ISA_SSE41, dnnl_cpu_isa_sse41},
    {LC__ISA_AVX, dnnl_cpu_isa_avx},
    {LC__ISA_AVX2, dnnl_cpu_isa_avx2},
    {LC__ISA_AVX2_VNNI, dnnl_cpu_isa_avx2_vnni},
    {LC__ISA_AVX512, dnnl_cpu_isa_avx512_core},
    {LC__ISA_AVX512_VNNI, dnnl_cpu_isa_avx512_core_vnni},
    {LC__ISA_AVX512_BF16, dnnl_cpu_isa_avx512_core_bf16},
    {LC__ISA_AMX, dnnl_cpu_isa_avx512_core_amx},
};
#define N_ENTRIES (sizeof entries / sizeof entries[0])

lc_status lc__dnnl_isa_find(const char *name, dnnl_cpu_isa_t *isa, lc_error *err) {
    lc__isa allowed = LC__ISA_BASELINE;
    lc_status status = lc__isa_cap(name, &allowed, err);
    if (status != LC_OK) {
        return status;
    }
    for (size_t i = 0; i < N_ENTRIES; i++) {
        if (strcmp(lc__isa_name(entries[i].own), name) == 0) {
            *isa = entries[i].isa;
            return LC_OK;
        }
    }
    return lc_error_set(err, LC_EUNSUPPORTED,
                        "oneDNN takes no cap \"%s\": leave it out, or use backend native", name);
}

const char *lc__dnnl_isa_name(dnnl_cpu_isa_t isa) {
    for (size_t i = 0; i < N_ENTRIES; i++) {
        if (entries[i].isa == isa) {
            return lc__isa_name(entries[i].own);
        }
    }
    return "unknown";
}
