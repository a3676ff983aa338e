/* Whatever a state of a search or of accuracies holds, taking it up ends in one that can be gone on
 * with, or in an error that says why. What tells that it is of this search, and the checksum, are
 * made right first, or nothing would get past them. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "latcast/nas.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { POSITIONS = 3, OPTIONS = 3, HEAD = 32, WORD = 8 };

static const double cost[POSITIONS * OPTIONS] = {1, 2, 4, 1, 3, 5, 2, 3, 9};

static lc_nas_problem problem_of_three(void) {
    return (lc_nas_problem){.n_positions = POSITIONS,
                            .n_options = {OPTIONS, OPTIONS, OPTIONS},
                            .costs = {{.name = "time", .unit = "s", .table = cost, .limit = 9}},
                            .n_costs = 1,
                            .tolerance = 0.2};
}

/* A state with the head of `whole` (free()d) and this body. */
static unsigned char *forge(unsigned char *whole, const uint8_t *body, size_t size,
                            size_t *length) {
    *length = HEAD + size / WORD * WORD + WORD;
    unsigned char *bytes = malloc(*length);
    if (bytes) {
        memcpy(bytes, whole, HEAD);
        memcpy(bytes + HEAD, body, *length - HEAD - WORD);
        uint64_t sum = lc__fnv1a(LC__FNV_START, bytes, *length - WORD);
        for (int i = 0; i < WORD; i++)
            bytes[*length - WORD + (size_t)i] = (unsigned char)(sum >> (8 * i) & 0xff);
    }
    free(whole);
    return bytes;
}

static void go_on(lc_nas_search *search) {
    int choices[POSITIONS];
    double gradient[POSITIONS * OPTIONS] = {0};
    lc_nas_value value;
    lc_nas_proof proof;
    for (int i = 0; i < 3; i++) {
        lc_nas_sample(search, choices, NULL);
        for (int k = 0; k < POSITIONS; k++)
            if (choices[k] < 0 || choices[k] >= OPTIONS)
                abort();
        if (lc_nas_step(search, 1, gradient, NULL))
            return;
    }
    if (lc_nas_forecast(search, choices, &value, NULL) == LC_OK)
        lc_nas_derive(search, choices, &proof, NULL);
}

static void load_search(const uint8_t *data, size_t size) {
    lc_nas_problem problem = problem_of_three();
    lc_nas_options options = lc_nas_options_of(LC_NAS_LIGHTNAS, 10);
    lc_nas_search *search;
    lc_error err = {0};
    unsigned char *bytes;
    size_t length;
    if (lc_nas_search_new(&problem, &options, &search, NULL) ||
        lc_nas_save(search, &bytes, &length, NULL))
        abort();
    bytes = forge(bytes, data, size, &length);
    if (bytes && lc_nas_load(search, bytes, length, &err) == LC_OK)
        go_on(search);
    else if (bytes && !err.message[0])
        abort();
    free(bytes);
    lc_nas_search_free(search);
}

static void load_accuracies(const uint8_t *data, size_t size) {
    lc_nas_problem problem = problem_of_three();
    lc_nas_select_options options = {.method = LC_NAS_RANDOM, .seed = 1, .evaluations = 5};
    lc_nas_accuracies *known;
    lc_nas_result result;
    lc_error err = {0};
    unsigned char *bytes;
    size_t length;
    if (lc_nas_accuracies_new(&problem, &known, NULL) ||
        lc_nas_accuracies_save(known, &bytes, &length, NULL))
        abort();
    bytes = forge(bytes, data, size, &length);
    if (bytes && lc_nas_accuracies_load(known, bytes, length, &err) == LC_OK) {
        if (lc_nas_select(&problem, &options, known, &result, NULL) == LC_OK)
            lc_nas_result_clear(&result);
    } else if (bytes && !err.message[0]) {
        abort();
    }
    free(bytes);
    lc_nas_accuracies_free(known);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    load_search(data, size);
    load_accuracies(data, size);
    return 0;
}
