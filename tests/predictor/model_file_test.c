#include "predictor/model_file.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/file.h"
#include "base/rng.h"
#include "base/text.h"
#include "synthetic.h"

/* A path in the temporary folder that is this process's own; tests run in processes of their own.
 */
static const char *own_path(void) {
    static char path[128];
    const char *dir = getenv("TMPDIR");
    snprintf(path, sizeof path, "%s/latcast-model-%d.lc", dir ? dir : "/tmp", (int)getpid());
    return path;
}

/* The bytes of a small model's file, to be freed. */
static char *model_bytes(size_t *length) {
    lc_model *model = made_up_model(2, 40, false);
    char *text = NULL;
    cr_assert_eq(lc_model_save(model, own_path(), NULL), LC_OK);
    cr_assert_eq(lc__file_read(own_path(), 1 << 26, &text, length, NULL), LC_OK);
    unlink(own_path());
    lc_model_free(model);
    return text;
}

static void write_u64(char *at, uint64_t value) {
    for (int i = 0; i < 8; i++)
        at[i] = (char)(value >> (8 * i) & 0xff);
}

static void mend_checksum(char *text, size_t length) {
    write_u64(text + LC__MODEL_SUM_AT,
              lc__fnv1a(LC__FNV_START, text + LC__MODEL_HEADER, length - LC__MODEL_HEADER));
}

static double ask(const lc_model *model) {
    lc_net **nets = random_nets("fbnet", 11, 3);
    double values[11];
    made_up device = {1e-2, 3e-2, 900, 1e5};
    made_up_values(&device, nets, 11, values);
    lc_shots shots = {(const lc_net *const *)nets, values, 10, NULL};
    lc_predictor *p = NULL;
    lc_forecast f;
    cr_assert_eq(lc_predictor_adapt(model, &shots, NULL, &p, NULL), LC_OK);
    cr_assert_eq(lc_predictor_query(p, nets[10], &f, NULL), LC_OK);
    lc_predictor_free(p);
    free_nets(nets, 11);
    return f.latency;
}

Test(model_file, round_trip_changes_nothing) {
    lc_model *model = made_up_model(3, 60, false), *again = NULL;
    cr_assert_eq(lc_model_save(model, own_path(), NULL), LC_OK);
    cr_assert_eq(lc_model_load(own_path(), &again, NULL), LC_OK);
    unlink(own_path());
    cr_assert_eq(lc_model_n_devices(again), 3);
    cr_expect_str_eq(lc_model_device_name(again, 2), "device2");
    cr_expect_null(lc_model_device_name(again, 3));
    cr_expect_eq(ask(model), ask(again));
    lc_model_free(model);
    lc_model_free(again);
}

Test(model_file, every_truncation_is_refused) {
    size_t length;
    char *text = model_bytes(&length);
    for (size_t n = 0; n < length; n += n < 64 ? 1 : 997) {
        lc_model *model = NULL;
        lc_error err = {0};
        cr_expect_eq(lc__model_parse(text, n, &model, &err), LC_EFORMAT, "%zu bytes", n);
    }
    free(text);
}

Test(model_file, every_damage_is_noticed) {
    size_t length;
    char *text = model_bytes(&length);
    for (size_t i = 0; i < length; i += i < 64 ? 1 : length / 100) {
        lc_model *model = NULL;
        text[i] = (char)(text[i] ^ 0x10);
        cr_expect_neq(lc__model_parse(text, length, &model, NULL), LC_OK, "byte %zu", i);
        text[i] = (char)(text[i] ^ 0x10);
    }
    free(text);
}

/* A damaged body whose checksum fits: refused or usable, never a crash. */
Test(model_file, forged_bodies_are_harmless) {
    size_t length;
    char *text = model_bytes(&length);
    uint64_t seed = 1;
    for (int i = 0; i < 150; i++) {
        /* The first bytes hold the counts; later ones are drawn from everywhere. */
        size_t at = LC__MODEL_HEADER +
                    (i < 24 ? (size_t)i : lc__rng_below(&seed, length - LC__MODEL_HEADER));
        char old = text[at];
        lc_model *model = NULL;
        text[at] = (char)lc__rng_u64(&seed);
        mend_checksum(text, length);
        if (lc__model_parse(text, length, &model, NULL) == LC_OK && i % 10 == 0)
            cr_expect(ask(model) > 0);
        lc_model_free(model);
        text[at] = old;
    }
    free(text);
}

Test(model_file, other_versions_are_named) {
    size_t length;
    char *text = model_bytes(&length);
    lc_model *model = NULL;
    lc_error err = {0};
    char ours[32];
    snprintf(ours, sizeof ours, "reads version %d", LC__MODEL_VERSION);
    text[LC__MODEL_VERSION_AT] = 99;
    cr_expect_eq(lc__model_parse(text, length, &model, &err), LC_EUNSUPPORTED);
    cr_expect(strstr(err.message, "version 99") && strstr(err.message, ours), "%s", err.message);
    free(text);
}

Test(model_file, other_files_are_told_apart) {
    lc_model *model = NULL;
    lc_error err = {0};
    static const char json[] = "{\"schema_version\":1}";
    cr_assert_eq(lc__file_write(own_path(), json, sizeof json - 1, NULL), LC_OK);
    cr_expect_eq(lc_model_load(own_path(), &model, &err), LC_EFORMAT);
    cr_expect(strstr(err.message, "no latcast model"), "%s", err.message);
    cr_expect_str_eq(err.file, own_path());
    unlink(own_path());
    cr_expect_eq(lc_model_load("/nonexistent/model.lc", &model, &err), LC_EIO);
}
