#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"

#define MAX_SPOOL ((size_t)1 << 30)

static lc_status io_error(const lc__spool *spool, const char *what, lc_error *err) {
    lc_error_set(err, LC_EIO, "%s: %s%s", what, strerror(errno),
                 errno == ENOSPC ? "; free some space and run again" : "");
    lc_error_in_file(err, spool->path);
    return LC_EIO;
}

static lc_status out_of_memory(lc_error *err) {
    return lc_error_set(err, LC_ENOMEM, "out of memory");
}

/* Notes the net of the device's last sample. */
static lc_status index_sample(lc__spool *spool, lc_error *err) {
    const lc_device *d = &spool->device;
    if (spool->n_digests == d->n_samples)
        return LC_OK; /* lc_device_add() dropped an equal one */
    if (spool->n_digests == spool->room) {
        size_t room = spool->room ? 2 * spool->room : 64;
        uint64_t *more = realloc(spool->digest, room * sizeof *more);
        if (!more)
            return out_of_memory(err);
        spool->digest = more;
        spool->room = room;
    }
    spool->digest[spool->n_digests++] = lc_net_digest(d->samples[d->n_samples - 1].net);
    return LC_OK;
}

static lc_status add_sample(lc__spool *spool, const char *text, size_t length, int line,
                            lc_error *err) {
    lc_sample sample;
    lc_status s = lc_sample_parse(text, length, spool->path, line, &sample, err);
    if (s)
        return s;
    s = lc_device_add(&spool->device, &sample, err);
    if (s)
        lc_sample_clear(&sample);
    else
        s = index_sample(spool, err);
    if (s)
        lc_error_in_file(err, spool->path);
    return s;
}

static bool is_header(const char *text, size_t length) {
    lc_device device;
    if (lc_device_parse_header(text, length, NULL, 0, &device, NULL))
        return false;
    lc_device_clear(&device);
    return true;
}

/* Takes one complete line of the file. */
static lc_status take_line(lc__spool *spool, const char *text, size_t length, int line,
                           lc_error *err) {
    if (line == 1)
        return lc_device_parse_header(text, length, spool->path, line, &spool->device, err);
    lc_status s = add_sample(spool, text, length, line, err);
    if (s != LC_EFORMAT || !is_header(text, length))
        return s;
    lc_error_set(err, s, "a second header: two spools were joined, or one was appended to itself");
    lc_error_in_file(err, spool->path);
    if (err)
        err->line = line;
    return s;
}

static lc_status say_how_to_mend(lc_error *err, lc_status s) {
    if (err && s == LC_EFORMAT) {
        size_t n = strlen(err->message);
        snprintf(err->message + n, sizeof err->message - n,
                 " (a damaged spool: mend or remove the line, or discard all of it with --fresh)");
    }
    return s;
}

/* Takes the complete lines. What is damaged at the very end was being written when the machine
 * stopped and is left out; damage before the end is an error. */
static lc_status take_lines(lc__spool *spool, const char *text, size_t length, lc_error *err) {
    size_t at = 0;
    for (int line = 1; at < length; line++) {
        const char *end = memchr(text + at, '\n', length - at);
        if (!end)
            break;
        size_t n = (size_t)(end - text) - at;
        lc_status s = take_line(spool, text + at, n, line, err);
        bool last = at + n + 1 == length;
        if (s == LC_EFORMAT && last && line > 1)
            break;
        if (s)
            return say_how_to_mend(err, s);
        at += n + 1;
    }
    spool->length = (long long)at;
    spool->torn = length - at;
    return LC_OK;
}

static lc_status cut_to_length(lc__spool *spool, lc_error *err) {
    if (ftruncate(spool->fd, spool->length))
        return io_error(spool, "cannot cut off a torn line", err);
    return LC_OK;
}

static lc_status append_line(lc__spool *spool, const char *text, lc_error *err) {
    lc__buf line = {0};
    lc__buf_printf(&line, "%s\n", text);
    lc_status s = line.failed ? out_of_memory(err) : LC_OK;
    if (!s && lseek(spool->fd, spool->length, SEEK_SET) < 0 && errno != ESPIPE)
        s = io_error(spool, "cannot write", err);
    if (!s)
        s = lc__write_all(spool->fd, line.text, line.length, spool->path, err);
    if (!s && fsync(spool->fd) && errno != EINVAL) /* EINVAL: not a regular file */
        s = io_error(spool, "cannot write", err);
    if (s)
        cut_to_length(spool, NULL); /* half a line may have been written */
    else
        spool->length += (long long)line.length;
    free(line.text);
    return s;
}

static lc_status start(lc__spool *spool, const char *header, lc_error *err) {
    lc_status s = lc_device_parse_header(header, strlen(header), NULL, 1, &spool->device, err);
    if (!s)
        s = append_line(spool, header, err);
    if (!s)
        lc__sync_parent(spool->path);
    return s;
}

static lc_status is_taken(const char *path, lc_error *err) {
    lc_error_set(err, LC_ERUNTIME,
                 "another profagent is writing here; wait for it or give another --out");
    lc_error_in_file(err, path);
    return LC_ERUNTIME;
}

/* Another process may have put a new file in the place of the one that was opened. */
static bool still_there(const char *path, int fd) {
    struct stat there, open;
    return stat(path, &there) == 0 && fstat(fd, &open) == 0 && there.st_dev == open.st_dev &&
           there.st_ino == open.st_ino;
}

lc_status lc__spool_lock(lc__spool *spool, lc_error *err) {
    spool->fd = open(spool->path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (spool->fd < 0)
        return io_error(spool, "cannot open", err);
    bool locked = flock(spool->fd, LOCK_EX | LOCK_NB) == 0;
    if (!locked && errno != EWOULDBLOCK)
        return io_error(spool, "cannot lock", err);
    return locked && still_there(spool->path, spool->fd) ? LC_OK : is_taken(spool->path, err);
}

/* Reads what is there, or begins. */
static lc_status load(lc__spool *spool, const char *header, bool fresh, lc_error *err) {
    if (fresh && cut_to_length(spool, err))
        return LC_EIO;
    char *text = NULL;
    size_t length = 0;
    struct stat st;
    lc_status s = LC_OK;
    if (fstat(spool->fd, &st) == 0 && S_ISREG(st.st_mode))
        s = lc__file_read(spool->path, MAX_SPOOL, &text, &length, err);
    if (!s && length > 0)
        s = take_lines(spool, text, length, err);
    free(text);
    if (!s && spool->torn > 0)
        s = cut_to_length(spool, err);
    if (s)
        return s;
    if (spool->length == 0)
        return start(spool, header, err);
    spool->resumed = true;
    return lc__spool_match(&spool->device, header, spool->path, err);
}

lc_status lc__spool_read(const char *path, lc_device *out, lc_error *err) {
    lc__spool spool = {.fd = -1};
    char *text;
    size_t length;
    snprintf(spool.path, sizeof spool.path, "%s", path);
    lc_status s = lc__file_read(path, MAX_SPOOL, &text, &length, err);
    if (s)
        return s;
    s = take_lines(&spool, text, length, err);
    free(text);
    if (!s && spool.length == 0) {
        s = lc_error_set(err, LC_EFORMAT, "empty: no measurement was spooled here");
        lc_error_in_file(err, path);
    }
    if (!s) {
        *out = spool.device;
        memset(&spool.device, 0, sizeof spool.device);
    }
    lc__spool_close(&spool);
    return s;
}

lc_status lc__spool_open(lc__spool *spool, const char *path, const char *header, bool fresh,
                         lc_error *err) {
    memset(spool, 0, sizeof *spool);
    spool->fd = -1;
    if (snprintf(spool->path, sizeof spool->path, "%s", path) >= (int)sizeof spool->path)
        return lc_error_set(err, LC_EUSAGE, "path is too long: %.100s...", path);
    lc_status s = lc__spool_lock(spool, err);
    if (!s)
        s = load(spool, header, fresh, err);
    if (s)
        lc__spool_close(spool);
    return s;
}

void lc__spool_close(lc__spool *spool) {
    if (spool->fd >= 0)
        close(spool->fd); /* releases the lock */
    spool->fd = -1;
    lc_device_clear(&spool->device);
    free(spool->digest);
    spool->digest = NULL;
    spool->n_digests = spool->room = 0;
}

bool lc__spool_has(const lc__spool *spool, const lc_net *net) {
    uint64_t digest = lc_net_digest(net);
    for (size_t i = 0; i < spool->n_digests; i++)
        if (spool->digest[i] == digest)
            return true;
    return false;
}

lc_status lc__spool_append(lc__spool *spool, const char *json, lc_error *err) {
    long long before = spool->length;
    lc_status s = append_line(spool, json, err);
    if (!s)
        s = add_sample(spool, json, strlen(json), 0, err);
    if (s && spool->length != before) { /* written, but not a sample: take it back */
        spool->length = before;
        cut_to_length(spool, NULL);
    }
    return s;
}
