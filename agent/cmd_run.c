#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cli.h"
#include "base/progress.h"
#include "base/text.h"
#include "commands.h"
#include "plan_runner.h"
#include "run_setup.h"
#include "signals.h"
#include "tree.h"
#include "upload_command.h"

#define MEMORY_CAP 1e9  /* prepared nets take at most this, and a quarter of what is free */
#define UPLOAD_EVERY 20 /* samples, while measuring */
#define ADVICE_LINES 5  /* warnings of one kind that are printed in full */

static const char about[] =
    "Measures every item of a plan and writes a device.json. Each sample is on disk in OUT.spool\n"
    "as soon as its item is done: after a crash, kill -9 or Ctrl-C the same command goes on from\n"
    "there. Only items not done yet are begun again: the up to 16 that take turns, and those put "
    "off.";

static const char after[] = "The latency is the 5th percentile of the runs; an item is repeated "
                            "until the 95 % interval of\n"
                            "it is within the precision or its time is over. Exit code 3 when the "
                            "backend could not run some\n"
                            "items, 5 when the upload failed, 6 when more than half of the samples "
                            "in OUT are unsteady: they\n"
                            "are written all the same. 130 or 143 after Ctrl-C or SIGTERM.";

typedef struct command {
    const char *plan_path, *out;
    run_setup setup;
    lc__upload_options upload;
    int64_t threads, weight_seed, retries;
    double seconds, precision, time_budget;
    bool raw, fresh, quiet, json;
    char spool_path[4096], acked_path[4200];
    /* at work */
    lc_plan plan;
    lc__spool spool;
    lc__uploader *uploader; /* NULL: no upload */
    bool upload_later;      /* an attempt failed: not again before the end */
    size_t since_upload;
    size_t over_budget; /* items warned about */
    lc__progress progress;
    lc__run_report report;
    lc__upload_report sent;
    double started;
} command;

static lc__cli_result parse(command *o, int argc, char **argv) {
    const lc__opt table[] = {
        {"plan", LC__OPT_STR, &o->plan_path, "FILE", "what to measure (plan.json)", 0, 0, true},
        {"out", LC__OPT_STR, &o->out, "FILE", "device.json to write", 0, 0, true},
        {"device", LC__OPT_STR, &o->setup.device, "NAME",
         "name of the device (CPU, backend, ISA and threads)", 0, 0, false},
        {"backend", LC__OPT_STR, &o->setup.backend_name, "NAME",
         "what runs the nets (onednn if found, else native)", 0, 0, false},
        {"isa", LC__OPT_STR, &o->setup.isa, "CAP",
         "use no instruction set above sse41, avx,\navx2, avx512 or amx (the best there is)", 0, 0,
         false},
        {"threads", LC__OPT_INT, &o->threads, "N", "threads of the backend (1)", 1, LC__MAX_CPUS,
         false},
        {"pin", LC__OPT_STR, &o->setup.pin, "CPUS",
         "run on these CPUs, e.g. 2,3, or none\n(the last ones allowed)", 0, 0, false},
        {"precision", LC__OPT_NUM, &o->precision, "P",
         "half width of the latency's interval wanted,\nrelative (0.01)", 1e-4, 1, false},
        {"max-seconds-per-item", LC__OPT_NUM, &o->seconds, "S", "time for one item at most (1)",
         1e-3, 3600, false},
        {"time-budget", LC__OPT_NUM, &o->time_budget, "S",
         "time for all items: each gets less as it\nruns short (none)", 0, 1e7, false},
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

static void warn_unsteady(command *o, const lc_plan_item *item, const lc__measurement *m) {
    if (o->report.unsteady > ADVICE_LINES)
        return;
    lc__progress_clear(&o->progress);
    fprintf(stderr,
            "profagent: %s is unsteady: interval +-%.1f %%, halves differ by %.1f %%; stop other "
            "work on this machine or raise --max-seconds-per-item\n",
            lc_net_name(item->net), 100 * m->half_width, 100 * m->drift);
    if (o->report.unsteady == ADVICE_LINES)
        fprintf(stderr, "profagent: further unsteady items are only counted\n");
}

/* One run takes longer than the item's whole time. */
static void warn_over_budget(command *o, const lc_plan_item *item, const lc__measurement *m) {
    if (++o->over_budget > ADVICE_LINES)
        return;
    lc__progress_clear(&o->progress);
    fprintf(stderr,
            "profagent: one run of %s takes %.3g s, more than the %.3g s for all of its runs; only "
            "%ld were timed\n",
            lc_net_name(item->net), m->min / 1e9, m->budget_ns / 1e9, m->n);
    if (o->over_budget == ADVICE_LINES)
        fprintf(stderr, "profagent: further such items are not named\n");
}

/* Sends what is there while measuring, with one try: the end is the time for patience. */
static void upload_meanwhile(command *o) {
    lc_error err;
    if (!o->uploader || o->upload_later || ++o->since_upload < UPLOAD_EVERY)
        return;
    o->since_upload = 0;
    lc_status s = lc__uploader_send(o->uploader, &o->spool.device, false, &o->sent, &err);
    if (s && s != LC_EFORMAT && !o->sent.stopped) {
        o->upload_later = true;
        lc__progress_clear(&o->progress);
        fprintf(stderr, "profagent: %s; will be tried again at the end\n", err.message);
    }
}

static size_t items_done(const command *o) {
    return o->report.there + o->report.measured + o->report.unsupported;
}

static void on_measured(void *ctx, const lc_plan_item *item, const lc__measurement *m) {
    command *o = ctx;
    char latency[32], detail[200];
    if (!m->steady)
        warn_unsteady(o, item, m);
    if (m->min > m->budget_ns)
        warn_over_budget(o, item, m);
    snprintf(detail, sizeof detail, "%.40s: %s", lc_net_name(item->net),
             lc__format_ns(m->p05, latency, sizeof latency));
    /* an item that is half done is half done, which the number of those done does not show */
    o->progress.left =
        (lc__now() - o->progress.started) * o->report.left_ns / fmax(o->report.spent_ns, 1);
    lc__progress_step(&o->progress, items_done(o), detail);
    upload_meanwhile(o);
}

static void on_unsupported(void *ctx, const lc_plan_item *item, const lc_error *why) {
    command *o = ctx;
    char text[1024];
    if (o->report.unsupported > ADVICE_LINES)
        return;
    lc__progress_clear(&o->progress);
    fprintf(stderr, "profagent: %s is left out: %s\n", lc_net_name(item->net),
            lc_error_format(why, text, sizeof text));
}

static lc_status load_plan(command *o, lc_error *err) {
    lc_status s = lc_plan_load(o->plan_path, &o->plan, err);
    if (!s && o->plan.n_items == 0) {
        s = lc_error_set(err, LC_EFORMAT, "the plan has no items; nothing would be measured");
        lc_error_in_file(err, o->plan_path);
    }
    return s;
}

/* Everything that can be found wrong is found before anything is measured. */
static lc_status prepare(command *o, lc_error *err) {
    if (snprintf(o->spool_path, sizeof o->spool_path, "%s.spool", o->out) >= 4000)
        return lc_error_set(err, LC_EUSAGE, "--out is too long");
    upload_acked_path(o->out, o->acked_path, sizeof o->acked_path);
    o->upload.acked_path = o->acked_path;
    o->upload.retries = (int)o->retries;
    o->setup.threads = (int)o->threads;
    o->setup.weight_seed = (uint64_t)o->weight_seed;
    lc_status s = run_setup_check_out(o->out, err);
    if (!s)
        s = load_plan(o, err);
    if (!s)
        s = run_setup_make(&o->setup, err);
    if (!s && o->upload.url)
        s = lc__uploader_new(&o->upload, &o->uploader, err);
    if (!s)
        s = lc__spool_open(&o->spool, o->spool_path, o->setup.header, o->fresh, err);
    return s;
}

static void tell_start(const command *o) {
    if (o->quiet)
        return;
    const run_setup *s = &o->setup;
    fprintf(stderr, "profagent: device %s, clock %s", s->name, s->clock.about);
    for (int i = 0; i < s->cpus.n; i++)
        fprintf(stderr, "%s%d", i ? "," : ", on CPU ", s->cpus.cpu[i]);
    fprintf(stderr, "\n");
    if (o->spool.torn)
        fprintf(stderr, "profagent: cut a torn line of %zu bytes off %s\n", o->spool.torn,
                o->spool.path);
    if (o->spool.resumed)
        fprintf(stderr, "profagent: %s holds %zu samples already; they are not repeated\n",
                o->spool.path, o->spool.device.n_samples);
}

static lc_status measure(command *o, lc_error *err) {
    double free_bytes;
    bool known = lc__tree_meminfo("", "MemAvailable", &free_bytes);
    char run_id[13];
    lc__run_id(run_id);
    lc__run_options options = {.backend = o->setup.backend,
                               .exec = &o->setup.exec,
                               .clock = &o->setup.clock,
                               .perf = &o->setup.perf,
                               .run_id = run_id,
                               .measure = lc__measure_defaults(),
                               .time_budget = o->time_budget,
                               .raw = o->raw,
                               .memory_bytes = known && free_bytes / 4 < MEMORY_CAP ? free_bytes / 4
                                                                                    : MEMORY_CAP};
    options.measure.precision = o->precision;
    lc__measure_budget(&options.measure, o->seconds);
    lc__run_events events = {
        .ctx = o, .stop = signals_stop, .measured = on_measured, .unsupported = on_unsupported};
    lc__progress_start(&o->progress, "measuring", o->plan.n_items, o->quiet);
    lc_status s = lc__run_plan(&o->plan, &o->spool, &options, &events, &o->report, err);
    o->progress.done = items_done(o);
    lc__progress_end(&o->progress);
    return s;
}

/* Writes device.json, then sends what is not sent yet. */
static lc_status conclude(command *o, lc_error *err) {
    lc_status s = lc_device_save(&o->spool.device, o->out, err);
    if (s || !o->uploader)
        return s;
    s = lc__uploader_send(o->uploader, &o->spool.device, true, &o->sent, err);
    upload_tell(&o->sent, o->upload.url);
    if (s)
        fprintf(stderr,
                "profagent: the results are safe in %s; send them with: profagent upload "
                "--out %s --url %s%s%s\n",
                o->out, o->out, o->upload.url, o->upload.token_file ? " --token-file " : "",
                o->upload.token_file ? o->upload.token_file : "");
    return s;
}

static void print_summary(const command *o) {
    const lc__run_report *r = &o->report;
    lc__buf line = {0};
    lc__buf_printf(&line, "{\"device\":");
    lc__buf_json_string(&line, o->setup.name);
    lc__buf_printf(&line, ",\"out\":");
    lc__buf_json_string(&line, o->out);
    lc__buf_printf(&line,
                   ",\"items\":%zu,\"there_before\":%zu,\"measured\":%zu,\"unsteady\":%zu,"
                   "\"unsupported\":%zu,\"seconds\":%.1f,\"clock\":",
                   o->plan.n_items, r->there, r->measured, r->unsteady, r->unsupported,
                   lc__now() - o->started);
    lc__buf_json_string(&line, o->setup.clock.about);
    if (o->uploader)
        lc__buf_printf(&line, ",\"acknowledged\":%zu,\"refused\":%zu,\"left\":%zu",
                       o->sent.acked + o->sent.earlier, o->sent.refused, o->sent.left);
    if (!line.failed)
        printf("%s}\n", line.text);
    free(line.text);
}

/* Of all the samples that are written, also those of earlier runs: starting a run again does not
 * make its results better. */
static size_t count_unsteady(const lc_device *device) {
    size_t n = 0;
    for (size_t i = 0; i < device->n_samples; i++)
        n += !device->samples[i].steady;
    return n;
}

/* The exit code of a run that went through to the end. */
static int verdict(const command *o) {
    const lc__run_report *r = &o->report;
    size_t samples = o->spool.device.n_samples, unsteady = count_unsteady(&o->spool.device);
    if (r->unsupported) {
        fprintf(stderr,
                "profagent run: backend %s cannot run %zu of %zu items; they are not in %s\n",
                lc_backend_name(o->setup.backend), r->unsupported, o->plan.n_items, o->out);
        return lc_status_exit_code(LC_EUNSUPPORTED);
    }
    if (2 * unsteady > samples) {
        fprintf(stderr,
                "profagent run: %zu of %zu measurements are unsteady; %s is written, but "
                "measure again on a quiet machine with --fresh\n",
                unsteady, samples, o->out);
        return lc_status_exit_code(LC_EUNSTABLE);
    }
    return 0;
}

/* Where a run that ended early goes on. */
static void tell_resume(const command *o) {
    fprintf(stderr,
            "profagent run: %zu samples are safe in %s; the same command%s goes on from there\n",
            o->spool.device.n_samples, o->spool_path, o->fresh ? " without --fresh" : "");
}

/* Measures and concludes; LC_OK also when a signal stopped it. */
static lc_status work(command *o, lc_error *err) {
    tell_start(o);
    lc_status s = measure(o, err);
    if (s || o->report.stopped)
        tell_resume(o);
    else
        s = conclude(o, err);
    if (!s && !o->report.stopped && o->json)
        print_summary(o);
    return s;
}

static int run(command *o) {
    lc_error err;
    signals_catch();
    lc_status s = prepare(o, &err);
    if (!s)
        s = work(o, &err);
    if ((!s && o->report.stopped) || (o->sent.stopped && signals_caught()))
        return 128 + signals_caught();
    return s ? lc__cli_fail("profagent run", &err) : verdict(o);
}

int cmd_run(int argc, char **argv) {
    command o = {.upload = upload_defaults(),
                 .threads = 1,
                 .weight_seed = 1,
                 .retries = 8,
                 .seconds = 1,
                 .precision = 0.01,
                 .spool.fd = -1};
    lc__cli_result parsed = parse(&o, argc, argv);
    if (parsed == LC__CLI_RUN && !o.upload.url && (o.upload.token_file || o.upload.ca_file)) {
        fprintf(stderr, "profagent run: --token-file and --ca-file go with --upload\n");
        parsed = LC__CLI_BAD;
    }
    if (parsed != LC__CLI_RUN)
        return parsed == LC__CLI_DONE ? 0 : 2;
    o.started = lc__now();
    int code = run(&o);
    lc__uploader_free(o.uploader);
    lc__spool_close(&o.spool);
    run_setup_clear(&o.setup);
    lc_plan_clear(&o.plan);
    return code;
}
