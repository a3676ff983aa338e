/* What whole nets take beside the sum of their operators: a device.json with samples of nets and of
 * all their operators (predict plan --operators --all) -> a JSON object with a row for each net of
 * which every operator was measured. For tools/bench measure.
 *
 * usage: bench-measure FILE
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "latcast/device.h"

static void stop(const char *what, const lc_error *err) {
    fprintf(stderr, "bench-measure: %s: %s\n", what, err->message);
    exit(1);
}

static double measured(const lc_device *device, const lc_net *op) {
    uint64_t digest = lc_net_digest(op);
    for (size_t i = 0; i < device->n_samples; i++)
        if (device->samples[i].kind == LC_SAMPLE_OP &&
            lc_net_digest(device->samples[i].net) == digest)
            return device->samples[i].latency_ns;
    return 0;
}

/* The sum over the operators that the net's output needs, 0 when one was not measured. */
static double sum_of(const lc_device *device, const lc_net *net) {
    double sum = 0;
    bool *needed = calloc((size_t)lc_net_size(net), sizeof *needed);
    if (!needed)
        exit(1);
    lc_net_needed(net, needed);
    for (int i = 0; i < lc_net_size(net); i++) {
        lc_error err;
        lc_net *op;
        if (!needed[i] || lc_net_node(net, i)->op.type == LC_OP_INPUT)
            continue;
        if (lc_net_operator(net, i, &op, &err))
            stop(lc_net_name(net), &err);
        double ns = measured(device, op);
        if (ns <= 0)
            fprintf(stderr, "bench-measure: %s of %s was not measured\n", lc_net_name(op),
                    lc_net_name(net));
        lc_net_free(op);
        if (ns <= 0) {
            sum = 0;
            break;
        }
        sum += ns;
    }
    free(needed);
    return sum;
}

int main(int argc, char **argv) {
    lc_device device;
    lc_error err;
    const char *comma = "";
    if (argc != 2) {
        fputs("usage: bench-measure FILE\n", stderr);
        return 2;
    }
    if (lc_device_load(argv[1], &device, &err))
        stop(argv[1], &err);
    printf("{\"rows\":[");
    for (size_t i = 0; i < device.n_samples; i++) {
        const lc_sample *s = &device.samples[i];
        double sum = s->kind == LC_SAMPLE_NET ? sum_of(&device, s->net) : 0;
        if (sum <= 0)
            continue;
        printf("%s{\"net_ns\":%.1f,\"sum_ns\":%.1f}", comma, s->latency_ns, sum);
        comma = ",";
    }
    puts("]}");
    lc_device_clear(&device);
    return 0;
}
