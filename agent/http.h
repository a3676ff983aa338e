/* One HTTP POST by libcurl, and what its outcome means for the sender. */
#ifndef AGENT_HTTP_H
#define AGENT_HTTP_H

#include <stddef.h>
#include "latcast/status.h"

typedef struct lc__http lc__http; /* a connection that is kept open between requests */

typedef struct lc__http_options {
    const char *url;         /* http or https */
    const char *token;       /* bearer token, NULL for none */
    const char *ca_file;     /* certificate authorities, NULL: the system's, as far as found */
    double timeout;          /* of one request, seconds, beside what its length takes */
    bool (*stop)(void *ctx); /* asked now and then; true aborts the request. May be NULL */
    void *ctx;
} lc__http_options;

typedef enum lc__http_result {
    LC__HTTP_REPLY,     /* a status came back */
    LC__HTTP_TRANSIENT, /* not reached or cut off: trying again may help */
    LC__HTTP_FATAL,     /* certificate, name, protocol: trying again will not help */
    LC__HTTP_STOPPED    /* stop() said so */
} lc__http_result;

typedef struct lc__http_reply {
    long status; /* 200 ... */
    char *body;  /* NUL-terminated; belongs to the connection, until the next request */
    size_t length;
    char protocol[32];  /* the X-Latcast-Protocol header, "" if there was none */
    double retry_after; /* seconds, 0 if not said */
    char why[300];      /* what went wrong when there was no reply */
} lc__http_reply;

/* LC_EUSAGE when libcurl does not take the options, LC_EUNSUPPORTED without it, LC_ENOMEM. The
 * strings are copied. Release with lc__http_free(). */
lc_status lc__http_new(const lc__http_options *options, lc__http **out, lc_error *err);
void lc__http_free(lc__http *http);

/* Posts JSON lines. Replies of more than 4 MiB are cut off and count as LC__HTTP_FATAL. */
lc__http_result lc__http_post(lc__http *http, const char *body, size_t length,
                              lc__http_reply *reply);

#endif
