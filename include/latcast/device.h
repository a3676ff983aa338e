/* Devices, samples and plans: what was measured, where, and what is to be measured next. */
#ifndef LATCAST_DEVICE_H
#define LATCAST_DEVICE_H

#include "latcast/net.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LC_SCHEMA_VERSION 1

typedef enum lc_sample_kind { LC_SAMPLE_NET, LC_SAMPLE_OP } lc_sample_kind;

/* One measurement on a device. An operator is sampled as a net of that operator. Every latency is
 * in nanoseconds per run. */
typedef struct lc_sample {
    char *id; /* unique over all devices: resending a sample is recognised by it */
    lc_sample_kind kind;
    lc_net *net;
    double latency_ns; /* the estimate: a low quantile of the runs */
    double ci_low_ns;  /* 95 % confidence interval of latency_ns */
    double ci_high_ns;
    double median_ns, p95_ns, min_ns;
    double energy_uj;     /* microjoules per run, NaN: not measured */
    double peak_power_mw; /* highest power drawn while running, milliwatts, NaN: not measured */
    int64_t n;            /* timed runs */
    bool steady;          /* steady state was reached */
    char *json;           /* the whole object as read, unknown fields included, one line */
} lc_sample;

struct lc__index; /* private: finds samples by id and plan items by net */

/* A board x runtime x configuration, and its samples. {0} is an empty one. */
typedef struct lc_device {
    char *name;
    char *backend; /* runtime that ran the nets: "onednn" */
    char *isa;     /* its instruction-set cap, "" if none applies */
    int threads;
    char *dtype;                          /* "f32": of operators that name none */
    int batch;                            /* N of the nets' inputs, 0 = as the nets have it */
    char *board;                          /* board id of the fingerprint, "" if unknown */
    char *config_json, *fingerprint_json; /* the whole objects as read, one line each */
    lc_sample *samples;                   /* [n_samples], in the order they were added */
    size_t n_samples;
    struct lc__index *index; /* private, NULL at first; samples may be read and changed in place,
                                but only lc_device_add() adds any */
} lc_device;

/* Reads one sample object (a JSON line). Checks ranges: every latency finite and positive,
 * ci_low <= latency <= ci_high, min <= latency <= median <= p95, n >= 1, energy and peak power,
 * where there are any, positive and else null with a reason. `file` and `line` say where the object
 * starts, for messages. On LC_OK release with lc_sample_clear(). */
lc_status lc_sample_parse(const char *text, size_t length, const char *file, int line,
                          lc_sample *out, lc_error *err);
void lc_sample_clear(lc_sample *sample);

/* Reads the header object that opens a spool or an upload: {"schema_version","kind":"device",
 * "device","config","fingerprint"}; the device has no samples yet. Release with
 * lc_device_clear(). */
lc_status lc_device_parse_header(const char *text, size_t length, const char *file, int line,
                                 lc_device *out, lc_error *err);
void lc_device_clear(lc_device *device);

/* The header object of a device, one line (free()); NULL when out of memory. */
char *lc_device_header_json(const lc_device *device);

/* Takes over *sample (emptied) as a further sample of the device. The same id with the same
 * values is kept once (LC_OK); with other values it is LC_EFORMAT. */
lc_status lc_device_add(lc_device *device, lc_sample *sample, lc_error *err);

/* Reads and writes device.json. Loading checks everything that lc_sample_parse and lc_device_add
 * check and names file, path and line. Saving replaces the file atomically. */
lc_status lc_device_load(const char *path, lc_device *out, lc_error *err);
lc_status lc_device_parse(const char *text, size_t length, const char *file, lc_device *out,
                          lc_error *err);
char *lc_device_to_json(const lc_device *device); /* free(); one sample a line */
lc_status lc_device_save(const lc_device *device, const char *path, lc_error *err);

/* What to measure, in order: plan.json {"schema_version":1,"name",
 * "items":[{"kind":"net"|"op", net.json fields...}]}. */
typedef struct lc_plan_item {
    lc_sample_kind kind;
    lc_net *net;
    size_t number; /* its place in the file's "items", from 1; 0: it comes from no file */
} lc_plan_item;

typedef struct lc_plan {
    char *name;
    lc_plan_item *items; /* [n_items] */
    size_t n_items;
    struct lc__index *index; /* private, NULL at first */
} lc_plan;

lc_status lc_plan_load(const char *path, lc_plan *out, lc_error *err);
lc_status lc_plan_parse(const char *text, size_t length, const char *file, lc_plan *out,
                        lc_error *err);
/* Appends a net (taken over, also on failure). An equal net that is planned already is LC_OK and
 * dropped. */
lc_status lc_plan_add(lc_plan *plan, lc_sample_kind kind, lc_net *net, lc_error *err);
char *lc_plan_to_json(const lc_plan *plan); /* free() */
void lc_plan_clear(lc_plan *plan);

#ifdef __cplusplus
}
#endif
#endif
