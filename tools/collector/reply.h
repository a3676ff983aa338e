/* What a request is answered with. */
#ifndef COLLECTOR_REPLY_H
#define COLLECTOR_REPLY_H

#include "base/text.h"

typedef struct reply {
    unsigned status;   /* of HTTP */
    lc__buf body;      /* JSON */
    const char *allow; /* value of Allow, or NULL */
    int retry_after_s; /* value of Retry-After, or 0 */
} reply;

/* Starts a reply whose body is still to be written. */
void reply_begin(reply *r, unsigned status);

/* {"status":N,"error":"..."}, in place of whatever body there was. */
void reply_error(reply *r, unsigned status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A JSON string of text that may quote what a peer sent: bytes that are not UTF-8 become "?". */
void reply_json_string(lc__buf *buf, const char *text);

#endif
