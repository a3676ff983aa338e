#include "zoo/zoo.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* X(name, whether it can be had for images of another size) */
#define ZOO(X)                                                                                     \
    X(mobilenet_v2, true)                                                                          \
    X(resnet18, false)                                                                             \
    X(vit_tiny, false)

enum { SIDE_MIN = 16, SIDE_MAX = 4096, CLASSES_MAX = 1 << 20 };

static const char *const names[] = {
#define NAME(net, sized) #net,
    ZOO(NAME)
#undef NAME
        NULL};

static const struct {
    void (*build)(lc__build *, lc__zoo_images);
    bool sized;
} builders[] = {
#define BUILDER(net, sized) {lc__zoo_##net, sized},
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

/* ":32:10", all of it. */
static bool read_images(const char *text, lc__zoo_images *images) {
    char *end;
    long side = strtol(text + 1, &end, 10), classes = *end == ':' ? strtol(end + 1, &end, 10) : 0;
    *images = (lc__zoo_images){(int)side, (int)classes};
    return !*end && !text[strspn(text, ":0123456789")] && side >= SIDE_MIN && side <= SIDE_MAX &&
           classes >= 2 && classes <= CLASSES_MAX;
}

lc_status lc_zoo_net(const char *name, lc_net **out, lc_error *err) {
    lc__zoo_images images = {LC__ZOO_SIDE, LC__ZOO_CLASSES};
    size_t i = 0, n = strcspn(name, ":");
    while (names[i] && (strncmp(names[i], name, n) != 0 || names[i][n]))
        i++;
    if (!names[i])
        return fail_unknown(name, err);
    if (name[n] && !(builders[i].sized && read_images(name + n, &images))) {
        lc_error_set(err, LC_EUNSUPPORTED,
                     "zoo net \"%.60s\": only mobilenet_v2 is to be had for other images, as "
                     "mobilenet_v2:SIDE:CLASSES with %d to %d pixels and 2 to %d classes",
                     name, SIDE_MIN, SIDE_MAX, CLASSES_MAX);
        return LC_EUNSUPPORTED;
    }
    lc__build b = {.net = lc_net_new(name), .err = err};
    if (!b.net)
        return lc_error_set(err, LC_ENOMEM, "out of memory");
    builders[i].build(&b, images);
    if (!b.status)
        b.status = lc_net_set_output(b.net, lc_net_size(b.net) - 1, err);
    if (b.status)
        lc_net_free(b.net);
    else
        *out = b.net;
    return b.status;
}
