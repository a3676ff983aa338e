/* The backend that runs nothing: what the measuring tool itself costs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "impl.h"

static lc_status open_null(const lc_exec_config *config, lc_backend_info *info, lc_error *err) {
    if (config->isa != NULL && config->isa[0] != '\0')
        return lc_error_set(err, LC_EUNSUPPORTED,
                            "backend null runs nothing, so it takes no cap on the instruction set "
                            "(\"%.40s\"): leave it out",
                            config->isa);
    snprintf(info->library, sizeof info->library, "built in");
    snprintf(info->isa, sizeof info->isa, "none");
    return LC_OK;
}

static lc_status prepare(const lc_net *net, const lc_exec_config *config, lc__ledger *ledger,
                         void **state, lc_error *err) {
    (void)net;
    (void)config;
    (void)ledger;
    (void)err;
    *state = NULL;
    return LC_OK;
}

static void release(void *state) {
    (void)state;
}

static lc_status set_input(void *state, const lc__rows *rows, const float *data, lc_error *err) {
    (void)state;
    (void)rows;
    (void)data;
    (void)err;
    return LC_OK;
}

static lc_status run(void *state, lc_error *err) {
    (void)state;
    (void)err;
    return LC_OK;
}

static lc_status output(const void *state, float *data, size_t count, lc_error *err) {
    (void)state;
    (void)err;
    memset(data, 0, count * sizeof *data);
    return LC_OK;
}

const lc_backend lc__backend_null = {
    .name = "null",
    .dtypes = LC__DTYPES_ALL,
    .open = open_null,
    .prepare = prepare,
    .release = release,
    .set_input = set_input,
    .run = run,
    .output = output,
};
