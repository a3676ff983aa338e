/* Training device by device, from packed features. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/file.h"
#include "pack.h"
#include "predictor/batch.h"
#include "predictor/trainer.h"
#include "synthetic.h"

/* A packed point comes back as it was; an equal one is kept once, one of another space is not. */
Test(pack, keeps_points_and_each_once) {
    lc_net **nets = random_nets("nasbench201", 600, 4);
    lc__pack *pack = lc__pack_new(NULL);
    lc__points points = {.pack = pack};
    lc__point point, room;
    size_t row, again, other;
    cr_assert(pack);
    for (size_t i = 0; i < 600; i++) {
        cr_assert_eq(lc__featurise(nets[i], &point, NULL), LC_OK);
        cr_assert_eq(lc__pack_add(pack, &point, &row, NULL), LC_OK);
        cr_assert_eq(lc__pack_add(pack, &point, &again, NULL), LC_OK);
        cr_expect_eq(row, again);
        const lc__point *back = lc__points_at(&points, row, &room);
        for (size_t j = 0; j < LC__FEATURES; j++)
            cr_expect_eq(back->x[j], point.x[j]);
        cr_expect_eq(back->space, point.space);
        cr_expect_eq(lc__points_space(&points, row), point.space);
    }
    point.space++;
    cr_assert_eq(lc__pack_add(pack, &point, &other, NULL), LC_OK);
    cr_expect_neq(other, row);
    lc__pack_free(pack);
    free_nets(nets, 600);
}

static void model_bytes(const lc_model *model, char **text, size_t *length) {
    const char *dir = getenv("TMPDIR");
    char path[512];
    snprintf(path, sizeof path, "%s/latcast-trainer-%d.lc", dir ? dir : "/tmp", (int)getpid());
    cr_assert_eq(lc_model_save(model, path, NULL), LC_OK);
    cr_assert_eq(lc__file_read(path, 1 << 28, text, length, NULL), LC_OK);
    remove(path);
}

/* The pool's nets are the same however they come: as one array of points that devices share, or
 * device by device, where nothing tells that a net was there before but its features. */
Test(trainer, equals_training_on_shared_points) {
    enum { NETS = 60, DEVICES = 3 };
    lc_net **nets = random_nets("fbnet", NETS, 9);
    lc__point *points = calloc(NETS, sizeof *points);
    double values[DEVICES][NETS];
    size_t rows[NETS];
    lc__pool_rows devices[DEVICES];
    lc__trainer *trainer = lc__trainer_new(NULL);
    cr_assert(points && trainer);
    static const char *const names[] = {"a", "b", "c"};
    for (size_t i = 0; i < NETS; i++) {
        rows[i] = i;
        cr_assert_eq(lc__featurise(nets[i], &points[i], NULL), LC_OK);
    }
    for (size_t d = 0; d < DEVICES; d++) {
        made_up device = {1e-2 * (double)(d + 1), 1e-3, 1000, 1e5};
        size_t first = 10 * d, n = NETS - 20; /* each device has measured others */
        made_up_values(&device, nets, NETS, values[d]);
        devices[d] = (lc__pool_rows){names[d], rows + first, values[d] + first, n};
        lc_pool_device in = {names[d], (const lc_net *const *)nets + first, values[d] + first, n};
        cr_assert_eq(lc__trainer_add(trainer, &in, NULL), LC_OK);
    }
    lc_model *one = NULL, *two = NULL;
    cr_assert_eq(lc__model_train_points(points, devices, DEVICES, NULL, 0, &one, NULL), LC_OK);
    cr_assert_eq(lc__trainer_finish(trainer, &two, NULL), LC_OK);
    char *text[2];
    size_t length[2];
    model_bytes(one, &text[0], &length[0]);
    model_bytes(two, &text[1], &length[1]);
    cr_expect_eq(length[0], length[1]);
    cr_expect(memcmp(text[0], text[1], length[0]) == 0);
    for (int i = 0; i < 2; i++)
        free(text[i]);
    lc_model_free(one);
    lc_model_free(two);
    lc__trainer_free(trainer);
    free(points);
    free_nets(nets, NETS);
}
