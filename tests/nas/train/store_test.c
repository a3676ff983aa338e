/* Stores and their checkpoints. */
#include "train/store.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/file.h"
#include "toy.h"
#include "train/checkpoint.h"

static const char *own_path(void) {
    static char path[128];
    const char *dir = getenv("TMPDIR");
    snprintf(path, sizeof path, "%s/latcast-check-%d.lc", dir ? dir : "/tmp", (int)getpid());
    return path;
}

static void write_u64(char *at, uint64_t value) {
    for (int i = 0; i < 8; i++)
        at[i] = (char)(value >> (8 * i) & 0xff);
}

static void take_steps(lc__store *store, const lc__optimiser *optimiser, int first, int last) {
    lc__engine *engine = toy_engine(NULL);
    for (int i = first; i < last; i++)
        toy_path_step(engine, store, optimiser, i % 3 == 2, (uint64_t)i);
    lc__engine_free(engine);
}

static void expect_same(const float *a, const float *b, size_t n, const char *key) {
    cr_assert_eq(!a, !b, "%s", key);
    if (a)
        cr_expect_arr_eq(a, b, n * sizeof *a, "%s", key);
}

static void expect_same_store(const lc__store *one, const lc__store *other) {
    cr_assert_eq(lc__store_size(one), lc__store_size(other));
    cr_expect_eq(lc__store_seed(one), lc__store_seed(other));
    for (size_t i = 0; i < lc__store_size(one); i++) {
        const lc__slot *a = lc__store_at(one, i), *b = lc__store_at(other, i);
        cr_assert_str_eq(a->key, b->key);
        cr_expect_eq(a->updates, b->updates, "%s", a->key);
        expect_same(a->value, b->value, a->n, a->key);
        for (int m = 0; m < LC__MOMENTS; m++)
            expect_same(a->moments[m], b->moments[m], a->n, a->key);
    }
}

/* Stopped after two steps, before one of the paths was first taken, and gone on with: the same bit
 * for bit as never stopped. */
Test(checkpoint, resumed_is_as_if_never_stopped) {
    for (int method = LC__SGD; method <= LC__ADAM; method++) {
        lc__optimiser optimiser = lc__optimiser_init((lc__method)method);
        optimiser.decay = 1e-3;
        lc__store *through = lc__store_new(6), *stopped = lc__store_new(6), *resumed = NULL;
        void *blob = NULL;
        size_t length = 0;
        take_steps(through, &optimiser, 0, 5);
        take_steps(stopped, &optimiser, 0, 2);
        cr_assert_eq(lc__checkpoint_save(stopped, "step 2", 6, own_path(), NULL), LC_OK);
        cr_assert_eq(lc__checkpoint_load(own_path(), &resumed, &blob, &length, NULL), LC_OK);
        unlink(own_path());
        cr_expect(length == 6 && memcmp(blob, "step 2", 6) == 0);
        expect_same_store(stopped, resumed);
        take_steps(resumed, &optimiser, 2, 5);
        expect_same_store(through, resumed);
        free(blob);
        lc__store_free(through);
        lc__store_free(stopped);
        lc__store_free(resumed);
    }
}

/* The bytes of a small checkpoint, to be freed. */
static char *checkpoint_bytes(size_t *length) {
    lc__store *store = lc__store_new(1);
    char *bytes = NULL;
    take_steps(store, &(lc__optimiser){.momentum = 0.9}, 0, 1);
    cr_assert_eq(lc__checkpoint_save(store, "blob", 4, own_path(), NULL), LC_OK);
    cr_assert_eq(lc__file_read(own_path(), 1 << 26, &bytes, length, NULL), LC_OK);
    unlink(own_path());
    lc__store_free(store);
    return bytes;
}

static void expect_refused(const char *bytes, size_t length, lc_status status,
                           const char *message) {
    lc__store *store = NULL;
    void *blob = NULL;
    size_t n;
    lc_error err = {0};
    cr_assert_eq(lc__file_write(own_path(), bytes, length, NULL), LC_OK);
    cr_expect_eq(lc__checkpoint_load(own_path(), &store, &blob, &n, &err), status, "%s",
                 err.message);
    cr_expect(strstr(err.message, message), "%s", err.message);
    cr_expect_str_eq(err.file, own_path());
    cr_expect_null(store);
    unlink(own_path());
}

Test(checkpoint, damage_is_found) {
    size_t length;
    char *bytes = checkpoint_bytes(&length);
    const size_t places[] = {LC__CHECKPOINT_SEED_AT, LC__CHECKPOINT_HEADER + 3, length / 2,
                             length - 1};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        bytes[places[i]] = (char)(bytes[places[i]] ^ 4);
        expect_refused(bytes, length, LC_EFORMAT, "damaged");
        bytes[places[i]] = (char)(bytes[places[i]] ^ 4);
    }
    for (size_t cut = 0; cut < 4; cut++)
        expect_refused(bytes, cut ? length * cut / 4 : 9, LC_EFORMAT, "cut short");
    expect_refused("latcast\n", 8, LC_EFORMAT, "no checkpoint");
    bytes[LC__CHECKPOINT_VERSION_AT]++;
    expect_refused(bytes, length, LC_EUNSUPPORTED, "version 2, this build reads version 1");
    free(bytes);
}

/* With a checksum that is right, too, nothing is read beyond the end or believed. */
Test(checkpoint, contradictions_are_found) {
    size_t length;
    char *bytes = checkpoint_bytes(&length);
    const struct {
        size_t at;
        unsigned char value;
    } lies[] = {
        {LC__CHECKPOINT_SLOTS_AT, 0},       {LC__CHECKPOINT_SLOTS_AT + 3, 1},
        {LC__CHECKPOINT_BLOB_AT, 200},      {LC__CHECKPOINT_HEADER, 7},
        {LC__CHECKPOINT_HEADER + 3, 0xff},  {LC__CHECKPOINT_HEADER + 4, 9},
        {LC__CHECKPOINT_HEADER + 15, 0x40}, {LC__CHECKPOINT_HEADER + 24, 3},
        {LC__CHECKPOINT_HEADER + 32, 0},
    };
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        char *copy = malloc(length);
        cr_assert_not_null(copy);
        memcpy(copy, bytes, length);
        copy[lies[i].at] = (char)lies[i].value;
        write_u64(copy + LC__CHECKPOINT_SUM_AT, lc__checkpoint_sum(copy, length));
        expect_refused(copy, length, LC_EFORMAT, "contradicts itself");
        free(copy);
    }
    free(bytes);
}

Test(checkpoint, a_missing_file_is_said) {
    lc__store *store = NULL;
    void *blob;
    size_t n;
    lc_error err = {0};
    cr_expect_eq(lc__checkpoint_load("/nowhere/x.lc", &store, &blob, &n, &err), LC_EIO);
    cr_expect_str_eq(err.file, "/nowhere/x.lc");
}

Test(store, finds_what_it_was_given) {
    lc__store *store = lc__store_new(3);
    lc_error err = {0};
    cr_expect_null(lc__store_find(store, "a0"));
    for (int i = 0; i < 300; i++) { /* beyond several growths */
        char key[16];
        lc__slot *slot;
        bool made;
        snprintf(key, sizeof key, "a%d", i);
        cr_assert_eq(lc__store_slot(store, key, LC__SLOT_WEIGHTS, 3, &slot, &made, NULL), LC_OK);
        cr_expect(made && slot->value[2] == 0);
        slot->value[2] = (float)i;
    }
    lc__slot *slot = lc__store_find(store, "a123");
    bool made;
    cr_expect(slot && slot->value[2] == 123);
    cr_expect_eq(lc__store_slot(store, "a123", LC__SLOT_WEIGHTS, 3, &slot, &made, &err), LC_OK);
    cr_expect_not(made);
    cr_expect_eq(lc__store_slot(store, "a123", LC__SLOT_WEIGHTS, 4, &slot, &made, &err),
                 LC_EFORMAT);
    cr_expect(strstr(err.message, "\"a123\""), "%s", err.message);
    cr_expect_eq(lc__store_size(store), 300);
    lc__store_free(store);
}
