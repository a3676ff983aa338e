#include "cmd.h"

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

static lc_status no_such_device(const lc_model *model, const char *name, lc_error *err) {
    size_t n = lc_model_n_devices(model);
    const char **names = malloc((n + 1) * sizeof *names);
    if (!names)
        return lc__no_memory(err);
    for (size_t i = 0; i < n; i++)
        names[i] = lc_model_device_name(model, i);
    const char *near = lc__nearest(name, names, n);
    lc_error_set(err, LC_EUSAGE, "--without %.80s: the pool has no such device%s%.80s%s", name,
                 near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    free(names);
    return LC_EUSAGE;
}

lc_status lc__pool_without(const lc_model *model, const lc__list *without, lc_adapt_options *out,
                           lc_error *err) {
    memset(out, 0, sizeof *out);
    size_t n = lc_model_n_devices(model);
    const char **names = malloc((n + 1) * sizeof *names);
    if (!names)
        return lc__no_memory(err);
    bool *known = calloc(without->n + 1, sizeof *known);
    lc_status s = known ? LC_OK : lc__no_memory(err);
    for (size_t i = 0; i < n && !s; i++) {
        const char *name = lc_model_device_name(model, i);
        bool named = false;
        for (size_t j = 0; j < without->n; j++) {
            bool match = fnmatch(without->item[j], name, 0) == 0;
            known[j] |= match;
            named |= match;
        }
        if (named)
            names[out->n_without++] = name;
    }
    for (size_t j = 0; j < without->n && !s; j++)
        if (!known[j] && !strpbrk(without->item[j], "*?["))
            s = no_such_device(model, without->item[j], err);
    free(known);
    out->without = names;
    if (s)
        lc__pool_without_clear(out);
    return s;
}

void lc__pool_without_clear(lc_adapt_options *options) {
    free((void *)(uintptr_t)options->without);
    memset(options, 0, sizeof *options);
}
