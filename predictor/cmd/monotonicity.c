/* predict monotonicity: how alike devices rank nets, and which one stands for the others. */
#include "cmd.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/out.h"
#include "base/text.h"
#include "columns.h"
#include "heatmap.h"
#include "cmdline/json_out.h"
#include "cmdline/options.h"
#include "pool_files.h"

#define DEFAULT_NETS 1000
/* From this correlation on the paper takes the ranking of one device for that of another. */
#define STRONG 0.9

typedef struct request {
    const char *table, *pool, *model, *space, *csv, *svg;
    lc__list without;
    int64_t nets, seed, least;
    bool json;
} request;

typedef struct session {
    lc__columns columns;
    lc__agreement agreement;
    size_t *order; /* [n] like devices side by side */
    size_t proxy;
    double strong; /* share of pairs from STRONG on */
} session;

static void close_all(session *s) {
    free(s->order);
    lc__agreement_clear(&s->agreement);
    lc__columns_clear(&s->columns);
}

/* What the figures are of: "measured", or "forecast" by a model. */
static const char *kind(const request *r) {
    return r->table || r->pool ? "measured" : "forecast";
}

static lc_status open_columns(const request *r, session *s, lc_error *err) {
    if (r->table)
        return lc__columns_of_table(r->table, r->space, &r->without, &s->columns, err);
    if (r->pool)
        return lc__columns_of_pool(r->pool, r->space, &r->without, &s->columns, err);
    const lc_space *space;
    lc_status st = lc__space_named(r->space, &space, err);
    return st ? st
              : lc__columns_of_model(r->model, space, (size_t)r->nets, (uint64_t)r->seed,
                                     &r->without, &s->columns, err);
}

static void note_constant(const session *s) {
    for (size_t i = 0; i < s->columns.n; i++)
        if (s->agreement.constant[i])
            lc__warn("note: %s takes the same time for every net, so it ranks nothing: its "
                     "correlations count 0",
                     s->columns.name[i]);
}

static void count_strong(session *s) {
    size_t n = s->columns.n, strong = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            strong += s->agreement.rho[i * n + j] >= STRONG;
    s->strong = (double)strong / (0.5 * (double)(n * (n - 1)));
}

static lc_status compare(const request *r, session *s, lc_error *err) {
    lc_status st = open_columns(r, s, err);
    if (!st && s->columns.n < 2) {
        lc_error_set(err, LC_EINFEASIBLE, "%zu device%s: a comparison takes two at least",
                     s->columns.n, s->columns.n == 1 ? "" : "s");
        return LC_EINFEASIBLE;
    }
    if (!st)
        st = lc__columns_agree(&s->columns, (size_t)r->least, &s->agreement, err);
    if (st)
        return r->table ? lc_error_in_file(err, r->table) : st;
    s->order = malloc(s->columns.n * sizeof *s->order);
    if (!s->order)
        return lc__no_memory(err);
    note_constant(s);
    count_strong(s);
    s->proxy = lc__agreement_proxy(&s->agreement, NULL);
    return lc__agreement_order(&s->agreement, s->order, err);
}

/* ---- output ---- */

/* The other device that i agrees with most (sign 1) or least (-1). */
static size_t extreme(const session *s, size_t i, double sign) {
    size_t n = s->columns.n, best = i == 0 ? 1 : 0;
    const double *row = s->agreement.rho + i * n;
    for (size_t j = 0; j < n; j++)
        if (j != i && sign * row[j] > sign * row[best])
            best = j;
    return best;
}

static size_t fewest_common(const session *s) {
    size_t n = s->columns.n, fewest = s->columns.n_rows;
    for (size_t i = 0; i < n * n; i++)
        if (s->agreement.common[i] < fewest)
            fewest = s->agreement.common[i];
    return fewest;
}

static const char *title(const request *r, const session *s, char *buf, size_t size) {
    snprintf(buf, size, "Rank correlation of %s latency, %zu devices, %zu nets", kind(r),
             s->columns.n, s->columns.n_rows);
    return buf;
}

static bool add_device(cJSON *list, const session *s, size_t i) {
    const lc__agreement *a = &s->agreement;
    size_t near = extreme(s, i, 1), far = extreme(s, i, -1);
    cJSON *o = lc__append_object(list);
    return o && cJSON_AddStringToObject(o, "device", s->columns.name[i]) &&
           lc__json_add_num(o, "mean", lc__agreement_mean(a, i)) &&
           lc__json_add_num(o, "least", lc__agreement_least(a, i)) &&
           cJSON_AddStringToObject(o, "nearest", s->columns.name[near]) &&
           cJSON_AddStringToObject(o, "farthest", s->columns.name[far]) &&
           cJSON_AddBoolToObject(o, "constant", a->constant[i]);
}

static bool add_matrix(cJSON *object, const session *s) {
    cJSON *matrix = cJSON_AddArrayToObject(object, "correlation");
    size_t n = s->columns.n;
    double *row = malloc((n + 1) * sizeof *row);
    bool ok = matrix && row;
    for (size_t i = 0; i < n && ok; i++) {
        for (size_t j = 0; j < n; j++)
            row[j] = s->agreement.rho[s->order[i] * n + s->order[j]];
        cJSON *line = cJSON_CreateDoubleArray(row, (int)n);
        ok = line && cJSON_AddItemToArray(matrix, line);
    }
    free(row);
    return ok;
}

static lc_status print_json(const request *r, const session *s, lc_error *err) {
    cJSON *o = cJSON_CreateObject(), *proxy = NULL, *list = NULL;
    const lc__agreement *a = &s->agreement;
    bool ok = o && lc__json_add_num(o, "schema_version", LC_SCHEMA_VERSION) &&
              cJSON_AddStringToObject(o, "of", kind(r)) &&
              lc__json_add_num(o, "nets", (double)s->columns.n_rows) &&
              lc__json_add_num(o, "fewest_common", (double)fewest_common(s)) &&
              lc__json_add_num(o, "strong_share", s->strong) &&
              (proxy = cJSON_AddObjectToObject(o, "proxy")) &&
              cJSON_AddStringToObject(proxy, "device", s->columns.name[s->proxy]) &&
              lc__json_add_num(proxy, "mean", lc__agreement_mean(a, s->proxy)) &&
              lc__json_add_num(proxy, "least", lc__agreement_least(a, s->proxy)) &&
              (list = cJSON_AddArrayToObject(o, "devices"));
    for (size_t i = 0; i < s->columns.n && ok; i++)
        ok = add_device(list, s, s->order[i]);
    return lc__print_object(o, ok && add_matrix(o, s), "", err);
}

static void print_table(const request *r, const session *s) {
    char text[120], name[LC__SHOWN], with[LC__SHOWN];
    printf("%s (fewest in common: %zu)\n\n%-46s %6s %6s  %-34s\n", title(r, s, text, sizeof text),
           fewest_common(s), "device", "mean", "least", "with");
    for (size_t k = 0; k < s->columns.n; k++) {
        size_t i = s->order[k];
        printf("%-46s %6.3f %6.3f  %s\n", lc__printable(s->columns.name[i], name, sizeof name),
               lc__agreement_mean(&s->agreement, i), lc__agreement_least(&s->agreement, i),
               lc__printable(s->columns.name[extreme(s, i, -1)], with, sizeof with));
    }
    printf("\n%.0f %% of the pairs have %.1f or more, where one device's ranking serves for the "
           "other.\nBest proxy for the others: %s\n",
           100 * s->strong, STRONG, lc__printable(s->columns.name[s->proxy], name, sizeof name));
}

/* A field of CSV, quoted where it must be (RFC 4180). */
static void add_field(lc__buf *csv, const char *text) {
    if (!text[strcspn(text, ",\"\r\n")]) {
        lc__buf_printf(csv, "%s", text);
        return;
    }
    lc__buf_printf(csv, "\"");
    for (; *text; text++)
        lc__buf_add(csv, *text == '"' ? "\"\"" : text, *text == '"' ? 2 : 1);
    lc__buf_printf(csv, "\"");
}

static lc_status write_csv(const char *path, const session *s, lc_error *err) {
    size_t n = s->columns.n;
    lc__buf csv = {0};
    lc__buf_printf(&csv, "device");
    for (size_t j = 0; j < n; j++) {
        lc__buf_printf(&csv, ",");
        add_field(&csv, s->columns.name[s->order[j]]);
    }
    for (size_t i = 0; i < n; i++) {
        lc__buf_printf(&csv, "\n");
        add_field(&csv, s->columns.name[s->order[i]]);
        for (size_t j = 0; j < n; j++)
            lc__buf_printf(&csv, ",%.6f", s->agreement.rho[s->order[i] * n + s->order[j]]);
    }
    lc__buf_printf(&csv, "\n");
    lc_status st =
        csv.failed ? lc__no_memory(err) : lc__file_write(path, csv.text, csv.length, err);
    free(csv.text);
    return st;
}

static lc_status write_svg(const request *r, const session *s, lc_error *err) {
    char text[120];
    char *svg = lc__heatmap_svg(&s->columns, &s->agreement, s->order, s->proxy,
                                title(r, s, text, sizeof text));
    lc_status st = svg ? lc__file_write(r->svg, svg, strlen(svg), err) : lc__no_memory(err);
    free(svg);
    return st;
}

static lc_status output(const request *r, const session *s, lc_error *err) {
    lc_status st = r->csv ? write_csv(r->csv, s, err) : LC_OK;
    if (!st && r->svg)
        st = write_svg(r, s, err);
    if (!st && r->json)
        st = print_json(r, s, err);
    else if (!st)
        print_table(r, s);
    return st;
}

/* The matrix must not take the place of what it is made of. */
static lc_status check_out(const request *r, const char *option, const char *out, lc_error *err) {
    const lc__input inputs[] = {
        {"--table", r->table}, {"--model", r->model}, {"$LATCAST_MODEL", getenv("LATCAST_MODEL")}};
    if (!out)
        return LC_OK;
    lc_status st = lc__out_check(option, out, inputs, sizeof inputs / sizeof *inputs, err);
    return st || !r->pool ? st : lc__pool_files_spare(r->pool, option, out, err);
}

static lc_status check(const request *r, lc_error *err) {
    if (r->csv && r->svg && !strcmp(r->csv, r->svg)) {
        lc_error_set(err, LC_EUSAGE, "--csv and --svg name the same file");
        return LC_EUSAGE;
    }
    if ((r->table != NULL) + (r->pool != NULL) + (r->model != NULL) > 1) {
        lc_error_set(err, LC_EUSAGE, "--table, --pool and --model each name the devices: give one");
        return LC_EUSAGE;
    }
    if (!r->table && !r->pool && !r->space) {
        lc_error_set(err, LC_EUSAGE,
                     "--space is needed with a model: its devices are compared on random nets of "
                     "that search space");
        return LC_EUSAGE;
    }
    lc_status st = check_out(r, "--csv", r->csv, err);
    return st ? st : check_out(r, "--svg", r->svg, err);
}

static int run(const request *r) {
    session s = {0};
    lc_error err;
    lc_status st = check(r, &err);
    if (!st)
        st = compare(r, &s, &err);
    if (!st)
        st = output(r, &s, &err);
    close_all(&s);
    return st ? lc__cli_fail("predict monotonicity", &err)
              : lc__finish_output("predict monotonicity");
}

int lc__predict_monotonicity(int argc, char **argv) {
    request r = {.nets = DEFAULT_NETS, .seed = 1, .least = LC__LEAST_COMMON};
    const lc__opt table[] = {lc__option_table(&r.table, false),
                             {.name = "pool",
                              .kind = LC__OPT_STR,
                              .value = &r.pool,
                              .arg = "DIR",
                              .help = "instead of a table: a folder of device.json files"},
                             lc__option_model(&r.model),
                             {.name = "space",
                              .kind = LC__OPT_STR,
                              .value = &r.space,
                              .arg = "NAME",
                              .help =
                                  "search space: of the table's nets; to take of a folder's; to\n"
                                  "draw nets from for a model's forecasts"},
                             {.name = "nets",
                              .kind = LC__OPT_INT,
                              .value = &r.nets,
                              .arg = "N",
                              .help = "random nets to compare a model's devices on (default 1000)",
                              .lo = 2,
                              .hi = 100000},
                             lc__option_seed(&r.seed, "seed", "of the random nets (default 1)"),
                             lc__option_without(&r.without),
                             lc__option_least(&r.least),
                             {.name = "csv",
                              .kind = LC__OPT_STR,
                              .value = &r.csv,
                              .arg = "FILE",
                              .help = "write the matrix there"},
                             {.name = "svg",
                              .kind = LC__OPT_STR,
                              .value = &r.svg,
                              .arg = "FILE",
                              .help = "draw the matrix there, like devices side by side"},
                             lc__option_json(&r.json, NULL),
                             {0}};
    int code;
    if (!lc__options_parse(
            "predict monotonicity",
            "Compares how devices rank nets by latency (Spearman's correlation) and finds the one "
            "that\nstands for the others best, after One-Proxy (arXiv:2111.01203).",
            "example:\n"
            "  predict monotonicity --table latency_ms.csv --csv ranks.csv --svg ranks.svg\n"
            "  predict monotonicity --model model.lc --space fbnet",
            table, argc, argv, &code))
        return code;
    return run(&r);
}
