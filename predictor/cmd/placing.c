#include "placing.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cmdline/options.h"

#define DEFAULT_NETS 256
#define FEW_SAMPLES 5

void lc__placing_options(lc__placing_request *r, lc__opt *table) {
    r->nets = DEFAULT_NETS;
    r->seed = 1;
    table[0] =
        lc__option_device(&r->device, "device.json with the samples measured on the device", true);
    table[1] = lc__option_model(&r->model);
    table[2] = lc__option_without(&r->without);
    table[3] = (lc__opt){.name = "space",
                         .kind = LC__OPT_STR,
                         .value = &r->space,
                         .arg = "NAME",
                         .help = "search space to compare devices over (default: that of most of\n"
                                 "the device's samples)"};
    table[4] = (lc__opt){.name = "nets",
                         .kind = LC__OPT_INT,
                         .value = &r->nets,
                         .arg = "N",
                         .help = "random nets of it to compare them on (default 256)",
                         .lo = LC_EMBEDDING_LEAST_NETS,
                         .hi = 10000};
    table[5] = lc__option_seed(&r->seed, "seed", "of the random nets (default 1)");
}

/* The space that most of the samples are of; of equals the first. */
static lc_status choose_space(const lc__placing_request *r, lc__placing *p, lc_error *err) {
    if (r->space)
        return lc__space_named(r->space, &p->space, err);
    size_t most = 0;
    for (const lc_space *const *space = lc_spaces(); *space; space++) {
        size_t n = 0;
        for (size_t i = 0; i < p->shots.n; i++) {
            const char *name = lc_net_space(p->shots.nets[i]);
            n += name && !strcmp(name, (*space)->name);
        }
        if (n > most) {
            most = n;
            p->space = *space;
        }
    }
    if (most)
        return LC_OK;
    lc_error_set(err, LC_EUSAGE,
                 "the samples are of no search space: --space says which to compare devices over");
    return LC_EUSAGE;
}

/* ---- the frame ---- */

static lc_status draw_nets(const lc__placing *p, lc_net **nets, lc_error *err) {
    uint64_t rng = (uint64_t)p->request->seed;
    lc_status s = LC_OK;
    for (size_t i = 0; i < (size_t)p->request->nets && !s; i++) {
        int choices[LC_NET_MAX_CHOICES];
        lc_space_random(p->space, &rng, choices);
        s = lc_space_net(p->space, choices, p->space->n_positions, &nets[i], err);
    }
    return s;
}

static lc_status make_frame(lc__placing *p, const lc_model *model, const lc_adapt_options *options,
                            lc_error *err) {
    size_t n = (size_t)p->request->nets;
    lc_net **nets = calloc(n, sizeof(lc_net *));
    lc_status s = nets ? draw_nets(p, nets, err) : lc__no_memory(err);
    if (!s)
        s = lc_embedding_frame_new(model, (const lc_net *const *)nets, n, options, &p->frame, err);
    for (size_t i = 0; i < n && nets; i++)
        lc_net_free(nets[i]);
    free(nets);
    return s;
}

/* ---- the device ---- */

static lc_status embed(lc__placing *p, lc_error *err) {
    lc_model *model = NULL;
    lc_predictor *predictor = NULL;
    lc_adapt_options options = {0};
    lc_shots shots = {p->shots.nets, p->shots.values, p->shots.n + p->shots.n_ops, p->shots.kinds};
    lc_status s = lc__pool_open(p->request->model, &model, err);
    if (!s)
        s = lc__pool_without(model, &p->request->without, &options, err);
    if (!s)
        s = lc_predictor_adapt(model, &shots, &options, &predictor, err);
    if (!s)
        s = make_frame(p, model, &options, err);
    if (!s)
        s = lc_embedding_of_predictor(p->frame, predictor, &p->own, err);
    lc_predictor_free(predictor);
    lc__pool_without_clear(&options);
    lc_model_free(model);
    return s;
}

static void warn(const lc__placing *p) {
    const char *name = p->shots.device.name;
    if (p->shots.n < FEW_SAMPLES)
        lc__warn("warning: only %zu sample%s of %s, so where it stands is hardly known", p->shots.n,
                 p->shots.n == 1 ? "" : "s", name);
    for (size_t i = 0; i < lc_embedding_n_devices(p->frame); i++)
        if (!strcmp(lc_embedding_device_name(p->frame, i), name))
            lc__warn("note: %s itself is in the pool; --without %s leaves it out", name, name);
}

lc_status lc__placing_open(const lc__placing_request *request, lc__placing *out, lc_error *err) {
    *out = (lc__placing){.request = request};
    lc_status s = lc__shot_file_load(request->device, &out->shots, err);
    if (!s && out->shots.n + out->shots.n_ops == 0) {
        lc_error_set(err, LC_EFORMAT,
                     "device %.80s has no samples, so nothing is known of it; measure a few "
                     "nets (predict plan, then profagent run)",
                     out->shots.device.name);
        s = lc_error_in_file(err, request->device);
    }
    if (!s)
        s = lc__readings_check(&out->shots, request->device, err);
    if (!s)
        s = choose_space(request, out, err);
    if (!s)
        s = embed(out, err);
    if (!s)
        warn(out);
    return s;
}

void lc__placing_close(lc__placing *p) {
    lc_embedding_free(p->own);
    lc_embedding_frame_free(p->frame);
    lc__shot_file_clear(&p->shots);
}
