/* Where the adder's sum loses digits in f32: as it is written, as 2 sum(min(x, w)) - sum(x) -
 * sum(w), and by the rule of the kernels, which takes the second and falls back to the first where
 * it finds that digits were lost. In plain C, sums in the order of the kernels, against a sum in
 * double. Prints one JSON array: errors in units of the last place of a result. For tools/bench.
 *
 * usage: bench-adder
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/rng.h"
#include "base/stats.h"
#include "kernels/adder/adder.h"

enum { DEPTH_MAX = 4608, DRAWS = 400, LANES = 16 };

/* x and w are uniform: an offset, and a range on both sides of it. Where `near` is set, x is w and
 * a difference of that range. */
typedef struct input {
    const char *name;
    float x_offset, x_range, w_offset, w_range, near;
    bool rectified; /* no x below zero */
} input;

static const input inputs[] = {
    {"x and w in [-1, 1)", 0, 1, 0, 1, 0, false},
    {"x rectified", 0, 1, 0, 1, 0, true},
    {"x 100 times as wide", 0, 100, 0, 1, 0, false},
    {"w 100 times as wide", 0, 1, 0, 100, 0, false},
    {"x + 1", 1, 1, 0, 1, 0, false},
    {"x + 100", 100, 1, 0, 1, 0, false},
    {"x and w + 0.5", 0.5F, 1, 0.5F, 1, 0, false},
    {"x and w + 1", 1, 1, 1, 1, 0, false},
    {"x and w + 2", 2, 1, 2, 1, 0, false},
    {"x and w + 10", 10, 1, 10, 1, 0, false},
    {"x and w + 100", 100, 1, 100, 1, 0, false},
    {"x and w + 1000", 1000, 1, 1000, 1, 0, false},
    {"x within 0.1 of w", 0, 1, 0, 1, 0.1F, false},
    {"x within 0.001 of w", 0, 1, 0, 1, 0.001F, false},
};

static const int depths[] = {27, 64, 576, 4608};

static float uniform(uint64_t *seed, float offset, float range) {
    return offset + range * (float)(2 * lc__rng_unit(seed) - 1);
}

static void draw(const input *in, int depth, uint64_t *seed, float *x, float *w) {
    for (int k = 0; k < depth; k++) {
        w[k] = uniform(seed, in->w_offset, in->w_range);
        x[k] =
            in->near > 0 ? uniform(seed, w[k], in->near) : uniform(seed, in->x_offset, in->x_range);
        x[k] = in->rectified && x[k] < 0 ? 0 : x[k];
    }
}

/* As the kernels add up inputs: by lanes. */
static float sum_of(const float *x, int depth) {
    float lanes[LANES] = {0}, sum = 0;
    for (int k = 0; k < depth; k++)
        lanes[k % LANES] += x[k];
    for (int i = 0; i < LANES; i++)
        sum += lanes[i];
    return sum;
}

/* Errors of one sum, in units of its last place, and whether the rule takes the plain form. */
typedef struct errors {
    double plain, by_min, ruled;
    bool again;
} errors;

static errors errors_of(const float *x, const float *w, int depth) {
    float plain = 0, twice = 0, sum_x = sum_of(x, depth);
    double exact = 0, sum_w = 0, magnitudes = 0;
    for (int k = 0; k < depth; k++) {
        plain -= fabsf(x[k] - w[k]);
        twice += 2 * fminf(x[k], w[k]);
        exact -= fabs((double)x[k] - (double)w[k]);
        sum_w += (double)w[k];
        magnitudes += fabs((double)w[k]);
    }
    float by_min = twice - sum_x - (float)sum_w;
    double unit = ldexp(1, ilogb(exact) - 23);
    errors e = {fabs((double)plain - exact) / unit, fabs((double)by_min - exact) / unit, 0, false};
    e.again = depth < LC__ADDER_DEPTH || by_min + LC__ADDER_CLOSE * (float)magnitudes > 0;
    e.ruled = e.again ? e.plain : e.by_min;
    return e;
}

static void print_errors(const char *name, double *values) {
    lc__sort(values, DRAWS);
    printf(", \"%s\": {\"median\": %.3g, \"max\": %.3g}", name, lc__quantile(values, DRAWS, 0.5),
           values[DRAWS - 1]);
}

static void print_case(const input *in, int depth) {
    static float x[DEPTH_MAX], w[DEPTH_MAX];
    static double plain[DRAWS], by_min[DRAWS], ruled[DRAWS];
    uint64_t seed = 1;
    int again = 0;
    for (int i = 0; i < DRAWS; i++) {
        draw(in, depth, &seed, x, w);
        errors e = errors_of(x, w, depth);
        plain[i] = e.plain;
        by_min[i] = e.by_min;
        ruled[i] = e.ruled;
        again += e.again;
    }
    printf("{\"inputs\": \"%s\", \"terms\": %d", in->name, depth);
    print_errors("plain", plain);
    print_errors("by_min", by_min);
    print_errors("rule", ruled);
    printf(", \"in_plain_form\": %.3g}", (double)again / DRAWS);
}

int main(void) {
    printf("[");
    for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++) {
        for (size_t d = 0; d < sizeof depths / sizeof depths[0]; d++) {
            printf(i + d > 0 ? ",\n" : "");
            print_case(&inputs[i], depths[d]);
        }
    }
    printf("]\n");
    return 0;
}
