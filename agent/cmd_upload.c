#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/out.h"
#include "base/text.h"
#include "commands.h"
#include "signals.h"
#include "spool.h"
#include "upload_command.h"

static const char about[] =
    "Sends measurements to a collector. What it has acknowledged is noted in FILE.acked and never\n"
    "sent to it again, so the same command goes on where a failed or killed one stopped.";

static void say(void *ctx, const char *text) {
    char shown[1024];
    (void)ctx;
    fprintf(stderr, "profagent: %s\n", lc__printable(text, shown, sizeof shown));
}

lc__upload_options upload_defaults(void) {
    return (lc__upload_options){
        .retries = 8, .retry_seconds = 60, .stop = signals_stop, .say = say};
}

void upload_acked_path(const char *file, char *buf, size_t size) {
    size_t n = strlen(file), m = strlen(".spool");
    if (n > m && !strcmp(file + n - m, ".spool"))
        n -= m;
    snprintf(buf, size, "%.*s.acked", (int)n, file);
}

void upload_tell(const lc__upload_report *r, const char *url) {
    fprintf(stderr, "profagent: %zu samples are with %s", r->acked + r->earlier, url);
    if (r->earlier)
        fprintf(stderr, " (%zu of them were sent before)", r->earlier);
    if (r->refused)
        fprintf(stderr, ", %zu refused", r->refused);
    if (r->left)
        fprintf(stderr, ", %zu still to be sent", r->left);
    fprintf(stderr, "\n");
}

/* Opens, sends patiently and closes. The report is valid on failure too. */
static lc_status upload_now(const lc__upload_options *options, const lc_device *device,
                            lc__upload_report *report, lc_error *err) {
    lc__uploader *uploader = NULL;
    memset(report, 0, sizeof *report);
    report->left = device->n_samples;
    lc_status s = lc__uploader_new(options, &uploader, err);
    if (!s)
        s = lc__uploader_send(uploader, device, true, report, err);
    lc__uploader_free(uploader);
    return s;
}

typedef struct request {
    const char *spool, *out;
    int64_t retries;
    bool json;
    lc__upload_options upload;
} request;

static lc__cli_result parse(request *o, int argc, char **argv) {
    const lc__opt table[] = {
        {"spool", LC__OPT_STR, &o->spool, "FILE", "spool of profagent run to send", 0, 0, false},
        {"out", LC__OPT_STR, &o->out, "FILE",
         "device.json to send; its spool if the run has not ended", 0, 0, false},
        {"url", LC__OPT_STR, &o->upload.url, "URL", "the collector, http(s)://host:port", 0, 0,
         true},
        {"token-file", LC__OPT_STR, &o->upload.token_file, "FILE", "file with the bearer token", 0,
         0, false},
        {"ca-file", LC__OPT_STR, &o->upload.ca_file, "FILE",
         "certificate authorities to trust (PEM)", 0, 0, false},
        {"retries", LC__OPT_INT, &o->retries, "N", "further tries of a failed request (8)", 0, 1000,
         false},
        {"retry-seconds", LC__OPT_NUM, &o->upload.retry_seconds, "S",
         "give a request up after this long (60)", 0, 86400, false},
        {"json", LC__OPT_FLAG, &o->json, NULL, "summary on stdout as JSON", 0, 0, false},
        {0}};
    lc__cli_result r = lc__cli_parse("profagent upload", about, NULL, table, argc, argv, NULL);
    if (r == LC__CLI_RUN && !o->spool == !o->out) {
        fprintf(stderr, "profagent upload: give either --spool or --out\n");
        return LC__CLI_BAD;
    }
    o->upload.retries = (int)o->retries;
    return r;
}

/* What is written beside the file that is sent, where that leads. */
static lc_status settle_acked(const request *o, char *target, char *acked, size_t size,
                              lc_error *err) {
    const lc__input inputs[] = {{"--token-file", o->upload.token_file},
                                {"--ca-file", o->upload.ca_file}};
    const char *option = o->spool ? "--spool" : "--out";
    lc_status s = lc__file_target(o->spool ? o->spool : o->out, target, size, err);
    if (s)
        return s;
    upload_acked_path(target, acked, size);
    return lc__out_check(option, acked, inputs, sizeof inputs / sizeof *inputs, err);
}

/* Reads what is to be sent. */
static lc_status load(const request *o, const char *target, lc_device *device, lc_error *err) {
    if (o->spool)
        return lc__spool_read(o->spool, device, err);
    char spool[4224];
    snprintf(spool, sizeof spool, "%s.spool", target);
    if (access(o->out, F_OK) != 0 && access(spool, F_OK) == 0)
        return lc__spool_read(spool, device, err);
    return lc_device_load(o->out, device, err);
}

static void print_json(const lc__upload_report *r) {
    printf("{\"acknowledged\":%zu,\"earlier\":%zu,\"refused\":%zu,\"left\":%zu,\"retries\":%d}\n",
           r->acked, r->earlier, r->refused, r->left, r->retries);
}

int cmd_upload(int argc, char **argv) {
    request o = {.upload = upload_defaults(), .retries = 8};
    lc__cli_result parsed = parse(&o, argc, argv);
    if (parsed != LC__CLI_RUN)
        return parsed == LC__CLI_DONE ? 0 : 2;
    lc_device device;
    lc_error err;
    char target[4200], acked[4200];
    if (settle_acked(&o, target, acked, sizeof acked, &err) || load(&o, target, &device, &err))
        return lc__cli_fail("profagent upload", &err);
    o.upload.acked_path = acked;
    signals_catch();
    lc__upload_report report;
    lc_status s = upload_now(&o.upload, &device, &report, &err);
    lc_device_clear(&device);
    upload_tell(&report, o.upload.url);
    if (o.json)
        print_json(&report);
    if (report.stopped)
        return 128 + signals_caught();
    return s ? lc__cli_fail("profagent upload", &err) : 0;
}
