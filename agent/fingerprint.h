/* What identifies a device: board, CPU, caches, kernel, clocks, sensors, build and what the kernel
 * lets this process count. Each fact is a member of one JSON object; what could not be found out is
 * null and "<member>_absent" says why, so that an absent thing never reads as 0.
 */
#ifndef AGENT_FINGERPRINT_H
#define AGENT_FINGERPRINT_H

#include <cjson/cJSON.h>

#include "clock.h"
#include "latcast/status.h"
#include "perf.h"

/* The facts that the kernel's trees below `root` tell ("" = this machine), as a new object:
 * board, board_source, cpu_vendor, cpu_model, cpu_parts, isa_features, caches, cores, memory_bytes,
 * kernel, distro, governor, freq_khz, cpu_policies, temp_mc, power_rails, virtualisation. LC_ENOMEM
 * only. */
lc_status lc__fingerprint_tree(const char *root, cJSON **out, lc_error *err);

/* Adds what only the running process knows: timer, perf_events, compiler, compiler_flags,
 * agent_version. */
lc_status lc__fingerprint_process(cJSON *object, const lc__clock *clock, const lc__perf *perf,
                                  lc_error *err);

/* The parts of the above, for fingerprint.c. Each adds its members to `object`. */
void lc__fingerprint_cpu(const char *root, cJSON *object);
void lc__fingerprint_board(const char *root, cJSON *object); /* after the CPU: may name it */
void lc__fingerprint_power(const char *root, cJSON *object);

/* Adds "member": null and "member_absent": why. */
void lc__absent(cJSON *object, const char *member, const char *why);

/* Adds "member": value, or says that it is absent when value is NULL or empty. */
void lc__present(cJSON *object, const char *member, const char *value, const char *why_absent);

/* A short name of the machine for device names, [a-z0-9.-]: the board of a device tree, else the
 * CPU model without its trade marks. */
void lc__fingerprint_slug(const cJSON *object, char *buf, size_t size);

#endif
