#include "server.h"

#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "api.h"
#include "route.h"

#define MAX_CONNECTIONS 128
#define IDLE_TIMEOUT_S 30
#define BACKLOG 128

/* A refused body is read and thrown away, so that the peer gets to see the answer rather than a
 * connection reset while it is still sending; but not for ever. */
#define DISCARD_MAX ((size_t)64 << 20)

struct server {
    const server_options *options;
    store *store;
    struct MHD_Daemon *daemon;
    int fd; /* listening socket; -1 while the daemon is the one to close it */
    int port;
    atomic_int active;
    atomic_bool running, stopping;
    char startup_log[300]; /* the HTTP library's last complaint before it runs */
};

/* One request, from its head to its answer. */
typedef struct request {
    server *srv;
    route_action action;
    reply refusal; /* when action is ROUTE_NONE */
    lc__buf body;
    size_t received;
} request;

static void log_request(const server *srv, const request *req, const reply *r) {
    if (srv->options->quiet)
        return;
    char when[32];
    time_t now = time(NULL);
    struct tm tm;
    gmtime_r(&now, &tm);
    strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &tm);
    fprintf(stderr, "%s %s %u %zu bytes in\n", when, route_label(req->action), r->status,
            req->received);
}

static enum MHD_Result send_reply(struct MHD_Connection *connection, const request *req, reply *r) {
    if (r->body.failed || !r->body.text)
        return MHD_NO;
    struct MHD_Response *response =
        MHD_create_response_from_buffer(r->body.length, r->body.text, MHD_RESPMEM_MUST_FREE);
    if (!response)
        return MHD_NO;
    r->body = (lc__buf){0}; /* the response's now */
    char seconds[16];
    snprintf(seconds, sizeof seconds, "%d", r->retry_after_s);
    MHD_add_response_header(response, "Content-Type", "application/json");
    MHD_add_response_header(response, "X-Latcast-Protocol", PROTOCOL_VERSION);
    if (r->allow)
        MHD_add_response_header(response, "Allow", r->allow);
    if (r->retry_after_s)
        MHD_add_response_header(response, "Retry-After", seconds);
    if (r->status == 401)
        MHD_add_response_header(response, "WWW-Authenticate", "Bearer realm=\"latcast\"");
    log_request(req->srv, req, r);
    enum MHD_Result result = MHD_queue_response(connection, r->status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result serve(struct MHD_Connection *connection, request *req, const char *url) {
    store *s = req->srv->store;
    reply r = {0};
    switch (req->action) {
    case ROUTE_NONE:
        return send_reply(connection, req, &req->refusal);
    case ROUTE_POST_SAMPLES:
        api_post_samples(s, req->body.text ? req->body.text : "", req->body.length, &r);
        break;
    case ROUTE_LIST_DEVICES:
        api_list_devices(s, &r);
        break;
    case ROUTE_GET_DEVICE:
        api_get_device(s, route_device(url), &r);
        break;
    case ROUTE_HEALTH:
        api_health(s, &r);
        break;
    }
    enum MHD_Result result = send_reply(connection, req, &r);
    free(r.body.text);
    return result;
}

static const char *header(struct MHD_Connection *connection, const char *name) {
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

/* The head has arrived: decide, before any of the body is kept. */
static enum MHD_Result begin(server *srv, struct MHD_Connection *connection, const char *url,
                             const char *method, request **out) {
    request *req = calloc(1, sizeof *req);
    if (!req)
        return MHD_NO;
    *out = req;
    req->srv = srv;
    atomic_fetch_add(&srv->active, 1);
    route_head head = {method,
                       url,
                       header(connection, "Authorization"),
                       header(connection, "X-Latcast-Protocol"),
                       header(connection, "Content-Encoding"),
                       header(connection, "Content-Length")};
    if (atomic_load(&srv->stopping)) {
        reply_error(&req->refusal, 503, "the collector is shutting down; send it again later");
        req->refusal.retry_after_s = 5;
    } else {
        req->action = route_find(&head, srv->options->token, srv->options->max_body, &req->refusal);
    }
    bool asks_first = header(connection, "Expect") != NULL;
    bool endless = head.content_length && strtoull(head.content_length, NULL, 10) > DISCARD_MAX;
    if (req->action == ROUTE_NONE && (asks_first || endless))
        return send_reply(connection, req, &req->refusal);
    return MHD_YES;
}

/* Part of the body. False ends the connection. */
static enum MHD_Result receive(request *req, const char *data, size_t size) {
    size_t limit = req->srv->options->max_body;
    req->received += size;
    if (req->action != ROUTE_NONE && req->received > limit) {
        req->action = ROUTE_NONE;
        route_too_large(&req->refusal, limit);
    }
    if (req->action == ROUTE_NONE)
        return req->received > DISCARD_MAX ? MHD_NO : MHD_YES;
    lc__buf_add(&req->body, data, size);
    return req->body.failed ? MHD_NO : MHD_YES;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload_data,
                                  size_t *upload_data_size, void **req_cls) {
    (void)version;
    request *req = *req_cls;
    if (!req)
        return begin(cls, connection, url, method, (request **)req_cls);
    if (*upload_data_size) {
        size_t size = *upload_data_size;
        *upload_data_size = 0;
        return receive(req, upload_data, size);
    }
    return serve(connection, req, url);
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **req_cls,
                         enum MHD_RequestTerminationCode why) {
    (void)connection;
    (void)why;
    server *srv = cls;
    request *req = *req_cls;
    if (!req)
        return;
    free(req->refusal.body.text);
    free(req->body.text);
    free(req);
    *req_cls = NULL;
    atomic_fetch_sub(&srv->active, 1);
}

/* What peers send badly is theirs to see; only why the library does not start is of interest. */
static void on_log(void *cls, const char *format, va_list ap) __attribute__((format(printf, 2, 0)));
static void on_log(void *cls, const char *format, va_list ap) {
    server *srv = cls;
    if (atomic_load(&srv->running))
        return;
    vsnprintf(srv->startup_log, sizeof srv->startup_log, format, ap);
    srv->startup_log[strcspn(srv->startup_log, "\n")] = '\0';
}

static int bound_port(int fd) {
    struct sockaddr_storage address = {0};
    socklen_t size = sizeof address;
    char service[16] = "0";
    if (getsockname(fd, (struct sockaddr *)&address, &size) == 0)
        getnameinfo((struct sockaddr *)&address, size, NULL, 0, service, sizeof service,
                    NI_NUMERICSERV);
    return (int)strtol(service, NULL, 10);
}

/* A listening socket on the first address that lets itself be bound, or -1 with errno. */
static int listen_on(const struct addrinfo *list) {
    int fd = -1;
    for (const struct addrinfo *a = list; a && fd < 0; a = a->ai_next) {
        fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
        if (fd < 0)
            continue;
        int on = 1;
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (bind(fd, a->ai_addr, a->ai_addrlen) || listen(fd, BACKLOG)) {
            int why = errno;
            close(fd);
            errno = why;
            fd = -1;
        }
    }
    return fd;
}

static lc_status open_socket(server *srv, lc_error *err) {
    const server_options *o = srv->options;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *list = NULL;
    char service[16];
    snprintf(service, sizeof service, "%d", o->port);
    int code = getaddrinfo(o->listen, service, &hints, &list);
    if (code)
        return lc_error_set(err, LC_EIO, "cannot listen on %.100s: %s", o->listen,
                            gai_strerror(code));
    srv->fd = listen_on(list);
    int why = errno;
    freeaddrinfo(list);
    if (srv->fd < 0)
        return lc_error_set(err, LC_EIO, "cannot listen on %.100s port %d: %s%s", o->listen,
                            o->port, strerror(why),
                            why == EADDRINUSE ? "; name another with --port, 0 takes any" : "");
    srv->port = bound_port(srv->fd);
    return LC_OK;
}

/* A path with a NUL in it is left as it was sent, and found nowhere: decoded it would end there,
 * and be taken for a shorter one. */
static size_t decode(void *cls, struct MHD_Connection *connection, char *text) {
    (void)cls;
    (void)connection;
    return strstr(text, "%00") ? strlen(text) : MHD_http_unescape(text);
}

static lc_status start_daemon(server *srv, lc_error *err) {
    const server_options *o = srv->options;
    /* poll(), not epoll: edge-triggered, libmicrohttpd 0.9.75 misses a peer that ends its side
     * together with its last bytes, and holds the connection until it times out. */
    unsigned flags = MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_USE_ERROR_LOG |
                     (o->tls_cert ? MHD_USE_TLS : 0);
    struct MHD_OptionItem tls[] = {{MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)o->tls_cert},
                                   {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)o->tls_key},
                                   {MHD_OPTION_END, 0, NULL}};
    if (!o->tls_cert)
        tls[0] = tls[2];
    struct MHD_Daemon *daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, srv, MHD_OPTION_EXTERNAL_LOGGER, on_log, srv,
        MHD_OPTION_LISTEN_SOCKET, srv->fd, MHD_OPTION_CONNECTION_LIMIT, (unsigned)MAX_CONNECTIONS,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_TIMEOUT_S, MHD_OPTION_NOTIFY_COMPLETED,
        on_completed, srv, MHD_OPTION_UNESCAPE_CALLBACK, decode, srv, MHD_OPTION_ARRAY, tls,
        MHD_OPTION_END);
    srv->fd = -1;
    atomic_store(&srv->running, daemon != NULL);
    if (!daemon)
        return lc_error_set(err, LC_ERUNTIME, "cannot start the HTTP%s server: %s",
                            o->tls_cert ? "S" : "",
                            srv->startup_log[0] ? srv->startup_log : "the library gives no reason");
    srv->daemon = daemon;
    return LC_OK;
}

lc_status server_start(const server_options *options, store *s, server **out, lc_error *err) {
    server *srv = calloc(1, sizeof *srv);
    if (!srv)
        return lc_error_set(err, LC_ENOMEM, "out of memory");
    srv->options = options;
    srv->store = s;
    srv->fd = -1;
    lc_status status = open_socket(srv, err);
    if (!status)
        status = start_daemon(srv, err);
    if (status) {
        server_stop(srv);
        return status;
    }
    *out = srv;
    return LC_OK;
}

int server_port(const server *srv) {
    return srv->port;
}

void server_quiesce(server *srv) {
    atomic_store(&srv->stopping, true);
    srv->fd = MHD_quiesce_daemon(srv->daemon);
}

int server_active(const server *srv) {
    return atomic_load(&srv->active);
}

void server_stop(server *srv) {
    if (srv->daemon)
        MHD_stop_daemon(srv->daemon);
    if (srv->fd >= 0)
        close(srv->fd);
    free(srv);
}
