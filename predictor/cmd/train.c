/* predict train: a folder of device.json files in, a model out. */
#include "cmd.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "latcast/space.h"
#include "options.h"

typedef struct pool {
    lc__shot_file *file;    /* [n] */
    lc_pool_device *device; /* [n] */
    size_t n;
} pool;

static int json_only(const struct dirent *entry) {
    size_t n = strlen(entry->d_name);
    return n > 5 && !strcmp(entry->d_name + n - 5, ".json");
}

/* A plan may lie among the devices that were measured by it. */
static bool is_plan(const char *path) {
    lc_plan plan;
    if (lc_plan_load(path, &plan, NULL))
        return false;
    lc_plan_clear(&plan);
    return true;
}

static lc_status check_device(const pool *p, const char *path, lc_error *err) {
    const lc__shot_file *last = &p->file[p->n];
    if (last->n == 0) {
        lc_error_set(err, LC_EFORMAT,
                     "device %.80s has no net samples; measure some or move the "
                     "file away",
                     last->device.name);
        return lc_error_in_file(err, path);
    }
    for (size_t i = 0; i < p->n; i++) {
        if (!strcmp(p->device[i].name, last->device.name)) {
            lc_error_set(err, LC_EFORMAT, "a second device called %.80s; rename or drop one",
                         last->device.name);
            return lc_error_in_file(err, path);
        }
    }
    return LC_OK;
}

static lc_status add_file(pool *p, const char *path, lc_error *err) {
    lc__shot_file *file = &p->file[p->n];
    lc_status s = lc__shot_file_load(path, file, err);
    if (s)
        return is_plan(path) ? LC_OK : s;
    s = check_device(p, path, err);
    if (s) {
        lc__shot_file_clear(file);
        return s;
    }
    p->device[p->n++] = (lc_pool_device){file->device.name, file->nets, file->latency_ns, file->n};
    return LC_OK;
}

static void clear_pool(pool *p) {
    for (size_t i = 0; i < p->n; i++)
        lc__shot_file_clear(&p->file[i]);
    free(p->file);
    free(p->device);
}

/* By name, so that the same folder always gives the same model. */
static lc_status read_pool(const char *folder, pool *p, lc_error *err) {
    struct dirent **entry = NULL;
    int n = scandir(folder, &entry, json_only, alphasort);
    if (n < 0) {
        lc_error_set(err, LC_EIO, "cannot read the folder: %s", strerror(errno));
        return lc_error_in_file(err, folder);
    }
    p->file = calloc((size_t)n + 1, sizeof *p->file);
    p->device = calloc((size_t)n + 1, sizeof *p->device);
    lc_status s = p->file && p->device ? LC_OK : lc__no_memory(err);
    for (int i = 0; i < n; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", folder, entry[i]->d_name);
        if (!s)
            s = add_file(p, path, err);
        free(entry[i]);
    }
    free(entry);
    if (!s && p->n == 0) {
        s = lc_error_set(err, LC_EUSAGE, "no device.json files in the folder");
        lc_error_in_file(err, folder);
    }
    return s;
}

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

static void report(const pool *p) {
    size_t total = 0;
    for (size_t i = 0; i < p->n; i++) {
        char spaces[200];
        count_spaces(&p->file[i], spaces, sizeof spaces);
        printf("%-48s %s\n", p->device[i].name, spaces);
        total += p->device[i].n;
    }
    printf("%zu devices, %zu nets measured\n", p->n, total);
}

static int run(const char *folder, const char *out) {
    pool p = {0};
    lc_model *model = NULL;
    lc_error err;
    lc_status s = read_pool(folder, &p, &err);
    if (!s)
        s = lc_model_train(p.device, p.n, NULL, 0, &model, &err);
    if (!s)
        s = lc_model_save(model, out, &err);
    if (!s)
        report(&p);
    lc_model_free(model);
    clear_pool(&p);
    return s ? lc__cli_fail("predict train", &err) : lc__finish_output("predict train");
}

int lc__predict_train(int argc, char **argv) {
    const char *folder = NULL, *out = NULL;
    const lc__opt table[] = {
        {.name = "pool",
         .kind = LC__OPT_STR,
         .value = &folder,
         .arg = "DIR",
         .help = "folder of device.json files (*.json); plans in it are passed over",
         .required = true},
        lc__option_out(&out, "the model, e.g. model.lc", true),
        {0}};
    int code;
    if (!lc__options_parse("predict train", "Makes a pool model from measured devices.", NULL,
                           table, argc, argv, &code))
        return code;
    return run(folder, out);
}
