/* A device placed among the devices of the pool, for embed and similar. */
#ifndef PREDICT_PLACING_H
#define PREDICT_PLACING_H

#include "cmd.h"
#include "latcast/embedding.h"

typedef struct lc__placing_request {
    const char *device, *model, *space; /* space NULL: that of most of the device's samples */
    lc__list without;
    int64_t nets, seed; /* reference nets drawn of the space */
} lc__placing_request;

typedef struct lc__placing {
    const lc__placing_request *request;
    lc__shot_file shots;
    const lc_space *space;
    lc_embedding_frame *frame;
    lc_embedding *own;
} lc__placing;

/* The request's options with their defaults filled in: LC__PLACING_OPTIONS rows of a table. */
enum { LC__PLACING_OPTIONS = 6 };
void lc__placing_options(lc__placing_request *request, lc__opt *table);

/* Reads the device, adapts the pool model to it, and embeds it; notes on stderr what to bear in
 * mind. LC_EFORMAT: no samples; LC_EUSAGE: the samples are of no space and none is named.
 * Release with lc__placing_close() (also on failure). */
lc_status lc__placing_open(const lc__placing_request *request, lc__placing *out, lc_error *err);
void lc__placing_close(lc__placing *placing);

#endif
