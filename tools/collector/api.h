/* What the collector does for each request, apart from how HTTP carries it. */
#ifndef COLLECTOR_API_H
#define COLLECTOR_API_H

#include "reply.h"
#include "store.h"

#define PROTOCOL_VERSION "1"

/* Each fills the reply; `body[length]` is the request's. */
void api_post_samples(store *s, const char *body, size_t length, reply *r);
void api_list_devices(store *s, reply *r);
void api_get_device(store *s, const char *name, reply *r);
void api_health(store *s, reply *r);

/* The device.json of a device as text in *out (its text: free()); LC_EUSAGE when there is no such
 * device. */
lc_status api_device_text(store *s, const char *name, lc__buf *out, lc_error *err);

#endif
