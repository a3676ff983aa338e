#include "net_called.h"

#include <stdio.h>

#include "base/text.h"

const char *lc__net_described(const lc_net *net, char *buf, size_t size) {
    int n = 0, last = 0;
    lc_net *one;
    for (int i = 0; i < lc_net_size(net); i++) {
        if (lc_net_node(net, i)->op.type == LC_OP_INPUT)
            continue;
        n++;
        last = i;
    }
    if (n == 1 && lc_net_operator(net, last, &one, NULL) == LC_OK) {
        snprintf(buf, size, "%s", lc_net_name(one));
        lc_net_free(one);
    } else if (lc_net_space(net)) {
        snprintf(buf, size, "a net of %s", lc_net_space(net));
    } else {
        snprintf(buf, size, "a net of %d operators", n);
    }
    return buf;
}

const char *lc__net_called(const lc_net *net, char *buf, size_t size) {
    if (*lc_net_name(net))
        return lc__printable(lc_net_name(net), buf, size);
    return lc__net_described(net, buf, size);
}
