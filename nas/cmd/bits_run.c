#include "bits_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/out.h"
#include "bits_judge.h"
#include "folder.h"

/* Bits up to which losses are asked for; more follow from these. */
#define ASKED 4

void lc__bits_close(lc__bits_run *s) {
    free(s->score);
    lc__bits_costs_close(&s->costs);
    lc_nas_bits_free(s->bits);
    lc__images_close(s->images);
    lc__net_list_clear(&s->nets);
}

/* ---- what is given ---- */

/* A zoo net without size is made for the images. */
static lc_status open_net(lc__bits_run *s, lc_error *err) {
    static const char sized[] = "zoo:mobilenet_v2";
    const lc__images_info *info = lc__images_about(s->images);
    char arch[64];
    snprintf(arch, sizeof arch, "%s:%d:%d", sized, info->height, info->classes);
    bool fits = !strcmp(s->request->arch, sized);
    lc_status st = lc__net_list_add(&s->nets, fits ? arch : s->request->arch, err);
    if (st == LC_OK && s->nets.n != 1)
        st = lc_error_set(err, LC_EUSAGE, "--arch must name one net, not %zu", s->nets.n);
    return st;
}

static lc_status settle(lc__bits_run *s, lc_error *err) {
    const lc__bits_request *r = s->request;
    const lc__input inputs[] = {{"--arch", r->arch},
                                {"--weights", r->weights},
                                {"--table", r->limits.table},
                                {"--device", r->limits.source.device},
                                {"--model", r->limits.source.model}};
    lc_status st = lc__out_check("--out", r->out, inputs, 5, err);
    if (st == LC_OK)
        st = lc__folder_takes(r->out, err);
    if (st == LC_OK)
        st = lc__folder_claim(r->out, err);
    if (st == LC_OK)
        st = lc__course_open(&r->course, &s->images, &s->options, err);
    if (st == LC_OK)
        st = open_net(s, err);
    if (st != LC_OK)
        return st;
    s->options.net = s->nets.net[0];
    s->options.epochs = r->fine_tune ? (int)r->fine_tune : 1;
    s->options.scale = LC__SCALE_FITTED;
    st = lc_nas_bits_new(s->nets.net[0], &s->bits, err);
    if (st == LC_OK)
        st = lc__bits_costs_open(&r->limits, s->bits, &s->costs, err);
    if (st != LC_OK)
        return st;
    size_t places = lc_nas_place(&s->costs.problem, s->costs.problem.n_positions);
    s->score = calloc(places, sizeof *s->score);
    int any[LC_NAS_MAX_POSITIONS]; /* limits that nothing keeps are told before any work */
    return s->score ? lc__bits_assign(&s->costs, s->score, any, err) : lc__no_memory(err);
}

/* ---- work ---- */

static lc_status find(lc__bits_run *s, lc_error *err) {
    const lc__bits_request *r = s->request;
    lc__bits_judge judge;
    lc_status st = lc__bits_judge_open(s->bits, &s->options, r->weights, (size_t)r->images,
                                       r->course.quiet, &judge, err);
    const lc_nas_bits_losses losses = {lc__bits_judge_loss, lc__bits_judge_progress, &judge, ASKED};
    if (st == LC_OK)
        st = lc_nas_bits_scores(s->bits, &losses, s->score, err);
    if (st == LC_OK)
        st = lc__bits_assign(&s->costs, s->score, s->trial[LC__BITS_FOUND].choices, err);
    lc__bits_judge_close(&judge);
    return st;
}

/* Fine-tunes and judges `net`, going on from the checkpoint that an interrupted run left. */
static lc_status try(lc__bits_run *s, lc__bits_trial *t, const lc_net *net, lc_error *err) {
    const lc__bits_request *r = s->request;
    lc__training_options options = s->options;
    lc__training *training = NULL;
    char path[4096];
    options.net = net;
    snprintf(path, sizeof path, "%s.%s.lc", r->out, t->name);
    lc_status st = lc__training_new(&options, &training, err);
    if (st == LC_OK)
        st = lc__training_adopt(training, r->weights, err);
    if (st == LC_OK && r->fine_tune > 0 && net != s->options.net)
        st = lc__course_run(&r->course, training, path, err);
    if (st == LC_OK)
        st = lc__training_evaluate(training, NULL, LC__PART_TEST, 0, &t->outcome, err);
    lc__training_free(training);
    return st;
}

static lc_status try_bits(lc__bits_run *s, lc__bits_trial *t, lc_error *err) {
    lc_net *net = NULL;
    lc_status st = lc_nas_bits_net(s->bits, t->choices, &net, err);
    if (st == LC_OK)
        st = try(s, t, net, err);
    lc_net_free(net);
    return st;
}

static lc_status write_net(const lc__bits_run *s, lc_error *err) {
    lc_net *net = NULL;
    lc_status st = lc_nas_bits_net(s->bits, s->trial[LC__BITS_FOUND].choices, &net, err);
    char *text = st == LC_OK ? lc_net_to_json(net, true) : NULL;
    if (st == LC_OK)
        st = text ? lc__file_write(s->request->out, text, strlen(text), err) : lc__no_memory(err);
    free(text);
    lc_net_free(net);
    return st;
}

lc_status lc__bits_work(const lc__bits_request *request, lc__bits_run *s, lc_error *err) {
    static const lc__bits_trial trials[LC__BITS_TRIALS] = {{.name = "f32"},
                                                           {.name = "8", .bits = 8},
                                                           {.name = "6", .bits = 6},
                                                           {.name = "4", .bits = 4},
                                                           {.name = "found"}};
    *s = (lc__bits_run){.request = request};
    memcpy(s->trial, trials, sizeof trials);
    lc_status st = settle(s, err);
    if (st == LC_OK)
        st = try(s, &s->trial[0], s->options.net, err);
    if (st == LC_OK)
        st = find(s, err);
    if (st == LC_OK)
        st = write_net(s, err);
    for (int i = 1; i < LC__BITS_TRIALS && st == LC_OK; i++) {
        lc__bits_trial *t = &s->trial[i];
        if (t->bits)
            st = lc_nas_bits_uniform(s->bits, (lc_nas_width){t->bits, t->bits}, t->choices, err);
        if (st == LC_OK)
            st = try_bits(s, t, err);
    }
    return st;
}
