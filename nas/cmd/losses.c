#include "losses.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/file.h"

#define HEADER "step,epoch,loss,accuracy\n"
#define LARGEST ((size_t)1 << 32)

/* How much of a table's text is of steps before `step`. */
static size_t lines_before(const char *text, int64_t step) {
    const char *at = text + strlen(HEADER), *end;
    while ((end = strchr(at, '\n')) && strtoll(at, NULL, 10) < step)
        at = end + 1;
    return (size_t)(at - text);
}

/* Leaves in the file what it keeps. */
static lc_status cut(const char *path, int64_t step, lc_error *err) {
    char *text = NULL;
    size_t length = 0;
    if (step == 0 || access(path, F_OK) != 0)
        return lc__file_write(path, HEADER, strlen(HEADER), err);
    lc_status st = lc__file_read(path, LARGEST, &text, &length, err);
    if (st != LC_OK)
        return st;
    if (strncmp(text, HEADER, strlen(HEADER)) == 0) {
        st = lc__file_write(path, text, lines_before(text, step), err);
    } else {
        lc_error_set(err, LC_EFORMAT, "is no table of losses: name another file for --losses");
        st = lc_error_in_file(err, path);
    }
    free(text);
    return st;
}

static lc_status cannot(const lc__losses *l, lc_error *err) {
    lc_error_set(err, LC_EIO, "cannot write: %s", strerror(errno));
    return lc_error_in_file(err, l->path);
}

lc_status lc__losses_open(const char *path, int64_t step, lc__losses *out, lc_error *err) {
    *out = (lc__losses){.path = path};
    if (!path)
        return LC_OK;
    lc_status st = cut(path, step, err);
    if (st != LC_OK)
        return st;
    out->file = fopen(path, "a");
    return out->file ? LC_OK : cannot(out, err);
}

void lc__losses_add(lc__losses *l, int64_t step, int epoch, const lc__outcome *o) {
    if (l->file)
        fprintf(l->file, "%lld,%d,%.9g,%.6g\n", (long long)step, epoch, o->loss,
                o->scored > 0 ? o->correct / o->scored : 0);
}

lc_status lc__losses_flush(lc__losses *l, lc_error *err) {
    if (l->file && (fflush(l->file) != 0 || ferror(l->file)))
        return cannot(l, err);
    return LC_OK;
}

void lc__losses_close(lc__losses *l) {
    if (l->file)
        fclose(l->file);
    l->file = NULL;
}
