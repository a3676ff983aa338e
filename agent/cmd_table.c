#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cli.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/out.h"
#include "commands.h"
#include "table.h"

static const char about[] =
    "Writes what one or more devices (device.json) measured as a table: a row for each operator,\n"
    "or with --nets for each net, a column for each device, in milliseconds; a cell is empty\n"
    "where nothing was measured. With --space the operators are added up to a lookup table as\n"
    "FBNet's: a row for each choice.";

static const char after[] = "Measure what --space needs with\n"
                            "  predict plan --operators --all --space NAME --out ops.json\n"
                            "  profagent run --plan ops.json --out new.json\n"
                            "A table of --nets is what predict eval --table reads.";

typedef struct request {
    lc__list files;
    const char *out, *space_name;
    const lc_space *space;
    bool nets, energy, json;
} request;

static lc__cli_result parse(request *r, int argc, char **argv) {
    const lc__opt table[] = {
        {.name = "out",
         .kind = LC__OPT_STR,
         .value = &r->out,
         .arg = "FILE",
         .help = "table to write (default, as with -: print it)"},
        {.name = "nets",
         .kind = LC__OPT_FLAG,
         .value = &r->nets,
         .help = "of whole nets instead of operators"},
        {.name = "space",
         .kind = LC__OPT_STR,
         .value = &r->space_name,
         .arg = "NAME",
         .help = "latencies of this space's choices: fbnet, ..."},
        {.name = "energy",
         .kind = LC__OPT_FLAG,
         .value = &r->energy,
         .help = "energy in millijoules instead of latency"},
        {.name = "json", .kind = LC__OPT_FLAG, .value = &r->json, .help = "JSON instead of CSV"},
        {0}};
    r->files.words = "DEVICE...";
    return lc__cli_parse("profagent table", about, after, table, argc, argv, &r->files);
}

static lc_status check_out(request *r, lc_error *err) {
    lc__input devices[LC__LIST_MAX];
    if (r->out && !strcmp(r->out, "-"))
        r->out = NULL;
    for (size_t i = 0; i < r->files.n; i++)
        devices[i] = (lc__input){"the table", r->files.item[i]};
    return r->out ? lc__out_check("--out", r->out, devices, r->files.n, err) : LC_OK;
}

static lc_status settle(request *r, lc_error *err) {
    lc_status status = check_out(r, err);
    if (status)
        return status;
    if (r->files.n == 0)
        return lc_error_set(err, LC_EUSAGE,
                            "no device: name one or more device.json files that profagent run "
                            "wrote");
    if (r->space_name && r->nets)
        return lc_error_set(err, LC_EUSAGE,
                            "--space and --nets do not go together: choices are made of operators");
    if (!r->space_name)
        return LC_OK;
    r->space = lc_space_find(r->space_name);
    if (r->space)
        return LC_OK;
    char known[200] = "";
    for (const lc_space *const *s = lc_spaces(); *s; s++) {
        size_t n = strlen(known);
        snprintf(known + n, sizeof known - n, "%s%s", n ? ", " : "", (*s)->name);
    }
    return lc_error_set(err, LC_EUNSUPPORTED, "unknown space \"%.40s\"; there are %s",
                        r->space_name, known);
}

/* The same name twice would be two columns that nobody could tell apart. */
static lc_status check_names(const request *r, const lc_device *devices, lc_error *err) {
    for (size_t i = 0; i < r->files.n; i++)
        for (size_t k = 0; k < i; k++)
            if (!strcmp(devices[i].name, devices[k].name)) {
                lc_error_set(err, LC_EFORMAT, "device %.80s is in %.80s already", devices[i].name,
                             r->files.item[k]);
                return lc_error_in_file(err, r->files.item[i]);
            }
    return LC_OK;
}

/* What could not be filled in, and how to mend it. */
static lc_status tell_gaps(const request *r, const lc__table *t, lc_error *err) {
    size_t empty = 0, filled = 0, cells = t->n_rows * t->n_devices;
    for (size_t i = 0; i < t->n_rows; i++)
        for (size_t d = 0; d < t->n_devices; d++) {
            empty += isfinite(t->rows[i].value[d]) ? 0 : 1;
            filled += t->rows[i].value[d] > 0; /* a choice of no operator costs nothing */
        }
    if (filled == 0 && r->energy)
        return lc_error_set(err, LC_EFORMAT,
                            "no sample carries energy: \"energy_uj_absent\" in the samples says "
                            "why");
    if (filled == 0 && r->space)
        return lc_error_set(err, LC_EFORMAT,
                            "no choice of %s has all its operators measured (%zu are lacking, the "
                            "first is %.80s); plan them with predict plan --operators --all "
                            "--space %s",
                            r->space->name, t->lacking, t->first_lacking, r->space->name);
    if (empty)
        fprintf(stderr, "profagent table: %zu of %zu cells are empty%s%s%s\n", empty, cells,
                t->lacking ? ": operators were not measured, the first is " : "",
                t->lacking ? t->first_lacking : "",
                t->lacking ? "; predict plan --operators --all plans them" : "");
    return LC_OK;
}

static lc_status put(const request *r, const lc__table *t, lc_error *err) {
    lc__quantity quantity = r->energy ? LC__TABLE_ENERGY_MJ : LC__TABLE_LATENCY_MS;
    char *text = r->json ? lc__table_json(t, quantity) : lc__table_csv(t);
    lc_status s = text ? LC_OK : lc__no_memory(err);
    if (!s && r->out)
        s = lc__file_write(r->out, text, strlen(text), err);
    else if (!s)
        fputs(text, stdout);
    free(text);
    return s;
}

static lc_status make(const request *r, const lc_device *devices, lc_error *err) {
    lc__table plain = {0}, choices = {0};
    const lc__table *shown = r->space ? &choices : &plain;
    lc_status s = check_names(r, devices, err);
    if (!s)
        s = lc__table_make(devices, r->files.n, r->nets ? LC_SAMPLE_NET : LC_SAMPLE_OP,
                           r->energy ? LC__TABLE_ENERGY_MJ : LC__TABLE_LATENCY_MS, &plain, err);
    if (!s && r->space)
        s = lc__table_of_space(&plain, r->space, &choices, err);
    if (!s)
        s = tell_gaps(r, shown, err);
    if (!s)
        s = put(r, shown, err);
    lc__table_clear(&plain);
    lc__table_clear(&choices);
    return s;
}

int cmd_table(int argc, char **argv) {
    request r = {0};
    lc_error err;
    lc__cli_result parsed = parse(&r, argc, argv);
    if (parsed != LC__CLI_RUN)
        return parsed == LC__CLI_DONE ? 0 : 2;
    lc_device *devices = calloc(LC__LIST_MAX, sizeof *devices);
    lc_status s = devices ? settle(&r, &err) : lc__no_memory(&err);
    for (size_t i = 0; i < r.files.n && !s; i++)
        s = lc_device_load(r.files.item[i], &devices[i], &err);
    if (!s)
        s = make(&r, devices, &err);
    for (size_t i = 0; i < r.files.n && devices; i++)
        lc_device_clear(&devices[i]);
    free(devices);
    return s ? lc__cli_fail("profagent table", &err) : 0;
}
