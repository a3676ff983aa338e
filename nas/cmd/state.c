/* The file a search keeps what it reached in: a line of what it is, one line of what it is of, and
 * the library's own bytes, which have a checksum. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "hunt.h"

#define MAGIC "latcast search state 1\n"
#define LARGEST (256U << 20)

static lc_status describe(const lc__hunt *h, lc__buf *out, lc_error *err) {
    const lc__hunt_options *o = h->options;
    lc__buf_printf(out,
                   MAGIC
                   "space %s, method %s, options %s, data %s, batch %lld, images %lld, seed %lld, "
                   "supernet %016llx\n",
                   h->space->name, h->method_name, o->choose ? o->choose : "all", o->course.data,
                   (long long)o->course.batch, (long long)o->images, (long long)o->course.seed,
                   (unsigned long long)h->weights);
    return out->failed ? lc__no_memory(err) : LC_OK;
}

lc_status lc__state_save(const lc__hunt *h, const char *path, const unsigned char *bytes,
                         size_t length, lc_error *err) {
    lc__buf file = {0};
    lc_status st = describe(h, &file, err);
    if (!st) {
        lc__buf_add(&file, (const char *)bytes, length);
        st = file.failed ? lc__no_memory(err) : lc__file_write(path, file.text, file.length, err);
    }
    free(file.text);
    return st;
}

lc_status lc__state_load(const lc__hunt *h, const char *path, unsigned char **bytes, size_t *length,
                         lc_error *err) {
    *bytes = NULL;
    if (access(path, F_OK) != 0)
        return LC_OK;
    lc__buf head = {0};
    char *text = NULL;
    size_t n;
    lc_status st = describe(h, &head, err);
    if (!st)
        st = lc__file_read(path, LARGEST, &text, &n, err);
    if (!st && (n < head.length || memcmp(text, head.text, head.length) != 0)) {
        st = lc_error_set(err, LC_EUSAGE,
                          "keeps the state of another search (other space, method, data, seed or "
                          "supernet); remove it to begin anew, or name another --out");
        lc_error_in_file(err, path);
    }
    if (!st) {
        *length = n - head.length;
        memmove(text, text + head.length, *length);
        *bytes = (unsigned char *)text;
        text = NULL;
    }
    free(text);
    free(head.text);
    return st;
}

lc_status lc__state_interrupted(const char *path, lc_error *err) {
    lc_error_set(err, LC_ERUNTIME,
                 "stopped; %.300s has what was reached, and the same command "
                 "goes on from there",
                 path);
    return LC_ERUNTIME;
}
