#include "kernels/norm/softmax.h"

#include <math.h>

#include "kernels/kernel.h"

typedef struct job {
    const float *x;
    float *y;
    size_t width;
    float scale;
} job;

static void one_row(const job *j, const float *x, float *y) {
    float most = x[0], sum = 0.0F;
    for (size_t i = 1; i < j->width; i++) {
        most = x[i] > most ? x[i] : most;
    }
    for (size_t i = 0; i < j->width; i++) {
        y[i] = expf(j->scale * (x[i] - most));
        sum += y[i];
    }
    float inverse = 1.0F / sum;
    for (size_t i = 0; i < j->width; i++) {
        y[i] *= inverse;
    }
}

static void rows_range(void *context, size_t begin, size_t end) {
    const job *j = context;
    for (size_t row = begin; row < end; row++) {
        one_row(j, j->x + row * j->width, j->y + row * j->width);
    }
}

void lc__softmax_rows(const float *x, float *y, size_t rows, size_t width, float scale,
                      lc__team *team) {
    job j = {x, y, width, scale};
    lc__parallel_for(team, rows, rows_range, &j);
}

static void run(const lc__call *call) {
    size_t width = (size_t)call->out_shape.c;
    size_t rows = (size_t)lc_shape_count(call->out_shape) / width;
    lc__softmax_rows(call->in[0], call->out, rows, width, 1.0F, call->team);
}

const lc__kernel lc__kernel_f32_softmax = {
    .name = "f32_softmax__scalar", .type = LC_OP_SOFTMAX, .dtype = LC_DTYPE_F32, .run = run};
