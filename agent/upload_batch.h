/* The body of one upload request, and the reply to it. */
#ifndef AGENT_UPLOAD_BATCH_H
#define AGENT_UPLOAD_BATCH_H

#include <cjson/cJSON.h>

#include "base/text.h"
#include "latcast/device.h"

#define LC__BATCH_BYTES ((size_t)4 << 20) /* a body stops growing here */

typedef struct lc__batch {
    lc__buf body;         /* header line, then one line per sample */
    const char **ids;     /* [n] of the samples, borrowed from the device */
    const char **reasons; /* [n] why the collector refused it, NULL where it did not */
    size_t n;
    const char *header_reason; /* why it refused the header, NULL if it did not */
    cJSON *reply;              /* owns the reasons */
} lc__batch;

/* Makes the body for the samples number pick[0..] of the device: at most `n`, fewer when they are
 * large; batch->n says how many. Release with lc__batch_clear(). LC_ENOMEM. */
lc_status lc__batch_make(lc__batch *batch, const lc_device *device, const size_t *pick, size_t n,
                         lc_error *err);
void lc__batch_clear(lc__batch *batch);

/* Reads a reply {"accepted","duplicates","refused":[{"line","reason"}]}. Returns NULL, or what is
 * wrong with it: then nothing counts as acknowledged. */
const char *lc__batch_read_reply(lc__batch *batch, const char *text, size_t length);

#endif
