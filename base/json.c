#include "base/json.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"

#define MAX_DEPTH 64

static int line_at(const char *text, const char *at) {
    int line = 1;
    for (const char *p = text; p < at; p++)
        line += *p == '\n';
    return line;
}

static lc_status text_fail(const lc__doc *doc, const char *at, lc_error *err, lc_status code,
                           const char *message) {
    lc_error_set(err, code, "%s", message);
    lc_error_in_file(err, doc->file);
    if (err)
        err->line = doc->line0 + line_at(doc->text, at);
    return code;
}

/* Brackets are counted before the parser sees the text: its own limit lets the stack grow deep.
 * Returns the bracket that goes too deep; *open says whether the text ends inside something. */
static const char *too_deep(const char *text, bool *open) {
    int depth = 0;
    bool quoted = false;
    for (const char *p = text; *p; p++) {
        if (quoted) {
            if (*p == '\\' && p[1])
                p++;
            else if (*p == '"')
                quoted = false;
        } else if (*p == '"') {
            quoted = true;
        } else if (*p == '{' || *p == '[') {
            if (++depth > MAX_DEPTH)
                return p;
        } else if (*p == '}' || *p == ']') {
            depth--;
        }
    }
    *open = quoted || depth > 0;
    return NULL;
}

/* The parser takes any control character for white space and leaves them in strings. JSON allows
 * neither, and lc__json_locate() walks by JSON's rules. */
static const char *control_character(const char *text) {
    for (const char *p = text; *p; p++)
        if ((unsigned char)*p < 0x20 && *p != '\t' && *p != '\r' && *p != '\n')
            return p;
    return NULL;
}

static int compare_keys(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The key that an object holds twice, or NULL. */
static lc_status repeated_key(const cJSON *object, const char **key) {
    *key = NULL;
    size_t n = (size_t)cJSON_GetArraySize(object), i = 0;
    if (n < 2)
        return LC_OK;
    const char **keys = malloc(n * sizeof *keys);
    if (!keys)
        return LC_ENOMEM;
    for (const cJSON *c = object->child; c; c = c->next)
        keys[i++] = c->string;
    qsort(keys, n, sizeof *keys, compare_keys);
    for (i = 1; i < n && !*key; i++)
        if (!strcmp(keys[i - 1], keys[i]))
            *key = keys[i];
    free(keys);
    return LC_OK;
}

/* Walks the tree for what the parser lets through. */
static lc_status check_tree(const lc__cur *cur, lc_error *err) {
    if (cJSON_IsNumber(cur->v) && !isfinite(cur->v->valuedouble))
        return lc__json_fail(cur, err, LC_EFORMAT, "number is too large for a double");
    if (cJSON_IsObject(cur->v)) {
        const char *key;
        if (repeated_key(cur->v, &key))
            return lc_error_set(err, LC_ENOMEM, "out of memory");
        if (key)
            return lc__json_fail(cur, err, LC_EFORMAT, "key \"%.60s\" stands here twice; keep one",
                                 key);
    }
    int i = 0;
    for (const cJSON *c = cur->v->child; c; c = c->next, i++) {
        lc__cur child = {cur->doc, c, cur, c->string, i};
        lc_status s = check_tree(&child, err);
        if (s)
            return s;
    }
    return LC_OK;
}

static lc_status parse_owned(lc__doc *doc, lc_error *err) {
    if (doc->length > LC__JSON_MAX_BYTES)
        return text_fail(doc, doc->text, err, LC_EFORMAT, "larger than 64 MiB; split it");
    size_t bad = lc__utf8_check(doc->text, doc->length);
    if (bad < doc->length)
        return text_fail(doc, doc->text + bad, err, LC_EFORMAT,
                         doc->text[bad] ? "not UTF-8; save the file as UTF-8"
                                        : "contains a NUL byte; this is not a text file");
    const char *control = control_character(doc->text);
    if (control)
        return text_fail(doc, control, err, LC_EFORMAT,
                         "contains a control character; write it as \\u00XX in a string");
    if (doc->length == strspn(doc->text, " \t\r\n"))
        return text_fail(doc, doc->text, err, LC_EFORMAT, "empty; a JSON object was expected");
    bool open = false;
    const char *deep = too_deep(doc->text, &open);
    if (deep)
        return text_fail(doc, deep, err, LC_EFORMAT, "nested more than 64 levels deep");
    const char *end = NULL;
    doc->root = cJSON_ParseWithLengthOpts(doc->text, doc->length + 1, &end, 1);
    if (!doc->root) {
        if (!end)
            return lc_error_set(err, LC_ENOMEM, "out of memory");
        char message[160];
        if (open && (*end == '"' || (size_t)(end - doc->text) + 1 >= doc->length))
            snprintf(message, sizeof message, "JSON ends too early; the file may be cut short");
        else
            snprintf(message, sizeof message, "not valid JSON near \"%.*s\"",
                     (int)strcspn(end, "\r\n") < 24 ? (int)strcspn(end, "\r\n") : 24, end);
        return text_fail(doc, end, err, LC_EFORMAT, message);
    }
    lc__cur root = lc__doc_root(doc);
    return check_tree(&root, err);
}

lc_status lc__doc_parse(lc__doc *doc, const char *text, size_t length, const char *file, int line0,
                        lc_error *err) {
    memset(doc, 0, sizeof *doc);
    snprintf(doc->file, sizeof doc->file, "%s", file ? file : "");
    doc->line0 = line0;
    doc->length = length;
    doc->text = malloc(length + 1);
    if (!doc->text)
        return lc_error_set(err, LC_ENOMEM, "out of memory");
    memcpy(doc->text, text, length);
    doc->text[length] = '\0';
    lc_status s = parse_owned(doc, err);
    if (s)
        lc__doc_clear(doc);
    return s;
}

lc_status lc__doc_load(lc__doc *doc, const char *path, lc_error *err) {
    memset(doc, 0, sizeof *doc);
    snprintf(doc->file, sizeof doc->file, "%s", path);
    lc_status s = lc__file_read(path, LC__JSON_MAX_BYTES, &doc->text, &doc->length, err);
    if (!s)
        s = parse_owned(doc, err);
    if (s)
        lc__doc_clear(doc);
    return s;
}

void lc__doc_clear(lc__doc *doc) {
    cJSON_Delete(doc->root);
    free(doc->text);
    doc->root = NULL;
    doc->text = NULL;
}

lc__cur lc__doc_root(const lc__doc *doc) {
    return (lc__cur){doc, doc->root, NULL, NULL, 0};
}

static size_t write_path(const lc__cur *cur, char *buf, size_t size) {
    if (!cur->up)
        return (size_t)snprintf(buf, size, "$");
    size_t at = write_path(cur->up, buf, size);
    if (at >= size)
        return at;
    int n = cur->key ? snprintf(buf + at, size - at, ".%s", cur->key)
                     : snprintf(buf + at, size - at, "[%d]", cur->index);
    return at + (size_t)n;
}

lc_status lc__json_fail(const lc__cur *cur, lc_error *err, lc_status code, const char *format,
                        ...) {
    char message[400];
    va_list ap;
    va_start(ap, format);
    vsnprintf(message, sizeof message, format, ap);
    va_end(ap);
    lc_error_set(err, code, "%s", message);
    lc_error_in_file(err, cur->doc->file);
    if (err) {
        write_path(cur, err->path, sizeof err->path);
        err->line = cur->doc->line0 + lc__json_locate(cur->doc->text, cur);
    }
    return code;
}

bool lc__json_get(const lc__cur *cur, const char *key, lc__cur *out) {
    const cJSON *v = cJSON_GetObjectItemCaseSensitive(cur->v, key);
    if (!v || cJSON_IsNull(v))
        return false;
    *out = (lc__cur){cur->doc, v, cur, v->string, 0};
    return true;
}

lc_status lc__json_need(const lc__cur *cur, const char *key, lc__cur *out, lc_error *err) {
    lc_status s = lc__json_object(cur, err);
    if (s)
        return s;
    if (!lc__json_get(cur, key, out)) {
        lc__json_fail(cur, err, LC_EFORMAT, "\"%s\" is missing", key);
        return LC_EFORMAT;
    }
    return LC_OK;
}

static const char *kind_of(const cJSON *v) {
    return cJSON_IsObject(v)   ? "an object"
           : cJSON_IsArray(v)  ? "an array"
           : cJSON_IsString(v) ? "a string"
           : cJSON_IsNumber(v) ? "a number"
           : cJSON_IsBool(v)   ? "a boolean"
                               : "null";
}

static lc_status wrong_kind(const lc__cur *cur, const char *want, lc_error *err) {
    return lc__json_fail(cur, err, LC_EFORMAT, "must be %s, is %s", want, kind_of(cur->v));
}

lc_status lc__json_object(const lc__cur *cur, lc_error *err) {
    if (cJSON_IsObject(cur->v))
        return LC_OK;
    wrong_kind(cur, "an object", err);
    return LC_EFORMAT;
}

lc_status lc__json_array(const lc__cur *cur, lc_error *err) {
    return cJSON_IsArray(cur->v) ? LC_OK : wrong_kind(cur, "an array", err);
}

int lc__json_size(const lc__cur *cur) {
    return cJSON_GetArraySize(cur->v);
}

bool lc__json_first(const lc__cur *array, lc__cur *out) {
    if (!array->v->child)
        return false;
    *out = (lc__cur){array->doc, array->v->child, array, array->v->child->string, 0};
    return true;
}

bool lc__json_next(lc__cur *element) {
    element->v = element->v->next;
    if (!element->v)
        return false;
    element->key = element->v->string;
    element->index++;
    return true;
}

lc_status lc__json_num(const lc__cur *cur, double lo, double hi, double *out, lc_error *err) {
    if (!cJSON_IsNumber(cur->v))
        return wrong_kind(cur, "a number", err);
    double x = cur->v->valuedouble;
    if (!(x >= lo && x <= hi))
        return lc__json_fail(cur, err, LC_EFORMAT, "must be in %.10g .. %.10g, is %.10g", lo, hi,
                             x);
    *out = x;
    return LC_OK;
}

lc_status lc__json_int(const lc__cur *cur, int64_t lo, int64_t hi, int64_t *out, lc_error *err) {
    double x = 0;
    lc_status s = lc__json_num(cur, (double)lo, (double)hi, &x, err);
    if (s)
        return s;
    if (x != floor(x))
        return lc__json_fail(cur, err, LC_EFORMAT, "must be a whole number, is %g", x);
    *out = (int64_t)x;
    return LC_OK;
}

lc_status lc__json_str(const lc__cur *cur, const char **out, lc_error *err) {
    if (!cJSON_IsString(cur->v))
        return wrong_kind(cur, "a string", err);
    *out = cur->v->valuestring;
    return LC_OK;
}

lc_status lc__json_bool(const lc__cur *cur, bool *out, lc_error *err) {
    if (!cJSON_IsBool(cur->v))
        return wrong_kind(cur, "true or false", err);
    *out = cJSON_IsTrue(cur->v);
    return LC_OK;
}

lc_status lc__json_need_num(const lc__cur *cur, const char *key, double lo, double hi, double *out,
                            lc_error *err) {
    lc__cur c;
    lc_status s = lc__json_need(cur, key, &c, err);
    return s ? s : lc__json_num(&c, lo, hi, out, err);
}

lc_status lc__json_need_int(const lc__cur *cur, const char *key, int64_t lo, int64_t hi,
                            int64_t *out, lc_error *err) {
    lc__cur c;
    lc_status s = lc__json_need(cur, key, &c, err);
    return s ? s : lc__json_int(&c, lo, hi, out, err);
}

lc_status lc__json_need_str(const lc__cur *cur, const char *key, const char **out, lc_error *err) {
    lc__cur c;
    lc_status s = lc__json_need(cur, key, &c, err);
    return s ? s : lc__json_str(&c, out, err);
}

lc_status lc__json_need_bool(const lc__cur *cur, const char *key, bool *out, lc_error *err) {
    lc__cur c;
    lc_status s = lc__json_need(cur, key, &c, err);
    return s ? s : lc__json_bool(&c, out, err);
}

lc_status lc__json_version(const lc__cur *cur, int version, lc_error *err) {
    lc__cur c;
    int64_t v = version;
    lc_status s = lc__json_need(cur, "schema_version", &c, err);
    if (!s)
        s = lc__json_int(&c, 0, 1 << 30, &v, err);
    if (s)
        return s;
    if (v != version)
        return lc__json_fail(&c, err, LC_EUNSUPPORTED,
                             "schema version %lld is not understood here; this build reads "
                             "version %d",
                             (long long)v, version);
    return LC_OK;
}

char *lc__json_print(const cJSON *value) {
    return cJSON_PrintUnformatted(value);
}

bool lc__json_add_num(cJSON *object, const char *key, double value) {
    char text[40];
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    return isfinite(value) && cJSON_AddRawToObject(object, key, text);
}
