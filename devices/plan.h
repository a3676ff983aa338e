/* Plans for those who measure: what cannot be read of one must not keep the rest from being
 * measured. */
#ifndef DEVICES_PLAN_H
#define DEVICES_PLAN_H

#include "latcast/device.h"

/* Called with an item that cannot be read: its place in "items" from 1, its name ("" if it has
 * none), and why. The strings live as long as the call. */
typedef void (*lc__plan_misfit)(void *ctx, size_t number, const char *name, const lc_error *why);

/* As lc_plan_load(), but an item of a form, operator, space or shape that cannot be is handed to
 * misfit() and passed over, which is LC_OK as long as one other item is left, else LC_EUNSUPPORTED.
 * With misfit NULL it is lc_plan_load(). */
lc_status lc__plan_load_fitting(const char *path, lc__plan_misfit misfit, void *ctx, lc_plan *out,
                                lc_error *err);

/* What people are told an item is called: its name, printable; without one its place in the plan
 * and what it is, "item 3 (conv2d 3x3 16>96 32x32)". In buf[size]; returns buf. */
const char *lc__plan_item_called(const lc_plan_item *item, char *buf, size_t size);

#endif
