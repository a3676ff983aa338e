#include <stdlib.h>

#include "api.h"
#include "base/cli.h"
#include "base/file.h"
#include "base/out.h"
#include "commands.h"
#include "devices/sample.h"

static lc_status export_device(const char *db, const char *device, const char *out, lc_error *err) {
    if (!lc__device_name_ok(device))
        return lc_error_set(err, LC_EUSAGE, "--device: a device's name is " LC__DEVICE_NAME_RULE);
    store *s = NULL;
    lc__buf text = {0};
    lc_status status = lc__out_check("--out", out, &(lc__input){"--db", db}, 1, err);
    if (status)
        return status;
    status = store_open(db, false, &s, err);
    if (status)
        return status;
    status = api_device_text(s, device, &text, err);
    if (status == LC_EUSAGE) {
        status = lc_error_set(err, LC_ERUNTIME, "holds no device \"%s\"", device);
        lc_error_in_file(err, db);
    }
    if (!status)
        status = lc__file_write(out, text.text, text.length, err);
    free(text.text);
    store_close(s);
    return status;
}

int run_export(int argc, char **argv) {
    const char *db = NULL, *device = NULL, *out = NULL;
    const lc__opt table[] = {
        {"db", LC__OPT_STR, &db, "FILE", "the collector's database", 0, 0, true},
        {"device", LC__OPT_STR, &device, "NAME", "which device", 0, 0, true},
        {"out", LC__OPT_STR, &out, "FILE", "device.json to write", 0, 0, true},
        {0}};
    switch (lc__cli_parse("collector export",
                          "Writes one device of a database as device.json. A "
                          "collector may be running on it.",
                          NULL, table, argc, argv, NULL)) {
    case LC__CLI_DONE:
        return 0;
    case LC__CLI_BAD:
        return 2;
    case LC__CLI_RUN:
        break;
    }
    lc_error err;
    return export_device(db, device, out, &err) ? lc__cli_fail("collector export", &err) : 0;
}
