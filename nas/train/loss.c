#include "loss.h"

#include <math.h>
#include <string.h>

/* log of the sum of exp over x[n]; the largest of them goes to *top. */
static double log_sum(const float *x, size_t n, size_t *top) {
    double sum = 0;
    *top = 0;
    for (size_t i = 1; i < n; i++)
        if (x[i] > x[*top])
            *top = i;
    double most = (double)x[*top];
    for (size_t i = 0; i < n; i++)
        sum += exp((double)x[i] - most);
    return most + log(sum);
}

static void add_image(const float *x, size_t label, size_t classes, double smoothing, float *dx,
                      lc__tally *score) {
    size_t top;
    double log_total = log_sum(x, classes, &top), even = smoothing / (double)classes;
    for (size_t i = 0; i < classes; i++) {
        double target = even + (i == label ? 1 - smoothing : 0);
        double log_share = (double)x[i] - log_total;
        if (target > 0)
            score->loss -= target * log_share;
        if (dx)
            dx[i] = (float)(exp(log_share) - target);
    }
    score->correct += top == label;
    score->counted += 1;
}

lc__tally lc__loss(const float *logits, const int *labels, size_t images, size_t classes,
                   double smoothing, float *dlogits) {
    lc__tally score = {0};
    for (size_t i = 0; i < images; i++) {
        float *dx = dlogits ? dlogits + i * classes : NULL;
        if (labels[i] >= 0)
            add_image(logits + i * classes, (size_t)labels[i], classes, smoothing, dx, &score);
        else if (dx)
            memset(dx, 0, classes * sizeof *dx);
    }
    return score;
}
