/* Whatever stands in a table of cycles, reading it ends in positive numbers for all options, or in
 * an error that says where. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "held.h"
#include "latcast/nas.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One layer: 49 rows make its table whole. */
static const char net_of_one_layer[] =
    "{\"schema_version\":1,\"name\":\"one\",\"ops\":["
    "{\"id\":\"x\",\"op\":\"input\",\"shape\":[1,1,1,4]},"
    "{\"id\":\"y\",\"op\":\"linear\",\"inputs\":[\"x\"],\"out_channels\":3}],"
    "\"output\":\"y\"}";

static lc_nas_bits *bits_of_one_layer(void) {
    static lc_nas_bits *bits;
    lc_net *net;
    if (bits)
        return bits;
    if (lc_net_parse(net_of_one_layer, strlen(net_of_one_layer), NULL, 0, &net, NULL) ||
        lc_nas_bits_new(net, &bits, NULL))
        abort();
    lc_net_free(net);
    return bits;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const lc_nas_bits *bits = bits_of_one_layer();
    const lc_nas_problem *problem = lc_nas_bits_problem(bits);
    size_t places = lc_nas_place(problem, problem->n_positions);
    double *table = calloc(places, sizeof *table);
    lc_error err = {0};
    held file;
    const char *path = held_make(&file, data, size);
    if (path && table && lc_nas_bits_cycles(bits, path, table, &err) == LC_OK) {
        for (size_t i = 0; i < places; i++)
            if (!(table[i] > 0) || isinf(table[i]))
                abort();
    } else if (path && table && (!err.message[0] || !err.file[0])) {
        abort();
    }
    held_release(&file);
    free(table);
    return 0;
}
