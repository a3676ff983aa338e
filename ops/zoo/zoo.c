#include "zoo/zoo.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define ZOO(X)                                                                                     \
    X(mobilenet_v2)                                                                                \
    X(resnet18)                                                                                    \
    X(vit_tiny)

static const char *const names[] = {
#define NAME(net) #net,
    ZOO(NAME)
#undef NAME
        NULL};

static void (*const builders[])(lc__build *) = {
#define BUILDER(net) lc__zoo_##net,
    ZOO(BUILDER)
#undef BUILDER
};

const char *const *lc_zoo_names(void) {
    return names;
}

static lc_status fail_unknown(const char *name, lc_error *err) {
    lc__buf list = {0};
    size_t n = 0;
    for (; names[n]; n++)
        lc__buf_printf(&list, "%s%s", n ? ", " : "", names[n]);
    const char *near = lc__nearest(name, names, n);
    lc_error_set(err, LC_EUNSUPPORTED, "unknown zoo net \"%.60s\"%s%s%s; there are %s", name,
                 near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "",
                 list.text ? list.text : "");
    free(list.text);
    return LC_EUNSUPPORTED;
}

lc_status lc_zoo_net(const char *name, lc_net **out, lc_error *err) {
    size_t i = 0;
    while (names[i] && strcmp(names[i], name) != 0)
        i++;
    if (!names[i])
        return fail_unknown(name, err);
    lc__build b = {.net = lc_net_new(name), .err = err};
    if (!b.net)
        return lc_error_set(err, LC_ENOMEM, "out of memory");
    builders[i](&b);
    if (!b.status)
        b.status = lc_net_set_output(b.net, lc_net_size(b.net) - 1, err);
    if (b.status)
        lc_net_free(b.net);
    else
        *out = b.net;
    return b.status;
}
