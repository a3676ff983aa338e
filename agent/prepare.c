#include "prepare.h"

#include <malloc.h>

#include "base/now.h"

/* While a net is prepared, buffers get pages of their own, fresh ones each time; what a runtime
 * allocates as it runs comes from memory that is kept. */
static void own_pages(bool on) {
    mallopt(M_MMAP_THRESHOLD, on ? 32 << 10 : 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 64 << 20);
}

static lc_status make(lc__preparing *p, const lc_net *net, lc_exec **out, lc_error *err) {
    double begun = lc__now();
    own_pages(true);
    lc_status s = lc_exec_new(p->options->backend, net, p->options->exec, out, err);
    own_pages(false);
    p->took_ns = 1e9 * (lc__now() - begun);
    return s;
}

static void tell(const lc__preparing *p, bool begins) {
    if (p->events->preparing)
        p->events->preparing(p->events->ctx, begins);
}

lc_status lc__prepare_again(lc__preparing *p, const lc_net *net, lc_exec **out, lc_error *err) {
    tell(p, true);
    lc_status s = make(p, net, out, err);
    tell(p, false);
    return s;
}

static void make_and_run(lc__preparing *p, const lc_net *net, lc_exec **out, lc_error *why) {
    tell(p, true);
    if (make(p, net, out, why)) {
        *out = NULL;
    } else if (lc_exec_run(*out, why)) {
        lc_exec_free(*out);
        *out = NULL;
    }
    tell(p, false);
}

lc_status lc__prepare_first(lc__preparing *p, const lc_net *net, lc_exec **out, lc_error *why,
                            lc_error *err) {
    lc__begun *begun = p->options->begun;
    uint64_t digest = lc_net_digest(net);
    *out = NULL;
    if (lc__begun_check(begun, digest, why))
        return LC_OK;
    lc_status s = lc__begun_start(begun, digest, err);
    if (s)
        return s;
    make_and_run(p, net, out, why);
    s = lc__begun_end(begun, err);
    if (s) {
        lc_exec_free(*out);
        *out = NULL;
    }
    return s;
}
