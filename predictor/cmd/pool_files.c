#include "pool_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

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

static lc_status check_device(const lc__pool_files *p, const char *path, lc_error *err) {
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

static lc_status add_file(lc__pool_files *p, const char *path, lc_error *err) {
    lc__shot_file *file = &p->file[p->n];
    lc_status s = lc__shot_file_load(path, file, err);
    if (s)
        return is_plan(path) ? LC_OK : s;
    s = check_device(p, path, err);
    if (s) {
        lc__shot_file_clear(file);
        return s;
    }
    p->device[p->n++] = (lc_pool_device){file->device.name, file->nets, file->values, file->n};
    return LC_OK;
}

void lc__pool_files_clear(lc__pool_files *p) {
    for (size_t i = 0; i < p->n; i++)
        lc__shot_file_clear(&p->file[i]);
    free(p->file);
    free(p->device);
}

/* By name, so that the same folder always gives the same model. */
lc_status lc__pool_files_load(const char *folder, lc__pool_files *p, lc_error *err) {
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
