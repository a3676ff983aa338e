/* Which request means what, and what must hold before it is served. */
#ifndef COLLECTOR_ROUTE_H
#define COLLECTOR_ROUTE_H

#include "reply.h"

typedef enum route_action {
    ROUTE_NONE,
    ROUTE_POST_SAMPLES,
    ROUTE_LIST_DEVICES,
    ROUTE_GET_DEVICE,
    ROUTE_HEALTH
} route_action;

/* The parts of a request's head that decide. NULL: header not sent. */
typedef struct route_head {
    const char *method, *path;
    const char *authorization, *protocol, *content_encoding, *content_length;
} route_head;

/* What the request asks for. ROUTE_NONE when it may not: then `refusal` says why. */
route_action route_find(const route_head *head, const char *token, size_t max_body, reply *refusal);

/* The device's name in the path of ROUTE_GET_DEVICE. */
const char *route_device(const char *path);

/* The action's path as shown in the log. */
const char *route_label(route_action action);

/* The refusal of a body above max_body bytes. */
void route_too_large(reply *refusal, size_t max_body);

#endif
