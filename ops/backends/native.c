/* The project's own portable kernels: every operator, everywhere. */
#include <stdio.h>
#include <string.h>

#include "executor.h"
#include "impl.h"

/* Calls follow within microseconds; an idle member looks for work about that long. */
#define SPINS 2000

static lc_status open_native(const lc_exec_config *config, lc_backend_info *info, lc_error *err) {
    if (config->isa != NULL && config->isa[0] != '\0' && strcmp(config->isa, "baseline") != 0) {
        return lc_error_set(err, LC_EUNSUPPORTED,
                            "backend native has kernels for the \"baseline\" instruction set only, "
                            "not for \"%s\": leave the cap out, or use backend onednn",
                            config->isa);
    }
    snprintf(info->library, sizeof info->library, "built in");
    snprintf(info->isa, sizeof info->isa, "baseline");
    return LC_OK;
}

static lc_status prepare(const lc_net *net, const lc_exec_config *config, void **state,
                         lc_error *err) {
    lc__executor *executor = NULL;
    lc_status status = lc__executor_new(net, config, SPINS, lc__kernel_find, &executor, err);
    *state = executor;
    return status;
}

const lc_backend lc__backend_native = {
    .name = "native",
    .open = open_native,
    .prepare = prepare,
    .release = lc__executor_free,
    .set_input = lc__executor_set_input,
    .run = lc__executor_run,
    .output = lc__executor_output,
};
