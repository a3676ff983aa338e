#include "tasks/blocks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "ops/build.h"

#define MAX_BYTES ((size_t)64 << 20)
/* Of any number in a name. */
#define DIMENSION_MAX 32768

/* The numbers that names hold, and which of them each kind of block has. */
enum { H, W, IN, OUT, EXPANSION, KERNEL, STRIDE, GROUPS, FIELDS };
static const char *const tags[FIELDS] = {"H",   "W",      "Cin",    "Cout",
                                         "exp", "kernel", "stride", "group"};
#define BIT(field) (1U << (field))
#define PLANE (BIT(H) | BIT(W) | BIT(IN) | BIT(OUT))
typedef enum kind { CONV_BLOCK, CONV_NORM, SKIP, POOL, LINEAR, KINDS } kind;
static const struct {
    const char *name;
    unsigned fields;
} kinds[KINDS] = {
    [CONV_BLOCK] = {"ConvBlock", PLANE | BIT(EXPANSION) | BIT(KERNEL) | BIT(STRIDE) | BIT(GROUPS)},
    [CONV_NORM] = {"ConvNorm", PLANE | BIT(KERNEL) | BIT(STRIDE) | BIT(GROUPS)},
    [SKIP] = {"Skip", PLANE | BIT(STRIDE)},
    [POOL] = {"AvgP", PLANE | BIT(KERNEL) | BIT(STRIDE)},
    [LINEAR] = {"FC", BIT(IN) | BIT(OUT)}};

/* As the space "fbnet" has it: expand, depthwise, project, and the sum where the shape stays. */
static void add_block(lc__build *b, int x, const int *v) {
    int wide = v[IN] * v[EXPANSION];
    int y = lc__build_conv(b, "expand", x,
                           (lc__conv){.channels = wide, .groups = v[GROUPS], .act = LC_ACT_RELU});
    if (v[GROUPS] > 1) {
        lc_op shuffle = lc_op_init(LC_OP_CHANNEL_SHUFFLE);
        shuffle.groups = v[GROUPS];
        y = lc__build_op(b, "shuffle", &shuffle, &y, 1);
    }
    y = lc__build_conv(b, "depthwise", y,
                       (lc__conv){.channels = wide,
                                  .kernel = v[KERNEL],
                                  .stride = v[STRIDE],
                                  .groups = wide,
                                  .act = LC_ACT_RELU});
    y = lc__build_conv(b, "project", y, (lc__conv){.channels = v[OUT], .groups = v[GROUPS]});
    if (v[STRIDE] == 1 && v[IN] == v[OUT])
        lc__build_add(b, "add", x, y, LC_ACT_NONE);
}

/* Reads "_Cin32" at *at into value[]; which field it was, or FIELDS. */
static size_t read_field(const char **at, int *value) {
    for (size_t f = 0; f < FIELDS; f++) {
        size_t length = strlen(tags[f]);
        const char *digits = *at + 1 + length;
        if (**at != '_' || strncmp(*at + 1, tags[f], length) != 0 || *digits < '1' || *digits > '9')
            continue;
        char *end;
        long n = strtol(digits, &end, 10);
        *at = end;
        value[f] = n <= DIMENSION_MAX ? (int)n : 0;
        return value[f] ? f : FIELDS;
    }
    return FIELDS;
}

/* The kind of block that `name` says, its numbers in value[FIELDS]; KINDS: none. */
static kind read_name(const char *name, int *value) {
    size_t length = strcspn(name, "_"), k = 0;
    while (k < KINDS &&
           (strlen(kinds[k].name) != length || strncmp(name, kinds[k].name, length) != 0))
        k++;
    unsigned seen = 0;
    for (const char *at = name + length; *at;) {
        size_t f = read_field(&at, value);
        if (f == FIELDS || (seen & BIT(f)))
            return KINDS;
        seen |= BIT(f);
    }
    return k < KINDS && seen == kinds[k].fields ? (kind)k : KINDS;
}

/* Adds what `name` says; false where it names no block. */
static bool add_named(lc__build *b, const char *name) {
    int v[FIELDS] = {[H] = 1, [W] = 1, [EXPANSION] = 1, [KERNEL] = 1, [STRIDE] = 1, [GROUPS] = 1};
    kind what = read_name(name, v);
    if (what == KINDS)
        return false;
    lc__conv conv = {.channels = v[OUT], .stride = v[STRIDE], .act = LC_ACT_RELU};
    int x = lc__build_input(b, (lc_shape){1, v[H], v[W], v[IN]});
    if (what == CONV_NORM) {
        conv.kernel = v[KERNEL];
        conv.groups = v[GROUPS];
    }
    if (what == CONV_BLOCK)
        add_block(b, x, v);
    else if (what == CONV_NORM || (what == SKIP && (v[IN] != v[OUT] || v[STRIDE] != 1)))
        lc__build_conv(b, "conv", x, conv);
    else if (what == POOL)
        lc__build_plain(b, "pool", LC_OP_GLOBAL_AVG_POOL, x);
    else if (what == LINEAR)
        lc__build_linear(b, "linear", x, v[OUT], LC_ACT_NONE);
    return true;
}

lc_status lc__block_net(const char *name, lc_net **out, lc_error *err) {
    lc__build b = {.net = lc_net_new(name), .err = err};
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
