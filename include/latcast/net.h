/* Nets: directed acyclic graphs of operators, and net.json. */
#ifndef LATCAST_NET_H
#define LATCAST_NET_H

#include "latcast/op.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LC_NET_MAX_NODES 4096
#define LC_NET_MAX_CHOICES 64

typedef struct lc_net lc_net;

/* One node. Owned by its net; valid until the net is freed. Nodes are stored in topological
 * order: every input index is smaller than the node's own. */
typedef struct lc_node {
    const char *id; /* unique in the net */
    lc_op op;
    int n_inputs;
    int inputs[LC_OP_MAX_INPUTS]; /* [n_inputs] node indices */
    lc_shape shape;               /* of the output */
} lc_node;

/* An empty net. Free with lc_net_free(). NULL when out of memory. */
lc_net *lc_net_new(const char *name);
void lc_net_free(lc_net *net);
lc_net *lc_net_clone(const lc_net *net);

/* Appends a node and infers its shape. `id` NULL makes one ("n12"). On LC_OK *index (may be NULL)
 * is the new node's index; it also becomes the net's output until lc_net_set_output() is called. A
 * composite (op.h) adds several nodes, all or none; *index is the last one's. */
lc_status lc_net_add(lc_net *net, const char *id, const lc_op *op, const int *inputs, int n_inputs,
                     int *index, lc_error *err);
lc_status lc_net_set_output(lc_net *net, int index, lc_error *err);

/* Records which choices of which space made this net (shown by lc_net_space()); the strings and
 * the vector are copied. */
lc_status lc_net_set_origin(lc_net *net, const char *space, const int *choices, int n_choices,
                            lc_error *err);

const char *lc_net_name(const lc_net *net);
lc_status lc_net_set_name(lc_net *net, const char *name);
int lc_net_size(const lc_net *net);
const lc_node *lc_net_node(const lc_net *net, int index);
int lc_net_output(const lc_net *net);

/* The space's name and choices, or NULL / 0 for an explicit net. */
const char *lc_net_space(const lc_net *net);
const int *lc_net_choices(const lc_net *net, int *n_choices);

/* live[i] (array of lc_net_size()) is true where node i does useful work: it reaches the output
 * and carries data of an input (what depends only on `zero` carries none). An output that carries
 * no data is live itself. */
void lc_net_live(const lc_net *net, bool *live);

/* needed[i] is true where node i reaches the output: what a runtime must execute. */
void lc_net_needed(const lc_net *net, bool *needed);

/* A copy without dead nodes: inputs that carry nothing are dropped from `add`; `concat` and other
 * operators keep them, with all that these need, for the sake of their shapes (so a net whose
 * output carries nothing keeps every needed node). An `add` left with one input and no activation
 * vanishes. The copy has no origin. Free with lc_net_free(). */
lc_status lc_net_prune(const lc_net *net, lc_net **out, lc_error *err);

/* A copy whose inputs all have N = batch, without origin: a batched net is no member of its space.
 * LC_EUNSUPPORTED where an operator does not fit then. Free with lc_net_free(). */
lc_status lc_net_with_batch(const lc_net *net, int32_t batch, lc_net **out, lc_error *err);

/* Cost of node `index`, and the sum over all nodes. */
lc_cost lc_net_node_cost(const lc_net *net, int index);
lc_cost lc_net_cost(const lc_net *net);

/* Node `index` (not an input) as a net of its own, on inputs of the shapes it has in `net`: what
 * timing a single operator runs. It is named by what it is, "conv2d 3x3 16>96 32x32 s2 relu": type,
 * kernel, channels in and out, height and width of the input, and what else tells it from others;
 * operators of one name compute the same. Free with lc_net_free(). */
lc_status lc_net_operator(const lc_net *net, int index, lc_net **out, lc_error *err);

/* A 64-bit digest of what the net computes (operators, attributes, edges, output; neither ids nor
 * names). Equal digests mean the same measurement. */
uint64_t lc_net_digest(const lc_net *net);

/* Reads net.json, explicit or space + choices. `file` is only for messages and may be NULL;
 * `line0` is the number of lines that precede the text in that file (0 for a whole file).
 * LC_EFORMAT with file, path and line; LC_EUNSUPPORTED for an operator, space or schema version
 * that this build does not know. */
lc_status lc_net_parse(const char *text, size_t length, const char *file, int line0, lc_net **out,
                       lc_error *err);
lc_status lc_net_load(const char *path, lc_net **out, lc_error *err);

/* net.json as a heap string (free()), one line: the space form when the net has an origin and
 * `explicit_form` is false, else the explicit form. NULL when out of memory. */
char *lc_net_to_json(const lc_net *net, bool explicit_form);

/* The nets that ship: "mobilenet_v2", "resnet18", "vit_tiny", all [1,224,224,3] and of 1000
 * classes; "mobilenet_v2:SIDE:CLASSES" is for images [1,SIDE,SIDE,3] ("mobilenet_v2:32:10"; below
 * 64 pixels without its first stride). LC_EUNSUPPORTED for another name (the message lists them).
 */
lc_status lc_zoo_net(const char *name, lc_net **out, lc_error *err);
const char *const *lc_zoo_names(void); /* NULL-terminated */

#ifdef __cplusplus
}
#endif
#endif
