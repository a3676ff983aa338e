#include "setfile.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const size_t limit = (size_t)1 << 30; /* ten times the largest that is expected */

static const char *path_of(const lc__setfile *file, char *path, const char *ending) {
    snprintf(path, LC__SETFILE_PATH, "%s/%s%s", file->folder, file->name, ending);
    return path;
}

/* Says `what` before the mend, and names the file. */
static void complain(const lc__setfile *file, lc_status code, const char *what, lc_error *err) {
    char path[LC__SETFILE_PATH];
    lc_error_set(err, code, "%s; %s", what, file->mend);
    lc_error_in_file(err, path_of(file, path, ""));
}

lc_status lc__setfile_map(const lc__setfile *file, lc__map *out, lc_error *err) {
    char path[LC__SETFILE_PATH];
    lc_error cause;
    lc_status s = lc__map_file(path_of(file, path, ""), limit, out, &cause);
    if (!s)
        return LC_OK;
    if (access(path_of(file, path, ".gz"), R_OK) == 0)
        snprintf(cause.message, sizeof cause.message, "there is only %s.gz: unpack it with gunzip",
                 file->name);
    complain(file, s, cause.message, err);
    return s;
}

void lc__setfile_wrong(const lc__setfile *file, lc_error *err, const char *format, ...) {
    char what[200];
    va_list ap;
    va_start(ap, format);
    vsnprintf(what, sizeof what, format, ap);
    va_end(ap);
    complain(file, LC_EFORMAT, what, err);
}
