/* Model files in memory; docs/formats.md describes them. */
#ifndef PREDICTOR_MODEL_FILE_H
#define PREDICTOR_MODEL_FILE_H

#include <stdint.h>
#include "latcast/predictor.h"

enum {
    LC__MODEL_VERSION = 3,
    LC__MODEL_VERSION_AT = 8,
    LC__MODEL_SUM_AT = 32,
    LC__MODEL_HEADER = 64 /* then the table of sections */
};

/* lc_model_load() from memory. LC_EFORMAT: no model file, truncated, damaged. LC_EUNSUPPORTED:
 * another format version or other features. */
lc_status lc__model_parse(const char *text, size_t length, lc_model **out, lc_error *err);

/* FNV-1a checksum of a model file but for the checksum itself; length >= LC__MODEL_HEADER. */
uint64_t lc__model_checksum(const void *data, size_t length);

#endif
