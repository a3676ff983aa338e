#include "run_setup.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "devices/sample.h"
#include "fingerprint.h"

static lc_status unknown_backend(const char *name, lc_error *err) {
    char known[200] = "";
    for (const lc_backend *const *b = lc_backends(); *b; b++) {
        size_t n = strlen(known);
        snprintf(known + n, sizeof known - n, "%s%s", n ? ", " : "", lc_backend_name(*b));
    }
    return lc_error_set(err, LC_EUNSUPPORTED, "unknown backend \"%.40s\"; this build has %s", name,
                        known);
}

static lc_status open_backend(run_setup *s, const char *name, lc_error *err) {
    s->backend = lc_backend_find(name);
    if (!s->backend)
        return unknown_backend(name, err);
    return lc_backend_open(s->backend, &s->exec, &s->info, err);
}

/* The backend asked for, else oneDNN where it is found, else native. */
static lc_status choose_backend(run_setup *s, lc_error *err) {
    s->exec = (lc_exec_config){.threads = s->threads,
                               .isa = s->isa,
                               .weight_seed = s->weight_seed,
                               .dtype = LC_DTYPE_F32,
                               .batch = s->batch};
    if (s->dtype_name)
        s->exec.dtype = lc_dtype_from_name(s->dtype_name);
    if (s->exec.dtype == LC_DTYPE_COUNT || s->exec.dtype == LC_DTYPE_ANY)
        return lc_error_set(err, LC_EUSAGE, "--dtype takes f32, bf16, int16 or int8, not \"%.40s\"",
                            s->dtype_name);
    if (s->backend_name)
        return open_backend(s, s->backend_name, err);
    if (lc_backend_find("onednn")) {
        lc_status status = open_backend(s, "onednn", err);
        if (!status || s->isa) /* a cap is meant for the faster runtime */
            return status;
    }
    return open_backend(s, "native", err);
}

/* Keeps [a-z0-9._-]. */
static void clean_name(char *name) {
    for (char *p = name; *p; p++) {
        *p = (char)tolower((unsigned char)*p);
        if (!isalnum((unsigned char)*p) && !strchr("._-", *p))
            *p = '-';
    }
}

static lc_status choose_name(run_setup *s, const cJSON *fingerprint, lc_error *err) {
    if (s->device) {
        if (!lc__device_name_ok(s->device))
            return lc_error_set(err, LC_EUSAGE, "--device takes %s, not \"%.120s\"",
                                LC__DEVICE_NAME_RULE, s->device);
        snprintf(s->name, sizeof s->name, "%s", s->device);
        return LC_OK;
    }
    char slug[49];
    lc__fingerprint_slug(fingerprint, slug, sizeof slug);
    char mode[64] = "";
    if (s->exec.dtype != LC_DTYPE_F32)
        snprintf(mode, sizeof mode, "_%s", lc_dtype_name(s->exec.dtype));
    if (s->batch > 0)
        snprintf(mode + strlen(mode), sizeof mode - strlen(mode), "_b%d", s->batch);
    if (s->cluster)
        snprintf(mode + strlen(mode), sizeof mode - strlen(mode), "_%.10s", s->cluster);
    if (s->khz > 0)
        snprintf(mode + strlen(mode), sizeof mode - strlen(mode), "_%.0fkhz", s->khz);
    if (s->pace_ms > 0)
        snprintf(mode + strlen(mode), sizeof mode - strlen(mode), "_paced%gms", s->pace_ms);
    snprintf(s->name, sizeof s->name, "%s_%.16s%s%.20s_t%d%s%s", slug, lc_backend_name(s->backend),
             s->info.isa[0] ? "-" : "", s->info.isa, s->threads, mode, s->cold ? "_cold" : "");
    clean_name(s->name);
    return LC_OK;
}

static void add_config(const run_setup *s, cJSON *header) {
    cJSON *config = cJSON_AddObjectToObject(header, "config");
    cJSON_AddStringToObject(config, "backend", lc_backend_name(s->backend));
    lc__present(config, "backend_version", s->info.version, "the backend states none");
    lc__present(config, "library", s->info.library, "the backend states none");
    cJSON_AddStringToObject(config, "isa", s->info.isa);
    if (s->info.detail[0]) /* timed by its own clock: lc_exec_time() */
        cJSON_AddStringToObject(config, "accelerator", s->info.detail);
    cJSON_AddNumberToObject(config, "threads", s->threads);
    cJSON_AddStringToObject(config, "dtype", lc_dtype_name(s->exec.dtype));
    if (s->batch > 0)
        cJSON_AddNumberToObject(config, "batch", s->batch);
    else
        lc__absent(config, "batch", "as the nets have it");
    cJSON_AddItemToObject(config, "pinned_cpus", cJSON_CreateIntArray(s->cpus.cpu, s->cpus.n));
    if (s->cluster)
        cJSON_AddStringToObject(config, "cluster", s->cluster);
    lc__json_add_num(config, "weight_seed", (double)s->weight_seed);
    if (s->khz > 0)
        lc__json_add_num(config, "freq_khz", s->khz);
    if (s->pace_ms > 0)
        lc__json_add_num(config, "pace_ms", s->pace_ms);
    cJSON_AddStringToObject(config, "weights", s->cold ? "cold" : "warm");
}

static lc_status make_header(run_setup *s, lc_error *err) {
    cJSON *print = NULL, *header = NULL;
    lc_status status = lc__fingerprint_tree("", &print, err);
    if (!status)
        status = lc__fingerprint_process(print, &s->clock, &s->perf, err);
    if (!status)
        status = choose_name(s, print, err);
    if (!status) {
        header = cJSON_CreateObject();
        cJSON_AddNumberToObject(header, "schema_version", 1);
        cJSON_AddStringToObject(header, "kind", "device");
        cJSON_AddStringToObject(header, "device", s->name);
        add_config(s, header);
        if (cJSON_AddItemToObject(header, "fingerprint", print))
            print = NULL;
        s->header = lc__json_print(header);
        if (!s->header || print)
            status = lc_error_set(err, LC_ENOMEM, "out of memory");
    }
    cJSON_Delete(print);
    cJSON_Delete(header);
    return status;
}

/* The directory that holds `path`: 0, or the errno that keeps files from being made in it. */
static int check_parent(const char *path) {
    char dir[4096] = ".";
    struct stat st;
    const char *slash = strrchr(path, '/');
    if (slash)
        snprintf(dir, sizeof dir, "%.*s", slash == path ? 1 : (int)(slash - path), path);
    if (stat(dir, &st))
        return errno;
    if (!S_ISDIR(st.st_mode))
        return ENOTDIR;
    return access(dir, W_OK | X_OK) ? errno : 0;
}

lc_status run_setup_check_out(const char *path, const char *target, lc_error *err) {
    struct stat st;
    bool there = stat(target, &st) == 0;
    int why = there && S_ISDIR(st.st_mode) ? EISDIR : check_parent(target);
    lc_status s = LC_OK;
    if (why)
        s = lc_error_set(err, LC_EIO, "cannot write: %s%s", strerror(why),
                         why == EISDIR ? "" : " (its directory)");
    else if (there && !S_ISREG(st.st_mode))
        s = lc_error_set(err, LC_EUSAGE,
                         "not a regular file; --out takes one, as the spool stands beside it");
    if (s)
        lc_error_in_file(err, path);
    return s;
}

lc_status run_setup_make(run_setup *s, lc_error *err) {
    lc_status status = lc__pin("", s->pin, s->cluster, s->threads, &s->cpus, err);
    if (status)
        return status;
    status = lc__clock_init(&s->clock, "", err);
    if (status)
        return status;
    lc__perf_open(&s->perf, "");
    lc__energy_open(&s->energy, "");
    status = lc__watch_init(&s->watch, "", &s->cpus, s->threads, &s->clock, err);
    if (!status)
        status = lc__rest_init(&s->rest, "", s->pace_ms * 1e6, s->cold, err);
    if (!status)
        status = choose_backend(s, err);
    if (!status)
        status = make_header(s, err);
    return status;
}

void run_setup_clear(run_setup *s) {
    if (s->clock.ticks) { /* the counters were opened */
        lc__perf_close(&s->perf);
        lc__energy_close(&s->energy);
    }
    lc__watch_clear(&s->watch);
    lc__rest_clear(&s->rest);
    free(s->header);
    s->header = NULL;
}
