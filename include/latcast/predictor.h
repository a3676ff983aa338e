/* The few-shot latency predictor.
 *
 * A model is trained once on a pool of devices and saved. Adapting it to a device from a few
 * samples gives a predictor; asking a predictor allocates nothing and is thread-safe.
 *
 * The method: Bayesian linear regression on physical features of the operator graph (costs by
 * operator family, rooflines, longest paths) and on what the source devices' models say about the
 * net. Plain or logarithmic latency, the weight of each block of features and the noise are
 * averaged over by their evidence; outlying samples lose weight. The few-shot setting and the tasks
 * it was chosen on are those of HELP (arXiv:2106.08630) and NASFLAT (arXiv:2403.02446).
 */
#ifndef LATCAST_PREDICTOR_H
#define LATCAST_PREDICTOR_H

#include "latcast/device.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct lc_model lc_model;
typedef struct lc_predictor lc_predictor;

/* The measured nets of one source device: n feature vectors are made from nets[n], values[n] are
 * the latencies (any positive unit, the same over the device). Borrowed during the call. */
typedef struct lc_pool_device {
    const char *name;
    const lc_net *const *nets;
    const double *values;
    size_t n;
} lc_pool_device;

/* Trains a model on `n_devices` source devices (0 is allowed: physical features alone, scaled by
 * `reference`). `reference` nets (may be NULL, 0) only add to the statistics the features are
 * standardised with. LC_EFORMAT: a device without samples, named twice, or with a value that is not
 * finite and positive; LC_EUNSUPPORTED: more devices or spaces than a model holds. Free with
 * lc_model_free(). */
lc_status lc_model_train(const lc_pool_device *devices, size_t n_devices,
                         const lc_net *const *reference, size_t n_reference, lc_model **out,
                         lc_error *err);
void lc_model_free(lc_model *model);

/* The model file ("model.lc"; docs/formats.md): versioned, checksummed, little-endian. Saving is
 * atomic; LC_EFORMAT: the model holds numbers that make no sense. Loading maps the file and uses it
 * where it lies, so a file in use must be replaced by another that is renamed over it, as saving
 * does, and not be written into. LC_EIO: no such file; LC_EFORMAT: no model file, truncated or
 * damaged; LC_EUNSUPPORTED: of another version or other features. Free a loaded model with
 * lc_model_free(). */
lc_status lc_model_save(const lc_model *model, const char *path, lc_error *err);
lc_status lc_model_load(const char *path, lc_model **out, lc_error *err);

/* The source devices, and the name of device i (the model's; NULL beyond the last). */
size_t lc_model_n_devices(const lc_model *model);
const char *lc_model_device_name(const lc_model *model, size_t i);

/* Few-shot measurements of the target: values[n] (e.g. nanoseconds) of nets[n]. A net that was
 * measured several times (equal lc_net_digest()) counts as one sample, by the median of its values.
 * Of kind LC_SAMPLE_OP are operators, or small parts of nets, that were measured alone. They tell
 * how nets differ, as far as the samples of nets bear that out; without any of those the forecast
 * ranks nets, but what comes on top of the operators is a guess, and the interval wide. */
typedef struct lc_shots {
    const lc_net *const *nets;
    const double *values;
    size_t n;
    const lc_sample_kind *kinds; /* [n]; NULL: all are LC_SAMPLE_NET */
} lc_shots;

typedef struct lc_adapt_options {
    const char *const *without; /* [n_without] source devices that must not be used */
    size_t n_without;
    /* Relative standard deviation of the difference between two measurements of a net on this
     * device on different occasions. The shots share one occasion, so they cannot show it; it
     * widens every interval. 0: the device is always in the same state. */
    double repeatability;
    /* Relative standard deviation of a reading, as its own statistics give it; 0: not known. It
     * changes no forecast, but tells chance from what the forecast knows nothing of
     * (lc_uncertainty). */
    double reading;
} lc_adapt_options;

/* Adapts the model to a device. `options` may be NULL. LC_EUSAGE: no samples (n is 0); LC_EFORMAT:
 * a value that is not finite and positive; LC_ERUNTIME: numbers too far apart to compute with. One
 * sample is enough for a (wide) forecast. The predictor does not refer to model or shots
 * afterwards. Free with lc_predictor_free(). */
lc_status lc_predictor_adapt(const lc_model *model, const lc_shots *shots,
                             const lc_adapt_options *options, lc_predictor **out, lc_error *err);
void lc_predictor_free(lc_predictor *predictor);

/* From this novelty on a forecast is a rate estimate by size and nothing else. */
#define LC_NOVELTY_FAR 30.0

/* A forecast, in the unit of the shots. Beyond novelty 1 it goes over, in log space, from the
 * regression to a rate estimate: the net's roofline sum times the geometric mean of the shots'
 * latencies over theirs. The interval widens to a factor of 4 and more either way. Operators of a
 * family that neither the pool nor the shots have are added at that rate, with such an interval:
 * the net is out of range however few they are. */
typedef struct lc_forecast {
    double latency;    /* posterior mean; > 0, low <= latency <= high */
    double low, high;  /* 90 % interval */
    double novelty;    /* distance of the net from what was seen: <= 1 inside */
    bool out_of_range; /* novelty > 1 */
} lc_forecast;

/* Forecasts a net. LC_EUNSUPPORTED: it is empty or has more than LC_NET_MAX_NODES nodes. Allocates
 * nothing, but takes about 200 KB of stack: mind it where threads have little. */
lc_status lc_predictor_query(const lc_predictor *predictor, const lc_net *net, lc_forecast *out,
                             lc_error *err);

/* Why a forecast is uncertain: the variance of a measurement about it, behind the interval, in
 * parts that sum to 1. */
typedef struct lc_uncertainty {
    double deviation; /* root of that variance, relative to the forecast */
    double noise;     /* readings of one net differ by chance; where lc_adapt_options.reading is 0,
                         also what no feature explains */
    double samples;   /* the coefficients, from few samples: more of them lessen it */
    double unlike;    /* what neither features nor source devices know of the device's nets, and as
                         far as the net is unlike those seen */
    double occasion;  /* the device is in another state another time */
    const char *family; /* family of operators of this net that was measured neither on this device
                           nor in the pool, the largest; NULL: none. Static string */
} lc_uncertainty;

/* LC_EUNSUPPORTED as lc_predictor_query(). Thread-safe, allocates nothing. */
lc_status lc_predictor_uncertainty(const lc_predictor *predictor, const lc_net *net,
                                   lc_uncertainty *out, lc_error *err);

/* The forecast split over the net's nodes: share[i] >= 0 (array of lc_net_size()) sums to
 * forecast.latency together with *overhead >= 0 (what no single operator explains). A node's share
 * is the gradient of the forecast times what the node adds to the features: exact as far as latency
 * is a sum over operators. Shares that come out negative count 0; shares that exceed the forecast
 * together are scaled down to it. Errors and stack as lc_predictor_query(). */
lc_status lc_predictor_breakdown(const lc_predictor *predictor, const lc_net *net, double *share,
                                 double *overhead, lc_error *err);

/* How much each source device carries: weight[i] in [0,1] for every lc_model_n_devices(), and the
 * weight of the physical features alone in *physical; they sum to 1. A part's weight is its
 * covariance, over the shots, with the whole mean forecast (0 where that is negative): how much of
 * the differences between nets it accounts for. */
lc_status lc_predictor_sources(const lc_predictor *predictor, double *weight, double *physical);

/* How far each sample of a net was believed: weight[i] in (0,1] of the i-th of them (operators not
 * counted), 1 where it fits in with the others, the less the further it lies from what the others
 * make of its net: weight (2 s / r)^4 for a leave-one-out residual r beyond two robust standard
 * deviations s (Huber's weights to the fourth). A low one was measured in another state of the
 * device, or is a mistake. All 1 with fewer than 12 samples, too few to tell. */
lc_status lc_predictor_trust(const lc_predictor *predictor, double *weight);

/* Which of candidates[n] to measure next: fills chosen[k] with distinct indices, best first, given
 * nets already measured (may be none). LC_EUSAGE when k > n. */
lc_status lc_model_select(const lc_model *model, const lc_net *const *measured, size_t n_measured,
                          const lc_net *const *candidates, size_t n, size_t k,
                          const lc_adapt_options *options, size_t *chosen, lc_error *err);

#ifdef __cplusplus
}
#endif
#endif
