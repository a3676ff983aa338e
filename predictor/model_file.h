/* Model files in memory.
 *
 *   bytes 0..7   "latcast\n"
 *   8..11        format version (u32)
 *   12..15       number of features (u32): nets are described differently by other builds
 *   16..23       length of the body, which follows (u64)
 *   24..31       FNV-1a checksum of the body (u64)
 *   32..         body: counts, sources, regions, groups
 *
 * All numbers are little-endian, reals are IEEE 754 doubles.
 */
#ifndef PREDICTOR_MODEL_FILE_H
#define PREDICTOR_MODEL_FILE_H

#include "latcast/predictor.h"

enum {
    LC__MODEL_VERSION = 2,
    LC__MODEL_VERSION_AT = 8,
    LC__MODEL_SUM_AT = 24,
    LC__MODEL_HEADER = 32
};

/* lc_model_load() from memory. LC_EFORMAT: no model file, truncated, damaged. LC_EUNSUPPORTED:
 * another format version or other features. */
lc_status lc__model_parse(const char *text, size_t length, lc_model **out, lc_error *err);

#endif
