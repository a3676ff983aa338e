/* Whole files, in and out. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "latcast/status.h"

/* Reads a file of at most `limit` bytes into *text (free()), NUL-terminated. A larger one is
 * refused without being read. */
lc_status lc__file_read(const char *path, size_t limit, char **text, size_t *length, lc_error *err);

/* Where a path leads that may be a symbolic link, also one to a file that is not there yet: into
 * buf[size]. LC_EIO: links that go round; LC_EUSAGE: the path is too long. */
lc_status lc__file_target(const char *path, char *buf, size_t size, lc_error *err);

/* Replaces a file: written beside it, fsynced, renamed over it; on failure the old one stays. A
 * symbolic link stays and what it leads to is replaced. */
lc_status lc__file_write(const char *path, const void *data, size_t length, lc_error *err);

/* Syncs the directory that holds `path`: without it a power cut can undo the making or renaming of
 * the file. Where that cannot be done nothing is said, as the file itself is safe. */
void lc__sync_parent(const char *path);

/* Writes all of data[length] to fd, over short writes and EINTR. */
lc_status lc__write_all(int fd, const void *data, size_t length, const char *name, lc_error *err);

#endif
