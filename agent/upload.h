/* Sending samples to a collector: in batches, each acknowledged before it counts as sent, nothing
 * twice that was acknowledged, nothing dropped. */
#ifndef AGENT_UPLOAD_H
#define AGENT_UPLOAD_H

#include "latcast/device.h"

typedef struct lc__uploader lc__uploader;

typedef struct lc__upload_options {
    const char *url;         /* the collector, "http://host:port"; "/v1/samples" is added */
    const char *token_file;  /* file that holds the bearer token; NULL: none is sent */
    const char *ca_file;     /* NULL: the system's authorities */
    const char *acked_path;  /* record of what was acknowledged */
    int retries;             /* further tries of a batch that did not get through */
    double retry_seconds;    /* at most this long from the first try of a batch to the last */
    bool (*stop)(void *ctx); /* asked while waiting; true ends the upload. May be NULL */
    void (*say)(void *ctx, const char *text); /* warnings and refusals. May be NULL */
    void *ctx;
} lc__upload_options;

typedef struct lc__upload_report {
    size_t acked;   /* acknowledged since this uploader was made */
    size_t earlier; /* acknowledged before that */
    size_t refused; /* refused by the collector since this uploader was made; each reason went
                       through say() once */
    size_t left;    /* neither: still to be sent */
    int retries;    /* further tries that were needed */
    bool stopped;   /* stop() ended it */
} lc__upload_report;

/* Reads the token, opens the record. LC_EUSAGE for a URL that is not http(s), LC_EUNSUPPORTED where
 * libcurl is absent, LC_EIO (also where ca_file cannot be read), LC_ENOMEM, LC_EFORMAT for a token
 * that is none, LC_ERUNTIME when another process uploads the same. */
lc_status lc__uploader_new(const lc__upload_options *options, lc__uploader **out, lc_error *err);
void lc__uploader_free(lc__uploader *uploader);

/* Sends what of device's samples is not acknowledged and was not refused before by this uploader.
 * Failures of connection, 408, 429 and 5xx are tried again: with waits drawn evenly from 0 to a
 * bound that doubles from 0.5 s to 30 s ("full jitter"), or as long as Retry-After says. `patient`
 * false tries once. The report is filled in any case.
 * LC_EUNREACHABLE: not reached, certificate or name do not match, token refused (401, 403), another
 * protocol version (426), or no collector answers there. LC_EFORMAT: some were refused, now or
 * before, the rest is acknowledged. LC_EIO: the record cannot be written. */
lc_status lc__uploader_send(lc__uploader *uploader, const lc_device *device, bool patient,
                            lc__upload_report *report, lc_error *err);

#endif
