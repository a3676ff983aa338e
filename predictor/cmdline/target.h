/* What `predict --target` forecasts: which field of a sample it is, how it is written. */
#ifndef CMDLINE_TARGET_H
#define CMDLINE_TARGET_H

#include "latcast/device.h"

typedef struct lc__target {
    const char *name; /* "latency" */
    /* Members of a sample and of an answer; the unit is in the key. */
    const char *key, *low_key, *high_key, *overhead_key;
    const char *heading; /* of a column: "time" */
    bool grows;          /* in proportion to what a net does */
    /* A value for people, in buf[size]; returns buf. */
    const char *(*format)(double value, char *buf, size_t size);
} lc__target;

extern const lc__target lc__target_latency;

/* LC_EUSAGE: no such target (the message lists them). */
lc_status lc__target_find(const char *name, const lc__target **out, lc_error *err);

/* The sample's value, NaN if it has none. */
double lc__target_of(const lc__target *target, const lc_sample *sample);

#endif
