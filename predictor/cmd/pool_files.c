#include "pool_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/out.h"

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

/* The devices' names so far. */
typedef struct names {
    char **item; /* [n] */
    size_t n;
} names;

static lc_status check_device(const lc__shot_file *file, const names *seen, const char *path,
                              lc_error *err) {
    if (file->n == 0) {
        lc_error_set(err, LC_EFORMAT,
                     "device %.80s has no net samples; measure some or move the "
                     "file away",
                     file->device.name);
        return lc_error_in_file(err, path);
    }
    for (size_t i = 0; i < seen->n; i++) {
        if (!strcmp(seen->item[i], file->device.name)) {
            lc_error_set(err, LC_EFORMAT, "a second device called %.80s; rename or drop one",
                         file->device.name);
            return lc_error_in_file(err, path);
        }
    }
    return LC_OK;
}

static lc_status visit_file(const char *path, names *seen, lc__pool_visit visit, void *user,
                            lc_error *err) {
    lc__shot_file file;
    lc_status s = lc__shot_file_load(path, &file, err);
    if (s)
        return is_plan(path) ? LC_OK : s;
    s = check_device(&file, seen, path, err);
    char *name = s ? NULL : strdup(file.device.name);
    if (!s && !name)
        s = lc__no_memory(err);
    if (!s) {
        seen->item[seen->n++] = name;
        s = visit(user, &file, path, err);
    }
    lc__shot_file_clear(&file);
    return s;
}

static void clear_names(names *seen) {
    for (size_t i = 0; i < seen->n; i++)
        free(seen->item[i]);
    free(seen->item);
}

/* By name, so that the same folder always gives the same model. */
lc_status lc__pool_files_each(const char *folder, lc__pool_visit visit, void *user, lc_error *err) {
    struct dirent **entry = NULL;
    int n = scandir(folder, &entry, json_only, alphasort);
    if (n < 0) {
        lc_error_set(err, LC_EIO, "cannot read the folder: %s", strerror(errno));
        return lc_error_in_file(err, folder);
    }
    names seen = {.item = calloc((size_t)n + 1, sizeof(char *))};
    lc_status s = seen.item ? LC_OK : lc__no_memory(err);
    for (int i = 0; i < n; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", folder, entry[i]->d_name);
        if (!s)
            s = visit_file(path, &seen, visit, user, err);
        free(entry[i]);
    }
    free(entry);
    if (!s && seen.n == 0) {
        s = lc_error_set(err, LC_EUSAGE, "no device.json files in the folder");
        lc_error_in_file(err, folder);
    }
    clear_names(&seen);
    return s;
}

lc_status lc__pool_files_spare(const char *folder, const char *option, const char *out,
                               lc_error *err) {
    struct dirent **entry = NULL;
    int n = scandir(folder, &entry, json_only, NULL);
    lc_status s = LC_OK;
    for (int i = 0; i < n; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", folder, entry[i]->d_name);
        if (!s)
            s = lc__out_check(option, out, &(lc__input){"--pool", path}, 1, err);
        free(entry[i]);
    }
    free(entry);
    return s;
}

void lc__pool_files_clear(lc__pool_files *p) {
    for (size_t i = 0; i < p->n; i++)
        lc__shot_file_clear(&p->file[i]);
    free(p->file);
    free(p->device);
}

/* Takes the file over. */
static lc_status keep_file(void *user, lc__shot_file *file, const char *path, lc_error *err) {
    (void)path;
    lc__pool_files *p = user;
    lc__shot_file *files = realloc(p->file, (p->n + 1) * sizeof *files);
    if (files)
        p->file = files;
    lc_pool_device *devices = realloc(p->device, (p->n + 1) * sizeof *devices);
    if (devices)
        p->device = devices;
    if (!files || !devices)
        return lc__no_memory(err);
    devices[p->n] = (lc_pool_device){file->device.name, file->nets, file->values, file->n};
    files[p->n++] = *file;
    memset(file, 0, sizeof *file);
    return LC_OK;
}

lc_status lc__pool_files_load(const char *folder, lc__pool_files *p, lc_error *err) {
    return lc__pool_files_each(folder, keep_file, p, err);
}
