#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cli.h"
#include "base/file.h"
#include "base/now.h"
#include "base/out.h"
#include "base/text.h"
#include "base/token.h"
#include "commands.h"
#include "server.h"

#define MAX_SECRET_BYTES ((size_t)1 << 16)
#define DRAIN_S 10.0

typedef struct settings {
    const char *db, *token_file, *tls_cert_file, *tls_key_file, *port_file;
    int64_t port, max_body_mb;
    server_options server;
    char *token, *tls_cert, *tls_key; /* contents of the files */
} settings;

static const char about[] =
    "Receives the samples that profagent uploads, over HTTP or HTTPS, and keeps them in an SQLite\n"
    "database. Says where it listens as one JSON line on stdout; ends on SIGTERM or SIGINT once\n"
    "the requests in progress are answered.";

static const char after[] =
    "paths:\n"
    "  POST /v1/samples        JSON lines: a device's header, then its samples\n"
    "  GET  /v1/devices        the devices and how many samples each has\n"
    "  GET  /v1/devices/NAME   its device.json\n"
    "  GET  /healthz           works without the token";

static lc__cli_result parse(settings *o, int argc, char **argv) {
    const lc__opt table[] = {
        {"db", LC__OPT_STR, &o->db, "FILE", "SQLite database, made when missing", 0, 0, true},
        {"token-file", LC__OPT_STR, &o->token_file, "FILE",
         "file with the token that clients must send", 0, 0, true},
        {"listen", LC__OPT_STR, &o->server.listen, "ADDRESS", "address to listen on (127.0.0.1)", 0,
         0, false},
        {"port", LC__OPT_INT, &o->port, "N", "port, 0 for any that is free (8430)", 0, 65535,
         false},
        {"port-file", LC__OPT_STR, &o->port_file, "FILE",
         "write the port number here once listening", 0, 0, false},
        {"tls-cert", LC__OPT_STR, &o->tls_cert_file, "FILE", "certificate (PEM): serve HTTPS", 0, 0,
         false},
        {"tls-key", LC__OPT_STR, &o->tls_key_file, "FILE", "its private key (PEM)", 0, 0, false},
        {"max-body-mb", LC__OPT_INT, &o->max_body_mb, "N", "largest request, MiB (16)", 1, 1024,
         false},
        {"quiet", LC__OPT_FLAG, &o->server.quiet, NULL, "no line on stderr per request", 0, 0,
         false},
        {0}};
    return lc__cli_parse("collector", about, after, table, argc, argv, NULL);
}

static lc_status read_token(settings *o, lc_error *err) {
    bool exposed;
    lc_status s = lc__token_read(o->token_file, &o->token, &exposed, err);
    if (!s && exposed)
        fprintf(stderr, "collector: warning: others can read %s; chmod 600 it\n", o->token_file);
    o->server.token = o->token;
    return s;
}

static lc_status read_secrets(settings *o, lc_error *err) {
    size_t n;
    lc_status s = read_token(o, err);
    if (!s && !o->tls_cert_file != !o->tls_key_file)
        s = lc_error_set(err, LC_EUSAGE, "--tls-cert and --tls-key go together");
    if (s || !o->tls_cert_file)
        return s;
    s = lc__file_read(o->tls_cert_file, MAX_SECRET_BYTES, &o->tls_cert, &n, err);
    if (!s)
        s = lc__file_read(o->tls_key_file, MAX_SECRET_BYTES, &o->tls_key, &n, err);
    o->server.tls_cert = o->tls_cert;
    o->server.tls_key = o->tls_key;
    return s;
}

/* Signals are taken by sigtimedwait() alone, so that no handler runs anywhere. A peer that goes
 * away and a full disk must be errors of one request, not the end of the process. */
static void set_signals(sigset_t *ends) {
    sigemptyset(ends);
    sigaddset(ends, SIGTERM);
    sigaddset(ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, ends, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

static bool is_loopback(const char *address) {
    return !strncmp(address, "127.", 4) || !strcmp(address, "::1") || !strcmp(address, "localhost");
}

static lc_status announce(const settings *o, int port, lc_error *err) {
    bool v6 = strchr(o->server.listen, ':') != NULL;
    lc__buf line = {0};
    lc__buf_printf(&line, "{\"url\":\"%s://%s%s%s:%d\",\"port\":%d,\"pid\":%ld}\n",
                   o->tls_cert ? "https" : "http", v6 ? "[" : "", o->server.listen, v6 ? "]" : "",
                   port, port, (long)getpid());
    lc_status s = line.failed ? lc_error_set(err, LC_ENOMEM, "out of memory")
                              : lc__write_all(STDOUT_FILENO, line.text, line.length, "stdout", err);
    free(line.text);
    if (!o->tls_cert && !is_loopback(o->server.listen))
        fprintf(stderr, "collector: warning: the token crosses the network in clear text; use "
                        "--tls-cert and --tls-key\n");
    if (s || !o->port_file)
        return s;
    char number[16];
    int n = snprintf(number, sizeof number, "%d\n", port);
    return lc__file_write(o->port_file, number, (size_t)n, err);
}

/* Waits for the signal, then for what is in progress: at most DRAIN_S, less on a second signal. */
static void wait_for_end(server *srv, const sigset_t *ends, bool quiet) {
    int signal_number;
    while (sigwait(ends, &signal_number))
        ;
    if (!quiet)
        fprintf(stderr, "collector: finishing %d requests\n", server_active(srv));
    server_quiesce(srv);
    const struct timespec tick = {0, 20000000};
    double end = lc__now() + DRAIN_S;
    while (server_active(srv) > 0 && lc__now() < end && sigtimedwait(ends, NULL, &tick) < 0)
        ;
}

static lc_status check_port_file(const settings *o, lc_error *err) {
    const lc__input inputs[] = {{"--db", o->db},
                                {"--token-file", o->token_file},
                                {"--tls-cert", o->tls_cert_file},
                                {"--tls-key", o->tls_key_file}};
    return o->port_file ? lc__out_check("--port-file", o->port_file, inputs,
                                        sizeof inputs / sizeof *inputs, err)
                        : LC_OK;
}

static lc_status serve(settings *o, lc_error *err) {
    sigset_t ends;
    store *s = NULL;
    server *srv = NULL;
    set_signals(&ends);
    lc_status status = check_port_file(o, err);
    if (!status)
        status = read_secrets(o, err);
    if (!status)
        status = store_open(o->db, true, &s, err);
    if (!status)
        status = server_start(&o->server, s, &srv, err);
    if (!status)
        status = announce(o, server_port(srv), err);
    if (!status)
        wait_for_end(srv, &ends, o->server.quiet);
    if (srv)
        server_stop(srv);
    store_close(s);
    return status;
}

int run_serve(int argc, char **argv) {
    settings o = {.port = 8430, .max_body_mb = 16, .server.listen = "127.0.0.1"};
    lc__cli_result parsed = parse(&o, argc, argv);
    if (parsed != LC__CLI_RUN)
        return parsed == LC__CLI_DONE ? 0 : 2;
    o.server.port = (int)o.port;
    o.server.max_body = (size_t)o.max_body_mb << 20;
    lc_error err;
    lc_status status = serve(&o, &err);
    free(o.token);
    free(o.tls_cert);
    free(o.tls_key);
    return status ? lc__cli_fail("collector", &err) : 0;
}
