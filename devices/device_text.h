/* The text of a device.json, piece by piece, for those who hold the samples elsewhere. */
#ifndef DEVICES_DEVICE_TEXT_H
#define DEVICES_DEVICE_TEXT_H

#include "base/text.h"
#include "latcast/device.h"

/* Call begin, then sample for each in order, then end. A failed allocation shows in buf->failed. */
void lc__device_text_begin(lc__buf *buf, const lc_device *device);

/* `json` is the sample's object on one line; its "device", which every line of an upload carries,
 * is left out. */
void lc__device_text_sample(lc__buf *buf, const char *json);
void lc__device_text_end(lc__buf *buf);

/* Appends a sample as a line of a spool or an upload, which names its device: what was read from a
 * device.json does not yet. */
void lc__device_text_line(lc__buf *buf, const char *device, const char *json);

#endif
