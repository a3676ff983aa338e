/* Made-up devices over real nets: latency as a known function of a net's cost. */
#ifndef TESTS_PREDICTOR_SYNTHETIC_H
#define TESTS_PREDICTOR_SYNTHETIC_H

#include "latcast/predictor.h"

/* n random nets of a space; free with free_nets(). Stops the test if it cannot. */
lc_net **random_nets(const char *space, size_t n, uint64_t seed);
void free_nets(lc_net **nets, size_t n);

/* Nanoseconds of a device that takes ns_per_mac, ns_per_byte and ns_per_op, and a fixed time. */
typedef struct made_up {
    double ns_per_mac, ns_per_byte, ns_per_op, fixed_ns;
} made_up;

double made_up_latency(const made_up *device, const lc_net *net);
void made_up_values(const made_up *device, lc_net *const *nets, size_t n, double *values);

/* A model of `n_devices` (<= 8) made-up devices with `n` fbnet nets each; `random` devices have
 * latencies that have nothing to do with the nets. Free with lc_model_free(). */
lc_model *made_up_model(size_t n_devices, size_t n, bool random);

/* lc_predictor_adapt() to nets, and lc_predictor_query() with its promises checked; they stop the
 * test if they cannot. */
lc_predictor *must_adapt(const lc_model *model, lc_net *const *nets, const double *values,
                         size_t n);
lc_forecast must_forecast(const lc_predictor *p, const lc_net *net);

/* Median relative error over nets[n], and the share of them inside their intervals. */
void must_score(const lc_predictor *p, lc_net *const *nets, const double *truth, size_t n,
                double *median, double *covered);

#endif
