#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "backends/memory.h"
#include "base/cli.h"
#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/now.h"
#include "base/out.h"
#include "base/text.h"
#include "devices/plan.h"
#include "run_command.h"
#include "signals.h"

#define MEMORY_CAP 1e9  /* prepared nets take at most this, and a quarter of what is free */
#define UPLOAD_EVERY 20 /* samples, while measuring */
#define IDLE_SECONDS .5 /* in which the power drawn by nothing is learned */

/* Asked again and again while measuring and sending: the time for signs of life. */
static bool stop_or_live_on(void *ctx) {
    run_command *o = ctx;
    lc__notify_alive(&o->notify);
    return signals_stop(NULL);
}

/* Sends what is there while measuring, with one try: the end is the time for patience. */
static void upload_meanwhile(run_command *o) {
    lc_error err;
    if (!o->uploader || o->upload_later || ++o->since_upload < UPLOAD_EVERY)
        return;
    o->since_upload = 0;
    lc_status s = lc__uploader_send(o->uploader, &o->spool.device, false, &o->sent, &err);
    if (s && s != LC_EFORMAT && !o->sent.stopped) {
        o->upload_later = true;
        lc__progress_clear(&o->progress);
        char why[1024];
        fprintf(stderr, "profagent: %s; will be tried again at the end\n",
                lc__printable(err.message, why, sizeof why));
    }
}

static void on_measured(void *ctx, const lc_plan_item *item, const lc__measurement *m) {
    run_command *o = ctx;
    /* an item that is half done is half done, which the number of those done does not show */
    o->progress.left =
        (lc__now() - o->progress.started) * o->report.left_ns / fmax(o->report.spent_ns, 1);
    run_tell_measured(o, item, m);
    upload_meanwhile(o);
}

/* For the summary and the fingerprint. `net` is NULL where there is none. */
static void note_skipped(run_command *o, size_t number, const char *name, const lc_net *net,
                         const lc_error *why) {
    char digest[20], text[1024];
    if (!o->skipped)
        o->skipped = cJSON_CreateArray();
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "name", name);
    cJSON_AddNumberToObject(object, "item", (double)number);
    if (net) {
        snprintf(digest, sizeof digest, "%016" PRIx64, lc_net_digest(net));
        cJSON_AddStringToObject(object, "digest", digest);
    }
    cJSON_AddStringToObject(object, "status", lc_status_name(why->code));
    cJSON_AddStringToObject(object, "reason", lc_error_format(why, text, sizeof text));
    if (!cJSON_AddItemToArray(o->skipped, object))
        cJSON_Delete(object);
}

static void on_skipped(void *ctx, const lc_plan_item *item, const lc_error *why) {
    run_command *o = ctx;
    note_skipped(o, item->number, lc_net_name(item->net), item->net, why);
    run_tell_skipped(o, item, why);
}

static void on_misfit(void *ctx, size_t number, const char *name, const lc_error *why) {
    run_command *o = ctx;
    o->misfits++;
    note_skipped(o, number, name, NULL, why);
}

/* Preparing a large net takes long, and nothing would be lost by ending in the middle of it: what
 * is measured is on disk. */
static void on_preparing(void *ctx, bool begins) {
    const run_command *o = ctx;
    char words[4400];
    snprintf(words, sizeof words,
             "\nprofagent run: stopped while preparing; %zu samples are safe in %s; the same "
             "command%s goes on from there\n",
             o->spool.device.n_samples, o->spool_path, o->fresh ? " without --fresh" : "");
    signals_last_words(begins ? words : NULL, o->begun.end[0] ? o->begun.fd : -1, o->begun.end);
}

static lc_status load_plan(run_command *o, lc_error *err) {
    lc_status s = lc__plan_load_fitting(o->plan_path, on_misfit, o, &o->plan, err);
    if (!s && o->plan.n_items == 0) {
        s = lc_error_set(err, LC_EFORMAT, "the plan has no items; nothing would be measured");
        lc_error_in_file(err, o->plan_path);
    }
    return s;
}

/* The files beside OUT: where it leads, so that two names of it have one spool. None may be one
 * that is read. */
static lc_status settle_out(run_command *o, lc_error *err) {
    char target[4096];
    const lc__input inputs[] = {{"--plan", o->plan_path},
                                {"--token-file", o->upload.token_file},
                                {"--ca-file", o->upload.ca_file}};
    lc_status s = lc__file_target(o->out, target, sizeof target, err);
    if (s)
        return s;
    if (snprintf(o->spool_path, sizeof o->spool_path, "%s.spool", target) >= 4000)
        return lc_error_set(err, LC_EUSAGE, "--out is too long");
    snprintf(o->begun_path, sizeof o->begun_path, "%s.begun", target);
    upload_acked_path(target, o->acked_path, sizeof o->acked_path);
    const char *const written[] = {o->out, o->spool_path, o->acked_path, o->begun_path};
    for (size_t i = 0; i < sizeof written / sizeof *written && !s; i++)
        s = lc__out_check("--out", written[i], inputs, sizeof inputs / sizeof *inputs, err);
    return s ? s : run_setup_check_out(o->out, target, err);
}

static lc_status open_spool(run_command *o, lc_error *err) {
    lc_status s = LC_OK;
    if (!o->fresh)
        s = lc__spool_restore(o->spool_path, o->out, o->setup.header, &o->restored, err);
    return s ? s : lc__spool_open(&o->spool, o->spool_path, o->setup.header, o->fresh, err);
}

/* Everything that can be found wrong is found before anything is measured. */
static lc_status prepare(run_command *o, lc_error *err) {
    o->upload.acked_path = o->acked_path;
    o->upload.retries = (int)o->retries;
    o->upload.stop = stop_or_live_on;
    o->upload.ctx = o;
    o->setup.threads = (int)o->threads;
    o->setup.batch = (int)o->batch;
    o->setup.weight_seed = (uint64_t)o->weight_seed;
    lc_status s = settle_out(o, err);
    if (!s)
        s = load_plan(o, err);
    if (!s)
        s = run_setup_make(&o->setup, err);
    if (!s && o->upload.url)
        s = lc__uploader_new(&o->upload, &o->uploader, err);
    if (!s)
        s = open_spool(o, err);
    if (!s)
        s = lc__begun_open(&o->begun, o->begun_path, o->fresh, err);
    return s;
}

static lc__run_options options_of(run_command *o) {
    run_setup *s = &o->setup;
    lc__run_options options = {.backend = s->backend,
                               .exec = &s->exec,
                               .with = {&s->clock, &s->perf, &s->watch, &s->energy, &s->rest},
                               .cpus = &s->cpus,
                               .measure = lc__measure_defaults(),
                               .time_budget = o->time_budget,
                               .raw = o->raw,
                               .begun = &o->begun,
                               .memory_bytes = fmin(lc__memory_available("") / 4, MEMORY_CAP)};
    options.measure.precision = o->precision;
    lc__measure_budget(&options.measure, o->seconds);
    return options;
}

static lc_status measure(run_command *o, lc_error *err) {
    char run_id[13];
    lc__run_id(run_id);
    lc__run_options options = options_of(o);
    options.run_id = run_id;
    lc__run_events events = {.ctx = o,
                             .stop = stop_or_live_on,
                             .measured = on_measured,
                             .skipped = on_skipped,
                             .preparing = on_preparing};
    lc__state_read("", &o->setup.cpus, &o->before);
    lc_status s = lc__energy_start(&o->setup.energy, &o->setup.cpus, IDLE_SECONDS, err);
    if (s)
        return s;
    lc__progress_start(&o->progress, "measuring", run_items(o), o->quiet);
    s = lc__run_plan(&o->plan, &o->spool, &options, &events, &o->report, err);
    o->progress.done = run_items_done(o);
    lc__progress_end(&o->progress);
    return s;
}

/* How the turns went, for the fingerprint. */
static cJSON *watch_json(const lc__watch *w) {
    cJSON *o = cJSON_CreateObject();
    lc__json_add_num(o, "turns", (double)w->turns);
    lc__json_add_num(o, "disturbed_turns", (double)w->disturbed_turns);
    cJSON_AddBoolToObject(o, "machine_disturbed", lc__watch_noticed(w));
    for (int i = 0; i < LC__DISTURBANCES; i++)
        if (w->why[i] > 0)
            lc__json_add_num(o, lc__disturbance_name(i), (double)w->why[i]);
    lc__json_add_num(o, "canary_compute_ns", round(w->canary.quiet.compute_ns));
    lc__json_add_num(o, "canary_memory_ns", round(w->canary.quiet.memory_ns));
    if (w->pinned_anew[0])
        cJSON_AddStringToObject(o, "pinned_anew", w->pinned_anew);
    return o;
}

static void replace(cJSON *object, const char *key, cJSON *value) {
    cJSON_DeleteItemFromObject(object, key);
    if (value)
        cJSON_AddItemToObject(object, key, value);
}

/* Of a run that measured nothing, what OUT says of the last one that did stands. */
static void keep_facts(const run_command *o, cJSON *print) {
    static const char *const keys[] = {"before", "after", "watch"};
    lc_device there;
    if (lc_device_load(o->out, &there, NULL) != LC_OK)
        return;
    cJSON *old = cJSON_Parse(there.fingerprint_json);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (cJSON_HasObjectItem(old, keys[i]))
            replace(print, keys[i], cJSON_DetachItemFromObject(old, keys[i]));
    cJSON_Delete(old);
    lc_device_clear(&there);
}

/* What is known only after a run joins the device's fingerprint: the machine before and after, how
 * it was disturbed, what was skipped. That of the last run stands. */
static lc_status add_run_facts(run_command *o, lc_error *err) {
    lc_device *d = &o->spool.device;
    const run_setup *s = &o->setup;
    cJSON *print = cJSON_Parse(d->fingerprint_json);
    lc__state after;
    if (!print)
        return lc__no_memory(err);
    if (o->report.measured > 0) {
        lc__state_read("", &s->cpus, &after);
        replace(print, "before", lc__state_json(&o->before, &s->cpus, NULL));
        replace(print, "after", lc__state_json(&after, &s->cpus, &o->before));
        replace(print, "watch", watch_json(&s->watch));
    } else {
        keep_facts(o, print);
    }
    if (s->energy.n > 0)
        replace(print, "energy_meter", cJSON_CreateString(s->energy.source));
    if (s->energy.idle_mw > 0)
        replace(print, "idle_power_mw", cJSON_CreateNumber(round(s->energy.idle_mw)));
    replace(print, "skipped", o->skipped ? cJSON_Duplicate(o->skipped, true) : NULL);
    char *text = lc__json_print(print);
    cJSON_Delete(print);
    if (!text)
        return lc__no_memory(err);
    free(d->fingerprint_json);
    d->fingerprint_json = text;
    return LC_OK;
}

/* Writes device.json, then sends what is not sent yet. */
static lc_status conclude(run_command *o, lc_error *err) {
    lc_status s = add_run_facts(o, err);
    if (!s)
        s = lc_device_save(&o->spool.device, o->out, err);
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

/* Measures and concludes; LC_OK also when a signal stopped it. */
static lc_status work(run_command *o, lc_error *err) {
    run_tell_start(o);
    run_tell_misfits(o);
    lc_status s = measure(o, err);
    run_tell_disturbances(o);
    if (s || o->report.stopped)
        run_tell_resume(o);
    else
        s = conclude(o, err);
    if (!s && !o->report.stopped && o->json)
        run_print_summary(o);
    return s;
}

int run_once(run_command *o) {
    lc_error err;
    o->started = lc__now();
    lc__notify_open(&o->notify);
    lc_status s = prepare(o, &err);
    if (!s) {
        lc__notify_send(&o->notify, "READY=1\nSTATUS=measuring and sending");
        s = work(o, &err);
    }
    if ((!s && o->report.stopped) || (o->sent.stopped && signals_caught()))
        return 128 + signals_caught();
    return s ? lc__cli_fail("profagent run", &err) : run_verdict(o);
}

void run_clear(run_command *o) {
    lc__notify_close(&o->notify);
    lc__uploader_free(o->uploader);
    lc__begun_close(&o->begun); /* while the spool is locked */
    lc__spool_close(&o->spool);
    run_setup_clear(&o->setup);
    lc_plan_clear(&o->plan);
    cJSON_Delete(o->skipped);
}
