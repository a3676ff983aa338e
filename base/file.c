#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_LINKS 40 /* as the kernel follows */

static lc_status io_error(lc_error *err, const char *what, const char *path) {
    lc_error_set(err, LC_EIO, "%s: %s%s", what, strerror(errno),
                 errno == ENOSPC ? "; free some space and run again" : "");
    lc_error_in_file(err, path);
    return LC_EIO;
}

static lc_status too_large(lc_error *err, const char *path, size_t limit) {
    lc_error_set(err, LC_EFORMAT, "larger than the %zu MiB that are read; split it", limit >> 20);
    lc_error_in_file(err, path);
    return LC_EFORMAT;
}

/* Reads to the end or to one byte past the limit; sizes of pipes and /proc files are unknown. */
static lc_status read_fd(int fd, const char *path, size_t limit, char **text, size_t *length,
                         lc_error *err) {
    size_t have = 0, room = 65536;
    char *buf = malloc(room);
    for (;;) {
        if (!buf)
            return lc_error_set(err, LC_ENOMEM, "out of memory reading %s", path);
        ssize_t n = read(fd, buf + have, room - have - 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            free(buf);
            return io_error(err, "cannot read", path);
        }
        have += (size_t)n;
        if (n == 0)
            break;
        if (have > limit) {
            free(buf);
            return too_large(err, path, limit);
        }
        if (have + 1 == room) {
            char *more = realloc(buf, room * 2);
            if (!more)
                free(buf);
            buf = more;
            room *= 2;
        }
    }
    buf[have] = '\0';
    *text = buf;
    *length = have;
    return LC_OK;
}

lc_status lc__file_read(const char *path, size_t limit, char **text, size_t *length,
                        lc_error *err) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return io_error(err, "cannot open", path);
    struct stat st;
    lc_status s;
    if (fstat(fd, &st)) {
        s = io_error(err, "cannot read", path);
    } else if (S_ISDIR(st.st_mode)) {
        errno = EISDIR;
        s = io_error(err, "cannot read", path);
    } else if (S_ISREG(st.st_mode) && st.st_size > 0 && (size_t)st.st_size > limit) {
        s = too_large(err, path, limit);
    } else {
        s = read_fd(fd, path, limit, text, length, err);
    }
    close(fd);
    return s;
}

lc_status lc__write_all(int fd, const void *data, size_t length, const char *name, lc_error *err) {
    const char *p = data;
    while (length > 0) {
        ssize_t n = write(fd, p, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return io_error(err, "cannot write", name);
        p += n;
        length -= (size_t)n;
    }
    return LC_OK;
}

void lc__sync_parent(const char *path) {
    char dir[4096];
    snprintf(dir, sizeof dir, "%s", path);
    char *slash = strrchr(dir, '/');
    if (slash == dir)
        slash[1] = '\0';
    else if (slash)
        *slash = '\0';
    else
        snprintf(dir, sizeof dir, ".");
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

static lc_status too_long(const char *path, lc_error *err) {
    return lc_error_set(err, LC_EUSAGE, "path is too long: %.100s...", path);
}

lc_status lc__file_target(const char *path, char *buf, size_t size, lc_error *err) {
    char link[4096];
    if (snprintf(buf, size, "%s", path) >= (int)size)
        return too_long(path, err);
    for (int i = 0; i < MAX_LINKS; i++) {
        ssize_t n = readlink(buf, link, sizeof link - 1);
        if (n < 0) /* no link, or nothing there */
            return LC_OK;
        link[n] = '\0';
        char *slash = link[0] == '/' ? NULL : strrchr(buf, '/');
        size_t folder = slash ? (size_t)(slash - buf) + 1 : 0;
        if (snprintf(buf + folder, size - folder, "%s", link) >= (int)(size - folder))
            return too_long(path, err);
    }
    errno = ELOOP;
    return io_error(err, "cannot open", path);
}

/* A pipe or a terminal. */
static lc_status write_through(const char *path, const void *data, size_t length, lc_error *err) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return io_error(err, "cannot open", path);
    lc_status s = lc__write_all(fd, data, length, path, err);
    close(fd);
    return s;
}

static lc_status replace(const char *path, const void *data, size_t length, lc_error *err) {
    char temp[4096];
    if (snprintf(temp, sizeof temp, "%s.tmp.%ld", path, (long)getpid()) >= (int)sizeof temp)
        return too_long(path, err);
    int fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return io_error(err, "cannot create", path);
    lc_status s = lc__write_all(fd, data, length, path, err);
    if (!s && fsync(fd))
        s = io_error(err, "cannot write", path);
    if (close(fd) && !s)
        s = io_error(err, "cannot write", path);
    if (!s && rename(temp, path))
        s = io_error(err, "cannot replace", path);
    if (s)
        unlink(temp);
    else
        lc__sync_parent(path);
    return s;
}

lc_status lc__file_write(const char *path, const void *data, size_t length, lc_error *err) {
    struct stat st;
    char target[4096];
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return write_through(path, data, length, err);
    lc_status s = lc__file_target(path, target, sizeof target, err);
    return s ? s : replace(target, data, length, err);
}
