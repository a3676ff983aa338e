/* Caps on the instruction set under the project's names. */
#ifndef BACKENDS_ONEDNN_ISA_H
#define BACKENDS_ONEDNN_ISA_H

#include <dnnl.h>

#include "kernels/isa.h"

/* The cap that `name` stands for. LC_EUNSUPPORTED: no such name, oneDNN has no such cap, or the CPU
 * lacks it; the message says what there is. */
lc_status lc__dnnl_isa_find(const char *name, dnnl_cpu_isa_t *isa, lc_error *err);

/* The name of an instruction set; "unknown" for one that has none here. Static. */
const char *lc__dnnl_isa_name(dnnl_cpu_isa_t isa);

#endif
