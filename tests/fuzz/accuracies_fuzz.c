/* Whatever stands in a table of accuracies, reading it ends in nets of the space with finite
 * accuracies, each there once, or in an error that says where. */
#include <math.h>
#include <stdlib.h>

#include "held.h"
#include "latcast/nas.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(lc_nas_accuracies *read, const lc_nas_problem *problem) {
    for (size_t i = 0; i < lc_nas_accuracies_size(read); i++) {
        double accuracy, again;
        const int *choices = lc_nas_accuracies_at(read, i, &accuracy);
        for (int k = 0; k < problem->n_positions; k++)
            if (choices[k] < 0 || choices[k] >= problem->n_options[k])
                abort();
        if (!isfinite(accuracy) || !lc_nas_accuracies_find(read, choices, &again) ||
            again != accuracy)
            abort();
    }
}

static void read_as(const char *space, const char *path) {
    static lc_nas_problem problem;
    lc_nas_accuracies *read = NULL;
    lc_error err = {0};
    if (lc_nas_problem_init(&problem, lc_space_find(space), NULL) ||
        lc_nas_accuracies_new(&problem, &read, NULL))
        abort();
    if (!lc_nas_accuracies_read(read, path, &err))
        use(read, &problem);
    else if (!err.message[0] || !err.file[0])
        abort();
    lc_nas_accuracies_free(read);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const spaces[] = {"nasbench201", "fbnet", "nasa"};
    held file;
    const char *path = held_make(&file, data, size);
    for (size_t i = 0; path && i < sizeof spaces / sizeof spaces[0]; i++)
        read_as(spaces[i], path);
    held_release(&file);
    return 0;
}
