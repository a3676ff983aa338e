/* Backends: ways to run a net. A single operator runs as a net of that operator. */
#ifndef LATCAST_BACKEND_H
#define LATCAST_BACKEND_H

#include "latcast/net.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct lc_backend lc_backend; /* static; never freed */
typedef struct lc_exec lc_exec;       /* a net prepared to run */

/* What a backend is made of, for the device's fingerprint. */
typedef struct lc_backend_info {
    char version[64];  /* "2.6.3"; "build 1f2e3d4c5b6a7980" (the linker's note) of a library that
                          states none; "" if it has neither */
    char library[256]; /* file of the shared library, or "built in" */
    char isa[32];      /* instruction set its kernels may use under the current cap */
    char detail[256];  /* of an accelerator: its name, processors and clocks; "" = the CPU */
} lc_backend_info;

typedef struct lc_exec_config {
    int threads;          /* >= 1 */
    const char *isa;      /* cap on the instruction set ("avx2", "avx512_vnni", "neon"; "baseline"
                             for native); NULL or "" = the best there is. Some runtimes (oneDNN)
                             take one cap per process: a second, different one is LC_EUNSUPPORTED */
    uint64_t weight_seed; /* weights are drawn from it: the same for every backend */
    lc_dtype dtype;       /* of operators that name none; LC_DTYPE_ANY = f32 */
    int batch;            /* N of every input; 0 = as the net has it */
} lc_exec_config;

/* The backends compiled in, NULL-terminated; lookup gives NULL for an unknown name. */
const lc_backend *const *lc_backends(void);
const lc_backend *lc_backend_find(const char *name);
const char *lc_backend_name(const lc_backend *backend);

/* Loads the backend's library and applies the cap. LC_EUNSUPPORTED: the library is not on this
 * machine, the CPU lacks the instruction set named, or the backend does not compute in the dtype
 * (the message says which and what to do). */
lc_status lc_backend_open(const lc_backend *backend, const lc_exec_config *config,
                          lc_backend_info *info, lc_error *err);

/* Prepares a net: weights drawn and packed, buffers allocated and touched, kernels made.
 * LC_EUNSUPPORTED names the operator, or its dtype, that the backend lacks, or that does not fit in
 * a batch. `net` must outlive *out. */
lc_status lc_exec_new(const lc_backend *backend, const lc_net *net, const lc_exec_config *config,
                      lc_exec **out, lc_error *err);
void lc_exec_free(lc_exec *exec);

/* Sets the data of input number `which` (in node order) from data[count], NHWC, rounded to what the
 * net stores it in. Inputs are otherwise filled with values of [-1, 1) drawn from the weight seed.
 */
lc_status lc_exec_set_input(lc_exec *exec, int which, const float *data, size_t count,
                            lc_error *err);

/* Runs the net once. No allocation inside. */
lc_status lc_exec_run(lc_exec *exec, lc_error *err);

/* Whether the backend has a clock of its own, as an accelerator has, whose time leaves out what the
 * host does. */
bool lc_exec_has_clock(const lc_exec *exec);

/* Runs the net `runs` times back to back; *ns is how long all of them took by the backend's clock.
 * LC_EUNSUPPORTED: it has none. */
lc_status lc_exec_time(lc_exec *exec, long runs, double *ns, lc_error *err);

/* Copies the output of the last run to data[count], NHWC. */
lc_status lc_exec_output(const lc_exec *exec, float *data, size_t count, lc_error *err);

#ifdef __cplusplus
}
#endif
#endif
