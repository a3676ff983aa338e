#include "schema_check.h"

#include <criterion/criterion.h>
#include <math.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

#define DIR LATCAST_SOURCE_DIR "/docs/schema/"

/* Where we are: the file that "#/..." refers to, and where to complain. */
typedef struct scope {
    const char *file;
    const cJSON *root;
    char *why;
    size_t size;
} scope;

static bool check(const scope *s, const cJSON *schema, const cJSON *value);

cJSON *schema_load(const char *file) {
    char path[500], *text;
    size_t n;
    lc_error err;
    snprintf(path, sizeof path, DIR "%s", file);
    cr_assert_eq(lc__file_read(path, 1 << 20, &text, &n, &err), LC_OK, "%s", err.message);
    cJSON *root = cJSON_Parse(text);
    cr_assert_not_null(root, "%s is no JSON", path);
    free(text);
    return root;
}

static bool fail(const scope *s, const cJSON *value, const char *keyword) {
    snprintf(s->why, s->size, "%s fails %s",
             value->string ? value->string : "(an element or the whole)", keyword);
    return false;
}

static bool is_type(const cJSON *value, const char *type) {
    return !strcmp(type, "object")    ? cJSON_IsObject(value)
           : !strcmp(type, "array")   ? cJSON_IsArray(value)
           : !strcmp(type, "string")  ? cJSON_IsString(value)
           : !strcmp(type, "boolean") ? cJSON_IsBool(value)
           : !strcmp(type, "null")    ? cJSON_IsNull(value)
           : !strcmp(type, "integer")
               ? cJSON_IsNumber(value) && value->valuedouble == floor(value->valuedouble)
               : cJSON_IsNumber(value);
}

static bool check_type(const cJSON *types, const cJSON *value) {
    if (cJSON_IsString(types))
        return is_type(value, types->valuestring);
    for (const cJSON *t = types->child; t; t = t->next)
        if (is_type(value, t->valuestring))
            return true;
    return false;
}

static bool check_ref(const scope *s, const char *ref, const cJSON *value) {
    const char *hash = strchr(ref, '#');
    size_t n = hash ? (size_t)(hash - ref) : strlen(ref);
    char file[60];
    snprintf(file, sizeof file, "%.*s", (int)n, ref);
    scope inner = *s;
    cJSON *loaded = n ? schema_load(file) : NULL;
    if (loaded) {
        inner.file = file;
        inner.root = loaded;
    }
    const cJSON *at = inner.root;
    if (hash) {
        cr_assert_eq(strncmp(hash, "#/$defs/", 8), 0, "%s", ref);
        at = cJSON_GetObjectItemCaseSensitive(at, "$defs");
        at = cJSON_GetObjectItemCaseSensitive(at, hash + 8);
    }
    cr_assert_not_null(at, "%s: nothing at %s", s->file, ref);
    bool ok = check(&inner, at, value);
    cJSON_Delete(loaded);
    return ok;
}

static int count_valid(const scope *s, const cJSON *schemas, const cJSON *value) {
    int n = 0;
    for (const cJSON *c = schemas->child; c; c = c->next)
        n += check(s, c, value);
    return n;
}

static bool check_pattern(const char *pattern, const cJSON *value) {
    regex_t re;
    if (!cJSON_IsString(value))
        return true;
    cr_assert_eq(regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB), 0, "%s", pattern);
    bool ok = regexec(&re, value->valuestring, 0, NULL, 0) == 0;
    regfree(&re);
    return ok;
}

static bool check_object(const scope *s, const cJSON *schema, const char *key, const cJSON *rule,
                         const cJSON *value) {
    if (!strcmp(key, "required")) {
        for (const cJSON *r = rule->child; r; r = r->next)
            if (!cJSON_HasObjectItem(value, r->valuestring))
                return fail(s, value, r->valuestring);
        return true;
    }
    const cJSON *known = cJSON_GetObjectItemCaseSensitive(schema, "properties");
    for (const cJSON *m = value->child; m; m = m->next) {
        const cJSON *property = cJSON_GetObjectItemCaseSensitive(known, m->string);
        if (!strcmp(key, "properties") && property && !check(s, property, m))
            return false;
        if (!strcmp(key, "additionalProperties") && !property)
            return fail(s, m, key);
    }
    return true;
}

static bool check_number(const char *key, double limit, const cJSON *value) {
    double length = cJSON_IsString(value)  ? (double)strlen(value->valuestring)
                    : cJSON_IsArray(value) ? cJSON_GetArraySize(value)
                                           : 0;
    if (!strcmp(key, "minLength") || !strcmp(key, "minItems"))
        return length >= limit;
    if (!strcmp(key, "maxLength") || !strcmp(key, "maxItems"))
        return length <= limit;
    if (!cJSON_IsNumber(value))
        return true;
    if (!strcmp(key, "minimum"))
        return value->valuedouble >= limit;
    if (!strcmp(key, "exclusiveMinimum"))
        return value->valuedouble > limit;
    cr_assert_str_eq(key, "maximum", "a keyword that this checker does not know");
    return value->valuedouble <= limit;
}

static bool check_items(const scope *s, const cJSON *rule, const cJSON *value) {
    if (cJSON_IsArray(value))
        for (const cJSON *e = value->child; e; e = e->next)
            if (!check(s, rule, e))
                return false;
    return true;
}

static bool check_keyword(const scope *s, const cJSON *schema, const cJSON *rule,
                          const cJSON *value) {
    static const char *const notes[] = {"$schema", "$defs", "title", "description"};
    const char *key = rule->string;
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++)
        if (!strcmp(key, notes[i]))
            return true;
    if (!strcmp(key, "$ref"))
        return check_ref(s, rule->valuestring, value);
    if (!strcmp(key, "type"))
        return check_type(rule, value) || fail(s, value, key);
    if (!strcmp(key, "const"))
        return cJSON_Compare(rule, value, true) || fail(s, value, key);
    if (!strcmp(key, "enum")) {
        for (const cJSON *e = rule->child; e; e = e->next)
            if (cJSON_Compare(e, value, true))
                return true;
        return fail(s, value, key);
    }
    if (!strcmp(key, "allOf"))
        return count_valid(s, rule, value) == cJSON_GetArraySize(rule);
    if (!strcmp(key, "oneOf"))
        return count_valid(s, rule, value) == 1 || fail(s, value, key);
    if (!strcmp(key, "anyOf"))
        return count_valid(s, rule, value) >= 1 || fail(s, value, key);
    if (!strcmp(key, "items"))
        return check_items(s, rule, value);
    if (!strcmp(key, "pattern"))
        return check_pattern(rule->valuestring, value) || fail(s, value, key);
    if (cJSON_IsNumber(rule))
        return check_number(key, rule->valuedouble, value) || fail(s, value, key);
    return !cJSON_IsObject(value) || check_object(s, schema, key, rule, value);
}

static bool check(const scope *s, const cJSON *schema, const cJSON *value) {
    for (const cJSON *rule = schema->child; rule; rule = rule->next)
        if (!check_keyword(s, schema, rule, value))
            return false;
    return true;
}

bool schema_valid(const char *ref, const cJSON *value, char *why, size_t size) {
    scope s = {ref, NULL, why, size};
    snprintf(why, size, "valid");
    return check_ref(&s, ref, value);
}
