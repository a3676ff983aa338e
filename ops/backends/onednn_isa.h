/* Instruction sets under the project's names, and which of them this CPU has. */
#ifndef BACKENDS_ONEDNN_ISA_H
#define BACKENDS_ONEDNN_ISA_H

#include <dnnl.h>

#include "latcast/status.h"

/* The cap that `name` stands for. LC_EUNSUPPORTED: no such name, or the CPU lacks it; the message
 * says what there is. */
lc_status lc__dnnl_isa_find(const char *name, dnnl_cpu_isa_t *isa, lc_error *err);

/* The name of an instruction set; "unknown" for one that has none here. Static. */
const char *lc__dnnl_isa_name(dnnl_cpu_isa_t isa);

#endif
