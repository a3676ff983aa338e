/* nas: searches a space for the best net under limits that the predictor knows, not the board. */
#include "cmd.h"

#include <cblas.h>
#include <stdio.h>
#include <string.h>
#include "base/cli.h"
#include "ranks/launch.h"

/* Of the verbs only training shares its work with other processes: these would each do all of it,
 * and write the same files. */
static bool refuses(const lc__verb *verbs, int argc, char **argv) {
    int started = lc__launch_size();
    for (const lc__verb *v = verbs; v->name && argc > 1 && started > 1; v++)
        if (!strcmp(v->name, argv[1]) && v->run != lc__nas_train) {
            if (lc__launch_says())
                fprintf(stderr,
                        "nas %s: mpirun started %d processes, but only nas train works in "
                        "several: start it without mpirun\n",
                        v->name, started);
            return true;
        }
    return false;
}

int main(int argc, char **argv) {
    static const lc__verb verbs[] = {
        {"search", "find the best net of a space within a budget", lc__nas_search},
        {"pareto", "find the best nets within several budgets, and draw the front", lc__nas_pareto},
        {"verify", "measure nets on their device, against forecast and budget", lc__nas_verify},
        {"accuracies", "judge nets of a space in its supernet", lc__nas_accuracies},
        {"train", "train a supernet, or one net", lc__nas_train},
        {"bits", "find the bits of each layer of a trained net", lc__nas_bits},
        {0}};
    /* The matrices of a predictor are small: more threads would only cost their start. */
    openblas_set_num_threads(1);
    if (refuses(verbs, argc, argv))
        return 2;
    return lc__cli_dispatch("nas", "searches nets under a budget of latency or energy",
                            LATCAST_VERSION, verbs, argc, argv);
}
