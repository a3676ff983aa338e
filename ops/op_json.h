/* One operator as a JSON object: its type and attributes. */
#ifndef OPS_OP_JSON_H
#define OPS_OP_JSON_H

#include "base/json.h"
#include "latcast/op.h"

/* Reads "op" and its attributes, and "shape" where the type is input. Refuses members that the
 * type does not have; "id", "inputs" and "shape" belong to the net. */
lc_status lc__op_from_json(const lc__cur *object, lc_op *op, lc_error *err);

/* Reads [N,H,W,C]. */
lc_status lc__shape_from_json(const lc__cur *array, lc_shape *out, lc_error *err);

/* Adds "op" and the attributes that are required or not at their defaults. False when out of
 * memory. */
bool lc__op_to_json(const lc_op *op, cJSON *into);

#endif
