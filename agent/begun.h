/* OUT.begun: which items were begun, so that one that ends the agent every time is not tried for
 * ever. An item is begun before its net is prepared and ended when that has run once, by when it
 * has taken all the memory that it takes: only one is begun at a time.
 *
 * Lines of 18 bytes: "+" when an item is begun and "-" when it is ended, and its digest. The first
 * is on disk before work begins, since a board that is out of memory may stand still until it is
 * reset. The file goes when the run ends and nothing in it is left begun.
 */
#ifndef AGENT_BEGUN_H
#define AGENT_BEGUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "latcast/status.h"

#define LC__BEGUN_LINE 18

typedef struct lc__begun_item {
    uint64_t digest;
    int times; /* begun and not ended since, at least 1 */
} lc__begun_item;

typedef struct lc__begun {
    char path[4200];
    int fd;               /* -1 when closed */
    lc__begun_item *item; /* [n] */
    size_t n, room;
    char end[LC__BEGUN_LINE + 1]; /* the line that ends what is begun; "" when nothing is */
} lc__begun;

/* Opens the file at `path`, or makes it; `fresh`: what it holds does not count. One process at a
 * time may have it: the spool beside it is locked. LC_EIO, LC_ENOMEM; on failure it is closed. */
lc_status lc__begun_open(lc__begun *begun, const char *path, bool fresh, lc_error *err);
void lc__begun_close(lc__begun *begun);

/* Of NULL nothing is noted, and the three below are LC_OK. */

/* LC_EUNSUPPORTED, and why, for a net that was begun twice and not ended since. */
lc_status lc__begun_check(const lc__begun *begun, uint64_t digest, lc_error *err);

lc_status lc__begun_start(lc__begun *begun, uint64_t digest, lc_error *err);
lc_status lc__begun_end(lc__begun *begun, lc_error *err);

#endif
