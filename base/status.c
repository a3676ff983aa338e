#include "latcast/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const struct {
    const char *name;
    const char *meaning;
    int exit_code;
} table[] = {
#define ROW(name, exit_code, meaning) {"LC_" #name, meaning, exit_code},
    LC_STATUS_MAP(ROW)
#undef ROW
};

static bool known(lc_status s) {
    return (size_t)s < sizeof table / sizeof table[0];
}

const char *lc_status_name(lc_status s) {
    return known(s) ? table[s].name : "LC_?";
}

const char *lc_status_meaning(lc_status s) {
    return known(s) ? table[s].meaning : "unknown status";
}

int lc_status_exit_code(lc_status s) {
    return known(s) ? table[s].exit_code : 1;
}

lc_status lc_error_set(lc_error *err, lc_status code, const char *format, ...) {
    if (err) {
        memset(err, 0, sizeof *err);
        err->code = code;
        va_list ap;
        va_start(ap, format);
        vsnprintf(err->message, sizeof err->message, format, ap);
        va_end(ap);
    }
    return code;
}

lc_status lc_error_in_file(lc_error *err, const char *file) {
    if (!err)
        return LC_OK;
    if (!err->file[0] && file)
        snprintf(err->file, sizeof err->file, "%s", file);
    return err->code;
}

char *lc_error_format(const lc_error *err, char *buf, size_t size) {
    char line[16] = "";
    if (err->line > 0)
        snprintf(line, sizeof line, ":%d", err->line);
    char text[sizeof *err + 40];
    snprintf(text, sizeof text, "%s%s%s%s%s%s", err->file, err->file[0] ? line : "",
             err->file[0] ? ": " : "", err->path, err->path[0] ? ": " : "", err->message);
    return lc__printable(text, buf, size);
}
