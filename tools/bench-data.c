/* How fast the built-in image set is drawn and made into batches, by processor time, and how hard
 * it is for a linear classifier: softmax regression on the standardised pixels, trained until its
 * loss stays, with each of three weight decays; the most that the test images show after any epoch
 * counts, which flatters it. Prints one JSON object. For tools/bench.
 *
 * usage: bench-data SEED
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "data/loader.h"

enum { CLASSES = 10, BATCH = 100, EPOCHS = 60, TRAIN = 8000, TEST = 2000 };

static const float rate_first = 0.002F, momentum = 0.9F;

typedef struct part {
    size_t n, values;
    float *images; /* [n][values] */
    int *labels;
} part;

typedef struct classifier {
    size_t values;
    float *weights, *speed; /* [CLASSES][values + 1], the last one a constant's */
} classifier;

static void stop(const char *what, const lc_error *err) {
    fprintf(stderr, "bench-data: %s: %s\n", what, err ? err->message : "failed");
    exit(1);
}

static void *room(size_t n, size_t size) {
    void *p = calloc(n, size);
    if (!p)
        stop("allocating", NULL);
    return p;
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double drawn_per_s(const lc__images *data) {
    unsigned char pixels[LC__IMAGES_IMAGE_MAX];
    int label;
    double start = now();
    for (size_t i = 0; i < TRAIN; i++)
        lc__images_read(data, LC__TRAIN, i, pixels, &label, NULL);
    return TRAIN / (now() - start);
}

static double batched_per_s(const lc__images *data, uint64_t seed) {
    lc__loader_options options = lc__loader_training(BATCH, seed);
    lc__loader *loader;
    lc_error err;
    if (lc__loader_new(data, &options, &loader, &err))
        stop("making a loader", &err);
    float *images = room(BATCH * lc__loader_values(loader), sizeof *images);
    int labels[BATCH];
    double start = now();
    for (size_t step = 0; step < lc__loader_steps(loader); step++)
        lc__loader_batch(loader, 0, step, 0, 1, images, labels, NULL);
    double per_s = (double)(lc__loader_steps(loader) * BATCH) / (now() - start);
    free(images);
    lc__loader_free(loader);
    return per_s;
}

/* A whole part at once, unchanged. */
static part whole(const lc__images *data, lc__part which, size_t n) {
    lc__loader_options options = {.part = which, .batch = n};
    lc__loader *loader;
    lc_error err;
    if (lc__loader_new(data, &options, &loader, &err))
        stop("making a loader", &err);
    part p = {.n = n, .values = lc__loader_values(loader), .labels = room(n, sizeof(int))};
    p.images = room(n * p.values, sizeof *p.images);
    lc__loader_batch(loader, 0, 0, 0, 1, p.images, p.labels, NULL);
    lc__loader_free(loader);
    return p;
}

static void scores(const classifier *c, const float *x, float *score) {
    for (size_t k = 0; k < CLASSES; k++) {
        const float *w = c->weights + k * (c->values + 1);
        float lanes[16] = {0};
        for (size_t i = 0; i < c->values; i++) /* a number of values that 16 divides */
            lanes[i % 16] += w[i] * x[i];
        score[k] = w[c->values];
        for (int i = 0; i < 16; i++)
            score[k] += lanes[i];
    }
}

static double accuracy(const classifier *c, const part *p) {
    size_t right = 0;
    for (size_t i = 0; i < p->n; i++) {
        float score[CLASSES];
        int best = 0;
        scores(c, p->images + i * p->values, score);
        for (int k = 1; k < CLASSES; k++)
            best = score[k] > score[best] ? k : best;
        right += best == p->labels[i];
    }
    return (double)right / (double)p->n;
}

/* Adds an image's gradient of the loss to gradient[CLASSES][values + 1]. */
static void learn(const classifier *c, const float *x, int label, float *gradient) {
    float score[CLASSES], most = -INFINITY, sum = 0;
    scores(c, x, score);
    for (int k = 0; k < CLASSES; k++)
        most = fmaxf(most, score[k]);
    for (int k = 0; k < CLASSES; k++)
        sum += score[k] = expf(score[k] - most);
    for (int k = 0; k < CLASSES; k++) {
        float *g = gradient + (size_t)k * (c->values + 1);
        float slope = score[k] / sum - (k == label ? 1.0F : 0.0F);
        for (size_t i = 0; i < c->values; i++)
            g[i] += slope * x[i];
        g[c->values] += slope;
    }
}

static void epoch(classifier *c, const part *p, float rate, float decay, float *gradient) {
    size_t n = CLASSES * (c->values + 1);
    for (size_t first = 0; first < p->n; first += BATCH) {
        memset(gradient, 0, n * sizeof *gradient);
        for (size_t i = first; i < first + BATCH; i++)
            learn(c, p->images + i * p->values, p->labels[i], gradient);
        for (size_t i = 0; i < n; i++) {
            c->speed[i] = momentum * c->speed[i] + gradient[i] / BATCH + decay * c->weights[i];
            c->weights[i] -= rate * c->speed[i];
        }
    }
}

/* Trains; fills the accuracy on both parts after the last epoch and the most on the test images. */
static void train(const part *learned, const part *judged, float decay, double *last,
                  double *most) {
    size_t n = CLASSES * (learned->values + 1);
    classifier c = {learned->values, room(n, sizeof(float)), room(n, sizeof(float))};
    float *gradient = room(n, sizeof *gradient);
    for (int e = 0; e < EPOCHS; e++) {
        float rate = rate_first * 0.5F * (1 + cosf(3.1415927F * (float)e / EPOCHS));
        epoch(&c, learned, rate, decay, gradient);
        *most = fmax(*most, accuracy(&c, judged));
    }
    last[0] = fmax(last[0], accuracy(&c, learned));
    last[1] = fmax(last[1], accuracy(&c, judged));
    free(gradient);
    free(c.weights);
    free(c.speed);
}

int main(int argc, char **argv) {
    static const float decays[] = {0, 0.01F, 0.1F};
    char *end = NULL, spec[64];
    unsigned long long seed = argc == 2 ? strtoull(argv[1], &end, 10) : 0;
    if (argc != 2 || end == argv[1] || *end) {
        fprintf(stderr, "usage: bench-data SEED\n");
        return 2;
    }
    lc__images *data;
    lc_error err;
    snprintf(spec, sizeof spec, "shapes:%d,%d,%llu", TRAIN, TEST, seed);
    if (lc__images_open(spec, &data, &err))
        stop("opening the set", &err);
    double drawn = drawn_per_s(data), batched = batched_per_s(data, seed);
    part learned = whole(data, LC__PART_TRAIN, TRAIN), judged = whole(data, LC__PART_TEST, TEST);
    double last[2] = {0}, most = 0;
    for (size_t i = 0; i < sizeof decays / sizeof decays[0]; i++)
        train(&learned, &judged, decays[i], last, &most);
    printf("{\"images drawn per second\": %.0f, \"images batched per second\": %.0f, "
           "\"linear classifier on what it learned from\": %.4f, \"on test images\": %.4f, "
           "\"on test images, most after any epoch\": %.4f}\n",
           drawn, batched, last[0], last[1], most);
    free(learned.images);
    free(learned.labels);
    free(judged.images);
    free(judged.labels);
    lc__images_close(data);
    return 0;
}
