/* nas search: one net within a budget. */
#include "cmd.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/out.h"
#include "cmdline/json_out.h"
#include "cmdline/options.h"
#include "folder.h"
#include "found.h"

typedef struct request {
    lc__hunt_options hunt;
    double latency_ms, energy_mj;
    const char *out;
    bool json;
} request;

static lc_status check(const request *r, lc_error *err) {
    if (r->latency_ms <= 0 && r->energy_mj <= 0) {
        lc_error_set(err, LC_EUSAGE, "give a budget: --latency-ms, --energy-mj or both");
        return LC_EUSAGE;
    }
    const lc__input inputs[] = {{"--device", r->hunt.source.device},
                                {"--model", r->hunt.source.model},
                                {"--supernet", r->hunt.supernet},
                                {"--accuracies", r->hunt.accuracies}};
    lc_status st = lc__out_check("--out", r->out, inputs, 4, err);
    if (!st)
        st = lc__folder_takes(r->out, err);
    return st ? st : lc__folder_claim(r->out, err);
}

static lc_status print_json(const lc__hunt *h, const request *r, const lc__budget *budget,
                            const lc__found *found, lc_error *err) {
    cJSON *o = lc__found_json(h, budget, found);
    bool ok = o && lc__json_add_num(o, "schema_version", LC_SCHEMA_VERSION) &&
              cJSON_AddStringToObject(o, "net", r->out);
    return lc__print_object(o, ok, "", err);
}

static lc_status work(const request *r, lc__hunt *h, lc_error *err) {
    const lc__budget budget = {{r->latency_ms * 1e6, r->energy_mj * 1e3}};
    const bool wanted[LC__COSTS] = {r->latency_ms > 0, r->energy_mj > 0};
    char supernet[4096], state[4096];
    lc__found found;
    lc_status st = check(r, err);
    if (st)
        return st;
    snprintf(supernet, sizeof supernet, "%s.supernet", r->out);
    snprintf(state, sizeof state, "%s.search", r->out);
    st = lc__hunt_open(&r->hunt, wanted, supernet, h, err);
    if (!st)
        st = lc__hunt_search(h, &budget, state, &found, err);
    if (!st)
        st = lc__found_write(h, &budget, &found, NULL, r->out, err);
    if (!st)
        unlink(state);
    if (!st && r->json)
        st = print_json(h, r, &budget, &found, err);
    else if (!st)
        lc__found_show(h, &budget, &found);
    return st;
}

int lc__nas_search(int argc, char **argv) {
    request r = {.hunt = lc__hunt_init()};
    lc__opt table[LC__HUNT_OPTIONS + 6] = {
        {.name = "latency-ms",
         .kind = LC__OPT_NUM,
         .value = &r.latency_ms,
         .arg = "X",
         .help = "budget: milliseconds that the net may take",
         .lo = 1e-6,
         .hi = 1e9},
        {.name = "energy-mj",
         .kind = LC__OPT_NUM,
         .value = &r.energy_mj,
         .arg = "E",
         .help = "budget: millijoules of a run; one or both",
         .lo = 1e-6,
         .hi = 1e9},
        lc__option_out(&r.out, "the net, net.json with what was asked and forecast", true),
        {.name = "quiet",
         .kind = LC__OPT_FLAG,
         .value = &r.hunt.course.quiet,
         .help = "no progress on stderr"},
        lc__option_json(&r.json, NULL)};
    int code;
    lc__hunt_table(&r.hunt, table + 5);
    if (!lc__options_parse("nas search",
                           "Searches a space for the most accurate net within a budget on a "
                           "device that is known by\na few samples. After an interruption the same "
                           "command goes on.",
                           NULL, table, argc, argv, &code))
        return code;
    lc__hunt hunt = {0};
    lc_error err;
    lc_status st = work(&r, &hunt, &err);
    lc__hunt_close(&hunt);
    return st ? lc__cli_fail("nas search", &err) : lc__finish_output("nas search");
}
