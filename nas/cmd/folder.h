/* Folders that commands write into. */
#ifndef NAS_CMD_FOLDER_H
#define NAS_CMD_FOLDER_H

#include "latcast/status.h"

/* Makes the folder unless it is there. LC_EIO: it cannot be. */
lc_status lc__folder_make(const char *path, lc_error *err);

/* A new folder below $TMPDIR or /tmp, its path in buf[size]. */
lc_status lc__folder_temporary(char *buf, size_t size, lc_error *err);

/* Removes it with the files that are in it. */
void lc__folder_remove(const char *path);

/* Whether a file can be written at `path`, as far as can be told before there is anything to write:
 * LC_EUSAGE: it is a folder, or too long; LC_EIO: its folder is not there, or not to be written to.
 */
lc_status lc__folder_takes(const char *path, lc_error *err);

/* Claims a file or folder for this process, until it ends, by a lock on PATH.lock, which is removed
 * then. LC_EUSAGE: another process has it. */
lc_status lc__folder_claim(const char *path, lc_error *err);

#endif
