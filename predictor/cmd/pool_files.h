/* The device.json files of a folder. */
#ifndef PREDICT_POOL_FILES_H
#define PREDICT_POOL_FILES_H

#include "cmd.h"

typedef struct lc__pool_files {
    lc__shot_file *file;    /* [n] */
    lc_pool_device *device; /* [n] their names and net samples; refer to the files */
    size_t n;
} lc__pool_files;

/* Called with one device after the other; may take the file over and leave {0}. */
typedef lc_status (*lc__pool_visit)(void *user, lc__shot_file *file, const char *path,
                                    lc_error *err);

/* Reads *.json of a folder by name, so that the same folder always gives the same; plans among them
 * are passed over. LC_EIO: no such folder; LC_EUSAGE: no device in it; LC_EFORMAT: a device without
 * net samples, two of a name, or as lc__shot_file_load(). */
lc_status lc__pool_files_each(const char *folder, lc__pool_visit visit, void *user, lc_error *err);

/* Refuses (LC_EUSAGE, lc__out_check()) an output that is one of the folder's *.json: a device or a
 * plan. A folder that cannot be read is not complained of here. */
lc_status lc__pool_files_spare(const char *folder, const char *option, const char *out,
                               lc_error *err);

/* All of them at once. *out starts as {0}. Release with lc__pool_files_clear() (also on
 * failure). */
lc_status lc__pool_files_load(const char *folder, lc__pool_files *out, lc_error *err);
void lc__pool_files_clear(lc__pool_files *pool);

#endif
