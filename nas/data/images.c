#include "data/images.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "source.h"

enum { SAMPLED = 1024 }; /* images that mean and deviation are taken from */

struct lc__images {
    lc__images_info info;
    const lc__source *source;
    void *state; /* the source's */
};

static const lc__source *const sources[LC__IMAGES_SPECS] = {
    &lc__source_shapes, &lc__source_cifar10, &lc__source_cifar100, &lc__source_cifar100_coarse,
    &lc__source_mnist};

const char *lc__images_spec(int i) {
    return i >= 0 && i < LC__IMAGES_SPECS ? sources[i]->spec : NULL;
}

static const lc__source *find(const char *name, lc_error *err) {
    const char *names[LC__IMAGES_SPECS];
    char list[160] = "";
    for (size_t i = 0; i < LC__IMAGES_SPECS; i++) {
        if (!strcmp(name, sources[i]->name))
            return sources[i];
        names[i] = sources[i]->name;
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", i ? ", " : "",
                 sources[i]->spec);
    }
    const char *near = lc__nearest(name, names, LC__IMAGES_SPECS);
    lc_error_set(err, LC_EUSAGE, "unknown image set \"%.60s\"%s%s%s; there are %s", name,
                 near ? ", did you mean " : "", near ? near : "", near ? "?" : "", list);
    return NULL;
}

/* Adds up bytes and their squares by channel. */
static void add(const unsigned char *pixels, size_t n, int channels, uint64_t *sum,
                uint64_t *squares) {
    for (size_t i = 0; i < n; i++)
        for (int c = 0; c < channels; c++) {
            unsigned v = pixels[i * (size_t)channels + (size_t)c];
            sum[c] += v;
            squares[c] += (uint64_t)v * v;
        }
}

/* In whole numbers up to the last step, so that every machine finds the same: of at most 2^22
 * pixels the sum of the squares is below 2^38, and its product with their number below 2^60. */
static void measure(lc__images *data) {
    lc__images_info *info = &data->info;
    unsigned char pixels[LC__IMAGES_IMAGE_MAX];
    uint64_t sum[3] = {0}, squares[3] = {0}, n_train = info->n_train;
    uint64_t images = n_train < SAMPLED ? n_train : SAMPLED;
    size_t area = (size_t)info->height * (size_t)info->width;
    for (uint64_t i = 0; i < images; i++) {
        data->source->read(data->state, LC__TRAIN, (size_t)(i * n_train / images), pixels);
        add(pixels, area, info->channels, sum, squares);
    }
    uint64_t n = images * area;
    for (int c = 0; c < 3; c++) {
        int from = c < info->channels ? c : 0;
        double spread = sqrt((double)(n * squares[from] - sum[from] * sum[from]));
        info->mean[c] = (float)((double)sum[from] / (double)n / 255);
        info->deviation[c] = (float)(spread / (double)n / 255);
        if (info->deviation[c] <= 0) /* all alike: any scale will do */
            info->deviation[c] = 1;
    }
}

lc_status lc__images_open(const char *spec, lc__images **out, lc_error *err) {
    const char *colon = strchr(spec, ':');
    lc__images *data = calloc(1, sizeof *data);
    if (!data)
        return lc__no_memory(err);
    size_t length = colon ? (size_t)(colon - spec) : strlen(spec);
    snprintf(data->info.name, sizeof data->info.name, "%.*s", (int)(length < 31 ? length : 31),
             spec);
    data->source = find(data->info.name, err);
    lc_status s = data->source
                      ? data->source->open(colon ? colon + 1 : "", &data->info, &data->state, err)
                      : LC_EUSAGE;
    if (s) {
        free(data);
        return s;
    }
    measure(data);
    *out = data;
    return LC_OK;
}

void lc__images_close(lc__images *data) {
    if (!data)
        return;
    data->source->close(data->state);
    free(data);
}

const lc__images_info *lc__images_about(const lc__images *data) {
    return &data->info;
}

size_t lc__images_size(const lc__images *data, lc__split split) {
    return split == LC__TEST ? data->info.n_test : data->info.n_train;
}

lc_status lc__images_read(const lc__images *data, lc__split split, size_t index,
                          unsigned char *pixels, int *label, lc_error *err) {
    if (index >= lc__images_size(data, split)) {
        lc_error_set(err, LC_EUSAGE, "image %zu of %s is asked for; it has %zu", index,
                     data->info.name, lc__images_size(data, split));
        return LC_EUSAGE;
    }
    *label = data->source->read(data->state, split, index, pixels);
    return LC_OK;
}
