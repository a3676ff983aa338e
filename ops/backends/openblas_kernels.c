#include "openblas_kernels.h"

#include <string.h>

#include "kernels/act.h"
#include "kernels/attention/attention.h"
#include "kernels/attention/sdpa.h"
#include "openblas_lib.h"

/* --- products ------------------------------------------------------------------------------- */

static void product(const lc__product *p, float *scratch, lc__team *team) {
    (void)scratch;
    (void)team;
    lc__openblas_table()->sgemm(LC__BLAS_ROW_MAJOR, LC__BLAS_PLAIN,
                                p->transpose_b ? LC__BLAS_TRANSPOSED : LC__BLAS_PLAIN, (int)p->rows,
                                (int)p->columns, (int)p->depth, 1.0F, p->a, (int)p->a_stride, p->b,
                                (int)p->b_stride, 0.0F, p->c, (int)p->c_stride);
}

typedef struct epilogue {
    float *y;
    const float *bias; /* NULL = none */
    size_t channels;
    lc_act act;
} epilogue;

static void finish_rows(void *context, size_t begin, size_t end) {
    const epilogue *e = context;
    for (size_t row = begin; row < end; row++) {
        lc__bias_act_row(e->y + row * e->channels, e->bias, e->channels, e->act);
    }
}

/* y[rows, out] = act(x[rows, in] W^T + bias), W [out][in] as drawn. */
static void dense(size_t rows, size_t in, size_t out, const float *x, const float *weights,
                  const float *bias, lc_act act, float *y, lc__team *team) {
    lc__product p = {.rows = rows,
                     .depth = in,
                     .columns = out,
                     .a = x,
                     .b = weights,
                     .c = y,
                     .a_stride = in,
                     .b_stride = in,
                     .c_stride = out,
                     .transpose_b = true};
    product(&p, NULL, team);
    if (bias != NULL || act != LC_ACT_NONE) {
        epilogue e = {y, bias, out, act};
        lc__parallel_for(team, rows, finish_rows, &e);
    }
}

/* --- weights are used as drawn ---------------------------------------------------------------- */

static size_t packed_size(const lc__call *call) {
    return (size_t)lc_op_weight_count(&call->op, call->in_shape[0]) * sizeof(float);
}

static void pack(const lc__call *call, const float *weights, void *packed) {
    memcpy(packed, weights, packed_size(call));
}

/* --- conv2d: im2col, then one product per group ----------------------------------------------- */

static bool is_pointwise(const lc_op *op) {
    return op->kernel_h == 1 && op->kernel_w == 1 && op->stride_h == 1 && op->stride_w == 1 &&
           op->pad_h == 0 && op->pad_w == 0;
}

static size_t depth_of(const lc__call *call) {
    const lc_op *op = &call->op;
    return (size_t)op->kernel_h * (size_t)op->kernel_w * (size_t)(call->in_shape[0].c / op->groups);
}

static size_t pixels_of(lc_shape s) {
    return (size_t)s.n * (size_t)s.h * (size_t)s.w;
}

static size_t conv_scratch(const lc__call *call) {
    return is_pointwise(&call->op) ? 0
                                   : pixels_of(call->out_shape) * depth_of(call) * sizeof(float);
}

typedef struct gather {
    const lc__call *call;
    size_t group;
} gather;

/* Row `pixel` of the matrix: the window of that output pixel, [tap][channel of the group]. */
static void gather_pixel(const gather *job, size_t pixel, float *to) {
    const lc_op *op = &job->call->op;
    lc_shape in = job->call->in_shape[0], out = job->call->out_shape;
    size_t channels = (size_t)(in.c / op->groups), first = job->group * channels;
    size_t row = pixel / (size_t)out.w, image = row / (size_t)out.h;
    int top = (int)(row % (size_t)out.h) * op->stride_h - op->pad_h;
    int left = (int)(pixel % (size_t)out.w) * op->stride_w - op->pad_w;
    for (int y = top; y < top + op->kernel_h; y++) {
        for (int x = left; x < left + op->kernel_w; x++, to += channels) {
            if (y < 0 || y >= in.h || x < 0 || x >= in.w) {
                memset(to, 0, channels * sizeof *to);
                continue;
            }
            size_t at = (image * (size_t)in.h + (size_t)y) * (size_t)in.w + (size_t)x;
            memcpy(to, (const float *)job->call->in[0] + at * (size_t)in.c + first,
                   channels * sizeof *to);
        }
    }
}

static void gather_pixels(void *context, size_t begin, size_t end) {
    const gather *job = context;
    size_t depth = depth_of(job->call);
    for (size_t pixel = begin; pixel < end; pixel++) {
        gather_pixel(job, pixel, (float *)job->call->scratch + pixel * depth);
    }
}

static void run_group(const lc__call *call, size_t group) {
    size_t depth = depth_of(call), pixels = pixels_of(call->out_shape);
    size_t outputs = (size_t)(call->out_shape.c / call->op.groups);
    lc__product p = {.rows = pixels,
                     .depth = depth,
                     .columns = outputs,
                     .a = call->scratch,
                     .a_stride = depth,
                     .b = (const float *)call->packed + group * outputs * depth,
                     .b_stride = depth,
                     .c = (float *)call->out + group * outputs,
                     .c_stride = (size_t)call->out_shape.c,
                     .transpose_b = true};
    if (is_pointwise(&call->op)) {
        p.a = (const float *)call->in[0] + group * depth;
        p.a_stride = (size_t)call->in_shape[0].c;
    } else {
        gather job = {call, group};
        lc__parallel_for(call->team, pixels, gather_pixels, &job);
    }
    product(&p, NULL, call->team);
}

static void run_conv(const lc__call *call) {
    size_t channels = (size_t)call->out_shape.c;
    for (size_t group = 0; group < (size_t)call->op.groups; group++) {
        run_group(call, group);
    }
    const float *weights = call->packed;
    const float *bias = call->op.bias ? weights + channels * depth_of(call) : NULL;
    if (bias != NULL || call->op.act != LC_ACT_NONE) {
        epilogue e = {call->out, bias, channels, call->op.act};
        lc__parallel_for(call->team, pixels_of(call->out_shape), finish_rows, &e);
    }
}

/* --- the others ------------------------------------------------------------------------------- */

static void run_linear(const lc__call *call) {
    size_t in = (size_t)call->in_shape[0].c, out = (size_t)call->out_shape.c;
    const float *weights = call->packed, *bias = call->op.bias ? weights + in * out : NULL;
    dense(pixels_of(call->in_shape[0]), in, out, call->in[0], weights, bias, call->op.act,
          call->out, call->team);
}

static void run_matmul(const lc__call *call) {
    lc__matmul_run(call, product);
}

static void project(const lc__call *call, int which, const float *x, float *y) {
    size_t width = (size_t)call->in_shape[0].c;
    const float *weights = (const float *)call->packed + (size_t)which * width * (width + 1);
    dense(pixels_of(call->in_shape[0]), width, width, x, weights, weights + width * width,
          LC_ACT_NONE, y, call->team);
}

static size_t attention_scratch(const lc__call *call) {
    return lc__attention_scratch(call, 0);
}

static void run_attention(const lc__call *call) {
    lc__attention_run(call, project, product);
}

static void run_sdpa(const lc__call *call) {
    lc__sdpa_run(call, product);
}

#define KERNEL(operator, lower, size, packs, scratch, runs)                                        \
    {                                                                                              \
        .name = "f32_" #lower "__openblas", .type = LC_OP_##operator, .dtype = LC_DTYPE_F32,       \
        .packed_size = (size), .pack = (packs), .scratch_size = (scratch), .run = (runs),          \
    }

static const lc__kernel kernels[] = {
    KERNEL(CONV2D, conv2d, packed_size, pack, conv_scratch, run_conv),
    KERNEL(LINEAR, linear, packed_size, pack, NULL, run_linear),
    KERNEL(MATMUL, matmul, NULL, NULL, NULL, run_matmul),
    KERNEL(ATTENTION, attention, packed_size, pack, attention_scratch, run_attention),
    KERNEL(SDPA, sdpa, NULL, NULL, lc__sdpa_scratch, run_sdpa),
    KERNEL(WMA, wma, lc__sdpa_packed_size, lc__sdpa_pack, lc__sdpa_scratch, run_sdpa),
};

const lc__kernel *lc__openblas_choose(const lc__call *call, lc__isa allowed) {
    if (call->op.dtype != LC_DTYPE_F32) {
        return NULL;
    }
    for (size_t i = 0; i < sizeof kernels / sizeof kernels[0]; i++) {
        bool depthwise = call->op.type == LC_OP_CONV2D && lc__is_depthwise(call);
        if (kernels[i].type == call->op.type && !depthwise) {
            return &kernels[i];
        }
    }
    return lc__kernel_find(call, allowed);
}
