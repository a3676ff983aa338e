#include "cmdline/given.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"

bool lc__pool_named(void) {
    const char *named = getenv("LATCAST_MODEL");
    return named && *named;
}

/* Where a model may lie if none is named, best first: LATCAST_SHARE_FROM_BIN goes with the
 * installed command wherever the installation was moved to. */
static const char *default_model(char *buf, size_t size) {
    if (lc__pool_named())
        return getenv("LATCAST_MODEL");
    char bin[3072];
    ssize_t n = readlink("/proc/self/exe", bin, sizeof bin - 1);
    if (n > 0) {
        bin[n] = '\0';
        char *slash = strrchr(bin, '/');
        if (slash)
            *slash = '\0';
        snprintf(buf, size, "%s/%s/model.lc", bin, LATCAST_SHARE_FROM_BIN);
        if (access(buf, R_OK) == 0)
            return buf;
    }
    snprintf(buf, size, "%s/devices/model.lc", LATCAST_SOURCE_DIR);
    return access(buf, R_OK) == 0 ? buf : NULL;
}

lc_status lc__pool_open(const char *path, lc_model **out, lc_error *err) {
    char buf[4096];
    if (!path)
        path = default_model(buf, sizeof buf);
    if (!path)
        return lc_error_set(err, LC_EIO,
                            "no pool model is installed; make one with `predict train --pool "
                            "DIR --out model.lc` and name it by --model or $LATCAST_MODEL");
    return lc_model_load(path, out, err);
}

static lc_status no_such_device(const char *const *names, size_t n, const char *name,
                                const char *where, lc_error *err) {
    const char *near = lc__nearest(name, names, n);
    lc_error_set(err, LC_EUSAGE, "--without %.80s: %s has no such device%s%.80s%s", name, where,
                 near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    return LC_EUSAGE;
}

lc_status lc__names_without(const char *const *names, size_t n, const lc__list *without,
                            const char *where, bool *left_out, lc_error *err) {
    memset(left_out, 0, n * sizeof *left_out);
    for (size_t j = 0; j < without->n; j++) {
        bool known = false;
        for (size_t i = 0; i < n; i++) {
            bool match = fnmatch(without->item[j], names[i], 0) == 0;
            left_out[i] |= match;
            known |= match;
        }
        if (!known && !strpbrk(without->item[j], "*?["))
            return no_such_device(names, n, without->item[j], where, err);
    }
    return LC_OK;
}

lc_status lc__pool_without(const lc_model *model, const lc__list *without, lc_adapt_options *out,
                           lc_error *err) {
    memset(out, 0, sizeof *out);
    size_t n = lc_model_n_devices(model);
    const char **names = malloc((n + 1) * sizeof *names);
    bool *left_out = malloc((n + 1) * sizeof *left_out);
    lc_status s = names && left_out ? LC_OK : lc__no_memory(err);
    if (!s) {
        for (size_t i = 0; i < n; i++)
            names[i] = lc_model_device_name(model, i);
        s = lc__names_without(names, n, without, "the pool", left_out, err);
        for (size_t i = 0; i < n && !s; i++)
            if (left_out[i])
                names[out->n_without++] = names[i];
    }
    free(left_out);
    out->without = names;
    if (s)
        lc__pool_without_clear(out);
    return s;
}

void lc__pool_without_clear(lc_adapt_options *options) {
    free((void *)(uintptr_t)options->without);
    memset(options, 0, sizeof *options);
}
