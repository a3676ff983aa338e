#include "tasks/edgetran.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/memory.h"
#include "ops/spaces/flexibert_net.h"
#include "tasks/rows.h"

#define MAX_WIDTH (1 << 16)
#define MAX_KERNEL 99

static const struct {
    const char *quantity, *unit;
} units[] = {{"latency", "s"}, {"energy", "J"}, {"peak_power", "W"}};

/* ---- nets ---- */

/* The number at *at, which is moved behind it; 0 if there is none. strtol() would pass over blanks
 * and take signs. */
static long read_digits(char **at) {
    return **at >= '0' && **at <= '9' ? strtol(*at, at, 10) : 0;
}

/* Reads "sa_sdp_64" and its kind. */
static lc_status read_head(const lc__cur *cur, lc__flexibert_layer *layer, int i, lc_error *err) {
    static const struct {
        const char *prefix;
        lc__flexibert_op op;
    } kinds[] = {{"sa_sdp_", LC__FLEXIBERT_SDP},
                 {"sa_wma_", LC__FLEXIBERT_WMA},
                 {"l_dft_", LC__FLEXIBERT_DFT},
                 {"l_dct_", LC__FLEXIBERT_DCT},
                 {"c_", LC__FLEXIBERT_CONV}};
    const char *text;
    lc_status s = lc__json_str(cur, &text, err);
    if (s)
        return s;
    size_t k = 0, n = sizeof kinds / sizeof *kinds;
    while (k < n && strncmp(text, kinds[k].prefix, strlen(kinds[k].prefix)) != 0)
        k++;
    char *end = (char *)(uintptr_t)text;
    long kernel = 1, width = 0;
    if (k < n) {
        end += strlen(kinds[k].prefix);
        if (kinds[k].op == LC__FLEXIBERT_CONV) {
            kernel = read_digits(&end);
            end += *end == '_';
        }
        width = read_digits(&end);
    }
    if (*end || width < 1 || width > MAX_WIDTH || kernel < 1 || kernel > MAX_KERNEL ||
        !(kernel % 2))
        return lc__json_fail(cur, err, LC_EFORMAT,
                             "\"%.40s\" is no operation: sa_sdp_W, sa_wma_W, l_dft_W, l_dct_W, or "
                             "c_K_W with an odd K up to %d",
                             text, MAX_KERNEL);
    if (layer->head_width && layer->head_width != (int)width)
        return lc__json_fail(cur, err, LC_EFORMAT, "the heads of a layer must be of one width");
    layer->heads[i] = kinds[k].op;
    layer->kernels[i] = (int)kernel;
    layer->head_width = (int)width;
    return LC_OK;
}

/* The array `cur` of 1 to `most` elements. */
static lc_status need_list(const lc__cur *cur, int most, int *n, lc_error *err) {
    lc_status s = lc__json_array(cur, err);
    *n = s ? 0 : lc__json_size(cur);
    if (!s && (*n < 1 || *n > most))
        s = lc__json_fail(cur, err, LC_EFORMAT, "must have 1 to %d elements, has %d", most, *n);
    return s;
}

static lc_status read_heads(const lc__cur *cur, lc__flexibert_layer *layer, lc_error *err) {
    lc__cur e;
    lc_status s = need_list(cur, LC__FLEXIBERT_HEADS, &layer->n_heads, err);
    int i = 0;
    for (bool more = !s && lc__json_first(cur, &e); more && !s; more = lc__json_next(&e))
        s = read_head(&e, layer, i++, err);
    return s;
}

static lc_status read_width(const lc__cur *cur, int *width, lc_error *err) {
    int64_t x = 0;
    lc_status s = lc__json_int(cur, 1, MAX_WIDTH, &x, err);
    *width = (int)x;
    return s;
}

static lc_status read_own_width(const lc__cur *cur, lc__flexibert_layer *layer, lc_error *err) {
    return read_width(cur, &layer->width, err);
}

static lc_status read_ffn(const lc__cur *cur, lc__flexibert_layer *layer, lc_error *err) {
    lc__cur e;
    lc_status s = need_list(cur, LC__FLEXIBERT_FFN, &layer->n_ffn, err);
    int i = 0;
    for (bool more = !s && lc__json_first(cur, &e); more && !s; more = lc__json_next(&e))
        s = read_width(&e, &layer->ffn[i++], err);
    return s;
}

typedef lc_status read_fn(const lc__cur *cur, lc__flexibert_layer *layer, lc_error *err);

/* Member `key`: an element a layer. */
static lc_status each_layer(const lc__cur *arch, const char *key, lc__flexibert *out, read_fn *read,
                            lc_error *err) {
    lc__cur list, e;
    lc_status s = lc__json_need(arch, key, &list, err);
    if (!s)
        s = lc__json_array(&list, err);
    if (!s && lc__json_size(&list) != out->n_layers)
        s = lc__json_fail(&list, err, LC_EFORMAT, "has %d elements for %d layers (\"l\")",
                          lc__json_size(&list), out->n_layers);
    int i = 0;
    for (bool more = !s && lc__json_first(&list, &e); more && !s; more = lc__json_next(&e))
        s = read(&e, &out->layers[i++], err);
    return s;
}

static lc_status read_arch(const lc__cur *arch, lc__flexibert *out, lc_error *err) {
    int64_t n = 0;
    memset(out, 0, sizeof *out);
    lc_status s = lc__json_object(arch, err);
    if (!s)
        s = lc__json_need_int(arch, "l", 1, LC__FLEXIBERT_LAYERS, &n, err);
    out->n_layers = (int)n;
    if (!s)
        s = each_layer(arch, "o", out, read_heads, err);
    if (!s)
        s = each_layer(arch, "h", out, read_own_width, err);
    return s ? s : each_layer(arch, "f", out, read_ffn, err);
}

static lc_status net_of(const char *arch, lc_net **out, lc_error *err) {
    lc__doc doc;
    lc__flexibert shape;
    lc_status s = lc__doc_parse(&doc, arch, strlen(arch), "arch", 0, err);
    if (s)
        return s;
    lc__cur root = lc__doc_root(&doc);
    s = read_arch(&root, &shape, err);
    lc__doc_clear(&doc);
    lc_net *net = s ? NULL : lc_net_new(arch);
    if (!s && !net)
        s = lc__no_memory(err);
    if (!s)
        s = lc__flexibert_build(&lc__flexibert_glue, &shape, net, err);
    if (s)
        lc_net_free(net);
    else
        *out = net;
    return s;
}

/* ---- samples ---- */

static lc_status read_sample(const lc__cur *sample, const char *quantity, lc__rows *rows,
                             lc_error *err) {
    lc__cur arch, at;
    lc__flexibert shape;
    const char *device = "";
    double value = 0;
    lc_status s = lc__json_object(sample, err);
    if (!s)
        s = lc__json_need(sample, "arch", &arch, err);
    if (!s)
        s = read_arch(&arch, &shape, err);
    if (!s)
        s = lc__json_need_str(sample, "device", &device, err);
    if (!s && !*device)
        s = lc__json_fail(sample, err, LC_EFORMAT, "the device has no name");
    if (!s)
        s = lc__json_need(sample, quantity, &at, err);
    if (!s)
        s = lc__json_num(&at, -LC__TABLE_MAX_VALUE, LC__TABLE_MAX_VALUE, &value, err);
    if (!s && value <= 0)
        s = lc__json_fail(&at, err, LC_EFORMAT, "must be above 0, is %g", value);
    if (s)
        return s;
    char *text = lc__json_print(arch.v);
    s = text ? lc__rows_add(rows, text, device, value, err) : lc__no_memory(err);
    free(text);
    return s == LC_EFORMAT
               ? lc__json_fail(sample, err, s, "this net was measured on %.80s already", device)
               : s;
}

static const char *unit_of(const char *quantity) {
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (!strcmp(units[i].quantity, quantity))
            return units[i].unit;
    return NULL;
}

static lc_status load(const char *path, const char *quantity, lc__table *out, lc_error *err) {
    lc__doc doc;
    lc__rows rows = {0};
    const char *unit = unit_of(quantity);
    if (!unit)
        return lc_error_set(err, LC_EUNSUPPORTED, "EdgeTran did not measure %.40s", quantity);
    lc_status s = lc__doc_load(&doc, path, err);
    if (s)
        return s;
    lc__cur root = lc__doc_root(&doc), e;
    s = lc__json_array(&root, err);
    for (bool more = !s && lc__json_first(&root, &e); more && !s; more = lc__json_next(&e))
        s = read_sample(&e, quantity, &rows, err);
    if (!s)
        s = lc__rows_finish(&rows, unit, out, err);
    lc__rows_clear(&rows);
    lc__doc_clear(&doc);
    return s;
}

const lc__format lc__format_edgetran = {.name = "edgetran", .load = load, .net = net_of};
