/* Enough of JSON Schema 2020-12 to hold the published schemas against what the readers accept. */
#ifndef TESTS_SCHEMA_CHECK_H
#define TESTS_SCHEMA_CHECK_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

/* Whether `value` is valid by docs/schema/<ref>, e.g. "net.schema.json" or
 * "device.schema.json#/$defs/header"; if not, why[size] names the place and keyword. Fails the test
 * on a keyword that it does not know. */
bool schema_valid(const char *ref, const cJSON *value, char *why, size_t size);

/* A schema file, parsed; the caller deletes it. */
cJSON *schema_load(const char *file);

#endif
