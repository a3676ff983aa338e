/* Whatever bytes stand in a net.json, reading them ends in a net that can be used or in an error
 * that says why. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "latcast/net.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(const lc_net *net) {
    bool live[LC_NET_MAX_NODES];
    lc_net *pruned, *again;
    lc_net_live(net, live);
    char *text = lc_net_to_json(net, true);
    if (!text || lc_net_parse(text, strlen(text), NULL, 0, &again, NULL))
        abort(); /* what was written must read */
    if (lc_net_digest(again) != lc_net_digest(net) || lc_net_prune(net, &pruned, NULL))
        abort();
    free(text);
    lc_net_free(pruned);
    lc_net_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    lc_net *net;
    lc_error err = {0};
    if (lc_net_parse((const char *)data, size, "fuzz.json", 0, &net, &err)) {
        if (!err.message[0])
            abort();
        return 0;
    }
    use(net);
    lc_net_free(net);
    return 0;
}
