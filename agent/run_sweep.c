#include <stdio.h>
#include <string.h>

#include "base/cli.h"
#include "freq.h"
#include "run_command.h"

/* "new.json" -> "new-600000khz.json" */
static void name_out(const char *out, double khz, char *buf, size_t size) {
    size_t n = strlen(out);
    bool json = n > 5 && !strcmp(out + n - 5, ".json");
    snprintf(buf, size, "%.*s-%.0fkhz%s", (int)(json ? n - 5 : n), out, khz, json ? ".json" : "");
}

static int run_point(const run_command *options, double khz) {
    char out[4096], device[160];
    run_command o = *options;
    name_out(options->out, khz, out, sizeof out);
    o.out = out;
    o.setup.khz = khz;
    if (options->setup.device) {
        snprintf(device, sizeof device, "%.100s-%.0fkhz", options->setup.device, khz);
        o.setup.device = device;
    }
    int code = run_once(&o);
    run_clear(&o);
    return code;
}

int run_sweep(const run_command *options, const char *list) {
    lc_error err;
    lc__cpus cpus;
    lc__freq freq = {0};
    double khz[LC__FREQ_POINTS];
    size_t n = 0;
    int code = 0, worst = 0;
    lc_status s =
        lc__pin("", options->setup.pin, options->setup.cluster, (int)options->threads, &cpus, &err);
    if (!s)
        s = lc__freq_points("", &cpus, list, khz, &n, &err);
    if (!s)
        s = lc__freq_hold(&freq, "", &cpus, &err);
    for (size_t i = 0; !s && i < n && code < 128; i++) {
        s = lc__freq_set(&freq, khz[i], &err);
        if (!s && !options->quiet)
            fprintf(stderr, "profagent: at %.0f kHz (%zu of %zu)\n", khz[i], i + 1, n);
        if (!s)
            code = run_point(options, khz[i]);
        worst = worst && code < 128 ? worst : code;
    }
    if (s)
        worst = lc__cli_fail("profagent run", &err);
    if (lc__freq_release(&freq, &err) && !worst)
        worst = lc__cli_fail("profagent run", &err);
    return worst;
}
