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

#endif
