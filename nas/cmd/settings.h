/* What a net was searched by, so that nets found at different times are known to go together. */
#ifndef NAS_CMD_SETTINGS_H
#define NAS_CMD_SETTINGS_H

#include "base/json.h"
#include "hunt.h"

/* Everything but the budget: an object, NULL when out of memory. `range` is the least and the most
 * latency that is forecast for any net, which stands for device and model. The supernet's digest
 * is left out while there is none. */
cJSON *lc__settings_json(const lc__hunt *hunt, const lc_nas_extreme range[2]);

/* Whether `found` ("settings" of a net.json, NULL: it has none) agrees with what is `wanted`, in
 * all that this has. LC_EUSAGE names the file and the first difference. */
lc_status lc__settings_check(const cJSON *wanted, const cJSON *found, const char *path,
                             lc_error *err);

#endif
