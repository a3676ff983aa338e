/* Checkpoints of a training: the blob says what it is of, in lines, the last of which is the step.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "checkpoint.h"
#include "ops/retype.h"
#include "training_parts.h"

#define STEP "step "

/* A net by what it computes, and the space whose names its weights have. */
static void describe_net(const lc_net *net, lc__buf *text) {
    const char *space = lc_net_space(net);
    lc__buf_printf(text, "net%s%s %016llx\n", space ? " of " : "", space ? space : "",
                   (unsigned long long)lc_net_digest(net));
}

/* What weights belong to. */
static void describe_subject(const lc__training *t, lc__buf *text) {
    if (t->options.space)
        lc__buf_printf(text, "space %s\n", t->options.space->name);
    else
        describe_net(t->options.net, text);
}

/* The same with a net's dtypes and bits taken off. */
static void describe_untyped(const lc__training *t, lc__buf *text) {
    const lc_net *net = t->options.net;
    lc_op *ops = net ? calloc((size_t)lc_net_size(net) + 1, sizeof *ops) : NULL;
    lc_net *plain = NULL;
    for (int i = 0; ops && i < lc_net_size(net); i++)
        ops[i] = lc__op_untyped(&lc_net_node(net, i)->op);
    if (ops && lc__net_retype(net, ops, &plain, NULL) == LC_OK)
        describe_net(plain, text);
    else
        describe_subject(t, text);
    lc_net_free(plain);
    free(ops);
}

/* All that a step depends on. */
static void describe(const lc__training *t, lc__buf *text) {
    const lc__training_options *o = &t->options;
    describe_subject(t, text);
    lc__buf_printf(text,
                   "data %s\nbatch %zu\nepochs %d\nrate %.17g\ndecay %.17g\nsmoothing %.17g\n"
                   "validation %.17g\nseed %llu\nrecipe %s\n%s",
                   o->spec, o->batch, o->epochs, o->rate, o->decay, o->smoothing, o->validation,
                   (unsigned long long)o->seed, lc__recipe_name(o->recipe),
                   o->scale == LC__SCALE_FITTED ? "scale fitted\n" : "");
}

lc_status lc__training_save(const lc__training *t, const char *path, lc_error *err) {
    lc__buf text = {0};
    describe(t, &text);
    lc__buf_printf(&text, STEP "%lld\n", (long long)t->step);
    lc_status st = text.failed ? lc__no_memory(err)
                               : lc__checkpoint_save(t->store, text.text, text.length, path, err);
    free(text.text);
    return st;
}

static uint64_t digest_of_slot(uint64_t digest, const lc__slot *slot) {
    size_t size = slot->n * sizeof *slot->value;
    digest = lc__fnv1a(digest, slot->key, strlen(slot->key));
    digest = lc__fnv1a(digest, &slot->updates, sizeof slot->updates);
    digest = lc__fnv1a(digest, slot->value, size);
    for (int i = 0; i < LC__MOMENTS; i++)
        if (slot->moments[i])
            digest = lc__fnv1a(digest, slot->moments[i], size);
    return digest;
}

lc_status lc__training_digest(lc__training *t, uint64_t *out, lc_error *err) {
    const lc__loader *loader = t->loader[LC__PART_TRAIN];
    int ranks = t->options.ranks;
    size_t share = lc__loader_share(loader, 0, 0, ranks); /* the first rank's, on each */
    lc_status st = lc__loader_batch(loader, 0, 0, 0, ranks, t->images, t->labels, err);
    if (st != LC_OK)
        return st;
    lc__buf text = {0};
    describe(t, &text);
    if (text.failed) {
        free(text.text);
        return lc__no_memory(err);
    }
    uint64_t digest = lc__fnv1a((uint64_t)t->step + LC__FNV_START, text.text, text.length);
    free(text.text);
    digest = lc__fnv1a(digest, t->labels, share * sizeof *t->labels);
    digest = lc__fnv1a(digest, t->images, share * lc__loader_values(loader) * sizeof *t->images);
    for (size_t i = 0; i < lc__store_size(t->store); i++)
        digest = digest_of_slot(digest, lc__store_at(t->store, i));
    *out = digest;
    return LC_OK;
}

/* The store of a checkpoint, and its text, NUL-terminated (free()). */
static lc_status load(const char *path, lc__store **store, char **text, lc_error *err) {
    void *blob = NULL;
    size_t length;
    lc_status st = lc__checkpoint_load(path, store, &blob, &length, err);
    if (st != LC_OK)
        return st;
    *text = strndup(blob, length);
    free(blob);
    if (*text)
        return LC_OK;
    lc__store_free(*store);
    return lc__no_memory(err);
}

static void take_store(lc__training *t, lc__store *store) {
    lc__store_free(t->store);
    t->store = store;
}

/* The first line in which two texts differ, as words of *a and *b. */
static void difference(const char *a, const char *b, int *length_a, const char **line_a,
                       int *length_b, const char **line_b) {
    size_t i = 0, start = 0;
    for (; a[i] && a[i] == b[i]; i++)
        if (a[i] == '\n')
            start = i + 1;
    *line_a = a + start;
    *line_b = b + start;
    *length_a = (int)strcspn(*line_a, "\n");
    *length_b = (int)strcspn(*line_b, "\n");
}

static lc_status refuse(const char *path, const char *found, const char *wanted, lc_error *err) {
    const char *a, *b;
    int n, m;
    difference(found, wanted, &n, &a, &m, &b);
    lc_error_set(err, LC_EUSAGE,
                 "is a checkpoint of another training: it has \"%.*s\", asked for is \"%.*s\"; "
                 "name another file, or remove it to begin anew",
                 n, a, m, b);
    return lc_error_in_file(err, path);
}

/* "step N" */
static bool read_step(const char *text, int64_t *step) {
    char *end;
    if (strncmp(text, STEP, sizeof STEP - 1) != 0)
        return false;
    *step = strtoll(text + sizeof STEP - 1, &end, 10);
    return end > text + sizeof STEP - 1 && *step >= 0;
}

lc_status lc__training_resume(lc__training *t, const char *path, lc_error *err) {
    lc__store *store;
    lc__buf wanted = {0};
    char *text;
    lc_status st = load(path, &store, &text, err);
    if (st != LC_OK)
        return st;
    describe(t, &wanted);
    int64_t step = 0;
    if (wanted.failed)
        st = lc__no_memory(err);
    else if (strncmp(text, wanted.text, wanted.length) != 0 ||
             !read_step(text + wanted.length, &step) || step > t->steps)
        st = refuse(path, text, wanted.text, err);
    if (st == LC_OK) {
        take_store(t, store);
        t->step = step;
    } else {
        lc__store_free(store);
    }
    free(wanted.text);
    free(text);
    return st;
}

/* Weights go with weights of the same space, whether of all nets or of one of them. */
static bool akin(const lc__training *t, const char *text) {
    const lc__training_options *o = &t->options;
    const char *space = o->space ? o->space->name : lc_net_space(o->net);
    char line[64];
    lc__buf own = {0}, untyped = {0};
    if (space) {
        int n = snprintf(line, sizeof line, "space %s\n", space);
        if (!strncmp(text, line, (size_t)n))
            return true;
    }
    describe_subject(t, &own);
    describe_untyped(t, &untyped);
    bool same =
        !own.failed && !untyped.failed &&
        (!strncmp(text, own.text, own.length) || !strncmp(text, untyped.text, untyped.length));
    free(own.text);
    free(untyped.text);
    return same;
}

/* A net of the space takes its part of what the supernet's options share. */
static lc_status take_shared(lc__training *t, lc_error *err) {
    const lc_net *net = t->options.net;
    const lc_space *space = net && lc_net_space(net) ? lc_space_find(lc_net_space(net)) : NULL;
    lc__share *share;
    if (!space)
        return LC_OK;
    lc_status st = lc__share_new(space, &share, err);
    if (st != LC_OK)
        return st;
    st = lc__share_pull(share, net, t->store, err);
    lc__share_free(share);
    return st;
}

lc_status lc__training_adopt(lc__training *t, const char *path, lc_error *err) {
    lc__store *store;
    lc__buf wanted = {0};
    char *text;
    lc_status st = load(path, &store, &text, err);
    if (st != LC_OK)
        return st;
    if (akin(t, text)) {
        for (size_t i = 0; i < lc__store_size(store); i++)
            lc__slot_fresh(lc__store_at(store, i));
        take_store(t, store);
        t->step = 0;
        if (!strncmp(text, "space ", strlen("space ")))
            st = take_shared(t, err);
    } else {
        describe_subject(t, &wanted);
        st = wanted.failed ? lc__no_memory(err) : refuse(path, text, wanted.text, err);
        lc__store_free(store);
    }
    free(wanted.text);
    free(text);
    return st;
}
