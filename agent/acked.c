#include "acked.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

#define MAX_FILE ((size_t)1 << 30)

static lc_status io_error(const lc__acked *acked, const char *what, lc_error *err) {
    lc_error_set(err, LC_EIO, "%s: %s", what, strerror(errno));
    lc_error_in_file(err, acked->path);
    return LC_EIO;
}

static lc_status cut_to(const lc__acked *acked, off_t length, lc_error *err) {
    if (ftruncate(acked->fd, length))
        return io_error(acked, "cannot cut off a torn line", err);
    return LC_OK;
}

/* Reads the complete lines and cuts off a torn one: its samples are sent once more, and the
 * collector recognises them. */
static lc_status take_lines(lc__acked *acked, const char *text, size_t length, lc_error *err) {
    size_t at = 0, n_url = strlen(acked->url);
    const char *end;
    while ((end = memchr(text + at, '\n', length - at))) {
        const char *line = text + at;
        size_t n = (size_t)(end - line);
        bool ours = n > n_url + 1 && !strncmp(line, acked->url, n_url) && line[n_url] == ' ';
        if (ours && !lc__idset_add(&acked->ids, line + n_url + 1, n - n_url - 1))
            return lc_error_set(err, LC_ENOMEM, "out of memory");
        at += n + 1;
    }
    return at < length ? cut_to(acked, (off_t)at, err) : LC_OK;
}

static lc_status lock(lc__acked *acked, lc_error *err) {
    acked->fd = open(acked->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (acked->fd < 0)
        return io_error(acked, "cannot open", err);
    if (flock(acked->fd, LOCK_EX | LOCK_NB) == 0)
        return LC_OK;
    if (errno != EWOULDBLOCK)
        return io_error(acked, "cannot lock", err);
    lc_error_set(err, LC_ERUNTIME, "another profagent is uploading these results; wait for it");
    lc_error_in_file(err, acked->path);
    return LC_ERUNTIME;
}

lc_status lc__acked_open(lc__acked *acked, const char *path, const char *url, lc_error *err) {
    memset(acked, 0, sizeof *acked);
    acked->fd = -1;
    snprintf(acked->path, sizeof acked->path, "%s", path);
    if (snprintf(acked->url, sizeof acked->url, "%s", url) >= (int)sizeof acked->url)
        return lc_error_set(err, LC_EUSAGE, "the URL is longer than 511 characters");
    char *text = NULL;
    size_t length = 0;
    lc_status s = lock(acked, err);
    if (!s)
        s = lc__file_read(path, MAX_FILE, &text, &length, err);
    if (!s)
        s = take_lines(acked, text, length, err);
    free(text);
    if (s)
        lc__acked_close(acked);
    return s;
}

void lc__acked_close(lc__acked *acked) {
    if (acked->fd >= 0)
        close(acked->fd);
    acked->fd = -1;
    lc__idset_clear(&acked->ids);
}

bool lc__acked_has(const lc__acked *acked, const char *id) {
    return lc__idset_has(&acked->ids, id);
}

lc_status lc__acked_add(lc__acked *acked, const char *const *ids, size_t n, lc_error *err) {
    lc__buf lines = {0};
    for (size_t i = 0; i < n; i++)
        lc__buf_printf(&lines, "%s %s\n", acked->url, ids[i]);
    lc_status s = lines.failed ? lc_error_set(err, LC_ENOMEM, "out of memory") : LC_OK;
    off_t before = lseek(acked->fd, 0, SEEK_END);
    if (!s && lines.length > 0)
        s = lc__write_all(acked->fd, lines.text, lines.length, acked->path, err);
    if (!s && fsync(acked->fd) && errno != EINVAL)
        s = io_error(acked, "cannot write", err);
    if (s && before >= 0)
        cut_to(acked, before, NULL); /* the next line must not begin in the middle of half a one */
    free(lines.text);
    for (size_t i = 0; !s && i < n; i++)
        if (!lc__idset_add(&acked->ids, ids[i], strlen(ids[i])))
            s = lc_error_set(err, LC_ENOMEM, "out of memory");
    return s;
}
