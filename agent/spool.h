/* The spool: what was measured so far, on disk before anything else is done. JSON lines: the
 * device's header, then samples. Each line is appended and fsynced, so that after kill -9 or a
 * power cut all complete lines are there and at most the last one is torn; opening cuts that one
 * off.
 */
#ifndef AGENT_SPOOL_H
#define AGENT_SPOOL_H

#include "latcast/device.h"

typedef struct lc__spool {
    char path[4096];
    int fd;           /* -1 when closed */
    long long length; /* bytes of complete lines */
    lc_device device; /* header and the samples spooled so far */
    uint64_t *digest; /* [n_digests] nets of device.samples */
    size_t n_digests, room;
    size_t torn;  /* bytes of a torn last line that opening cut off */
    bool resumed; /* it held a header already */
} lc__spool;

/* Opens the spool at `path` for the device that `header` (one line of JSON, see
 * lc_device_parse_header) describes; makes it where there is none, and empties it first when
 * `fresh`. The spool is locked until lc__spool_close(): LC_ERUNTIME when another process holds it.
 * LC_EUSAGE when it belongs to another device name, configuration, board or CPU; LC_EFORMAT when a
 * line that is not the last is damaged; LC_EIO. On failure it is closed. */
lc_status lc__spool_open(lc__spool *spool, const char *path, const char *header, bool fresh,
                         lc_error *err);
void lc__spool_close(lc__spool *spool);

/* For a spool at `path` that is not there, or empty, while a `result` is: a device.json, which a
 * run of the same device would replace. Makes the spool of its samples, so that they are kept and
 * not measured again; *restored says so. LC_EUSAGE, and nothing is made, where the result is of
 * another device or no device.json at all; LC_ERUNTIME, LC_EIO as lc__spool_open().
 * (spool_restore.c) */
lc_status lc__spool_restore(const char *path, const char *result, const char *header,
                            bool *restored, lc_error *err);

/* Reads a spool without opening it for writing or locking it: its header and complete samples.
 * Release with lc_device_clear(). */
lc_status lc__spool_read(const char *path, lc_device *out, lc_error *err);

/* Whether a sample of this net was spooled. */
bool lc__spool_has(const lc__spool *spool, const lc_net *net);

/* Appends one sample object (one line of JSON without the newline). When this returns LC_OK the
 * sample is on disk; on failure (LC_EIO: disk full) the spool is as it was before. */
lc_status lc__spool_append(lc__spool *spool, const char *json, lc_error *err);

/* ---- parts of the opening ---- */

/* Opens spool->path, makes it where there is none, and locks it: spool->fd. */
lc_status lc__spool_lock(lc__spool *spool, lc_error *err);

/* Whether what was measured, which `path` holds, is of the device that `header` describes:
 * LC_EUSAGE, with what differs, where the name, the configuration, the board or the CPU is another.
 * (spool_match.c) */
lc_status lc__spool_match(const lc_device *measured, const char *header, const char *path,
                          lc_error *err);

#endif
