/* The set that needs no file: a form filled with a pattern, among other things.
 *
 * Five forms and five patterns make ten classes, a ring in which each form and each pattern belongs
 * to two: either alone leaves an even chance between two classes, both together tell. All else is
 * drawn at random and tells nothing: place, size, turn and colours of the form, the pattern's
 * period and turn, a fainter pattern behind it, small plain forms around and before it, light and
 * noise. Image i has label i % 10, so any stretch of the set is balanced. */
#include <errno.h>
#include <stdlib.h>
#include "base/memory.h"
#include "key.h"
#include "paint.h"
#include "source.h"

enum { CLASSES = 10, SIDE = LC__CANVAS_SIDE, FINE = LC__CANVAS_FINE };

static const unsigned long long images_max = 100000000;

typedef struct state {
    uint64_t seed;
} state;

/* low .. high */
static int between(uint64_t *rng, int low, int high) {
    uint64_t n = (uint64_t)high - (uint64_t)low + 1;
    return low + (int)lc__rng_below(rng, n);
}

static int difference(const unsigned char *a, const unsigned char *b) {
    return abs(a[0] - b[0]) + abs(a[1] - b[1]) + abs(a[2] - b[2]);
}

static void draw_colour(uint64_t *rng, unsigned char *colour) {
    for (int c = 0; c < 3; c++)
        colour[c] = (unsigned char)between(rng, 24, 232);
}

/* Two colours of the figure and one behind it that can be told apart. A few tries suffice nearly
 * always; an image that runs out of them is a hard one. */
static void draw_colours(uint64_t *rng, lc__figure *figure, lc__figure *ground) {
    enum { TRIES = 16, APART = 200, FROM_GROUND = 150 };
    draw_colour(rng, ground->colour[0]);
    for (int i = 0; i < TRIES; i++) {
        draw_colour(rng, figure->colour[0]);
        if (difference(figure->colour[0], ground->colour[0]) >= FROM_GROUND)
            break;
    }
    for (int i = 0; i < TRIES; i++) {
        draw_colour(rng, figure->colour[1]);
        if (difference(figure->colour[1], figure->colour[0]) >= APART &&
            difference(figure->colour[1], ground->colour[0]) >= FROM_GROUND)
            break;
    }
    for (int c = 0; c < 3; c++) { /* fainter: half way to any colour at most */
        int to = between(rng, 24, 232), from = ground->colour[0][c];
        ground->colour[1][c] = (unsigned char)(from + (to - from) / 4);
    }
}

static void draw_figure(uint64_t *rng, int label, lc__figure *f) {
    f->form = (lc__form)(label / 2);
    f->pattern = (lc__pattern)((label / 2 + label % 2) % LC__PATTERNS);
    f->radius = between(rng, 10 * FINE, 13 * FINE);
    f->x = between(rng, f->radius, SIDE * FINE - f->radius);
    f->y = between(rng, f->radius, SIDE * FINE - f->radius);
    f->turn = lc__turn_draw(rng);
    f->period = between(rng, 5 * FINE, 8 * FINE);
    lc__figure_draw_pattern(f, rng);
}

static void draw_ground(uint64_t *rng, lc__figure *ground) {
    ground->form = LC__FORM_ALL;
    ground->x = ground->y = SIDE * FINE / 2;
    ground->pattern = (lc__pattern)between(rng, 0, LC__PATTERNS - 1);
    ground->period = between(rng, 4 * FINE, 9 * FINE);
    lc__figure_draw_pattern(ground, rng);
}

/* Small plain forms anywhere. */
static void clutter(lc__canvas canvas, uint64_t *rng, int n) {
    for (int i = 0; i < n; i++) {
        lc__figure f = {.pattern = LC__PATTERN_PLAIN, .period = FINE};
        f.form = (lc__form)between(rng, 0, LC__FORMS - 1);
        f.radius = between(rng, 3 * FINE / 2, 4 * FINE);
        f.x = between(rng, 0, SIDE * FINE);
        f.y = between(rng, 0, SIDE * FINE);
        f.turn = lc__turn_draw(rng);
        draw_colour(rng, f.colour[0]);
        lc__paint(canvas, &f);
    }
}

static unsigned char byte_of(int v) {
    return (unsigned char)(v < 0 ? 0 : v > 255 ? 255 : v);
}

/* Light that falls off to one side, and noise: sums of two bytes, their spread drawn, too. */
static void light(lc__canvas canvas, uint64_t *rng, unsigned char *pixels) {
    int middle = between(rng, 200, 290), dx = between(rng, -3, 3), dy = between(rng, -3, 3);
    int noise = between(rng, 4, 24);
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++) {
            int gain = middle + dx * (2 * x - SIDE + 1) + dy * (2 * y - SIDE + 1);
            uint64_t word = lc__rng_u64(rng);
            for (int c = 0; c < 3; c++, word >>= 16) {
                int grain = (int)(word & 255) + (int)(word >> 8 & 255) - 255;
                *pixels++ = byte_of((canvas[y][x][c] * gain + grain * noise) >> 8);
            }
        }
}

static int shapes_read(const void *opened, lc__split split, size_t index, unsigned char *pixels) {
    const state *st = opened;
    int label = (int)(index % CLASSES);
    uint64_t rng = lc__key(st->seed, (uint64_t)split, index);
    lc__figure figure = {0}, ground = {0};
    lc__canvas canvas = {0};
    draw_ground(&rng, &ground);
    draw_figure(&rng, label, &figure);
    draw_colours(&rng, &figure, &ground);
    lc__paint(canvas, &ground);
    clutter(canvas, &rng, between(&rng, 1, 3));
    lc__paint(canvas, &figure);
    clutter(canvas, &rng, between(&rng, 0, 1));
    light(canvas, &rng, pixels);
    return label;
}

/* Reads up to three numbers with commas between: how many, or 0 where text is something else. */
static int numbers(const char *text, unsigned long long *value) {
    for (int n = 0; n < 3; n++) {
        char *end;
        errno = 0;
        value[n] = strtoull(text, &end, 10);
        if (*text < '0' || *text > '9' || errno)
            return 0;
        if (!*end)
            return n + 1;
        if (*end != ',')
            return 0;
        text = end + 1;
    }
    return 0;
}

static lc_status shapes_open(const char *where, lc__images_info *info, void **opened,
                             lc_error *err) {
    unsigned long long value[3] = {8000, 2000, 1}; /* training images, test images, seed */
    if (*where && (numbers(where, value) < 2 || value[0] < 1 || value[0] > images_max ||
                   value[1] < 1 || value[1] > images_max)) {
        lc_error_set(err, LC_EUSAGE,
                     "\"shapes:%.60s\": shapes:TRAIN,TEST[,SEED] takes 1 to %llu images each, for "
                     "instance shapes:8000,2000,1",
                     where, images_max);
        return LC_EUSAGE;
    }
    state *st = malloc(sizeof *st);
    if (!st)
        return lc__no_memory(err);
    st->seed = value[2];
    info->classes = CLASSES;
    info->height = info->width = SIDE;
    info->channels = 3;
    info->n_train = (size_t)value[0];
    info->n_test = (size_t)value[1];
    info->mirror = true;
    *opened = st;
    return LC_OK;
}

const lc__source lc__source_shapes = {"shapes", "shapes[:TRAIN,TEST[,SEED]]", shapes_open,
                                      shapes_read, free};
