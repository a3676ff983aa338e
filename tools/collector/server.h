/* The collector as an HTTP server. */
#ifndef COLLECTOR_SERVER_H
#define COLLECTOR_SERVER_H

#include "store.h"

typedef struct server_options {
    const char *listen;             /* address or host name to listen on */
    int port;                       /* 0: any that is free */
    const char *token;              /* what "Authorization: Bearer" must carry */
    const char *tls_cert, *tls_key; /* PEM text, or both NULL for plain HTTP */
    size_t max_body;                /* bytes */
    bool quiet;                     /* no line on stderr per request */
} server_options;

typedef struct server server;

/* Starts answering in a thread of its own, the only one to use the store until server_stop(). The
 * options must outlive the server. */
lc_status server_start(const server_options *options, store *s, server **out, lc_error *err);

/* The port it listens on. */
int server_port(const server *srv);

/* Takes no new connections, and refuses new requests on old ones. */
void server_quiesce(server *srv);

/* Requests that have begun and are not answered yet. */
int server_active(const server *srv);

/* Ends whatever is still going on and frees the server. */
void server_stop(server *srv);

#endif
