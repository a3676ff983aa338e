/* The project's own kernels: every operator, in every dtype, everywhere. */
#include <stdio.h>

#include "executor.h"
#include "impl.h"

/* Calls follow within microseconds; an idle member looks for work about that long. */
#define SPINS 2000

static lc_status open_native(const lc_exec_config *config, lc_backend_info *info, lc_error *err) {
    lc__isa allowed = LC__ISA_BASELINE, used = LC__ISA_BASELINE;
    lc_status status = lc__isa_cap(config->isa, &allowed, err);
    size_t count = 0;
    const lc__kernel *const *kernels = lc__kernels(&count);
    for (size_t i = 0; i < count; i++) {
        used |= (kernels[i]->isa & ~allowed) == 0 ? kernels[i]->isa : LC__ISA_BASELINE;
    }
    snprintf(info->library, sizeof info->library, "built in");
    snprintf(info->isa, sizeof info->isa, "%s", lc__isa_name(used));
    return status;
}

static lc_status prepare(const lc_net *net, const lc_exec_config *config, lc__ledger *ledger,
                         void **state, lc_error *err) {
    lc__executor *executor = NULL;
    lc__executor_way way = {.spins = SPINS, .choose = lc__kernel_find, .converts = true};
    lc_status status = lc__isa_cap(config->isa, &way.allowed, err);
    if (status == LC_OK) {
        status = lc__executor_new(net, config, &way, ledger, &executor, err);
    }
    *state = executor;
    return status;
}

const lc_backend lc__backend_native = {
    .name = "native",
    .dtypes = LC__DTYPES_ALL,
    .open = open_native,
    .prepare = prepare,
    .release = lc__executor_free,
    .set_input = lc__executor_set_input,
    .run = lc__executor_run,
    .output = lc__executor_output,
};
