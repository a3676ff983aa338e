#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
