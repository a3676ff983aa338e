#include "route.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "api.h"

#define DEVICES_PREFIX "/v1/devices/"

static const struct {
    const char *path; /* a prefix when it ends with a slash */
    const char *method, *allow;
    route_action action;
    bool open; /* needs no token */
} routes[] = {{"/v1/samples", "POST", "POST", ROUTE_POST_SAMPLES, false},
              {"/v1/devices", "GET", "GET, HEAD", ROUTE_LIST_DEVICES, false},
              {DEVICES_PREFIX, "GET", "GET, HEAD", ROUTE_GET_DEVICE, false},
              {"/healthz", "GET", "GET, HEAD", ROUTE_HEALTH, true}};

#define N_ROUTES (sizeof routes / sizeof *routes)

static bool path_fits(size_t i, const char *path) {
    size_t n = strlen(routes[i].path);
    if (routes[i].path[n - 1] == '/')
        return !strncmp(path, routes[i].path, n) && path[n];
    return !strcmp(path, routes[i].path);
}

static bool method_fits(size_t i, const char *method) {
    return !strcmp(method, routes[i].method) ||
           (!strcmp(method, "HEAD") && !strcmp(routes[i].method, "GET"));
}

/* Takes equally long wherever the first difference is, so that timing tells nothing about the
 * token. */
static bool token_fits(const char *authorization, const char *token) {
    static const char scheme[] = "Bearer ";
    if (!authorization || strncasecmp(authorization, scheme, sizeof scheme - 1) != 0)
        return false;
    const char *given = authorization + sizeof scheme - 1;
    size_t n = strlen(given), length = strlen(token);
    volatile unsigned char difference = n != length;
    for (size_t i = 0; i < n; i++)
        difference = (unsigned char)(difference | (given[i] ^ token[i % length]));
    return difference == 0;
}

static void refuse_token(reply *refusal, bool given) {
    if (given)
        reply_error(refusal, 401, "wrong token; send the one in the collector's --token-file");
    else
        reply_error(refusal, 401,
                    "no token; send \"Authorization: Bearer TOKEN\" with the one in "
                    "the collector's --token-file");
}

void route_too_large(reply *refusal, size_t max_body) {
    reply_error(refusal, 413,
                "the body is larger than %zu bytes; send it in parts or raise "
                "--max-body-mb",
                max_body);
}

/* A length that is no number is for the HTTP library to refuse. */
static bool declared_too_large(const char *content_length, size_t max_body) {
    return content_length && strtoull(content_length, NULL, 10) > max_body;
}

route_action route_find(const route_head *head, const char *token, size_t max_body,
                        reply *refusal) {
    size_t i = 0;
    while (i < N_ROUTES && !path_fits(i, head->path))
        i++;
    if (i == N_ROUTES) {
        reply_error(refusal, 404,
                    "no such path; there are POST /v1/samples, GET /v1/devices, "
                    "GET /v1/devices/NAME and GET /healthz");
    } else if (!method_fits(i, head->method)) {
        reply_error(refusal, 405, "this path takes %s", routes[i].allow);
        refusal->allow = routes[i].allow;
    } else if (head->protocol && strcmp(head->protocol, PROTOCOL_VERSION) != 0) {
        reply_error(refusal, 426,
                    "the peer speaks protocol %.20s, this collector speaks %s; use "
                    "the same latcast on both sides",
                    head->protocol, PROTOCOL_VERSION);
    } else if (!routes[i].open && !token_fits(head->authorization, token)) {
        refuse_token(refusal, head->authorization != NULL);
    } else if (head->content_encoding && strcasecmp(head->content_encoding, "identity") != 0) {
        reply_error(refusal, 415, "content encoding %.20s is not understood; send plain JSON lines",
                    head->content_encoding);
    } else if (declared_too_large(head->content_length, max_body)) {
        route_too_large(refusal, max_body);
    } else {
        return routes[i].action;
    }
    return ROUTE_NONE;
}

const char *route_device(const char *path) {
    return path + sizeof DEVICES_PREFIX - 1;
}

const char *route_label(route_action action) {
    for (size_t i = 0; i < N_ROUTES; i++)
        if (routes[i].action == action)
            return routes[i].path;
    return "-";
}
