#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cli.h"
#include "base/json.h"
#include "base/text.h"
#include "commands.h"
#include "fingerprint.h"
#include "latcast/backend.h"

static const char about[] =
    "Shows what identifies this machine and what can be measured on it: the fingerprint that\n"
    "profagent run keeps with the samples, and the backends that are found.";

/* What a backend that opens computes in on this machine. */
static cJSON *list_dtypes(const lc_backend *backend) {
    cJSON *list = cJSON_CreateArray();
    for (int d = LC_DTYPE_ANY + 1; d < LC_DTYPE_COUNT; d++) {
        lc_exec_config config = {.threads = 1, .dtype = (lc_dtype)d};
        if (lc_backend_open(backend, &config, NULL, NULL) == LC_OK)
            cJSON_AddItemToArray(list, cJSON_CreateString(lc_dtype_name((lc_dtype)d)));
    }
    return list;
}

/* What each backend is, or why it cannot be used. */
static cJSON *list_backends(void) {
    cJSON *list = cJSON_CreateArray();
    for (const lc_backend *const *b = lc_backends(); *b; b++) {
        lc_exec_config config = {.threads = 1};
        lc_backend_info info = {.version = ""};
        lc_error err;
        cJSON *object = cJSON_CreateObject();
        cJSON_AddStringToObject(object, "name", lc_backend_name(*b));
        if (lc_backend_open(*b, &config, &info, &err)) {
            lc__absent(object, "library", err.message);
        } else {
            lc__present(object, "library", info.library, "the backend states none");
            lc__present(object, "version", info.version, "the backend states none");
            lc__present(object, "isa", info.isa, "the backend states none");
            if (info.detail[0])
                cJSON_AddStringToObject(object, "accelerator", info.detail);
            cJSON_AddItemToObject(object, "dtypes", list_dtypes(*b));
        }
        cJSON_AddItemToArray(list, object);
    }
    return list;
}

/* Every fact may be absent from a tree, but not the tree. */
static lc_status check_root(const char *root, lc_error *err) {
    struct stat st;
    int why = 0;
    if (root[0] && stat(root, &st))
        why = errno;
    else if (root[0] && !S_ISDIR(st.st_mode))
        why = ENOTDIR;
    if (!why)
        return LC_OK;
    lc_error_set(err, LC_EIO, "cannot read the recorded tree: %s", strerror(why));
    lc_error_in_file(err, root);
    return LC_EIO;
}

static lc_status collect(const char *root, cJSON **out, lc_error *err) {
    lc__perf perf;
    lc__clock clock;
    lc_status s = check_root(root, err);
    if (!s)
        s = lc__fingerprint_tree(root, out, err);
    if (s)
        return s;
    lc__perf_open(&perf, root);
    s = lc__clock_init(&clock, root, err);
    if (!s)
        s = lc__fingerprint_process(*out, &clock, &perf, err);
    lc__perf_close(&perf);
    if (s)
        return s;
    cJSON_AddItemToObject(*out, "backends", list_backends());
    return LC_OK;
}

/* A value on one line: text printable, the rest as JSON. */
static void print_value(const cJSON *value) {
    char *text = cJSON_IsString(value) ? NULL : lc__json_print(value), shown[4096];
    const char *plain = text ? text : cJSON_GetStringValue(value);
    printf("%s", plain ? lc__printable(plain, shown, sizeof shown) : "?");
    free(text);
}

/* Objects one to a line, short values side by side. */
static void print_list(const cJSON *list) {
    const cJSON *e;
    cJSON_ArrayForEach(e, list) {
        if (e != list->child)
            printf("%s", cJSON_IsObject(e) ? "\n                 " : " ");
        print_value(e);
    }
}

static void print_member(const cJSON *object, const cJSON *member) {
    char absent[80], text[1024];
    printf("%-16s ", member->string);
    snprintf(absent, sizeof absent, "%s_absent", member->string);
    const char *why = cJSON_GetStringValue(cJSON_GetObjectItem(object, absent));
    if (cJSON_IsNull(member))
        printf("- (%s)", lc__printable(why ? why : "unknown", text, sizeof text));
    else if (cJSON_IsArray(member))
        print_list(member);
    else
        print_value(member);
    printf("\n");
}

static void print_human(const cJSON *object) {
    const cJSON *member;
    cJSON_ArrayForEach(member, object) {
        size_t n = strlen(member->string), m = strlen("_absent");
        if (n < m || strcmp(member->string + n - m, "_absent") != 0)
            print_member(object, member);
    }
}

static void print_all(const cJSON *object, bool json) {
    char *text = json ? cJSON_Print(object) : NULL;
    if (text)
        printf("%s\n", text);
    else
        print_human(object);
    free(text);
}

int cmd_info(int argc, char **argv) {
    bool json = false;
    const char *root = "";
    const lc__opt table[] = {
        {"json", LC__OPT_FLAG, &json, NULL, "as JSON on stdout", 0, 0, false},
        {"root", LC__OPT_STR, &root, "DIR",
         "read /proc, /sys and /etc below DIR: a tree recorded\non another machine", 0, 0, false},
        {0}};
    lc__cli_result parsed = lc__cli_parse("profagent info", about, NULL, table, argc, argv, NULL);
    if (parsed != LC__CLI_RUN)
        return parsed == LC__CLI_DONE ? 0 : 2;
    cJSON *object = NULL;
    lc_error err;
    lc_status s = collect(root, &object, &err);
    if (!s)
        print_all(object, json);
    cJSON_Delete(object);
    return s ? lc__cli_fail("profagent info", &err) : 0;
}
