/* The documentation may not drift from the readers: its examples are read by them and by the
 * published schemas, and both refuse the same things. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "latcast/device.h"
#include "sample_text.h"
#include "schema_check.h"

static lc_status read_net(const char *text, size_t n, lc_error *err) {
    lc_net *net;
    lc_status s = lc_net_parse(text, n, "example", 0, &net, err);
    if (!s)
        lc_net_free(net);
    return s;
}

static lc_status read_plan(const char *text, size_t n, lc_error *err) {
    lc_plan plan;
    lc_status s = lc_plan_parse(text, n, "example", &plan, err);
    if (!s)
        lc_plan_clear(&plan);
    return s;
}

static lc_status read_sample(const char *text, size_t n, lc_error *err) {
    lc_sample sample;
    lc_status s = lc_sample_parse(text, n, "example", 1, &sample, err);
    if (!s)
        lc_sample_clear(&sample);
    return s;
}

static lc_status read_header(const char *text, size_t n, lc_error *err) {
    lc_device device;
    lc_status s = lc_device_parse_header(text, n, "example", 1, &device, err);
    if (!s)
        lc_device_clear(&device);
    return s;
}

static lc_status read_device(const char *text, size_t n, lc_error *err) {
    lc_device device;
    lc_status s = lc_device_parse(text, n, "example", &device, err);
    if (!s)
        lc_device_clear(&device);
    return s;
}

static const struct format {
    const char *name, *schema;
    lc_status (*read)(const char *text, size_t n, lc_error *err);
} formats[] = {{"net", "net.schema.json", read_net},
               {"plan", "plan.schema.json", read_plan},
               {"sample", "sample.schema.json", read_sample},
               {"device", "device.schema.json", read_device},
               {"header", "device.schema.json#/$defs/header", read_header}};

enum { N_FORMATS = sizeof formats / sizeof *formats };

/* Both must accept, or both refuse. */
static void expect_both(const struct format *f, const char *text, size_t n, bool good) {
    char why[200];
    lc_error err = {0};
    cJSON *value = cJSON_ParseWithLength(text, n);
    cr_assert_not_null(value, "%s: %.*s", f->name, (int)n, text);
    lc_status s = f->read(text, n, &err);
    bool valid = schema_valid(f->schema, value, why, sizeof why);
    cr_expect_eq(s == LC_OK, good, "%s reader: %s %s\n%.*s", f->name, err.path, err.message, (int)n,
                 text);
    cr_expect_eq(valid, good, "%s schema: %s\n%.*s", f->name, why, (int)n, text);
    cJSON_Delete(value);
}

Test(formats, examples_of_the_documentation_hold) {
    char *text;
    size_t n;
    lc_error err;
    int seen[N_FORMATS] = {0};
    cr_assert_eq(lc__file_read(LATCAST_SOURCE_DIR "/docs/formats.md", 1 << 20, &text, &n, &err),
                 LC_OK, "%s", err.message);
    for (char *p = text; (p = strstr(p, "```json "));) {
        p += 8;
        char *body = strchr(p, '\n') + 1, *end = strstr(body, "```");
        cr_assert_not_null(end);
        for (size_t i = 0; i < N_FORMATS; i++) {
            if (strncmp(p, formats[i].name, strlen(formats[i].name)) != 0)
                continue;
            seen[i]++;
            expect_both(&formats[i], body, (size_t)(end - body), true);
        }
        p = end + 3;
    }
    for (size_t i = 0; i < N_FORMATS; i++)
        cr_expect_gt(seen[i], 0, "an example of %s", formats[i].name);
    free(text);
}

Test(formats, schemas_refuse_what_the_readers_refuse) {
    static const struct {
        size_t format;
        const char *text;
    } cases[] = {
        {0, "{}"},
        {0, "{\"schema_version\":1}"},
        {0, "{\"schema_version\":2,\"space\":\"fbnet\",\"choices\":[]}"},
        {0, "{\"schema_version\":1,\"space\":\"nasbench201\"}"},
        {0, "{\"schema_version\":1,\"ops\":[],\"output\":\"x\"}"},
        {0, "{\"schema_version\":1,\"ops\":[{\"id\":\"x\",\"op\":\"warp\"}],\"output\":\"x\"}"},
        {0, "{\"schema_version\":1,\"ops\":[{\"id\":\"x\",\"op\":\"input\",\"shape\":[1,0,1,1]}],"
            "\"output\":\"x\"}"},
        {0, "{\"schema_version\":1,\"ops\":[{\"id\":\"x\",\"op\":\"input\",\"shape\":[1,1,1,1],"
            "\"colour\":1}],\"output\":\"x\"}"},
        {1, "{\"schema_version\":1,\"name\":\"p\"}"},
        {1, "{\"schema_version\":1,\"name\":\"p\",\"items\":[{\"kind\":\"net\"}]}"},
        {1, "{\"schema_version\":1,\"name\":\"p\",\"items\":[{\"space\":\"nasbench201\","
            "\"choices\":[0,0,0,0,0,0]}]}"},
        {2, "{\"id\":\"x\",\"kind\":\"net\"}"},
        {3, "{\"schema_version\":1,\"name\":\"a/b\",\"config\":" CONFIG ",\"fingerprint\":{},"
            "\"samples\":[]}"},
        {3, "{\"schema_version\":1,\"name\":\"a\",\"config\":{\"backend\":\"b\",\"threads\":0,"
            "\"dtype\":\"f32\"},\"fingerprint\":{},\"samples\":[]}"},
        {3, "{\"schema_version\":1,\"name\":\"a\",\"config\":" CONFIG ",\"fingerprint\":{}}"},
        {4, "{\"schema_version\":1,\"kind\":\"net\",\"device\":\"a\",\"config\":" CONFIG
            ",\"fingerprint\":{}}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_both(&formats[cases[i].format], cases[i].text, strlen(cases[i].text), false);
}

/* Each required member of a sample, taken away in turn. */
Test(formats, samples_need_the_members_that_the_schema_requires) {
    char text[1000];
    sample_text(text, sizeof text, "r-1", "box", 1000);
    expect_both(&formats[2], text, strlen(text), true);
    cJSON *schema = schema_load("sample.schema.json");
    const cJSON *required = cJSON_GetObjectItemCaseSensitive(schema, "required"), *key;
    cJSON_ArrayForEach(key, required) {
        cJSON *sample = cJSON_Parse(text);
        cJSON_DeleteItemFromObjectCaseSensitive(sample, key->valuestring);
        char *cut = cJSON_PrintUnformatted(sample);
        expect_both(&formats[2], cut, strlen(cut), false);
        cJSON_free(cut);
        cJSON_Delete(sample);
    }
    cJSON_Delete(schema);
}

static const cJSON *op_enum(const cJSON *schema, const char *member) {
    const cJSON *defs = cJSON_GetObjectItemCaseSensitive(schema, "$defs");
    const cJSON *op = cJSON_GetObjectItemCaseSensitive(defs, "op");
    const cJSON *properties = cJSON_GetObjectItemCaseSensitive(op, "properties");
    return cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(properties, member),
                                            "enum");
}

Test(formats, schema_lists_the_operators_and_activations_that_there_are) {
    cJSON *schema = schema_load("net.schema.json");
    const cJSON *ops = op_enum(schema, "op"), *acts = op_enum(schema, "act"), *e;
    cr_expect_eq(cJSON_GetArraySize(ops), LC_OP_COUNT);
    cr_expect_eq(cJSON_GetArraySize(acts), LC_ACT_COUNT);
    cJSON_ArrayForEach(e, ops)
        cr_expect_neq(lc_op_type_from_name(e->valuestring), LC_OP_COUNT, "%s", e->valuestring);
    cJSON_ArrayForEach(e, acts)
        cr_expect_neq(lc_act_from_name(e->valuestring), LC_ACT_COUNT, "%s", e->valuestring);
    cJSON_Delete(schema);
}

/* The row of the attribute table that has `op` in its first cell, and its second cell. */
static const char *find_row(const char *table, const char *op, char *cell, size_t size) {
    char quoted[60];
    snprintf(quoted, sizeof quoted, "`%s`", op);
    for (const char *line = table; line[0] == '|'; line = strchr(line, '\n') + 1) {
        const char *second = strchr(line + 1, '|'), *at = strstr(line, quoted);
        if (at && at < second) {
            snprintf(cell, size, "%.*s", (int)strcspn(second, "\n"), second);
            return cell;
        }
    }
    return NULL;
}

static const struct {
    const char *name, *value;
} attrs[] = {{"kernel", "1"},       {"stride", "1"},        {"pad", "0"},     {"groups", "1"},
             {"out_channels", "1"}, {"heads", "1"},         {"squeeze", "1"}, {"bias", "true"},
             {"act", "\"relu\""},   {"transpose_b", "true"}};

enum { N_ATTRS = sizeof attrs / sizeof *attrs };

/* What the reader says to this operator with the attributes of the set (bits): only complaints
 * about attributes matter here, inputs and shapes come later. */
static const char *reader_says(const char *op, unsigned set, lc_error *err) {
    char text[600];
    int n = snprintf(text, sizeof text,
                     "{\"schema_version\":1,\"ops\":[{\"id\":\"y\",\"op\":\"%s\"", op);
    for (unsigned a = 0; a < N_ATTRS; a++)
        if (set >> a & 1)
            n += snprintf(text + n, sizeof text - (size_t)n, ",\"%s\":%s", attrs[a].name,
                          attrs[a].value);
    n += snprintf(text + n, sizeof text - (size_t)n, "}],\"output\":\"y\"}");
    *err = (lc_error){0};
    read_net(text, (size_t)n, err);
    return err->message;
}

/* The row of one operator says which attributes it takes, and in bold which it needs. */
static void check_row(const char *op, const char *cell) {
    lc_error err;
    char plain[60], bold[64], complaint[80];
    unsigned accepted = 0;
    for (unsigned a = 0; a < N_ATTRS; a++)
        if (!strstr(reader_says(op, 1u << a, &err), "has no attribute"))
            accepted |= 1u << a;
    for (unsigned a = 0; a < N_ATTRS; a++) {
        snprintf(plain, sizeof plain, "`%s`", attrs[a].name);
        snprintf(bold, sizeof bold, "**%s**", plain);
        snprintf(complaint, sizeof complaint, "\"%s\" is missing", attrs[a].name);
        bool needed = strstr(reader_says(op, accepted & ~(1u << a), &err), complaint) != NULL;
        cr_expect_eq(strstr(cell, plain) != NULL, accepted >> a & 1, "%s %s", op, plain);
        cr_expect_eq(strstr(cell, bold) != NULL, needed, "%s %s", op, bold);
    }
}

Test(formats, documentation_lists_the_attributes_of_every_operator) {
    char *text, cell[200];
    size_t n;
    lc_error err;
    cr_assert_eq(lc__file_read(LATCAST_SOURCE_DIR "/docs/formats.md", 1 << 20, &text, &n, &err),
                 LC_OK, "%s", err.message);
    const char *table = strstr(text, "| operator |");
    cr_assert_not_null(table);
    for (int t = 0; t < LC_OP_COUNT; t++) {
        const char *op = lc_op_type_name((lc_op_type)t);
        cr_assert_not_null(find_row(table, op, cell, sizeof cell), "no row of %s", op);
        check_row(op, cell);
    }
    free(text);
}
