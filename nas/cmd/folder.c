#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

lc_status lc__folder_make(const char *path, lc_error *err) {
    struct stat st;
    int why = mkdir(path, 0777) == 0 ? 0 : errno;
    if (why == EEXIST)
        why = stat(path, &st) ? errno : S_ISDIR(st.st_mode) ? 0 : ENOTDIR;
    if (!why)
        return LC_OK;
    lc_error_set(err, LC_EIO, "--out is a folder to write into, and cannot be one: %s",
                 strerror(why));
    lc_error_in_file(err, path);
    return LC_EIO;
}

#define LONGEST 4000 /* bytes: PATH_MAX, and room for what is put behind */

/* The folder that a path is in. */
static void parent(const char *path, char *buf, size_t size) {
    const char *slash = strrchr(path, '/');
    size_t n = slash == path ? 1 : slash ? (size_t)(slash - path) : 0;
    snprintf(buf, size, "%.*s", (int)n, path);
    if (n == 0)
        snprintf(buf, size, ".");
}

lc_status lc__folder_takes(const char *path, lc_error *err) {
    struct stat st;
    char folder[LONGEST + 1];
    lc_status status = LC_EUSAGE;
    if (strlen(path) > LONGEST) {
        lc_error_set(err, status, "--out is too long");
        return status;
    }
    if (stat(path, &st) == 0) {
        if (!S_ISDIR(st.st_mode))
            return LC_OK;
        lc_error_set(err, status, "is a folder; --out names the file to write");
    } else {
        parent(path, folder, sizeof folder);
        if (access(folder, W_OK | X_OK) == 0)
            return LC_OK;
        status = LC_EIO;
        lc_error_set(err, status,
                     "cannot be written, its folder: %s; make it, or name another "
                     "--out",
                     strerror(errno));
    }
    lc_error_in_file(err, path);
    return status;
}

lc_status lc__folder_temporary(char *buf, size_t size, lc_error *err) {
    const char *base = getenv("TMPDIR");
    snprintf(buf, size, "%s/latcast-nas-XXXXXX", base && *base ? base : "/tmp");
    if (mkdtemp(buf))
        return LC_OK;
    lc_error_set(err, LC_EIO, "cannot make a folder: %s", strerror(errno));
    lc_error_in_file(err, buf);
    return LC_EIO;
}

void lc__folder_remove(const char *path) {
    DIR *folder = opendir(path);
    const struct dirent *e;
    while (folder && (e = readdir(folder))) /* "." and ".." are no files, and stay */
        unlinkat(dirfd(folder), e->d_name, 0);
    if (folder)
        closedir(folder);
    rmdir(path);
}

static char claimed[LONGEST + 8];

static void give_back(void) {
    unlink(claimed);
}

/* Opens and locks the lock's file; -1 with errno. The process that had it may have removed it since
 * it was opened here, and then another is to be made. */
static int lock(const char *path) {
    for (;;) {
        struct stat ours, there;
        int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (fd < 0)
            return -1;
        if (flock(fd, LOCK_EX | LOCK_NB) || fstat(fd, &ours)) {
            int why = errno;
            close(fd);
            errno = why;
            return -1;
        }
        if (stat(path, &there) == 0 && there.st_ino == ours.st_ino && there.st_dev == ours.st_dev)
            return fd;
        close(fd);
    }
}

lc_status lc__folder_claim(const char *path, lc_error *err) {
    if (strlen(path) > LONGEST) {
        lc_error_set(err, LC_EUSAGE, "--out is too long");
        return LC_EUSAGE;
    }
    snprintf(claimed, sizeof claimed, "%s.lock", path);
    if (lock(claimed) >= 0) {
        atexit(give_back);
        return LC_OK;
    }
    lc_status st = errno == EWOULDBLOCK ? LC_EUSAGE : LC_EIO;
    if (st == LC_EUSAGE)
        lc_error_set(err, st,
                     "another process is at work on it; wait for that, or name another --out");
    else
        lc_error_set(err, st, "cannot be claimed: %s.lock: %s", path, strerror(errno));
    return lc_error_in_file(err, path);
}
