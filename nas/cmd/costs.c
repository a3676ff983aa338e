#include "costs.h"

#include <string.h>

#define FEW_SAMPLES 5

static lc_status check_shots(const lc__forecasts *f, const char *file, lc_error *err) {
    const lc__shot_file *shots = &f->shots;
    if (shots->n + shots->n_ops > 0)
        return lc__readings_check(shots, file, err);
    lc_error_set(err, LC_EFORMAT,
                 "device %.80s has no sample with \"%s\", so there is no forecast to search by; "
                 "measure some nets (predict plan, then profagent run)",
                 shots->device.name, f->target->key);
    return lc_error_in_file(err, file);
}

/* How many samples are nets of a space. */
static size_t count_of(const lc__shot_file *shots, const lc_space *space) {
    size_t n = 0;
    for (size_t i = 0; i < shots->n; i++) {
        const char *of = lc_net_space(shots->nets[i]);
        n += of && strcmp(of, space->name) == 0;
    }
    return n;
}

static void warn_few(const lc__shot_file *shots, const lc_space *space) {
    lc__readings_warn_rounded(shots);
    if (shots->n < FEW_SAMPLES)
        lc__warn(
            "warning: only %zu net%s of %s measured: forecasts are wide, and a net may take "
            "more than its budget; `predict plan --space ... --n 20 --device ...` says what to "
            "measure, and --confidence 0.9 keeps a distance",
            shots->n, shots->n == 1 ? "" : "s", shots->device.name);
    else if (space && count_of(shots, space) == 0)
        lc__warn("warning: none of the nets measured on %s is of %s: forecasts are rough; `predict "
                 "plan --space %s` says what to measure",
                 shots->device.name, space->name, space->name);
}

lc_status lc__forecasts_open(const lc__source *source, const char *target, const lc_space *space,
                             lc__forecasts *out, lc_error *err) {
    *out = (lc__forecasts){0};
    lc_status s = lc__target_find(target, &out->target, err);
    if (!s)
        s = lc__shot_file_load_target(source->device, out->target, &out->shots, err);
    if (!s)
        s = check_shots(out, source->device, err);
    if (!s)
        s = lc__pool_open(source->model, &out->model, err);
    if (!s)
        s = lc__pool_without(out->model, &source->without, &out->options, err);
    if (s)
        return s;
    out->options.repeatability = source->repeatability;
    out->options.reading = lc__shot_file_reading(&out->shots);
    lc_shots shots = {out->shots.nets, out->shots.values, out->shots.n + out->shots.n_ops,
                      out->shots.kinds};
    s = lc_predictor_adapt(out->model, &shots, &out->options, &out->predictor, err);
    if (!s && space)
        s = lc_choice_predictor_new(out->predictor, space, &out->compiled, err);
    if (s == LC_EUNSUPPORTED && space && count_of(&out->shots, space) == 0) {
        lc_error_set(
            err, s,
            "device %.80s has no sample of %s, and forecasts from others do not tell its options "
            "apart; measure some: predict plan --space %s, then profagent run",
            out->shots.device.name, space->name, space->name);
        return lc_error_in_file(err, source->device);
    }
    if (!s)
        warn_few(&out->shots, space);
    return s;
}

void lc__forecasts_close(lc__forecasts *f) {
    lc_choice_predictor_free(f->compiled);
    lc_predictor_free(f->predictor);
    lc__pool_without_clear(&f->options);
    lc_model_free(f->model);
    lc__shot_file_clear(&f->shots);
    memset(f, 0, sizeof *f);
}
