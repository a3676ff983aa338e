#include "http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authorities.h"
#include "base/text.h"
#include "curl_library.h"
#include "tls.h"

#define MAX_REPLY ((size_t)4 << 20)
#define SLOWEST 10000.0 /* bytes per second that a usable line carries */
#define PROTOCOL "X-Latcast-Protocol"

struct lc__http {
    lc__curl lib;
    CURL *curl;
    struct curl_slist *headers;
    lc__buf body;
    char protocol[32];
    char detail[CURL_ERROR_SIZE];
    char *ca_file; /* the authorities, NULL if none were given nor found */
    lc__tls tls;
    double timeout;
    bool (*stop)(void *ctx);
    void *ctx;
};

static size_t take_body(char *data, size_t size, size_t count, void *user) {
    lc__http *http = user;
    if (http->body.length + size * count > MAX_REPLY)
        return 0;
    lc__buf_add(&http->body, data, size * count);
    return http->body.failed ? 0 : size * count;
}

static size_t take_header(char *data, size_t size, size_t count, void *user) {
    lc__http *http = user;
    size_t n = size * count, name = strlen(PROTOCOL);
    if (n > name && !strncasecmp(data, PROTOCOL ":", name + 1)) {
        const char *p = data + name + 1, *end = data + n;
        while (p < end && *p == ' ')
            p++;
        while (end > p && (end[-1] == '\r' || end[-1] == '\n' || end[-1] == ' '))
            end--;
        snprintf(http->protocol, sizeof http->protocol, "%.*s", (int)(end - p), p);
    }
    return n;
}

static int watch(void *user, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d) {
    (void)a, (void)b, (void)c, (void)d;
    const lc__http *http = user;
    return http->stop && http->stop(http->ctx);
}

static bool add_header(lc__http *http, const char *header) {
    struct curl_slist *more = http->lib.slist_append(http->headers, header);
    if (more)
        http->headers = more;
    return more != NULL;
}

static bool add_headers(lc__http *http, const char *token) {
    lc__buf bearer = {0};
    bool ok = add_header(http, "Content-Type: application/x-ndjson") &&
              add_header(http, PROTOCOL ": 1") &&
              add_header(http, "Expect:"); /* no waiting for 100 Continue */
    if (ok && token) {
        lc__buf_printf(&bearer, "Authorization: Bearer %s", token);
        ok = !bearer.failed && add_header(http, bearer.text);
    }
    free(bearer.text);
    return ok;
}

static CURLcode configure(lc__http *http, const lc__http_options *o) {
    CURL *c = http->curl;
    CURLcode r = CURLE_OK;
    char found[256];
    const char *ca_file = o->ca_file;
    if (!ca_file && lc__authorities_find("", found, sizeof found))
        ca_file = found;
    if (ca_file && !(http->ca_file = lc__strdup(ca_file)))
        return CURLE_OUT_OF_MEMORY;
#define SET(option, value)                                                                         \
    do {                                                                                           \
        if (r == CURLE_OK)                                                                         \
            r = http->lib.easy_setopt(c, option, value);                                           \
    } while (0)
    SET(CURLOPT_URL, o->url);
#if LIBCURL_VERSION_NUM >= 0x075500
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
#else
    SET(CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2); /* or later */
    SET(CURLOPT_HTTPHEADER, http->headers);
    SET(CURLOPT_POST, 1L);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)(o->timeout * 500));
    SET(CURLOPT_ERRORBUFFER, http->detail);
    SET(CURLOPT_WRITEFUNCTION, take_body);
    SET(CURLOPT_WRITEDATA, http);
    SET(CURLOPT_HEADERFUNCTION, take_header);
    SET(CURLOPT_HEADERDATA, http);
    SET(CURLOPT_NOPROGRESS, 0L);
    SET(CURLOPT_XFERINFOFUNCTION, watch);
    SET(CURLOPT_XFERINFODATA, http);
    SET(CURLOPT_USERAGENT, "profagent");
    if (ca_file)
        SET(CURLOPT_CAINFO, ca_file);
#undef SET
    return r == CURLE_OK ? lc__tls_setup(&http->tls, &http->lib, c, o->url) : r;
}

lc_status lc__http_new(const lc__http_options *options, lc__http **out, lc_error *err) {
    lc__http *http = calloc(1, sizeof *http);
    if (!http)
        return lc_error_set(err, LC_ENOMEM, "out of memory");
    lc_status s = lc__curl_open(&http->lib, err);
    if (s) {
        free(http);
        return s;
    }
    http->timeout = options->timeout;
    http->stop = options->stop;
    http->ctx = options->ctx;
    CURLcode r = http->lib.global_init(CURL_GLOBAL_DEFAULT);
    http->curl = r == CURLE_OK ? http->lib.easy_init() : NULL;
    if (r == CURLE_OK)
        r = CURLE_OUT_OF_MEMORY;
    if (http->curl && add_headers(http, options->token))
        r = configure(http, options);
    if (r != CURLE_OK) {
        s = lc_error_set(err, r == CURLE_OUT_OF_MEMORY ? LC_ENOMEM : LC_EUSAGE,
                         "cannot set up the upload to %.200s: %s", options->url,
                         http->lib.easy_strerror(r));
        lc__http_free(http);
        return s;
    }
    *out = http;
    return LC_OK;
}

void lc__http_free(lc__http *http) {
    if (!http)
        return;
    http->lib.easy_cleanup(http->curl);
    http->lib.slist_free_all(http->headers);
    http->lib.global_cleanup(); /* counted: one for each that was begun */
    free(http->body.text);
    free(http->ca_file);
    free(http);
}

/* Which failures a second try may mend: those of reaching the server and of the line to it. */
static lc__http_result judge(CURLcode code) {
    switch (code) {
    case CURLE_OK:
        return LC__HTTP_REPLY;
    case CURLE_ABORTED_BY_CALLBACK:
        return LC__HTTP_STOPPED;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
        return LC__HTTP_TRANSIENT;
    default:
        return LC__HTTP_FATAL;
    }
}

lc__http_result lc__http_post(lc__http *http, const char *body, size_t length,
                              lc__http_reply *reply) {
    memset(reply, 0, sizeof *reply);
    http->body.length = 0;
    http->protocol[0] = http->detail[0] = '\0';
    http->lib.easy_setopt(http->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length);
    http->lib.easy_setopt(http->curl, CURLOPT_POSTFIELDS, body);
    double seconds = http->timeout + (double)length / SLOWEST;
    http->lib.easy_setopt(http->curl, CURLOPT_TIMEOUT_MS, (long)(seconds * 1000));
    CURLcode code = http->lib.easy_perform(http->curl);
    lc__http_result result = judge(code);
    if (result != LC__HTTP_REPLY) {
        lc__tls_explain(&http->tls, code,
                        http->detail[0] ? http->detail : http->lib.easy_strerror(code),
                        http->ca_file, reply->why, sizeof reply->why);
        return result;
    }
    curl_off_t retry_after = 0;
    http->lib.easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, &reply->status);
    http->lib.easy_getinfo(http->curl, CURLINFO_RETRY_AFTER, &retry_after);
    reply->retry_after = (double)retry_after;
    lc__buf_add(&http->body, "", 0); /* terminates an empty body too */
    if (http->body.failed) {
        snprintf(reply->why, sizeof reply->why, "out of memory");
        return LC__HTTP_FATAL;
    }
    reply->body = http->body.text;
    reply->length = http->body.length;
    snprintf(reply->protocol, sizeof reply->protocol, "%s", http->protocol);
    return result;
}
