#include "data/loader.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "key.h"
#include "order.h"

/* What a seed is used for. */
enum { USE_PARTING, USE_ORDER, USE_CHANGES };

struct lc__loader {
    const lc__images *data;
    lc__loader_options options; /* with the input's true size */
    size_t first, n;            /* of the part, in the order that parts the training images */
    float value[3][256];        /* of a byte, by channel of the input */
};

/* How an image of an epoch is changed. */
typedef struct change {
    int dy, dx; /* pixel [y][x] of the input is [y + dy][x + dx] of the image */
    bool mirrored;
    int hole_y, hole_x; /* of the hole's upper left corner */
} change;

lc__loader_options lc__loader_training(size_t batch, uint64_t seed) {
    return (lc__loader_options){
        .seed = seed, .batch = batch, .shuffle = true, .shift = 4, .flip = true};
}

static lc_status check_input(const lc__images_info *info, lc__loader_options *o, lc_error *err) {
    o->height = o->height ? o->height : info->height;
    o->width = o->width ? o->width : info->width;
    o->channels = o->channels ? o->channels : info->channels;
    bool fits = o->height >= info->height && o->width >= info->width &&
                (o->channels == info->channels || (o->channels == 3 && info->channels == 1));
    if (fits)
        return LC_OK;
    lc_error_set(err, LC_EUNSUPPORTED,
                 "the net takes %dx%dx%d, the images of %s are %dx%dx%d; they can be bordered and "
                 "a single channel be repeated thrice, no more",
                 o->height, o->width, o->channels, info->name, info->height, info->width,
                 info->channels);
    return LC_EUNSUPPORTED;
}

static lc_status check_part(lc__loader *loader, lc_error *err) {
    const lc__loader_options *o = &loader->options;
    const lc__images_info *info = lc__images_about(loader->data);
    if (!(o->validation >= 0 && o->validation <= 0.9) || o->batch < 1 || o->part >= LC__PARTS ||
        o->shift < 0 || o->cutout < 0)
        return lc_error_set(err, LC_EUSAGE,
                            "a loader needs at least one image in a batch (has %zu), a share of "
                            "0 to 0.9 for validation (has %g) and no negative size",
                            o->batch, o->validation);
    size_t apart = (size_t)((double)info->n_train * o->validation + 0.5);
    loader->first = o->part == LC__PART_TRAIN ? apart : 0;
    loader->n = o->part == LC__PART_TEST    ? info->n_test
                : o->part == LC__PART_TRAIN ? info->n_train - apart
                                            : apart;
    if (loader->n == 0)
        return lc_error_set(err, LC_EUSAGE,
                            "a share of %g of the %zu training images of %s for validation leaves "
                            "no image for %s",
                            o->validation, info->n_train, info->name,
                            o->part == LC__PART_TRAIN ? "training" : "validation");
    return LC_OK;
}

lc_status lc__loader_new(const lc__images *data, const lc__loader_options *options,
                         lc__loader **out, lc_error *err) {
    const lc__images_info *info = lc__images_about(data);
    lc__loader *loader = malloc(sizeof *loader);
    if (!loader)
        return lc__no_memory(err);
    *loader = (lc__loader){.data = data, .options = *options};
    lc_status s = check_input(info, &loader->options, err);
    if (!s)
        s = check_part(loader, err);
    if (s) {
        free(loader);
        return s;
    }
    loader->options.flip = loader->options.flip && info->mirror;
    for (int c = 0; c < 3; c++)
        for (int v = 0; v < 256; v++)
            loader->value[c][v] = ((float)v / 255 - info->mean[c]) / info->deviation[c];
    *out = loader;
    return LC_OK;
}

void lc__loader_free(lc__loader *loader) {
    free(loader);
}

size_t lc__loader_size(const lc__loader *loader) {
    return loader->n;
}

size_t lc__loader_steps(const lc__loader *loader) {
    size_t batch = loader->options.batch;
    if (loader->options.shuffle)
        return loader->n < batch ? 1 : loader->n / batch;
    return loader->n / batch + (loader->n % batch != 0);
}

size_t lc__loader_values(const lc__loader *loader) {
    const lc__loader_options *o = &loader->options;
    return (size_t)o->height * (size_t)o->width * (size_t)o->channels;
}

/* Position in the part's order of the first image of a rank; rank == ranks: the step's end. */
static size_t begin(const lc__loader *loader, size_t step, int rank, int ranks) {
    size_t batch = loader->options.batch, start = step * batch;
    size_t n = loader->n - start < batch ? loader->n - start : batch;
    size_t each = n / (size_t)ranks, over = n % (size_t)ranks, r = (size_t)rank;
    return start + each * r + (r < over ? r : over);
}

static bool exists(const lc__loader *loader, size_t step, int rank, int ranks) {
    return step < lc__loader_steps(loader) && ranks > 0 && rank >= 0 && rank < ranks;
}

size_t lc__loader_share(const lc__loader *loader, size_t step, int rank, int ranks) {
    if (!exists(loader, step, rank, ranks))
        return 0;
    return begin(loader, step, rank + 1, ranks) - begin(loader, step, rank, ranks);
}

/* The image at `position` of an epoch: its index in the split. Parts of the training images are
 * stretches of one order that stays, through which each epoch then takes its own way. */
static size_t index_of(const lc__loader *loader, size_t epoch, size_t position) {
    const lc__loader_options *o = &loader->options;
    if (o->shuffle)
        position = lc__order_at(lc__key(o->seed, USE_ORDER, epoch), loader->n, position);
    if (o->part == LC__PART_TEST || o->validation == 0)
        return position;
    return lc__order_at(lc__key(o->seed, USE_PARTING, 0), lc__images_size(loader->data, LC__TRAIN),
                        loader->first + position);
}

/* Changes hang on the image, not on its place in a batch: other batch sizes and numbers of ranks
 * give the same. */
static change draw_change(const lc__loader *loader, size_t epoch, size_t index) {
    const lc__loader_options *o = &loader->options;
    const lc__images_info *info = lc__images_about(loader->data);
    uint64_t rng = lc__key(lc__key(o->seed, USE_CHANGES, epoch), index, 0);
    uint64_t reach = 2 * (uint64_t)o->shift + 1;
    change ch;
    ch.dy = (int)lc__rng_below(&rng, reach) - o->shift - (o->height - info->height) / 2;
    ch.dx = (int)lc__rng_below(&rng, reach) - o->shift - (o->width - info->width) / 2;
    ch.mirrored = o->flip && lc__rng_below(&rng, 2);
    /* The middle is within the image, so the hole may reach out of it. */
    ch.hole_y = (int)lc__rng_below(&rng, (uint64_t)o->height) - o->cutout / 2;
    ch.hole_x = (int)lc__rng_below(&rng, (uint64_t)o->width) - o->cutout / 2;
    return ch;
}

/* One row of the input; source: the image's row, or NULL beyond its edge. */
static void convert_row(const lc__loader *loader, const change *ch, const unsigned char *source,
                        float *out) {
    const lc__images_info *info = lc__images_about(loader->data);
    int width = loader->options.width, channels = loader->options.channels;
    for (int x = 0; x < width; x++) {
        int from = (ch->mirrored ? width - 1 - x : x) + ch->dx;
        bool inside = source && from >= 0 && from < info->width;
        for (int c = 0; c < channels; c++) {
            int at = info->channels == 1 ? from : from * info->channels + c;
            out[x * channels + c] = loader->value[c][inside ? source[at] : 0];
        }
    }
}

static void cut_hole(const lc__loader *loader, const change *ch, float *out) {
    const lc__loader_options *o = &loader->options;
    int bottom = ch->hole_y + o->cutout, right = ch->hole_x + o->cutout;
    for (int y = ch->hole_y < 0 ? 0 : ch->hole_y; y < bottom && y < o->height; y++)
        for (int x = ch->hole_x < 0 ? 0 : ch->hole_x; x < right && x < o->width; x++)
            for (int c = 0; c < o->channels; c++)
                out[(y * o->width + x) * o->channels + c] = 0;
}

/* Makes one image of the input. What is read was checked when the set was opened. */
static void make(const lc__loader *loader, size_t epoch, size_t position, float *out, int *label) {
    const lc__loader_options *o = &loader->options;
    const lc__images_info *info = lc__images_about(loader->data);
    unsigned char pixels[LC__IMAGES_IMAGE_MAX];
    size_t index = index_of(loader, epoch, position);
    lc__images_read(loader->data, o->part == LC__PART_TEST ? LC__TEST : LC__TRAIN, index, pixels,
                    label, NULL);
    change ch = draw_change(loader, epoch, index);
    for (int y = 0; y < o->height; y++) {
        ptrdiff_t from = y + ch.dy;
        bool inside = from >= 0 && from < info->height;
        convert_row(loader, &ch, inside ? pixels + from * info->width * info->channels : NULL,
                    out + (size_t)y * (size_t)(o->width * o->channels));
    }
    cut_hole(loader, &ch, out);
}

lc_status lc__loader_batch(const lc__loader *loader, size_t epoch, size_t step, int rank, int ranks,
                           float *images, int *labels, lc_error *err) {
    if (!exists(loader, step, rank, ranks)) {
        lc_error_set(err, LC_EUSAGE, "step %zu of %zu for rank %d of %d is asked for", step,
                     lc__loader_steps(loader), rank, ranks);
        return LC_EUSAGE;
    }
    size_t first = begin(loader, step, rank, ranks), values = lc__loader_values(loader);
    ptrdiff_t share = (ptrdiff_t)lc__loader_share(loader, step, rank, ranks);
#ifdef _OPENMP
#pragma omp parallel for schedule(static)
#endif
    for (ptrdiff_t i = 0; i < share; i++)
        make(loader, epoch, first + (size_t)i, images + (size_t)i * values, labels + i);
    return LC_OK;
}
