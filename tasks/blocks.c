#include "tasks/blocks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"

#define MAX_BYTES ((size_t)64 << 20)

/* A net in the making: the first failure stops the rest. */
typedef struct build {
    lc_net *net;
    lc_status status;
    lc_error *err;
} build;

/* The numbers in a block's name. */
typedef struct block {
    int h, w, in, out, expansion, kernel, stride, groups;
} block;

static int add(build *b, const lc_op *op, int x, int y) {
    int inputs[2] = {x, y}, index = 0;
    if (!b->status)
        b->status =
            lc_net_add(b->net, NULL, op, inputs, (x >= 0) + (x >= 0 && y >= 0), &index, b->err);
    return index;
}

static int add_input(build *b, int h, int w, int channels) {
    lc_op op = lc_op_init(LC_OP_INPUT);
    op.shape = (lc_shape){1, h, w, channels};
    return add(b, &op, -1, -1);
}

static int add_conv(build *b, int x, int channels, int kernel, int stride, int groups, lc_act act) {
    lc_op op = lc_op_init(LC_OP_CONV2D);
    op.out_channels = channels;
    op.kernel_h = op.kernel_w = kernel;
    op.stride_h = op.stride_w = stride;
    op.pad_h = op.pad_w = kernel / 2;
    op.groups = groups;
    op.act = act;
    return add(b, &op, x, -1);
}

/* As the space "fbnet" has it: expand, depthwise, project, and the sum where the shape stays. */
static void add_block(build *b, const block *k) {
    int wide = k->in * k->expansion, x = add_input(b, k->h, k->w, k->in);
    int y = add_conv(b, x, wide, 1, 1, k->groups, LC_ACT_RELU);
    if (k->groups > 1) {
        lc_op shuffle = lc_op_init(LC_OP_CHANNEL_SHUFFLE);
        shuffle.groups = k->groups;
        y = add(b, &shuffle, y, -1);
    }
    y = add_conv(b, y, wide, k->kernel, k->stride, wide, LC_ACT_RELU);
    y = add_conv(b, y, k->out, 1, 1, k->groups, LC_ACT_NONE);
    lc_op sum = lc_op_init(LC_OP_ADD);
    if (k->stride == 1 && k->in == k->out)
        add(b, &sum, x, y);
}

/* Adds what `name` says; false where it names no block. */
static bool add_named(build *b, const char *name) {
    block k = {.h = 1, .w = 1, .kernel = 1, .stride = 1, .groups = 1};
    int end = -1;
    if (sscanf(name, "ConvBlock_H%d_W%d_Cin%d_Cout%d_exp%d_kernel%d_stride%d_group%d%n", &k.h, &k.w,
               &k.in, &k.out, &k.expansion, &k.kernel, &k.stride, &k.groups, &end) == 8 &&
        end >= 0 && !name[end]) {
        add_block(b, &k);
    } else if (sscanf(name, "ConvNorm_H%d_W%d_Cin%d_Cout%d_kernel%d_stride%d_group%d%n", &k.h, &k.w,
                      &k.in, &k.out, &k.kernel, &k.stride, &k.groups, &end) == 7 &&
               end >= 0 && !name[end]) {
        add_conv(b, add_input(b, k.h, k.w, k.in), k.out, k.kernel, k.stride, k.groups, LC_ACT_RELU);
    } else if (sscanf(name, "Skip_H%d_W%d_Cin%d_Cout%d_stride%d%n", &k.h, &k.w, &k.in, &k.out,
                      &k.stride, &end) == 5 &&
               end >= 0 && !name[end]) {
        int x = add_input(b, k.h, k.w, k.in);
        if (k.in != k.out || k.stride != 1)
            add_conv(b, x, k.out, 1, k.stride, 1, LC_ACT_RELU);
    } else if (sscanf(name, "AvgP_H%d_W%d_Cin%d_Cout%d_kernel%d_stride%d%n", &k.h, &k.w, &k.in,
                      &k.out, &k.kernel, &k.stride, &end) == 6 &&
               end >= 0 && !name[end]) {
        lc_op op = lc_op_init(LC_OP_GLOBAL_AVG_POOL);
        add(b, &op, add_input(b, k.h, k.w, k.in), -1);
    } else if (sscanf(name, "FC_Cin%d_Cout%d%n", &k.in, &k.out, &end) == 2 && end >= 0 &&
               !name[end]) {
        lc_op op = lc_op_init(LC_OP_LINEAR);
        op.out_channels = k.out;
        add(b, &op, add_input(b, 1, 1, k.in), -1);
    } else {
        return false;
    }
    return true;
}

lc_status lc__block_net(const char *name, lc_net **out, lc_error *err) {
    build b = {.net = lc_net_new(name), .err = err};
    *out = NULL;
    if (!b.net)
        return lc__no_memory(err);
    if (!add_named(&b, name)) {
        lc_error_set(err, LC_EFORMAT, "\"%.80s\" names no block", name);
        b.status = LC_EFORMAT;
    }
    if (!b.status && lc_net_size(b.net) > 1)
        *out = b.net;
    else
        lc_net_free(b.net);
    return b.status;
}

/* "name,latency[,...]" cut in two; LC_EFORMAT where the latency is none. */
static lc_status read_line(char *line, double *ms, lc_error *err) {
    char *comma = strchr(line, ','), *end = comma;
    *ms = comma ? strtod(comma + 1, &end) : NAN;
    if (!comma || end == comma + 1 || (*end && *end != ',' && *end != '\r') || !isfinite(*ms) ||
        *ms < 0) {
        lc_error_set(err, LC_EFORMAT, "a line is block,latency_ms,... with a latency of 0 or more");
        return LC_EFORMAT;
    }
    *comma = '\0';
    return LC_OK;
}

static lc_status add_line(lc__block_table *t, char *line, lc_error *err) {
    double ms;
    lc_net *net;
    lc_status s = read_line(line, &ms, err);
    if (!s)
        s = lc__block_net(line, &net, err);
    if (s || !net)
        return s;
    if (ms > 0) {
        t->nets[t->n] = net;
        t->ms[t->n++] = ms;
    } else {
        lc_net_free(net);
    }
    return LC_OK;
}

static lc_status parse(char *text, lc__block_table *t, lc_error *err) {
    size_t lines = 1;
    for (const char *p = text; *p; p++)
        lines += *p == '\n';
    t->nets = calloc(lines, sizeof(lc_net *));
    t->ms = calloc(lines, sizeof *t->ms);
    if (!t->nets || !t->ms)
        return lc__no_memory(err);
    char *rest = text;
    lc_status s = LC_OK;
    for (int number = 1; rest && *rest && !s; number++) {
        char *line = strsep(&rest, "\n");
        if (number > 1) /* after the header */
            s = add_line(t, line, err);
        if (s && err)
            err->line = number;
    }
    if (!s && t->n == 0)
        s = lc_error_set(err, LC_EFORMAT, "no block was measured");
    return s;
}

lc_status lc__block_table_load(const char *path, lc__block_table *out, lc_error *err) {
    memset(out, 0, sizeof *out);
    char *text = NULL;
    size_t length;
    lc_status s = lc__file_read(path, MAX_BYTES, &text, &length, err);
    if (!s)
        s = parse(text, out, err);
    free(text);
    if (s) {
        lc_error_in_file(err, path);
        lc__block_table_clear(out);
    }
    return s;
}

void lc__block_table_clear(lc__block_table *table) {
    for (size_t i = 0; i < table->n; i++)
        lc_net_free(table->nets[i]);
    free(table->nets);
    free(table->ms);
    memset(table, 0, sizeof *table);
}
