/* nas bits: bit widths for each layer of a trained net. */
#include "cmd.h"

#include <string.h>

#include "bits_run.h"
#include "cmdline/options.h"

/* The options of a training that a fine-tuning has, too. */
static size_t add_course(lc__bits_request *r, lc__opt *table) {
    lc__opt all[LC__COURSE_OPTIONS];
    size_t n = 0;
    lc__course_table(&r->course, all);
    for (int i = 0; i < LC__COURSE_OPTIONS; i++) {
        if (!strcmp(all[i].name, "epochs") || !strcmp(all[i].name, "recipe"))
            continue;
        if (!strcmp(all[i].name, "rate"))
            all[i].help = "largest learning rate (default 0.01)";
        table[n++] = all[i];
    }
    return n;
}

static size_t add_own(lc__bits_request *r, lc__opt *table) {
    const lc__opt own[] = {
        {.name = "arch",
         .kind = LC__OPT_STR,
         .value = &r->arch,
         .arg = "NET",
         .help = "the net (net.json, zoo:mobilenet_v2, SPACE:CHOICES)",
         .required = true},
        {.name = "weights",
         .kind = LC__OPT_STR,
         .value = &r->weights,
         .arg = "FILE",
         .help = "its weights, as nas train writes them, or its supernet's",
         .required = true},
        {.name = "table",
         .kind = LC__OPT_STR,
         .value = &r->limits.table,
         .arg = "CSV",
         .help = "cycles of each layer: layer,weight_bits,activation_bits,cycles"},
        lc__option_device(&r->limits.source.device, "forecast latencies on this device", false),
        lc__option_model(&r->limits.source.model),
        lc__option_without(&r->limits.source.without),
        {.name = "cycles",
         .kind = LC__OPT_NUM,
         .value = &r->limits.cycles,
         .arg = "N",
         .help = "cycles that the net may take",
         .lo = 1,
         .hi = 1e18},
        {.name = "share",
         .kind = LC__OPT_NUM,
         .value = &r->limits.share,
         .arg = "P",
         .help = "the same, or the latency, as a share of what 8 bits take",
         .lo = 1e-3,
         .hi = 1},
        {.name = "size-kb",
         .kind = LC__OPT_NUM,
         .value = &r->limits.size_kb,
         .arg = "K",
         .help = "kilobytes that weights and biases may take",
         .lo = 1e-3,
         .hi = 1e9},
        {.name = "latency-ms",
         .kind = LC__OPT_NUM,
         .value = &r->limits.latency_ms,
         .arg = "X",
         .help = "forecast latency that the net may have",
         .lo = 1e-6,
         .hi = 1e9},
        lc__option_out(&r->out, "net.json of the bits found; weights go beside it", true),
        {.name = "fine-tune",
         .kind = LC__OPT_INT,
         .value = &r->fine_tune,
         .arg = "EPOCHS",
         .help = "training with the bits, of each net that is compared (default 2; 0: none)",
         .lo = 0,
         .hi = 10000},
        {.name = "images",
         .kind = LC__OPT_INT,
         .value = &r->images,
         .arg = "N",
         .help = "that the loss of single layers' bits is judged by (default 256)",
         .lo = 1,
         .hi = 1e9},
        {.name = "quiet",
         .kind = LC__OPT_FLAG,
         .value = &r->course.quiet,
         .help = "no progress on stderr"},
        lc__option_json(&r->json, NULL)};
    memcpy(table, own, sizeof own);
    return sizeof own / sizeof *own;
}

static int run(const lc__bits_request *r) {
    lc__bits_run s;
    lc_error err;
    lc_status st = lc__bits_work(r, &s, &err);
    if (st == LC_OK && r->json)
        st = lc__bits_json(&s, &err);
    else if (st == LC_OK)
        lc__bits_show(&s);
    lc__bits_close(&s);
    return st ? lc__cli_fail("nas bits", &err) : lc__finish_output("nas bits");
}

int lc__nas_bits(int argc, char **argv) {
    lc__bits_request r = {.course = lc__course_init(), .fine_tune = 2, .images = 256};
    lc__opt table[LC__COURSE_OPTIONS + 24] = {0};
    r.course.rate = 0.01;
    r.limits.source.repeatability = LC__REPEATABILITY;
    add_course(&r, table + add_own(&r, table));
    int code;
    if (!lc__options_parse("nas bits",
                           "Finds the bits of each layer's weights and activations, within limits "
                           "of cycles, size\nor latency, and trains the net with them.",
                           "example:\n  nas bits --arch zoo:mobilenet_v2 --weights net.lc --table "
                           "cycles.csv --share 0.52 --out net.json",
                           table, argc, argv, &code))
        return code;
    return run(&r);
}
