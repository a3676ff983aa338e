#include "predictor/model_file.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/file.h"
#include "base/rng.h"
#include "predictor/batch.h"
#include "synthetic.h"

enum { SLOPES = 6 }; /* place of the section of slopes */

/* A path in the temporary folder that is this process's own; tests run in processes of their
 * own. */
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
    write_u64(text + LC__MODEL_SUM_AT, lc__model_checksum(text, length));
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

/* Without sources, and without any net either: what there is of a model is kept. */
Test(model_file, empty_models_are_models) {
    lc_model *models[2] = {made_up_model(0, 30, false)};
    cr_assert_eq(lc_model_train(NULL, 0, NULL, 0, &models[1], NULL), LC_OK);
    for (int i = 0; i < 2; i++) {
        lc_model *again = NULL;
        lc_error err = {0};
        cr_assert_eq(lc_model_save(models[i], own_path(), NULL), LC_OK);
        cr_assert_eq(lc_model_load(own_path(), &again, &err), LC_OK, "%s", err.message);
        unlink(own_path());
        cr_expect_eq(lc_model_n_devices(again), 0);
        cr_expect_eq(ask(models[i]), ask(again));
        lc_model_free(models[i]);
        lc_model_free(again);
    }
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

/* Any single bit: in the header, the table of sections, the numbers, the gaps between. */
Test(model_file, every_flipped_bit_is_noticed) {
    size_t length;
    char *text = model_bytes(&length);
    uint64_t seed = 2;
    for (size_t k = 0; k < 512 * 8 + 2000; k++) {
        size_t bit = k < 512 * 8 ? k : lc__rng_below(&seed, 8 * length);
        lc_model *model = NULL;
        lc_error err = {0};
        text[bit / 8] = (char)(text[bit / 8] ^ (1 << bit % 8));
        cr_expect_neq(lc__model_parse(text, length, &model, &err), LC_OK, "bit %zu", bit);
        cr_expect(err.message[0]);
        text[bit / 8] = (char)(text[bit / 8] ^ (1 << bit % 8));
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

/* Numbers that are finite and yet make no sense must not become forecasts. */
Test(model_file, absurd_numbers_are_refused) {
    size_t length, slopes;
    char *text = model_bytes(&length);
    memcpy(&slopes, text + LC__MODEL_HEADER + 16 * SLOPES, sizeof slopes);
    for (int i = 0; i < 3; i++) {
        static const double absurd[] = {1e300, -1e13, NAN};
        lc_model *model = NULL;
        lc_error err = {0};
        memcpy(text + slopes + 8 * 17, &absurd[i], 8);
        mend_checksum(text, length);
        cr_expect_eq(lc__model_parse(text, length, &model, &err), LC_EFORMAT);
        cr_expect(strstr(err.message, "number 17 of the source slopes") &&
                      strstr(err.message, "predict train"),
                  "%s", err.message);
    }
    free(text);
}

/* What the two sources of a fixture, the same model in every version, say of a net. */
static void expect_sources(const lc_model *model) {
    static const double recorded[] = {0.95048772130192627, 0.9656055047209644};
    lc_net **nets = random_nets("fbnet", 1, 3);
    lc__point point;
    double *e = calloc(lc__model_embed_size(model), sizeof *e);
    cr_assert(e && lc__featurise(nets[0], &point, NULL) == LC_OK);
    cr_assert_eq(lc__model_embed(model, &point, 1, e, NULL), LC_OK);
    size_t sources = lc__model_embed_size(model) - 1 - 4; /* 2 forecasts, 2 logarithms, novelty */
    for (size_t i = 0; i < 2; i++)
        cr_expect(fabs(e[sources + i] - recorded[i]) < 1e-12, "%.17g", e[sources + i]);
    cr_expect_str_eq(lc_model_device_name(model, 1), "device1");
    free_nets(nets, 1);
    free(e);
}

/* A fixture is read, or is of other features and says what to do. */
static void expect_fixture(const char *file, bool readable) {
    char path[512];
    lc_model *model = NULL;
    lc_error err = {0};
    snprintf(path, sizeof path, "%s/%s", LATCAST_TEST_DATA, file);
    lc_status st = lc_model_load(path, &model, &err);
    if (readable) {
        cr_assert_eq(st, LC_OK, "%s: %s", file, err.message);
        expect_sources(model);
    } else {
        cr_expect_eq(st, LC_EUNSUPPORTED, "%s: %s", file, err.message);
        cr_expect(strstr(err.message, "predict train"), "%s", err.message);
        cr_expect_str_eq(err.file, path);
    }
    lc_model_free(model);
}

Test(model_file, past_versions_are_read_or_say_what_to_do) {
    bool same = lc__features_id() == UINT64_C(0x785a0ff880605914); /* as the fixture has them */
    expect_fixture("model-v1.lc", false);
    expect_fixture("model-v2.lc", false);
    expect_fixture("model-v3.lc", same);
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
