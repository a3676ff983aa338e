/* Nets inside other JSON documents: samples and plan items hold a net's fields beside their own. */
#ifndef OPS_NET_JSON_H
#define OPS_NET_JSON_H

#include "base/json.h"
#include "latcast/net.h"

#define LC__NET_SCHEMA_VERSION 1

/* Reads a net from an object in either form: "space" with "choices" or "arch", or "ops" with
 * "output". Unknown fields of the object are left alone, those of an operator are refused.
 * "schema_version" may be missing, as the document has one, but is checked where it stands. Free
 * with lc_net_free(). */
lc_status lc__net_from_json(const lc__cur *object, lc_net **out, lc_error *err);

/* Adds the net's fields to an object (all but "schema_version"), in the space form if the net has
 * an origin and `explicit_form` is false. False when out of memory. */
bool lc__net_to_cjson(const lc_net *net, bool explicit_form, cJSON *into);

#endif
