/* Which samples a collector has acknowledged: lines "URL ID" in a file, appended and fsynced, so
 * that they are never sent to that collector again. */
#ifndef AGENT_ACKED_H
#define AGENT_ACKED_H

#include <stddef.h>

#include "idset.h"
#include "latcast/status.h"

typedef struct lc__acked {
    char path[4096];
    char url[512];
    int fd;
    lc__idset ids; /* acknowledged by `url` */
} lc__acked;

/* Opens (or makes) the file and reads what `url` has acknowledged. It is locked until
 * lc__acked_close(): LC_ERUNTIME when another process is uploading the same results. */
lc_status lc__acked_open(lc__acked *acked, const char *path, const char *url, lc_error *err);
void lc__acked_close(lc__acked *acked);

bool lc__acked_has(const lc__acked *acked, const char *id);

/* Records ids[n]; they are on disk when this returns LC_OK. On LC_EIO the file is as it was
 * before. */
lc_status lc__acked_add(lc__acked *acked, const char *const *ids, size_t n, lc_error *err);

#endif
