#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/now.h"
#include "base/text.h"
#include "devices/plan.h"
#include "run_command.h"
#include "tree.h"

void run_tell_start(const run_command *o) {
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
    if (o->restored)
        fprintf(stderr,
                "profagent: %s was gone and is made anew of the %zu samples of %s; they are not "
                "repeated\n",
                o->spool.path, o->spool.device.n_samples, o->out);
    else if (o->spool.resumed)
        fprintf(stderr, "profagent: %s holds %zu samples already; they are not repeated\n",
                o->spool.path, o->spool.device.n_samples);
}

void run_tell_misfits(const run_command *o) {
    size_t n = 0;
    const cJSON *e;
    cJSON_ArrayForEach(e, o->skipped) {
        const char *why = cJSON_GetStringValue(cJSON_GetObjectItem(e, "reason"));
        char name[LC__SHOWN];
        if (++n > RUN_ADVICE_LINES)
            break;
        lc__printable(cJSON_GetStringValue(cJSON_GetObjectItem(e, "name")), name, sizeof name);
        fprintf(stderr, "profagent: item %.0f%s%s is left out: %s\n",
                cJSON_GetNumberValue(cJSON_GetObjectItem(e, "item")), name[0] ? " " : "", name,
                why ? why : "out of memory");
    }
    if (o->misfits > RUN_ADVICE_LINES)
        fprintf(stderr, "profagent: %zu further items that cannot be read are only counted\n",
                o->misfits - RUN_ADVICE_LINES);
}

void run_tell_resume(const run_command *o) {
    fprintf(stderr,
            "profagent run: %zu samples are safe in %s; the same command%s goes on from there\n",
            o->spool.device.n_samples, o->spool_path, o->fresh ? " without --fresh" : "");
}

static void warn_unsteady(run_command *o, const lc_plan_item *item, const lc__measurement *m) {
    char name[LC__SHOWN];
    if (o->report.unsteady > RUN_ADVICE_LINES)
        return;
    lc__progress_clear(&o->progress);
    fprintf(stderr,
            "profagent: %s is unsteady: interval +-%.1f %%, halves differ by %.1f %%; stop other "
            "work on this machine or raise --max-seconds-per-item\n",
            lc__plan_item_called(item, name, sizeof name), 100 * m->half_width, 100 * m->drift);
    if (o->report.unsteady == RUN_ADVICE_LINES)
        fprintf(stderr, "profagent: further unsteady items are only counted\n");
}

/* One run takes longer than the item's whole time. */
static void warn_over_budget(run_command *o, const lc_plan_item *item, const lc__measurement *m) {
    char name[LC__SHOWN];
    if (++o->over_budget > RUN_ADVICE_LINES)
        return;
    lc__progress_clear(&o->progress);
    fprintf(stderr,
            "profagent: one run of %s takes %.3g s, more than the %.3g s for all of its runs; only "
            "%ld were timed\n",
            lc__plan_item_called(item, name, sizeof name), m->min / 1e9, m->budget_ns / 1e9, m->n);
    if (o->over_budget == RUN_ADVICE_LINES)
        fprintf(stderr, "profagent: further such items are not named\n");
}

/* Says that something else was at work, and what showed it. */
void run_tell_disturbances(const run_command *o) {
    const lc__watch *w = &o->setup.watch;
    if (w->pinned_anew[0])
        fprintf(stderr, "profagent: %s\n", w->pinned_anew);
    if (o->report.disturbed == 0 && !lc__watch_noticed(w))
        return;
    fprintf(stderr,
            "profagent: the machine was disturbed in %zu of %zu turns; %zu of %zu measurements "
            "had too few others:",
            w->disturbed_turns, w->turns, o->report.disturbed, o->report.measured);
    for (int i = 0, n = 0; i < LC__DISTURBANCES; i++)
        if (w->why[i] > 0)
            fprintf(stderr, "%s %s (%zu)", n++ ? ";" : "", lc__disturbance_words(i), w->why[i]);
    fprintf(stderr, "\n");
}

void run_tell_measured(run_command *o, const lc_plan_item *item, const lc__measurement *m) {
    char latency[32], name[41], detail[200];
    if (!m->steady)
        warn_unsteady(o, item, m);
    if (m->min > m->budget_ns)
        warn_over_budget(o, item, m);
    snprintf(detail, sizeof detail, "%s: %s", lc__plan_item_called(item, name, sizeof name),
             lc__format_ns(m->latency, latency, sizeof latency));
    lc__progress_step(&o->progress, run_items_done(o), detail);
}

void run_tell_skipped(run_command *o, const lc_plan_item *item, const lc_error *why) {
    char text[1024], name[LC__SHOWN];
    size_t n = o->report.unsupported + o->report.failed;
    if (n > RUN_ADVICE_LINES)
        return;
    lc__progress_clear(&o->progress);
    fprintf(stderr, "profagent: %s is left out: %s\n",
            lc__plan_item_called(item, name, sizeof name), lc_error_format(why, text, sizeof text));
    if (n == RUN_ADVICE_LINES)
        fprintf(stderr, "profagent: further such items are only counted; OUT holds all reasons\n");
}

size_t run_items(const run_command *o) {
    return o->plan.n_items + o->misfits;
}

size_t run_items_done(const run_command *o) {
    const lc__run_report *r = &o->report;
    return r->there + r->measured + r->unsupported + r->failed + o->misfits;
}

/* The most memory that this process had resident, 0 when the kernel does not tell. */
static double peak_resident(void) {
    char text[4096];
    const char *at =
        lc__tree_read("", "/proc/self/status", text, sizeof text) ? strstr(text, "VmHWM:") : NULL;
    return at ? 1024 * strtod(at + strlen("VmHWM:"), NULL) : 0;
}

/* Of all the samples that are written, also those of earlier runs: starting a run again does not
 * make its results better. */
static size_t count_unsteady(const lc_device *device) {
    size_t n = 0;
    for (size_t i = 0; i < device->n_samples; i++)
        n += !device->samples[i].steady;
    return n;
}

void run_print_summary(const run_command *o) {
    const lc__run_report *r = &o->report;
    lc__buf line = {0};
    lc__buf_printf(&line, "{\"device\":");
    lc__buf_json_string(&line, o->setup.name);
    lc__buf_printf(&line, ",\"out\":");
    lc__buf_json_string(&line, o->out);
    lc__buf_printf(
        &line,
        ",\"items\":%zu,\"there_before\":%zu,\"measured\":%zu,\"unsteady\":%zu,"
        "\"disturbed\":%zu,\"turns\":%zu,\"disturbed_turns\":%zu,\"machine_disturbed\":%s,"
        "\"unsupported\":%zu,\"failed\":%zu,\"samples\":%zu,\"unsteady_samples\":%zu,"
        "\"seconds\":%.1f,"
        "\"resident_bytes\":%.0f,\"clock\":",
        run_items(o), r->there, r->measured, r->unsteady, r->disturbed, o->setup.watch.turns,
        o->setup.watch.disturbed_turns, lc__watch_noticed(&o->setup.watch) ? "true" : "false",
        r->unsupported + o->misfits, r->failed, o->spool.device.n_samples,
        count_unsteady(&o->spool.device), lc__now() - o->started, peak_resident());
    lc__buf_json_string(&line, o->setup.clock.about);
    if (o->uploader)
        lc__buf_printf(&line, ",\"acknowledged\":%zu,\"refused\":%zu,\"left\":%zu",
                       o->sent.acked + o->sent.earlier, o->sent.refused, o->sent.left);
    char *skipped = o->skipped ? lc__json_print(o->skipped) : NULL;
    if (skipped)
        lc__buf_printf(&line, ",\"skipped\":%s", skipped);
    free(skipped);
    if (!line.failed)
        printf("%s}\n", line.text);
    free(line.text);
}

/* The exit code of a run that went through to the end. */
int run_verdict(const run_command *o) {
    const lc__run_report *r = &o->report;
    size_t samples = o->spool.device.n_samples, unsteady = count_unsteady(&o->spool.device);
    if (r->failed) {
        fprintf(stderr, "profagent run: %zu of %zu items failed; they are not in %s\n", r->failed,
                run_items(o), o->out);
        return lc_status_exit_code(LC_ERUNTIME);
    }
    if (o->misfits)
        fprintf(stderr, "profagent run: %zu of %zu items cannot be read; they are not in %s\n",
                o->misfits, run_items(o), o->out);
    if (r->unsupported)
        fprintf(stderr,
                "profagent run: backend %s cannot run %zu of %zu items here; they are not in "
                "%s\n",
                lc_backend_name(o->setup.backend), r->unsupported, run_items(o), o->out);
    if (o->misfits + r->unsupported > 0)
        return lc_status_exit_code(LC_EUNSUPPORTED);
    if (2 * unsteady > samples) {
        fprintf(stderr,
                "profagent run: %zu of %zu measurements are unsteady; %s is written, but "
                "measure again on a quiet machine with --fresh\n",
                unsteady, samples, o->out);
        return lc_status_exit_code(LC_EUNSTABLE);
    }
    return 0;
}
