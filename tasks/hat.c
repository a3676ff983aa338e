#include "tasks/hat.h"

#include <dirent.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "ops/spaces/hat_net.h"
#include "tasks/rows.h"

#define SUFFIX ".csv"
#define TAIL "_all" /* of every published file's name, says nothing */
#define NAME_MAX_LENGTH 100

/* A net as the files describe it: sizes, and means over the layers. The files know the numbers of
 * heads too; the latencies do not depend on them. */
typedef struct means {
    double encoder_width, encoder_layers, encoder_ffn;
    double decoder_width, decoder_layers, decoder_ffn;
    double cross_layers; /* encoder layers that a decoder layer attends to, 1 to 3 */
} means;

/* Sentence lengths and dictionaries of the published measurements. */
static const lc__hat_corpus corpora[] = {{"iwslt14deen", 23, 8848, 6632},
                                         {"wmt14ende", 30, 32768, 32768},
                                         {"wmt14enfr", 30, 44512, 44512}};

/* Columns in order, and where their values go; SKIP: nowhere. */
#define SKIP SIZE_MAX
enum { N_COLUMNS = 14, N_SHAPE = 10 };

static const struct {
    const char *name;
    size_t to;
} columns[N_COLUMNS] = {
    {"encoder_embed_dim", offsetof(means, encoder_width)},
    {"encoder_layer_num", offsetof(means, encoder_layers)},
    {"encoder_ffn_embed_dim_avg", offsetof(means, encoder_ffn)},
    {"encoder_self_attention_heads_avg", SKIP},
    {"decoder_embed_dim", offsetof(means, decoder_width)},
    {"decoder_layer_num", offsetof(means, decoder_layers)},
    {"decoder_ffn_embed_dim_avg", offsetof(means, decoder_ffn)},
    {"decoder_self_attention_heads_avg", SKIP},
    {"decoder_ende_attention_heads_avg", SKIP},
    {"decoder_arbitrary_ende_attn_avg", offsetof(means, cross_layers)},
    {"latency_mean_encoder", SKIP},
    {"latency_mean_decoder", SKIP},
    {"latency_std_encoder", SKIP},
    {"latency_std_decoder", SKIP},
};

enum { ENCODER_MS = 10, DECODER_MS = 11 };

/* Where a file is being read. */
typedef struct place {
    int line;
    lc_error *err;
} place;

static lc_status fail(const place *at, const char *column, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static lc_status fail(const place *at, const char *column, const char *format, ...) {
    char text[300];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    lc_error_set(at->err, LC_EFORMAT, "%s", text);
    if (at->err) {
        at->err->line = at->line;
        snprintf(at->err->path, sizeof at->err->path, "%s", column);
    }
    return LC_EFORMAT;
}

/* A positive number at *text, which is moved behind it. Words ("inf") and hexadecimal, which strtod
 * would take, are none. */
static lc_status read_number(const place *at, const char *column, const char **text, double *x) {
    char *end;
    *x = strtod(*text, &end);
    size_t length = (size_t)(end - *text);
    if (length == 0 || strspn(*text, "0123456789.eE+-") < length || (*end && *end != ','))
        return fail(at, column, "\"%.40s\" does not begin with a number", *text);
    if (!(*x > 0 && *x <= LC__TABLE_MAX_VALUE))
        return fail(at, column, "must be above 0 and at most %g: \"%.40s\"", LC__TABLE_MAX_VALUE,
                    *text);
    *text = end;
    return LC_OK;
}

/* n numbers parted by commas, up to the end of the text. */
static lc_status read_numbers(const place *at, const char *text, int n, double *x) {
    for (int i = 0; i < n; i++) {
        if (i > 0 && *text++ != ',')
            return fail(at, columns[i].name, "the line ends before this column");
        lc_status s = read_number(at, columns[i].name, &text, &x[i]);
        if (s)
            return s;
    }
    return *text ? fail(at, "", "more than %d fields: \"%.40s\"", n, text) : LC_OK;
}

static lc_status check_header(const place *at, char *line) {
    char *rest = line;
    for (int i = 0; i < N_COLUMNS; i++) {
        const char *name = strsep(&rest, ",");
        if (!name || strcmp(name, columns[i].name) != 0)
            return fail(at, columns[i].name,
                        "this column is expected here, not \"%.60s\"; HAT's files have 14",
                        name ? name : "");
    }
    return rest ? fail(at, "", "a column too many: \"%.60s\"", rest) : LC_OK;
}

static const lc__hat_corpus *find_corpus(const char *device) {
    size_t length = strcspn(device, "_");
    for (size_t i = 0; i < sizeof corpora / sizeof *corpora; i++)
        if (strlen(corpora[i].name) == length && !strncmp(device, corpora[i].name, length))
            return &corpora[i];
    return NULL;
}

static lc_status parse_means(const place *at, const char *text, means *out) {
    double x[N_SHAPE];
    lc_status s = read_numbers(at, text, N_SHAPE, x);
    for (int i = 0; i < N_SHAPE && !s; i++)
        if (columns[i].to != SKIP)
            memcpy((char *)out + columns[i].to, &x[i], sizeof x[i]);
    return s;
}

/* Layers share a mean out: layer i of n gets the whole part that keeps the sum nearest. */
static int part(double mean, int i) {
    return (int)(lround(mean * (i + 1)) - lround(mean * i));
}

static int whole(double x) {
    return x < INT_MAX ? (int)lround(x) : INT_MAX;
}

static lc_status check_means(const means *m, lc_error *err) {
    const double layers[] = {m->encoder_layers, m->decoder_layers};
    for (size_t i = 0; i < 2; i++)
        if (!(layers[i] >= 1 && layers[i] <= LC__HAT_LAYERS))
            return lc_error_set(err, LC_EFORMAT, "%s has 1 to %d layers, not %g",
                                i ? "the decoder" : "the encoder", LC__HAT_LAYERS, layers[i]);
    if (!(m->cross_layers >= 1 && m->cross_layers <= LC__HAT_MEMORY))
        return lc_error_set(err, LC_EFORMAT,
                            "a decoder layer attends to 1 to %d encoder layers, not %g",
                            LC__HAT_MEMORY, m->cross_layers);
    return LC_OK;
}

/* Layers that are alike, but for the encoder layers that they attend to. */
static lc__hat_shape shape_of(const means *m) {
    lc__hat_shape s = {.encoder_width = whole(m->encoder_width),
                       .encoder_layers = (int)m->encoder_layers,
                       .decoder_width = whole(m->decoder_width),
                       .decoder_layers = (int)m->decoder_layers};
    for (int i = 0; i < s.encoder_layers; i++)
        s.encoder[i] = (lc__hat_layer){.hidden = whole(m->encoder_ffn), .heads = 1};
    for (int i = 0; i < s.decoder_layers; i++)
        s.decoder[i] = (lc__hat_layer){.hidden = whole(m->decoder_ffn),
                                       .heads = 1,
                                       .cross_heads = 1,
                                       .memory = part(m->cross_layers, i)};
    return s;
}

/* The net of an arch, "<device>:<line>:<the ten columns>". */
static lc_status net_of(const char *arch, lc_net **out, lc_error *err) {
    const place at = {0, err};
    const lc__hat_corpus *corpus = find_corpus(arch);
    const char *shape_text = strrchr(arch, ':');
    means m;
    if (!corpus || !shape_text)
        return fail(&at, "", "\"%.80s\" is no net of HAT's: <file>:<line>:<ten numbers>", arch);
    lc_status s = parse_means(&at, shape_text + 1, &m);
    if (!s)
        s = check_means(&m, err);
    lc_net *net = s ? NULL : lc_net_new(arch);
    if (!s && !net)
        s = lc__no_memory(err);
    if (!s) {
        lc__hat_shape shape = shape_of(&m);
        s = lc__hat_build(corpus, &shape, net, err);
    }
    if (s)
        lc_net_free(net);
    else
        *out = net;
    return s;
}

/* ---- files ---- */

static lc_status read_row(const place *at, char *line, const char *device, lc__rows *rows) {
    double x[N_COLUMNS];
    char arch[NAME_MAX_LENGTH + 400];
    lc_status s = read_numbers(at, line, N_COLUMNS, x);
    if (s)
        return s;
    char *end = line;
    for (int i = 0; i < N_SHAPE; i++)
        end = strchr(end, ',') + 1;
    end[-1] = '\0';
    if (snprintf(arch, sizeof arch, "%s:%d:%s", device, at->line, line) >= (int)sizeof arch)
        return fail(at, "", "line too long: %.80s", line);
    return lc__rows_add_new(rows, arch, device, x[ENCODER_MS] + x[DECODER_MS], at->err);
}

static lc_status read_lines(char *text, const char *device, lc__rows *rows, lc_error *err) {
    place at = {0, err};
    lc_status s = LC_OK;
    size_t before = rows->n;
    for (char *line; !s && (line = strsep(&text, "\n"));) {
        at.line++;
        line[strcspn(line, "\r")] = '\0';
        if (at.line == 1)
            s = check_header(&at, line);
        else if (*line)
            s = read_row(&at, line, device, rows);
        else if (text && *text)
            s = fail(&at, "", "an empty line");
    }
    if (!s && rows->n == before)
        s = fail(&at, "", "no measurements");
    return s;
}

static bool is_known(const lc__rows *rows, const char *device) {
    for (size_t i = 0; i < rows->devices.n; i++)
        if (!strcmp(rows->text.text + rows->devices.at[i], device))
            return true;
    return false;
}

static lc_status read_file(const char *path, const char *file, lc__rows *rows, lc_error *err) {
    char device[NAME_MAX_LENGTH], *text = NULL;
    size_t length = strlen(file) - strlen(SUFFIX), tail = strlen(TAIL), n;
    if (length > tail && !strncmp(file + length - tail, TAIL, tail))
        length -= tail;
    snprintf(device, sizeof device, "%.*s", (int)length, file);
    lc_status s = lc__file_read(path, LC__TABLE_MAX_BYTES, &text, &n, err);
    if (!s && strlen(text) < n)
        s = lc_error_set(err, LC_EFORMAT, "a zero byte at %zu, so this is no text: copy it again",
                         strlen(text));
    if (!s && is_known(rows, device))
        s = lc_error_set(err, LC_EFORMAT, "a second file of %s; the end \"" TAIL "\" says nothing",
                         device);
    if (!s && !find_corpus(device))
        s = lc_error_set(err, LC_EFORMAT,
                         "the name must begin with iwslt14deen_, wmt14ende_ or wmt14enfr_, which "
                         "says how long the sentences are");
    if (!s)
        s = read_lines(text, device, rows, err);
    free(text);
    if (s)
        lc_error_in_file(err, path);
    return s;
}

static int is_table(const struct dirent *entry) {
    size_t length = strlen(entry->d_name), suffix = strlen(SUFFIX);
    return length > suffix && length < NAME_MAX_LENGTH && entry->d_name[0] != '.' &&
           !strcmp(entry->d_name + length - suffix, SUFFIX);
}

static lc_status load(const char *path, const char *quantity, lc__table *out, lc_error *err) {
    if (strcmp(quantity, "latency") != 0)
        return lc_error_set(err, LC_EUNSUPPORTED, "HAT measured latency only, not %.40s", quantity);
    struct dirent **files;
    int n = scandir(path, &files, is_table, alphasort);
    if (n < 0)
        return lc_error_set(err, LC_EIO, "cannot be read as a folder of HAT's .csv files");
    lc__rows rows = {0};
    lc_status s = LC_OK;
    for (int i = 0; i < n; i++) {
        char full[1024];
        snprintf(full, sizeof full, "%.700s/%.255s", path, files[i]->d_name);
        if (!s)
            s = read_file(full, files[i]->d_name, &rows, err);
        free(files[i]);
    }
    free(files);
    if (!s)
        s = lc__rows_finish(&rows, "ms", out, err);
    lc__rows_clear(&rows);
    return s;
}

const lc__format lc__format_hat = {.name = "hat", .load = load, .net = net_of};
