#include "tasks/table.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf" /* spreadsheets write it */

static lc_status fail(lc_error *err, int line, const char *column, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static lc_status fail(lc_error *err, int line, const char *column, const char *format, ...) {
    char text[300];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    lc_error_set(err, LC_EFORMAT, "%s", text);
    if (err) {
        err->line = line;
        snprintf(err->path, sizeof err->path, "%s", column ? column : "");
    }
    return LC_EFORMAT;
}

/* Cuts the next line off *rest, without its LF or CRLF; NULL at the end. */
static char *next_line(char **rest) {
    char *line = *rest;
    if (!line || !*line)
        return NULL;
    char *end = strchr(line, '\n');
    *rest = end ? end + 1 : NULL;
    if (!end)
        end = line + strlen(line);
    *end = '\0';
    if (end > line && end[-1] == '\r')
        end[-1] = '\0';
    return line;
}

/* Cuts the next field off *rest; NULL when the line is used up. */
static char *next_field(char **rest) {
    char *field = *rest;
    if (!field)
        return NULL;
    char *comma = strchr(field, ',');
    *rest = comma ? comma + 1 : NULL;
    if (comma)
        *comma = '\0';
    return field;
}

static size_t count(const char *text, char c) {
    size_t n = 0;
    for (; *text; text++)
        n += *text == c;
    return n;
}

/* Names what other programs write by default and is not read here. */
static lc_status fail_first(const char *first, lc_error *err) {
    const char *hint = strchr(first, '"')   ? "; quotes are not known here: write names as they are"
                       : strchr(first, ';') ? "; columns are parted by commas, not by semicolons"
                       : strchr(first, '\t') ? "; columns are parted by commas, not by tabs"
                                             : "";
    return fail(err, 1, NULL, "the first column must be called \"arch\", is \"%.40s\"%s", first,
                hint);
}

static lc_status read_header(lc__table *t, char *line, lc_error *err) {
    if (count(line, ',') > LC__TABLE_MAX_DEVICES)
        return fail(err, 1, NULL, "%zu device columns; a table has %d at most", count(line, ','),
                    LC__TABLE_MAX_DEVICES);
    t->devices = calloc(count(line, ',') + 1, sizeof *t->devices);
    if (!t->devices)
        return lc__no_memory(err);
    t->n_devices = 0;
    char *rest = line;
    const char *first = next_field(&rest);
    if (strcmp(first, "arch") != 0)
        return fail_first(first, err);
    for (char *name = next_field(&rest); name; name = next_field(&rest)) {
        if (!*name)
            return fail(err, 1, NULL, "column %zu has no name", t->n_devices + 2);
        for (size_t i = 0; i < t->n_devices; i++)
            if (!strcmp(t->devices[i], name))
                return fail(err, 1, name, "two columns have this name; rename or drop one");
        t->devices[t->n_devices++] = name;
    }
    if (t->n_devices == 0)
        return fail(err, 1, NULL, "no device column; the header is arch,device1,device2,...");
    return LC_OK;
}

/* A measurement from a field, NaN from an empty one. Words ("inf", "nan") and hexadecimal, which
 * strtod would take, are none. */
static lc_status read_value(const char *field, int line, const char *column, double *value,
                            lc_error *err) {
    *value = NAN;
    if (!*field)
        return LC_OK;
    char *end;
    double x = strtod(field, &end);
    if (*end || field[strspn(field, "0123456789.eE+-")])
        return fail(err, line, column, "\"%.40s\" is not a number; %s", field,
                    strchr(field, '"') ? "quotes are not known here: write 12.5, not \"12.5\""
                                       : "leave it empty if not measured");
    if (!(x >= LC__TABLE_MIN_VALUE && x <= LC__TABLE_MAX_VALUE))
        return fail(err, line, column,
                    "a measurement is at least %g and at most %g, this is %.40s; leave "
                    "it empty if it failed",
                    LC__TABLE_MIN_VALUE, LC__TABLE_MAX_VALUE, field);
    *value = x;
    return LC_OK;
}

static lc_status read_row(lc__table *t, size_t room, char *line, int number, lc_error *err) {
    char *rest = line;
    size_t row = t->n_rows;
    t->archs[row] = next_field(&rest);
    if (!*t->archs[row])
        return fail(err, number, "arch", "the net has no name");
    for (size_t d = 0; d < t->n_devices; d++) {
        char *field = next_field(&rest);
        if (!field)
            return fail(err, number, NULL, "%zu columns, but the header has %zu", d + 1,
                        t->n_devices + 1);
        lc_status s = read_value(field, number, t->devices[d], &t->values[d * room + row], err);
        if (s)
            return s;
    }
    if (rest)
        return fail(err, number, NULL, "%zu columns, but the header has %zu",
                    t->n_devices + 2 + count(rest, ','), t->n_devices + 1);
    t->n_rows++;
    return LC_OK;
}

static int by_arch(const void *a, const void *b, void *table) {
    const lc__table *t = table;
    size_t i = *(const size_t *)a, j = *(const size_t *)b;
    int order = strcmp(t->archs[i], t->archs[j]);
    return order ? order : (i > j) - (i < j);
}

/* A net named twice would be scored twice, and could be in training and test at once. */
static lc_status check_distinct(lc__table *t, lc_error *err) {
    size_t *order = malloc(t->n_rows * sizeof *order);
    if (!order)
        return lc__no_memory(err);
    for (size_t i = 0; i < t->n_rows; i++)
        order[i] = i;
    qsort_r(order, t->n_rows, sizeof *order, by_arch, t);
    lc_status s = LC_OK;
    for (size_t i = 1; i < t->n_rows && !s; i++)
        if (!strcmp(t->archs[order[i - 1]], t->archs[order[i]]))
            s = fail(err, (int)order[i] + 2, "arch", "net \"%.80s\" is on line %zu already",
                     t->archs[order[i]], order[i - 1] + 2);
    free(order);
    return s;
}

static lc_status parse(lc__table *t, size_t length, lc_error *err) {
    size_t bad = lc__utf8_check(t->text, length);
    if (bad < length) {
        t->text[bad] = '\0';
        return fail(err, (int)count(t->text, '\n') + 1, NULL, "not UTF-8 text");
    }
    size_t room = count(t->text, '\n'); /* at least the rows, with the header counted off */
    char *rest = t->text;
    if (!strncmp(rest, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)))
        rest += strlen(BYTE_ORDER_MARK);
    if (room == 0 && strchr(rest, '\r'))
        return fail(err, 0, NULL, "lines end in CR alone; save it with LF or CRLF line ends");
    char *line = next_line(&rest);
    if (!line)
        return fail(err, 0, NULL, "the file is empty; a table starts with arch,device1,...");
    lc_status s = read_header(t, line, err);
    if (s)
        return s;
    t->archs = calloc(room + 1, sizeof *t->archs);
    t->values = calloc((room + 1) * t->n_devices + 1, sizeof *t->values);
    if (!t->archs || !t->values)
        return lc__no_memory(err);
    for (int number = 2; (line = next_line(&rest)) && !s; number++)
        s = read_row(t, room + 1, line, number, err);
    if (s)
        return s;
    if (t->n_rows == 0)
        return fail(err, 1, NULL, "the table has no rows");
    for (size_t d = 1; d < t->n_devices; d++) /* close the gaps: columns [n_rows] long */
        memmove(t->values + d * t->n_rows, t->values + d * (room + 1),
                t->n_rows * sizeof *t->values);
    return check_distinct(t, err);
}

lc_status lc__table_load(const char *path, lc__table *out, lc_error *err) {
    memset(out, 0, sizeof *out);
    size_t length;
    lc_status s = lc__file_read(path, LC__TABLE_MAX_BYTES, &out->text, &length, err);
    if (!s)
        s = parse(out, length, err);
    out->unit = "ms";
    out->first_line = 2; /* below the header */
    if (s) {
        lc_error_in_file(err, path);
        lc__table_clear(out);
    }
    return s;
}

void lc__table_clear(lc__table *table) {
    free(table->text);
    free(table->devices);
    free(table->archs);
    free(table->values);
    memset(table, 0, sizeof *table);
}

const double *lc__table_column(const lc__table *table, const char *device) {
    for (size_t d = 0; d < table->n_devices; d++)
        if (!strcmp(table->devices[d], device))
            return table->values + d * table->n_rows;
    return NULL;
}

int lc__table_line(const lc__table *table, size_t row) {
    return table->first_line ? table->first_line + (int)row : 0;
}
