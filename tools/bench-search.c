/* What tools/bench search asks of the library for searching, none of which trains anything.
 *
 * usage: bench-search program MODEL FIRST_SEED SEEDS DEVICE...
 *        bench-search methods MODEL FIRST_SEED SEEDS DEVICE...
 *        bench-search proxy LATENCIES ACCURACIES FIRST_SEED SEEDS SHARD SHARDS
 *        bench-search confidence LATENCIES ACCURACIES SEED DRAWS SHARD SHARDS
 *
 * Devices are device.json files; LATENCIES and ACCURACIES are CSV files of NAS-Bench-201, or
 * ACCURACIES is made-up. Prints one JSON object.
 */
#include "bench-search.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/rng.h"
#include "base/stats.h"

/* What `predict` takes for the difference of two measurements on different occasions. */
#define REPEATABILITY 0.03

void search_stop(const char *what, const lc_error *err) {
    fprintf(stderr, "bench-search: %s: %s\n", what, err ? err->message : "failed");
    exit(1);
}

void search_must(lc_status status, const char *what, const lc_error *err) {
    if (status != LC_OK)
        search_stop(what, err);
}

void *search_room(size_t n, size_t size) {
    void *p = calloc(n + 1, size);
    if (!p)
        search_stop("allocating", NULL);
    return p;
}

double search_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void search_spread(const char *name, double *x, size_t n) {
    if (n == 0) {
        printf("\"%s\":null", name);
        return;
    }
    double mean = lc__mean(x, n);
    lc__sort(x, n);
    printf("\"%s\":{\"median\":%.6g,\"min\":%.6g,\"max\":%.6g,\"mean\":%.6g,\"p90\":%.6g}", name,
           lc__quantile(x, n, 0.5), x[0], x[n - 1], mean, lc__quantile(x, n, 0.9));
}

double search_normal(uint64_t *rng) {
    double u = lc__rng_unit(rng) + 0x1p-54;
    return sqrt(-2 * log(u)) * cos(2 * M_PI * lc__rng_unit(rng));
}

void search_draw(size_t *item, size_t n, size_t k, uint64_t *rng) {
    for (size_t i = 0; i < k && i < n; i++) {
        size_t j = i + (size_t)lc__rng_below(rng, n - i), keep = item[i];
        item[i] = item[j];
        item[j] = keep;
    }
}

lc_choice_predictor *search_device(const char *model, const char *device, size_t shots,
                                   uint64_t seed) {
    lc_error err = {0};
    lc_model *pool = NULL;
    lc_device d;
    lc_predictor *predictor = NULL;
    lc_choice_predictor *compiled = NULL;
    search_must(lc_model_load(model, &pool, &err), model, &err);
    search_must(lc_device_load(device, &d, &err), device, &err);
    size_t *item = search_room(d.n_samples, sizeof *item), n = 0;
    for (size_t i = 0; i < d.n_samples; i++) {
        const char *space = lc_net_space(d.samples[i].net);
        if (d.samples[i].kind == LC_SAMPLE_NET && space && !strcmp(space, "fbnet"))
            item[n++] = i;
    }
    if (n < shots)
        search_stop(device, NULL);
    search_draw(item, n, shots, &seed);
    const lc_net **nets = search_room(shots, sizeof(void *));
    double *values = search_room(shots, sizeof *values);
    for (size_t i = 0; i < shots; i++) {
        nets[i] = d.samples[item[i]].net;
        values[i] = d.samples[item[i]].latency_ns;
    }
    const char *without[] = {d.name};
    lc_adapt_options options = {.without = without, .n_without = 1, .repeatability = REPEATABILITY};
    lc_shots of = {.nets = nets, .values = values, .n = shots};
    search_must(lc_predictor_adapt(pool, &of, &options, &predictor, &err), device, &err);
    search_must(lc_choice_predictor_new(predictor, lc_space_find("fbnet"), &compiled, &err), device,
                &err);
    lc_predictor_free(predictor);
    lc_model_free(pool);
    lc_device_clear(&d);
    free(item);
    free(nets);
    free(values);
    return compiled;
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        int (*run)(int argc, char **argv);
    } parts[] = {{"program", search_program},
                 {"methods", search_methods},
                 {"proxy", search_proxy},
                 {"confidence", search_confidence}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts && argc > 1; i++)
        if (!strcmp(argv[1], parts[i].name))
            return parts[i].run(argc - 2, argv + 2);
    fputs("usage: bench-search program|methods|proxy|confidence ...\n", stderr);
    return 2;
}
