/* The collector's database: devices and samples in one SQLite file in WAL mode. What was committed
 * survives a crash of the process and, as the disk honours fsync, a power cut. Not for use by
 * several threads at a time. */
#ifndef COLLECTOR_STORE_H
#define COLLECTOR_STORE_H

#include "latcast/device.h"

typedef struct store store;

/* Opens the database at `path`; with `create` a missing one is made, readable by its owner only.
 * LC_EIO when it cannot be opened, LC_EFORMAT when it is something else, LC_EUNSUPPORTED when a
 * newer latcast wrote it. */
lc_status store_open(const char *path, bool create, store **out, lc_error *err);

/* Folds the write-ahead log into the file and closes it. NULL is fine. */
void store_close(store *s);

/* One transaction at a time. When anything between begin and commit fails, or commit itself, roll
 * back: nothing of it is kept then. */
lc_status store_begin(store *s, lc_error *err);
lc_status store_commit(store *s, lc_error *err);
void store_rollback(store *s);

/* LC_OK when the database answers. */
lc_status store_ping(store *s, lc_error *err);

/* The header line of a device (free()), NULL when there is no such device. */
lc_status store_get_device(store *s, const char *name, char **header, lc_error *err);
lc_status store_put_device(store *s, const char *name, const char *header, lc_error *err);

/* A stored sample's device and line (free() both), NULL when the id is new. */
lc_status store_get_sample(store *s, const char *id, char **device, char **line, lc_error *err);
lc_status store_put_sample(store *s, const char *device, const lc_sample *sample, lc_error *err);

/* Called per row; the strings are valid during the call. False ends the walk. */
typedef bool (*store_device_fn)(void *to, const char *header, int64_t nets, int64_t ops,
                                int64_t updated_unix);
typedef bool (*store_sample_fn)(void *to, const char *line);

/* Devices by name; the samples of one in the order in which they came. */
lc_status store_each_device(store *s, store_device_fn fn, void *to, lc_error *err);
lc_status store_each_sample(store *s, const char *device, store_sample_fn fn, void *to,
                            lc_error *err);

#endif
