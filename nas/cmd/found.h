/* What a search found, for people, for programs, and as a net.json that remembers its budget. */
#ifndef NAS_CMD_FOUND_H
#define NAS_CMD_FOUND_H

#include "base/json.h"
#include "hunt.h"

/* A net.json of the space's form with a member "search": budgets, forecasts, intervals, how it was
 * found, and a copy of `settings` (NULL: none). Replaces the file at once. */
lc_status lc__found_write(const lc__hunt *hunt, const lc__budget *budget, const lc__found *found,
                          const cJSON *settings, const char *path, lc_error *err);

/* Reads back what lc__found_write() wrote with settings that agree with these and for the same
 * budget; *there is false if there is no such file. LC_EUSAGE: it is of another search. */
lc_status lc__found_read(const lc__hunt *hunt, const lc__budget *budget, const cJSON *settings,
                         const char *path, bool *there, lc__found *out, lc_error *err);

/* The same "search" object; NULL when out of memory. */
cJSON *lc__found_json(const lc__hunt *hunt, const lc__budget *budget, const lc__found *found);

void lc__found_show(const lc__hunt *hunt, const lc__budget *budget, const lc__found *found);

#endif
