#include "reply.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void reply_begin(reply *r, unsigned status) {
    free(r->body.text);
    *r = (reply){.status = status};
}

void reply_error(reply *r, unsigned status, const char *format, ...) {
    char message[600];
    va_list ap;
    va_start(ap, format);
    vsnprintf(message, sizeof message, format, ap);
    va_end(ap);
    reply_begin(r, status);
    lc__buf_printf(&r->body, "{\"status\":%u,\"error\":", status);
    reply_json_string(&r->body, message);
    lc__buf_add(&r->body, "}\n", 2);
}

void reply_json_string(lc__buf *buf, const char *text) {
    char clean[1024];
    snprintf(clean, sizeof clean, "%s", text);
    size_t length = strlen(clean);
    for (size_t bad; (bad = lc__utf8_check(clean, length)) < length;)
        clean[bad] = '?';
    lc__buf_json_string(buf, clean);
}
