/* What a backend is made of. backend.c does what all share: looking up, checking counts, filling
 * inputs. */
#ifndef BACKENDS_IMPL_H
#define BACKENDS_IMPL_H

#include "latcast/backend.h"
#include "ledger.h"

#define LC__DTYPE_BIT(name) (1u << LC_DTYPE_##name)
#define LC__DTYPES_ALL ((1u << LC_DTYPE_COUNT) - 1)

/* A part of an input node, without gaps: rows of W C values of one image, or whole images. */
typedef struct lc__rows {
    int node;
    int image, images; /* the first, and how many */
    int row, rows;     /* of each of them */
} lc__rows;

/* Values before them in their node, and in them. */
size_t lc__rows_before(const lc_net *net, const lc__rows *rows);
size_t lc__rows_values(const lc_net *net, const lc__rows *rows);

struct lc_backend {
    const char *name;
    unsigned dtypes; /* that it computes in, if only some of its operators: LC__DTYPE_BIT()s */
    /* Loads and caps; called again for every net, so a second call must be cheap. `info` is not
     * NULL and all zeros. */
    lc_status (*open)(const lc_exec_config *config, lc_backend_info *info, lc_error *err);
    /* Makes *state from a net; nothing is left behind on failure. What it takes is counted on the
     * ledger before. */
    lc_status (*prepare)(const lc_net *net, const lc_exec_config *config, lc__ledger *ledger,
                         void **state, lc_error *err);
    void (*release)(void *state);
    /* An input that the output does not need is ignored. */
    lc_status (*set_input)(void *state, const lc__rows *rows, const float *data, lc_error *err);
    lc_status (*run)(void *state, lc_error *err);
    /* See lc_exec_time(); NULL: the caller's clock is as good. */
    lc_status (*time)(void *state, long runs, double *ns, lc_error *err);
    /* Copies the output node to data[count]. */
    lc_status (*output)(const void *state, float *data, size_t count, lc_error *err);
};

/* Returns from the caller when `call` gives anything but LC_OK. */
#define LC__TRY(call)                                                                              \
    do {                                                                                           \
        lc_status lc__try = (call);                                                                \
        if (lc__try != LC_OK) {                                                                    \
            return lc__try;                                                                        \
        }                                                                                          \
    } while (0)

/* LC_EUNSUPPORTED: `backend` has not the operator of node `index`. */
lc_status lc__no_operator(const char *backend, const lc_net *net, int index, lc_error *err);

/* LC_EUNSUPPORTED: node `index` wants integers of fewer bits than their dtype has. */
lc_status lc__all_bits(const char *backend, const lc_net *net, int index, lc_error *err);

extern const lc_backend lc__backend_null;
extern const lc_backend lc__backend_native;
extern const lc_backend lc__backend_openblas;
extern const lc_backend lc__backend_onednn;
extern const lc_backend lc__backend_xnnpack;
extern const lc_backend lc__backend_cuda;

#endif
