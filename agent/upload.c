#include "upload.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "acked.h"
#include "base/now.h"
#include "base/rng.h"
#include "base/text.h"
#include "base/token.h"
#include "http.h"
#include "idset.h"
#include "upload_batch.h"

#define PROTOCOL_VERSION "1"
#define REQUEST_SECONDS 30.0
#define FIRST_WAIT 0.5
#define LONGEST_WAIT 30.0
#define BATCH 200 /* samples in a request */

struct lc__uploader {
    lc__upload_options options;
    lc__http *http;
    lc__acked acked;
    lc__idset refused;
    lc__idset sent; /* acknowledged since this was made */
    char url[600];
    uint64_t rng;
};

static void say(const lc__uploader *u, const char *text) {
    if (u->options.say)
        u->options.say(u->options.ctx, text);
}

static bool stopping(const lc__uploader *u) {
    return u->options.stop && u->options.stop(u->options.ctx);
}

/* The address of the samples: "/v1/samples" is added to the collector's. */
static lc_status make_url(lc__uploader *u, lc_error *err) {
    const char *url = u->options.url, *path = "/v1/samples";
    size_t n = strlen(url), m = strlen(path);
    if (strncasecmp(url, "http://", 7) != 0 && strncasecmp(url, "https://", 8) != 0)
        return lc_error_set(
            err, LC_EUSAGE,
            "the collector's URL must begin with http:// or https://, not \"%.200s\"", url);
    if (strchr("/:?#", *(strstr(url, "://") + 3))) /* the terminating 0, too */
        return lc_error_set(err, LC_EUSAGE, "the collector's URL names no host: \"%.200s\"", url);
    while (n > 0 && url[n - 1] == '/')
        n--;
    bool whole = n > m && !strncmp(url + n - m, path, m);
    int length = snprintf(u->url, sizeof u->url, "%.*s%s", (int)n, url, whole ? "" : path);
    if (length > 500)
        return lc_error_set(err, LC_EUSAGE, "the URL is longer than 500 characters");
    if (strpbrk(u->url, " \t\r\n"))
        return lc_error_set(err, LC_EUSAGE, "the URL holds white space: \"%.200s\"", url);
    return LC_OK;
}

/* Whether the URL's host is this machine; one with a user before the host is not looked into. */
static bool loopback(const char *url) {
    const char *host = strstr(url, "://");
    host = host ? host + 3 : url;
    size_t end = strcspn(host, "/?#"), name = strcspn(host, ":/?#");
    if (memchr(host, '@', end))
        return false;
    return (!strncmp(host, "127.", 4) && strspn(host, "0123456789.") == name) ||
           !strncmp(host, "[::1]", 5) || (name == 9 && !strncasecmp(host, "localhost", 9));
}

/* Reads the token into *out (free()), and warns where it is not kept as a secret should be. */
static lc_status read_token(const lc__uploader *u, char **out, lc_error *err) {
    bool exposed;
    char text[600];
    lc_status s = lc__token_read(u->options.token_file, out, &exposed, err);
    if (s)
        return s;
    if (exposed) {
        snprintf(text, sizeof text, "others on this machine can read %.400s; chmod 600 it",
                 u->options.token_file);
        say(u, text);
    }
    if (!strncasecmp(u->url, "http://", 7) && !loopback(u->url))
        say(u, "the token travels unencrypted over http; use https");
    return LC_OK;
}

/* libcurl would look for it at the first request only, which may be after hours of measuring. */
static lc_status check_ca_file(const char *path, lc_error *err) {
    if (!path || access(path, R_OK) == 0)
        return LC_OK;
    lc_error_set(err, LC_EIO, "cannot open: %s", strerror(errno));
    lc_error_in_file(err, path);
    return LC_EIO;
}

static lc_status connect_up(lc__uploader *u, lc_error *err) {
    char *token = NULL;
    lc_status s = check_ca_file(u->options.ca_file, err);
    if (!s && u->options.token_file)
        s = read_token(u, &token, err);
    if (s)
        return s;
    lc__http_options h = {.url = u->url,
                          .token = token,
                          .ca_file = u->options.ca_file,
                          .timeout = REQUEST_SECONDS,
                          .stop = u->options.stop,
                          .ctx = u->options.ctx};
    s = lc__http_new(&h, &u->http, err);
    free(token);
    return s;
}

lc_status lc__uploader_new(const lc__upload_options *options, lc__uploader **out, lc_error *err) {
    lc__uploader *u = calloc(1, sizeof *u);
    if (!u)
        return lc_error_set(err, LC_ENOMEM, "out of memory");
    u->options = *options;
    u->acked.fd = -1;
    if (getrandom(&u->rng, sizeof u->rng, GRND_NONBLOCK) != (ssize_t)sizeof u->rng)
        u->rng = (uint64_t)(lc__now() * 1e9);
    lc_status s = make_url(u, err);
    if (!s)
        s = connect_up(u, err);
    if (!s)
        s = lc__acked_open(&u->acked, options->acked_path, u->url, err);
    if (s) {
        lc__uploader_free(u);
        return s;
    }
    *out = u;
    return LC_OK;
}

void lc__uploader_free(lc__uploader *u) {
    if (!u)
        return;
    lc__http_free(u->http);
    lc__acked_close(&u->acked);
    lc__idset_clear(&u->refused);
    lc__idset_clear(&u->sent);
    free(u);
}

/* Waits, but not longer than it takes to notice a stop. */
static void wait_seconds(const lc__uploader *u, double seconds) {
    double until = lc__now() + seconds, left;
    while (!stopping(u) && (left = until - lc__now()) > 0) {
        double part = left < 0.1 ? left : 0.1;
        struct timespec t = {0, (long)(part * 1e9)};
        nanosleep(&t, NULL);
    }
}

static bool transient_status(long status) {
    return status == 408 || status == 429 || status >= 500;
}

/* Posts until there is an answer that trying again would not change. */
static lc__http_result post_patiently(lc__uploader *u, const lc__buf *body, bool patient,
                                      lc__http_reply *reply, int *retries) {
    double begun = lc__now(), bound = FIRST_WAIT;
    for (int attempt = 0;; attempt++) {
        lc__http_result r = lc__http_post(u->http, body->text, body->length, reply);
        bool again =
            r == LC__HTTP_TRANSIENT || (r == LC__HTTP_REPLY && transient_status(reply->status));
        double wait = lc__rng_unit(&u->rng) * bound;
        if (r == LC__HTTP_REPLY && reply->retry_after > 0)
            wait = reply->retry_after;
        if (!again || !patient || attempt >= u->options.retries ||
            lc__now() + wait - begun > u->options.retry_seconds)
            return r;
        wait_seconds(u, wait);
        if (stopping(u))
            return LC__HTTP_STOPPED;
        bound = fmin(2 * bound, LONGEST_WAIT);
        ++*retries;
    }
}

static lc_status at_url(const lc__uploader *u, lc_error *err) {
    lc_error_in_file(err, u->url);
    return err ? err->code : LC_EUNREACHABLE;
}

/* First line of a reply's body, for a message. */
static int first_line(const lc__http_reply *reply) {
    size_t n = strcspn(reply->body, "\r\n");
    return (int)(n < 120 ? n : 120);
}

/* What a status other than 200 and 422 means. */
static lc_status refuse_status(const lc__uploader *u, const lc__http_reply *r, lc_error *err) {
    lc_status s = LC_EUNREACHABLE;
    if (r->status == 401 || r->status == 403)
        lc_error_set(err, s,
                     "the collector refused the token (HTTP %ld); give the right one with "
                     "--token-file",
                     r->status);
    else if (r->status == 426)
        lc_error_set(
            err, s,
            "the collector speaks protocol version %s, this profagent version " PROTOCOL_VERSION
            "; update the older of the two",
            r->protocol[0] ? r->protocol : "(not said)");
    else if (transient_status(r->status))
        lc_error_set(err, s, "the collector answered HTTP %ld: %.*s", r->status, first_line(r),
                     r->body);
    else
        lc_error_set(err, s, "unexpected answer, HTTP %ld: %.*s; is this a collector's address?",
                     r->status, first_line(r), r->body);
    return at_url(u, err);
}

static lc_status protocol_error(const lc__uploader *u, const char *what, lc_error *err) {
    lc_error_set(err, LC_EUNREACHABLE, "%s; is this a collector's address?", what);
    return at_url(u, err);
}

static lc_status report_refused(lc__uploader *u, const lc__batch *batch, size_t i,
                                const char *reason, lc__upload_report *report, lc_error *err) {
    char text[700];
    snprintf(text, sizeof text, "sample %s was refused by the collector: %.400s", batch->ids[i],
             reason);
    say(u, text);
    report->refused++;
    if (!lc__idset_add(&u->refused, batch->ids[i], strlen(batch->ids[i])))
        return lc_error_set(err, LC_ENOMEM, "out of memory");
    return LC_OK;
}

/* Sorts the batch into acknowledged and refused by the reply of a 200 or 422. */
static lc_status settle(lc__uploader *u, lc__batch *batch, const lc__http_reply *reply,
                        lc__upload_report *report, lc_error *err) {
    if (reply->protocol[0] && strcmp(reply->protocol, PROTOCOL_VERSION) != 0) {
        lc__http_reply other = *reply;
        other.status = 426;
        return refuse_status(u, &other, err);
    }
    const char *wrong = lc__batch_read_reply(batch, reply->body, reply->length);
    if (wrong)
        return protocol_error(u, wrong, err);
    if (batch->header_reason) {
        lc_error_set(err, LC_EFORMAT, "the collector refused the device: %.300s",
                     batch->header_reason);
        return at_url(u, err);
    }
    lc_status s = LC_OK;
    size_t n = 0;
    for (size_t i = 0; !s && i < batch->n; i++) {
        if (batch->reasons[i])
            s = report_refused(u, batch, i, batch->reasons[i], report, err);
        else
            batch->ids[n++] = batch->ids[i];
    }
    if (!s)
        s = lc__acked_add(&u->acked, batch->ids, n, err);
    for (size_t i = 0; !s && i < n; i++) {
        report->acked++;
        if (!lc__idset_add(&u->sent, batch->ids[i], strlen(batch->ids[i])))
            s = lc_error_set(err, LC_ENOMEM, "out of memory");
    }
    return s;
}

/* What became of a request that got no 200 or 422. */
static lc_status fail_request(lc__uploader *u, lc__http_result result, const lc__http_reply *reply,
                              lc__upload_report *report, lc_error *err) {
    if (result == LC__HTTP_STOPPED) {
        report->stopped = true;
        return lc_error_set(err, LC_ERUNTIME, "the upload was stopped");
    }
    if (result == LC__HTTP_REPLY)
        return refuse_status(u, reply, err);
    lc_error_set(err, LC_EUNREACHABLE, "cannot reach the collector: %s", reply->why);
    return at_url(u, err);
}

/* Sends one request with the first *n samples of pick, or as many as fit; *n becomes how many of
 * them it settled: none when the collector finds it *too_large. */
static lc_status send_some(lc__uploader *u, const lc_device *device, const size_t *pick, size_t *n,
                           bool patient, bool *too_large, lc__upload_report *report,
                           lc_error *err) {
    lc__batch batch;
    lc__http_reply reply;
    *too_large = false;
    lc_status s = lc__batch_make(&batch, device, pick, *n, err);
    if (s)
        return s;
    lc__http_result r = post_patiently(u, &batch.body, patient, &reply, &report->retries);
    bool answered = r == LC__HTTP_REPLY;
    *n = batch.n;
    if (answered && (reply.status == 200 || reply.status == 422)) {
        s = settle(u, &batch, &reply, report, err);
    } else if (answered && reply.status == 413 && batch.n > 1) {
        *too_large = true;
        *n = 0;
    } else if (answered && reply.status == 413) {
        s = report_refused(u, &batch, 0, "too large for one request (HTTP 413)", report, err);
    } else {
        s = fail_request(u, r, &reply, report, err);
    }
    lc__batch_clear(&batch);
    return s;
}

/* Sends the samples number pick[n] in as many requests as it takes. */
static lc_status send_all(lc__uploader *u, const lc_device *device, const size_t *pick, size_t n,
                          bool patient, lc__upload_report *report, lc_error *err) {
    size_t most = BATCH;
    lc_status s = LC_OK;
    for (size_t at = 0; !s && at < n;) {
        bool too_large;
        size_t asked = n - at < most ? n - at : most, some = asked;
        s = send_some(u, device, pick + at, &some, patient, &too_large, report, err);
        if (too_large)
            most = asked / 2; /* there were two at least */
        at += some;
    }
    return s;
}

lc_status lc__uploader_send(lc__uploader *u, const lc_device *device, bool patient,
                            lc__upload_report *report, lc_error *err) {
    memset(report, 0, sizeof *report);
    size_t *pick = malloc((device->n_samples + 1) * sizeof *pick), n = 0;
    if (!pick)
        return lc_error_set(err, LC_ENOMEM, "out of memory");
    for (size_t i = 0; i < device->n_samples; i++) {
        if (lc__idset_has(&u->sent, device->samples[i].id))
            report->acked++;
        else if (lc__acked_has(&u->acked, device->samples[i].id))
            report->earlier++;
        else if (lc__idset_has(&u->refused, device->samples[i].id))
            report->refused++;
        else
            pick[n++] = i;
    }
    lc_status s = send_all(u, device, pick, n, patient, report, err);
    free(pick);
    report->left = device->n_samples - report->earlier - report->acked - report->refused;
    if (!s && report->refused > 0) {
        lc_error_set(err, LC_EFORMAT, "%zu of %zu samples were refused; the reasons stand above",
                     report->refused, device->n_samples);
        s = at_url(u, err);
    }
    return s;
}
