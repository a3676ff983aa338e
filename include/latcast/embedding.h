/* Hardware embeddings: what is particular about a device, as a vector.
 *
 * Two devices are compared by what they say of the same reference nets: by the logarithms of their
 * latencies less the mean logarithm, so that how fast a device is altogether does not matter. A
 * device that was measured on other nets takes part by its forecasts for them, which is what makes
 * devices comparable that have no measured net in common. (HELP, arXiv:2106.08630, takes the
 * latencies of some reference nets as a device's embedding and has to measure those very nets.)
 *
 * An embedding holds three views of that profile:
 *   axes    its coordinates along the principal axes of the pool devices' profiles, in units of
 *           relative latency: two devices that are d apart differ by 100 d % from net to net;
 *   outside how much of it no axis covers: what no pool device has shown;
 *   shares  the share of the time that goes into each family of operators over the mean reference
 *           net, by a non-negative fit: axes with a name.
 *
 * Everything is const and thread-safe once made. */
#ifndef LATCAST_EMBEDDING_H
#define LATCAST_EMBEDDING_H

#include "latcast/predictor.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What the embeddings that are to be compared have in common: reference nets, and the pool's
 * profiles over them. */
typedef struct lc_embedding_frame lc_embedding_frame;
typedef struct lc_embedding lc_embedding;

/* A figure and how sure it is; the pool devices' own count as certain (std 0). */
typedef struct lc_embedding_value {
    double value, std;
} lc_embedding_value;

#define LC_EMBEDDING_LEAST_NETS 16
#define LC_EMBEDDING_MAX_AXES 8

/* Makes a frame of nets[n] (some hundreds of random nets of the space that matters; borrowed during
 * the call) and the model's devices but for those of `options` (may be NULL). LC_EUSAGE: fewer than
 * LC_EMBEDDING_LEAST_NETS nets; LC_EUNSUPPORTED: as lc_predictor_query(). The frame keeps what it
 * needs of the model. Free with lc_embedding_frame_free(). */
lc_status lc_embedding_frame_new(const lc_model *model, const lc_net *const *nets, size_t n,
                                 const lc_adapt_options *options, lc_embedding_frame **out,
                                 lc_error *err);
void lc_embedding_frame_free(lc_embedding_frame *frame);

/* The pool devices in the frame; names are the frame's, NULL beyond the last. */
size_t lc_embedding_n_devices(const lc_embedding_frame *frame);
const char *lc_embedding_device_name(const lc_embedding_frame *frame, size_t i);

/* The axes, the one along which the pool differs most first: 0 (fewer than two pool devices) to
 * LC_EMBEDDING_MAX_AXES of them. A name says which kinds of nets take relatively longer towards the
 * positive end, and which towards the negative one: "depthwise - pointwise". */
size_t lc_embedding_n_axes(const lc_embedding_frame *frame);
const char *lc_embedding_axis_name(const lc_embedding_frame *frame, size_t i);

/* The families that time is shared out among: those in which the reference nets differ, "launches"
 * (an equal time for every operator), "depth" (for every operator on the longest path) and "fixed"
 * (the same time for every net). */
size_t lc_embedding_n_shares(const lc_embedding_frame *frame);
const char *lc_embedding_share_name(const lc_embedding_frame *frame, size_t i);

/* The embedding of pool device i < lc_embedding_n_devices(), by its own model; and of a device by a
 * predictor that was adapted to it from the model of the frame. Free with lc_embedding_free(). */
lc_status lc_embedding_of_device(const lc_embedding_frame *frame, size_t i, lc_embedding **out,
                                 lc_error *err);
lc_status lc_embedding_of_predictor(const lc_embedding_frame *frame, const lc_predictor *predictor,
                                    lc_embedding **out, lc_error *err);
void lc_embedding_free(lc_embedding *embedding);

/* Coordinates [lc_embedding_n_axes()] and shares [lc_embedding_n_shares()], which sum to 1; the
 * embedding's own. */
const lc_embedding_value *lc_embedding_axes(const lc_embedding *embedding);
const lc_embedding_value *lc_embedding_shares(const lc_embedding *embedding);

/* Root mean square of what the axes leave of the profile. */
double lc_embedding_outside(const lc_embedding *embedding);

/* How far apart two devices of one frame are: the standard deviation over the reference nets of the
 * logarithm of their ratio. 0.1: one takes 10 % longer or shorter than the other's latencies would
 * let expect. */
double lc_embedding_distance(const lc_embedding *a, const lc_embedding *b);

/* Spearman correlation of the two devices over the reference nets in *rho. LC_ENOMEM. */
lc_status lc_embedding_rank(const lc_embedding *a, const lc_embedding *b, double *rho,
                            lc_error *err);

#ifdef __cplusplus
}
#endif
#endif
