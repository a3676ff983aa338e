/* nas verify: do nets take on the device what was forecast? */
#include "cmd.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "board.h"
#include "checked.h"
#include "cmdline/json_out.h"
#include "cmdline/options.h"
#include "folder.h"

#define FOLDER "verify" /* for the plan of another board, unless --out names one */

typedef struct request {
    lc__source source;
    lc__list archs, rest, measured;
    const char *agent, *out;
    double seconds;
    int64_t repeats;
    bool quiet, json;
} request;

typedef struct session {
    const request *request;
    lc_device device;
    lc__net_list nets;
    lc__checked *checked; /* [n] */
    size_t n, room;
    char agent[4096], folder[4096];
    bool temporary; /* folder: removed at the end */
} session;

/* ---- what is to be verified ---- */

static lc_status add_arch(session *s, const char *arch, lc_error *err) {
    size_t before = s->nets.n;
    lc_status st = lc__net_list_add(&s->nets, arch, err);
    if (!st && s->nets.n > s->room) {
        size_t room = 2 * s->nets.n;
        lc__checked *more = realloc(s->checked, room * sizeof *more);
        if (!more)
            return lc__no_memory(err);
        s->checked = more;
        s->room = room;
    }
    for (size_t i = before; i < s->nets.n && !st; i++) {
        st = lc__checked_make(arch, s->nets.net[i], &s->checked[i], err);
        s->n += !st;
    }
    return st;
}

static void warn_of_other_device(const session *s) {
    for (size_t i = 0; i < s->n; i++) {
        const char *device = s->checked[i].device;
        if (!*device || !strcmp(device, s->device.name))
            continue;
        lc__warn("warning: %s was searched for device %s; what is measured is %s",
                 s->checked[i].source, device, s->device.name);
        return;
    }
}

/* Nets that no search forecast are forecast now. */
static lc_status forecast(session *s, lc_error *err) {
    lc__forecasts f = {0};
    bool opened = false;
    lc_status st = LC_OK;
    for (size_t i = 0; i < s->n && !st; i++) {
        if (!isnan(s->checked[i].forecast[LC__COST_LATENCY]))
            continue;
        if (!opened)
            st = lc__forecasts_open(&s->request->source, "latency", NULL, &f, err);
        opened = true;
        if (!st)
            st = lc__checked_forecast(&s->checked[i], f.predictor, err);
    }
    lc__forecasts_close(&f);
    return st;
}

static lc_status prepare(session *s, lc_error *err) {
    const request *r = s->request;
    lc_status st = LC_OK;
    if (r->archs.n + r->rest.n == 0) {
        lc_error_set(err, LC_EUSAGE, "name the nets: --arch net.json, or several files after it");
        return LC_EUSAGE;
    }
    if (r->measured.n && (r->agent || r->out || r->repeats > 1)) {
        lc_error_set(err, LC_EUSAGE,
                     "--measured says that all is measured, so --agent, --out and --repeats have "
                     "nothing to say");
        return LC_EUSAGE;
    }
    st = lc_device_load(r->source.device, &s->device, err);
    for (size_t i = 0; i < r->archs.n && !st; i++)
        st = add_arch(s, r->archs.item[i], err);
    for (size_t i = 0; i < r->rest.n && !st; i++)
        st = add_arch(s, r->rest.item[i], err);
    if (!st)
        warn_of_other_device(s);
    return st ? st : forecast(s, err);
}

/* ---- measurements ---- */

/* A runtime in another configuration is another device. */
static lc_status check_config(const lc_device *wanted, const lc_device *is, lc_error *err) {
    char here[32], there[32];
    const char *what = NULL, *a = here, *b = there;
    snprintf(here, sizeof here, "%d", wanted->threads);
    snprintf(there, sizeof there, "%d", is->threads);
    if (wanted->threads != is->threads) {
        what = "threads";
    } else if (wanted->batch != is->batch) {
        what = "batch";
        snprintf(here, sizeof here, "%d", wanted->batch);
        snprintf(there, sizeof there, "%d", is->batch);
    } else if (strcmp(wanted->backend, is->backend) != 0) {
        what = "backend", a = wanted->backend, b = is->backend;
    } else if (strcmp(wanted->isa, is->isa) != 0) {
        what = "isa", a = wanted->isa, b = is->isa;
    } else if (strcmp(wanted->dtype, is->dtype) != 0) {
        what = "dtype", a = wanted->dtype, b = is->dtype;
    } else if (strcmp(wanted->board, is->board) != 0) {
        what = "board", a = wanted->board, b = is->board;
    }
    if (!what)
        return LC_OK;
    lc_error_set(err, LC_EUSAGE,
                 "was measured with %s \"%.60s\", the samples of device %.80s with \"%.60s\"; they "
                 "do not compare",
                 what, b, wanted->name, a);
    return LC_EUSAGE;
}

static lc_status take(session *s, const char *path, lc_error *err) {
    lc_device measured;
    lc_status st = lc_device_load(path, &measured, err);
    if (st)
        return st;
    if ((st = check_config(&s->device, &measured, err)))
        lc_error_in_file(err, path);
    for (size_t i = 0; i < s->n && !st; i++)
        lc__checked_measured(&s->checked[i], &measured);
    lc_device_clear(&measured);
    return st;
}

static const char *in_folder(const session *s, const char *name, char *buf, size_t size) {
    snprintf(buf, size, "%.4000s/%s", s->folder, name);
    return buf;
}

static lc_status write_plan(const session *s, const char *path, lc_error *err) {
    lc_plan plan = {.name = lc__strdup("nas verify")};
    lc_status st = plan.name ? LC_OK : lc__no_memory(err);
    for (size_t i = 0; i < s->n && !st; i++) {
        lc_net *net = lc_net_clone(s->checked[i].net);
        st = net ? lc_plan_add(&plan, LC_SAMPLE_NET, net, err) : lc__no_memory(err);
    }
    char *text = st ? NULL : lc_plan_to_json(&plan);
    if (!st)
        st = text ? lc__file_write(path, text, strlen(text), err) : lc__no_memory(err);
    free(text);
    lc_plan_clear(&plan);
    return st;
}

/* What the agent's exit code means for who asked; what it said is on stderr already. */
static lc_status judge(const session *s, int code, lc_error *err) {
    lc_status st = LC_ERUNTIME;
    if (code == lc_status_exit_code(LC_EUNSTABLE))
        lc_error_set(err, st = LC_EUNSTABLE,
                     "most measurements are unsteady, so they prove little; measure again while "
                     "nothing else runs on this machine");
    else if (code == lc_status_exit_code(LC_EUNSUPPORTED))
        lc_error_set(err, st = LC_EUNSUPPORTED, "the agent could not run all nets, see above");
    else if (code == 128 + 2 || code == 128 + 15)
        lc_error_set(err, st, "stopped%s",
                     s->temporary ? "" : "; the same command goes on with what was measured");
    else
        lc_error_set(err, st, "the agent failed with exit code %d, see above", code);
    return st;
}

/* One run of the agent over all nets, which take turns in it. */
static lc_status measure_once(session *s, int number, lc_error *err) {
    const request *r = s->request;
    char plan[4200], out[4200], name[32];
    lc__words words;
    int code;
    snprintf(name, sizeof name, "run-%d.json", number);
    const lc__errand errand = {in_folder(s, "plan.json", plan, sizeof plan),
                               in_folder(s, name, out, sizeof out), r->seconds, r->quiet};
    lc__agent_words(s->agent, &s->device, &errand, &words);
    lc_status st = lc__agent_run(&words, &code, err);
    if (st || code == 0)
        return st ? st : take(s, out, err);
    lc_error ignored;
    take(s, out, &ignored); /* what there is is shown */
    return judge(s, code, err);
}

/* A run that is unsteady does not end it: the others may be better, and the median counts. */
static lc_status measure_all(session *s, lc_error *err) {
    lc_error complaint;
    lc_status unsteady = LC_OK, st = LC_OK;
    for (int64_t i = 1; i <= s->request->repeats && !st; i++) {
        st = measure_once(s, (int)i, err);
        if (st == LC_EUNSTABLE) {
            unsteady = st;
            complaint = *err;
            st = LC_OK;
        }
    }
    if (st || !unsteady)
        return st;
    *err = complaint;
    return unsteady;
}

static lc_status open_folder(session *s, lc_error *err) {
    const request *r = s->request;
    char plan[4200];
    lc_status st;
    s->temporary = !r->out;
    snprintf(s->folder, sizeof s->folder, "%s", r->out ? r->out : "");
    st = r->out ? lc__folder_make(r->out, err)
                : lc__folder_temporary(s->folder, sizeof s->folder, err);
    return st ? st : write_plan(s, in_folder(s, "plan.json", plan, sizeof plan), err);
}

/* The board is elsewhere: says what to run there. */
static lc_status send_away(session *s, const char *why, lc_error *err) {
    const request *r = s->request;
    char plan[4200], typed[8192];
    const lc__errand errand = {"plan.json", "measured.json", r->seconds, false};
    lc__words words;
    snprintf(s->folder, sizeof s->folder, "%s", r->out ? r->out : FOLDER);
    lc_status st = lc__folder_make(s->folder, err);
    if (!st)
        st = write_plan(s, in_folder(s, "plan.json", plan, sizeof plan), err);
    if (st)
        return st;
    lc__agent_words("profagent", &s->device, &errand, &words);
    lc__agent_typed(&words, typed, sizeof typed);
    if (r->json) {
        cJSON *o = cJSON_CreateObject();
        bool ok = o && lc__json_add_num(o, "schema_version", LC_SCHEMA_VERSION) &&
                  cJSON_AddStringToObject(o, "plan", plan) &&
                  cJSON_AddStringToObject(o, "command", typed);
        st = lc__print_object(o, ok, "", err);
    } else {
        printf("plan: %s, %zu nets\non the board: %s\nthen here: --measured measured.json\n", plan,
               s->n, typed);
    }
    if (!st)
        st = lc_error_set(err, LC_EUNREACHABLE,
                          "the board of device %.80s is not this machine (%.250s); measure there",
                          s->device.name, why);
    return st;
}

static lc_status measure(session *s, bool *away, lc_error *err) {
    const request *r = s->request;
    char why[300] = "";
    bool same = true;
    cJSON *config = cJSON_Parse(s->device.config_json);
    bool held = cJSON_IsNumber(cJSON_GetObjectItem(config, "freq_khz"));
    cJSON_Delete(config);
    lc__agent_find(r->agent, s->agent, sizeof s->agent);
    lc_status st = lc__agent_at_home(s->agent, &s->device, &same, why, err);
    if (!st && same && held)
        snprintf(why, sizeof why, "its CPUs are held at a frequency, which takes root");
    *away = !st && (!same || held);
    if (*away)
        return send_away(s, why, err);
    if (!st)
        st = open_folder(s, err);
    return st ? st : measure_all(s, err);
}

/* ---- what came of it ---- */

static lc_status print_json(const session *s, lc_error *err) {
    cJSON *o = cJSON_CreateObject(), *nets = o ? lc__checked_json(s->checked, s->n) : NULL;
    bool ok = nets && cJSON_AddItemToObject(o, "nets", nets) &&
              lc__json_add_num(o, "schema_version", LC_SCHEMA_VERSION) &&
              cJSON_AddStringToObject(o, "device", s->device.name);
    return lc__print_object(o, ok, "", err);
}

static size_t count_measured(const session *s) {
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++)
        n += s->checked[i].runs > 0;
    return n;
}

/* What there is is shown, also where the agent was not content; its complaint comes last. */
static lc_status conclude(const session *s, lc_status st, lc_error *err) {
    size_t measured = count_measured(s);
    lc_error ignored;
    if (st && measured == 0)
        return st;
    if (s->request->json) {
        lc_status printed = print_json(s, st ? &ignored : err);
        st = st ? st : printed;
    } else {
        lc__checked_show(s->checked, s->n);
    }
    if (!st && measured < s->n) {
        st = LC_EFORMAT;
        lc_error_set(err, st, "%zu of %zu nets were not measured", s->n - measured, s->n);
    }
    return st;
}

static lc_status work(session *s, lc_error *err) {
    const lc__list *files = &s->request->measured;
    bool away = false;
    lc_status st = prepare(s, err);
    if (st)
        return st;
    for (size_t i = 0; i < files->n && !st; i++)
        st = take(s, files->item[i], err);
    if (files->n && st)
        return st;
    if (!files->n)
        st = measure(s, &away, err);
    return away ? st : conclude(s, st, err);
}

static int run(const request *r) {
    session s = {.request = r};
    lc_error err;
    lc_status st = work(&s, &err);
    if (s.temporary && s.folder[0])
        lc__folder_remove(s.folder);
    free(s.checked);
    lc__net_list_clear(&s.nets);
    lc_device_clear(&s.device);
    return st ? lc__cli_fail("nas verify", &err) : lc__finish_output("nas verify");
}

int lc__nas_verify(int argc, char **argv) {
    request r = {.source.repeatability = LC__REPEATABILITY, .repeats = 1, .rest.words = "[NET...]"};
    const lc__opt table[] = {
        {.name = "arch",
         .kind = LC__OPT_LIST,
         .value = &r.archs,
         .arg = "NET",
         .help = "what to measure: net.json of a search, zoo:NAME, SPACE:CHOICES;\nmore may follow "
                 "(--arch front/net-*.json)"},
        lc__option_device(&r.source.device, "the device's samples, by which nets were forecast",
                          true),
        {.name = "agent",
         .kind = LC__OPT_STR,
         .value = &r.agent,
         .arg = "PATH",
         .help = "profagent to measure with (default: beside this command, else\nthat of $PATH)"},
        {.name = "measured",
         .kind = LC__OPT_LIST,
         .value = &r.measured,
         .arg = "FILE",
         .help = "measured already, e.g. on another board (device.json)"},
        {.name = "repeats",
         .kind = LC__OPT_INT,
         .value = &r.repeats,
         .arg = "N",
         .help = "measure all nets N times over; the median counts (default 1)",
         .lo = 1,
         .hi = LC__RUNS_MOST},
        {.name = "max-seconds-per-item",
         .kind = LC__OPT_NUM,
         .value = &r.seconds,
         .arg = "S",
         .help = "time for one net at most (default: the agent's)",
         .lo = 1e-3,
         .hi = 3600},
        lc__option_out(&r.out, "folder to keep plan and measurements in (default: none)", false),
        lc__option_model(&r.source.model),
        lc__option_without(&r.source.without),
        {.name = "quiet", .kind = LC__OPT_FLAG, .value = &r.quiet, .help = "no progress on stderr"},
        lc__option_json(&r.json, NULL),
        {0}};
    lc__cli_result parsed = lc__cli_parse(
        "nas verify",
        "Measures nets on the device they were searched for, in the configuration of its samples, "
        "and\nsays how far off the forecasts were and whether the budgets are kept.",
        "Nets take turns in one run of the agent. Where the device is another board, the plan is\n"
        "written and the command to run there is printed (exit code 5); its result is taken by\n"
        "--measured. Exit code 6: most measurements are unsteady.",
        table, argc, argv, &r.rest);
    if (parsed != LC__CLI_RUN)
        return parsed == LC__CLI_DONE ? 0 : 2;
    return run(&r);
}
