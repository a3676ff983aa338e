/* predict: forecasts latencies on a device from a few samples of it and a pool of devices. */
#include "cmd.h"

#include <cblas.h>

int main(int argc, char **argv) {
    static const lc__verb verbs[] = {
        {"", "forecast nets on a device: --device new.json --arch net.json", lc__predict_forecast},
        {"train", "make a model from a folder of measured devices", lc__predict_train},
        {"plan", "choose which nets to measure next", lc__predict_plan},
        {"check", "compare forecasts with measurements made afterwards", lc__predict_check},
        {"eval", "score the predictor on a suite of tasks", lc__predict_eval},
        {"embed", "what is particular about a device, as a vector", lc__predict_embed},
        {"similar", "which pool devices a device resembles, and in what", lc__predict_similar},
        {"partition", "split the devices of a table into hard tasks", lc__predict_partition},
        {"monotonicity", "compare how devices rank nets; find a proxy", lc__predict_monotonicity},
        {0}};
    /* The matrices are small: more threads would only cost their start. */
    openblas_set_num_threads(1);
    return lc__cli_dispatch("predict", "latency forecasts from a handful of measurements",
                            LATCAST_VERSION, verbs, argc, argv);
}
