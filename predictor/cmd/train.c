/* predict train: a folder of device.json files in, a model out. */
#include "cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/out.h"
#include "base/text.h"
#include "latcast/space.h"
#include "cmdline/json_out.h"
#include "cmdline/options.h"
#include "pool_files.h"
#include "predictor/trainer.h"

#define FEW_NETS 20

/* "220 fbnet, 3 explicit" */
static void count_spaces(const lc__shot_file *file, char *buf, size_t size) {
    size_t at = 0, other = file->n;
    buf[0] = '\0';
    for (const lc_space *const *space = lc_spaces(); *space; space++) {
        size_t n = 0;
        for (size_t i = 0; i < file->n; i++) {
            const char *name = lc_net_space(file->nets[i]);
            n += name && !strcmp(name, (*space)->name);
        }
        other -= n;
        if (n && at < size)
            at += (size_t)snprintf(buf + at, size - at, "%s%zu %s", at ? ", " : "", n,
                                   (*space)->name);
    }
    if (other && at < size)
        snprintf(buf + at, size - at, "%s%zu explicit", at ? ", " : "", other);
}

/* What a pool model takes from a device, but should better not. */
static lc_status note_odd(const lc__shot_file *file, lc_error *err) {
    size_t n = 0, first = 0;
    lc_status s = lc__readings_far_off(file, &n, &first, err);
    char value[40];
    if (n > 0)
        lc__warn("warning: %zu sample%s of %s, %s (%s) first, %s a hundred times off what its "
                 "nets usually take; measure again, or take it out of the file",
                 n, n == 1 ? "" : "s", file->device.name, file->samples[first]->id,
                 file->target->format(file->values[first], value, sizeof value),
                 n == 1 ? "is" : "are");
    if (file->n < FEW_NETS)
        lc__warn("note: %s has only %zu net%s, of which a pool model learns little; %d or more "
                 "make a good source",
                 file->device.name, file->n, file->n == 1 ? "" : "s", FEW_NETS);
    lc__readings_warn_rounded(file);
    return s;
}

/* The devices so far. A pool's nets take much memory, so each device's are let go at once. */
typedef struct pool {
    lc__trainer *trainer;
    lc__buf report; /* for people: a line per device */
    cJSON *list;    /* for programs: an object per device */
    size_t n_devices, n_nets;
} pool;

static lc_status add_device(void *user, lc__shot_file *file, const char *path, lc_error *err) {
    pool *p = user;
    lc_status s = lc__readings_check(file, path, err);
    if (!s)
        s = note_odd(file, err);
    if (s)
        return s;
    char spaces[200];
    count_spaces(file, spaces, sizeof spaces);
    lc__buf_printf(&p->report, "%-48s %s\n", file->device.name, spaces);
    cJSON *one = lc__append_object(p->list);
    if (p->report.failed || !one || !cJSON_AddStringToObject(one, "name", file->device.name) ||
        !lc__json_add_num(one, "nets", (double)file->n))
        return lc__no_memory(err);
    p->n_devices++;
    p->n_nets += file->n;
    lc_pool_device device = {file->device.name, file->nets, file->values, file->n};
    return lc__trainer_add(p->trainer, &device, err);
}

static lc_status train(const char *folder, const char *out, pool *p, lc_error *err) {
    lc_model *model = NULL;
    lc_status s = lc__out_check("--out", out, NULL, 0, err);
    if (!s)
        s = lc__pool_files_spare(folder, "--out", out, err);
    if (s)
        return s;
    p->list = cJSON_CreateArray();
    p->trainer = lc__trainer_new(err);
    if (!p->list || !p->trainer)
        return lc__no_memory(err);
    s = lc__pool_files_each(folder, add_device, p, err);
    if (!s)
        s = lc__trainer_finish(p->trainer, &model, err);
    if (!s)
        s = lc_model_save(model, out, err);
    lc_model_free(model);
    return s;
}

/* Takes the list over. */
static lc_status print_json(pool *p, const char *out, lc_error *err) {
    cJSON *o = cJSON_CreateObject();
    bool ok = o && lc__json_add_num(o, "schema_version", LC_SCHEMA_VERSION) &&
              cJSON_AddStringToObject(o, "model", out) &&
              lc__json_add_num(o, "nets", (double)p->n_nets) &&
              cJSON_AddItemToObject(o, "devices", p->list);
    if (ok)
        p->list = NULL;
    return lc__print_object(o, ok, "", err);
}

static int run(const char *folder, const char *out, bool json) {
    lc_error err;
    pool p = {0};
    lc_status s = train(folder, out, &p, &err);
    if (!s && json)
        s = print_json(&p, out, &err);
    else if (!s)
        printf("%s%zu devices, %zu nets measured\n", p.report.text, p.n_devices, p.n_nets);
    lc__trainer_free(p.trainer);
    cJSON_Delete(p.list);
    free(p.report.text);
    return s ? lc__cli_fail("predict train", &err) : lc__finish_output("predict train");
}

int lc__predict_train(int argc, char **argv) {
    const char *folder = NULL, *out = NULL;
    bool json = false;
    const lc__opt table[] = {
        {.name = "pool",
         .kind = LC__OPT_STR,
         .value = &folder,
         .arg = "DIR",
         .help = "folder of device.json files (*.json); plans in it are passed over",
         .required = true},
        lc__option_out(&out, "the model, e.g. model.lc", true),
        lc__option_json(&json, NULL),
        {0}};
    int code;
    if (!lc__options_parse("predict train", "Makes a pool model from measured devices.", NULL,
                           table, argc, argv, &code))
        return code;
    return run(folder, out, json);
}
