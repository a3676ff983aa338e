/* Samples for the folders above: reading one out of a larger document, and telling a resent sample
 * from one that contradicts. */
#ifndef DEVICES_SAMPLE_H
#define DEVICES_SAMPLE_H

#include "base/json.h"
#include "latcast/device.h"

/* Reads a sample object as lc_sample_parse() does. `text` is where it starts in its document,
 * lc__json_start(cur); who walks over many samples knows it without searching for it. */
lc_status lc__sample_from_json(const lc__cur *cur, const char *text, lc_sample *out, lc_error *err);

/* True when both say the same of the same net: kind, net and every statistic. Names, counters and
 * unknown fields do not count; numbers may differ by what printing them again loses. */
bool lc__sample_same(const lc_sample *a, const lc_sample *b);

/* Reads "kind" of a sample or a plan item. */
lc_status lc__kind_from_json(const lc__cur *object, lc_sample_kind *out, lc_error *err);
const char *lc__kind_name(lc_sample_kind kind);

/* An operator is measured as a net of itself and its inputs: LC_EFORMAT when `net` holds none or
 * several although `kind` is LC_SAMPLE_OP. */
lc_status lc__kind_check(lc_sample_kind kind, const lc_net *net, lc_error *err);

/* Device names go into file names and URLs: 1 to 100 of [A-Za-z0-9._-], not starting with a dot.
 * Ids of samples: 1 to 100 printable characters of ASCII without space. */
bool lc__device_name_ok(const char *name);
bool lc__sample_id_ok(const char *id);
#define LC__DEVICE_NAME_RULE "1 to 100 of A-Z a-z 0-9 . _ - and not starting with a dot"

/* Reads member `key` as a device name. */
lc_status lc__device_name_from_json(const lc__cur *object, const char *key, const char **out,
                                    lc_error *err);

/* The header object of a spool or an upload, as lc_device_parse_header(). */
lc_status lc__device_header_from_json(const lc__cur *cur, lc_device *out, lc_error *err);

#endif
