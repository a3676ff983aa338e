#include <stdio.h>

#include "base/cli.h"
#include "commands.h"
#include "run_command.h"
#include "signals.h"

#define MAX_BATCH (1 << 20) /* the largest dimension */

static const char about[] =
    "Measures every item of a plan and writes a device.json. Each sample is on disk in OUT.spool\n"
    "as soon as its item is done: after a crash, kill -9 or Ctrl-C the same command goes on from\n"
    "there. Only items not done yet are begun again: the up to 16 that take turns, and those put\n"
    "off.";

static const char after[] =
    "The latency is the lower quartile over placements in memory of the 5th percentile of the\n"
    "runs in each; an item is repeated until the 95 % interval of it is within the precision or\n"
    "its time is over. Exit code 1 when an item failed, 3 when the backend could not run some, or\n"
    "not in the memory that there is, 5 when the upload failed, 6 when more than half of the\n"
    "samples in OUT are unsteady: what was measured is written all the same. 130,\n"
    "143 or 129 after Ctrl-C, SIGTERM or SIGHUP.";

static lc__cli_result parse(run_command *o, const char **frequencies, int argc, char **argv) {
    const lc__opt table[] = {
        {"plan", LC__OPT_STR, &o->plan_path, "FILE", "what to measure (plan.json)", 0, 0, true},
        {"out", LC__OPT_STR, &o->out, "FILE", "device.json to write", 0, 0, true},
        {"device", LC__OPT_STR, &o->setup.device, "NAME",
         "name of the device (CPU, backend, ISA and threads)", 0, 0, false},
        {"backend", LC__OPT_STR, &o->setup.backend_name, "NAME",
         "what runs the nets (onednn if found, else native)", 0, 0, false},
        {"isa", LC__OPT_STR, &o->setup.isa, "CAP",
         "use no instruction set above CAP, e.g. avx2,\navx512_vnni, neon (the best there is)", 0,
         0, false},
        {"threads", LC__OPT_INT, &o->threads, "N", "threads of the backend (1)", 1, LC__MAX_CPUS,
         false},
        {"dtype", LC__OPT_STR, &o->setup.dtype_name, "D",
         "what operators that name no dtype compute in:\nf32, bf16, int16 or int8 (f32)", 0, 0,
         false},
        {"batch", LC__OPT_INT, &o->batch, "N", "run every net on N images at a time (as it is)", 1,
         MAX_BATCH, false},
        {"pin", LC__OPT_STR, &o->setup.pin, "CPUS",
         "run on these CPUs, e.g. 2,3, or none\n(the fastest, one of each core)", 0, 0, false},
        {"cluster", LC__OPT_STR, &o->setup.cluster, "KIND",
         "kind of core on a board with several: fast,\nmiddle or slow (fast)", 0, 0, false},
        {"freq", LC__OPT_STR, frequencies, "KHZ",
         "measure at each of these CPU frequencies\n(600000,1200000, or all), each into an OUT of\n"
         "its own; needs root",
         0, 0, false},
        {"pace-ms", LC__OPT_NUM, &o->setup.pace_ms, "MS",
         "rest between runs, so that one starts every MS\nmilliseconds (back to back)", 0.01, 60000,
         false},
        {"cold", LC__OPT_FLAG, &o->setup.cold, NULL, "empty the caches before each run", 0, 0,
         false},
        {"precision", LC__OPT_NUM, &o->precision, "P",
         "half width of the latency's interval wanted,\nrelative (0.01)", 1e-4, 1, false},
        {"max-seconds-per-item", LC__OPT_NUM, &o->seconds, "S", "time for one item at most (1)",
         1e-3, 3600, false},
        {"time-budget", LC__OPT_NUM, &o->time_budget, "S",
         "time for all items: each gets less as it\nruns short (none)", 1e-3, 1e7, false},
        {"raw", LC__OPT_FLAG, &o->raw, NULL, "keep every timed value (raw_ns)", 0, 0, false},
        {"weight-seed", LC__OPT_INT, &o->weight_seed, "N", "seed of the nets' weights (1)", 0,
         0x1p53, false},
        {"upload", LC__OPT_STR, &o->upload.url, "URL", "collector to send the samples to", 0, 0,
         false},
        {"token-file", LC__OPT_STR, &o->upload.token_file, "FILE", "file with its bearer token", 0,
         0, false},
        {"ca-file", LC__OPT_STR, &o->upload.ca_file, "FILE",
         "certificate authorities to trust (PEM)", 0, 0, false},
        {"retries", LC__OPT_INT, &o->retries, "N", "further tries of a failed request (8)", 0, 1000,
         false},
        {"retry-seconds", LC__OPT_NUM, &o->upload.retry_seconds, "S",
         "give a request up after this long (60)", 0, 86400, false},
        {"fresh", LC__OPT_FLAG, &o->fresh, NULL, "discard what OUT.spool holds and begin anew", 0,
         0, false},
        {"quiet", LC__OPT_FLAG, &o->quiet, NULL, "no progress", 0, 0, false},
        {"json", LC__OPT_FLAG, &o->json, NULL, "summary on stdout as JSON", 0, 0, false},
        {0}};
    return lc__cli_parse("profagent run", about, after, table, argc, argv, NULL);
}

int cmd_run(int argc, char **argv) {
    run_command o = {.upload = upload_defaults(),
                     .threads = 1,
                     .weight_seed = 1,
                     .retries = 8,
                     .seconds = 1,
                     .precision = 0.01,
                     .spool.fd = -1,
                     .begun.fd = -1};
    const char *frequencies = NULL;
    lc__cli_result parsed = parse(&o, &frequencies, argc, argv);
    if (parsed == LC__CLI_RUN && !o.upload.url && (o.upload.token_file || o.upload.ca_file)) {
        fprintf(stderr, "profagent run: --token-file and --ca-file go with --upload\n");
        parsed = LC__CLI_BAD;
    }
    if (parsed != LC__CLI_RUN)
        return parsed == LC__CLI_DONE ? 0 : 2;
    signals_catch();
    if (frequencies)
        return run_sweep(&o, frequencies);
    int code = run_once(&o);
    run_clear(&o);
    return code;
}
