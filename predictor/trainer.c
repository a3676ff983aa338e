#include "predictor/trainer.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "model.h"

struct lc__trainer {
    lc__pack *pack;
    lc__pool_rows *device; /* [n_devices] */
    size_t n_devices;
    size_t *reference; /* [n_reference] rows */
    size_t n_reference;
};

lc__trainer *lc__trainer_new(lc_error *err) {
    lc__trainer *t = calloc(1, sizeof *t);
    if (!t) {
        lc__no_memory(err);
        return NULL;
    }
    t->pack = lc__pack_new(err);
    if (t->pack)
        return t;
    lc__trainer_free(t);
    return NULL;
}

static void clear_device(lc__pool_rows *device) {
    free((void *)(uintptr_t)device->name);
    free((void *)(uintptr_t)device->rows);
    free((void *)(uintptr_t)device->values);
}

void lc__trainer_free(lc__trainer *t) {
    if (!t)
        return;
    for (size_t i = 0; i < t->n_devices; i++)
        clear_device(&t->device[i]);
    free(t->device);
    free(t->reference);
    lc__pack_free(t->pack);
    free(t);
}

static lc_status pack_nets(lc__trainer *t, const lc_net *const *nets, size_t n, size_t *rows,
                           lc_error *err) {
    lc__point point;
    lc_status st = LC_OK;
    for (size_t i = 0; i < n && st == LC_OK; i++) {
        st = lc__featurise(nets[i], &point, err);
        if (st == LC_OK)
            st = lc__pack_add(t->pack, &point, &rows[i], err);
    }
    return st;
}

lc_status lc__trainer_add(lc__trainer *t, const lc_pool_device *in, lc_error *err) {
    lc__pool_rows *more = realloc(t->device, (t->n_devices + 1) * sizeof *more);
    if (!more)
        return lc__no_memory(err);
    t->device = more;
    size_t *rows = calloc(in->n + 1, sizeof *rows);
    double *values = calloc(in->n + 1, sizeof *values);
    char *name = in->name ? strdup(in->name) : NULL;
    more[t->n_devices++] = (lc__pool_rows){name, rows, values, in->n};
    if (!rows || !values || (in->name && !name))
        return lc__no_memory(err);
    if (in->n > 0)
        memcpy(values, in->values, in->n * sizeof *values);
    return pack_nets(t, in->nets, in->n, rows, err);
}

lc_status lc__trainer_refer(lc__trainer *t, const lc_net *const *nets, size_t n, lc_error *err) {
    size_t *more = realloc(t->reference, (t->n_reference + n + 1) * sizeof *more);
    if (!more)
        return lc__no_memory(err);
    t->reference = more;
    lc_status st = pack_nets(t, nets, n, more + t->n_reference, err);
    if (st == LC_OK)
        t->n_reference += n;
    return st;
}

lc_status lc__trainer_finish(const lc__trainer *t, lc_model **out, lc_error *err) {
    lc__points points = {.pack = t->pack};
    return lc__model_train_rows(&points, t->device, t->n_devices, t->reference, t->n_reference, out,
                                err);
}

lc_status lc_model_train(const lc_pool_device *devices, size_t n_devices,
                         const lc_net *const *reference, size_t n_reference, lc_model **out,
                         lc_error *err) {
    lc__trainer *trainer = lc__trainer_new(err);
    if (!trainer)
        return LC_ENOMEM;
    lc_status st = LC_OK;
    for (size_t i = 0; i < n_devices && st == LC_OK; i++)
        st = lc__trainer_add(trainer, &devices[i], err);
    if (st == LC_OK)
        st = lc__trainer_refer(trainer, reference, n_reference, err);
    if (st == LC_OK)
        st = lc__trainer_finish(trainer, out, err);
    lc__trainer_free(trainer);
    return st;
}
