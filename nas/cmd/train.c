/* nas train: a supernet, or one net. */
#include "cmd.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/out.h"
#include "base/rng.h"
#include "cmdline/given.h"
#include "cmdline/json_out.h"
#include "cmdline/options.h"
#include "course.h"

#define PATHS 8 /* random ones that show what a supernet has learned */

typedef struct request {
    const char *space, *arch, *from, *out;
    lc__course course;
    bool json;
} request;

typedef struct session {
    lc__net_list nets;
    lc__images *images;
    lc__training_options options;
    lc__training *training;
    double accuracy, loss; /* on the test images; of a supernet the mean over random paths */
} session;

static void close_all(session *s) {
    lc__training_free(s->training);
    lc__images_close(s->images);
    lc__net_list_clear(&s->nets);
}

static lc_status settle(const request *r, session *s, lc_error *err) {
    if (!r->space == !r->arch) {
        lc_error_set(err, LC_EUSAGE, "give either --space or --arch");
        return LC_EUSAGE;
    }
    const lc__input inputs[] = {{"--arch", r->arch}, {"--from", r->from}};
    lc_status st = lc__out_check("--out", r->out, inputs, 2, err);
    if (!st)
        st = lc__course_open(&r->course, &s->images, &s->options, err);
    if (!st && r->space)
        st = lc__space_named(r->space, &s->options.space, err);
    if (!st && r->arch)
        st = lc__net_list_add(&s->nets, r->arch, err);
    if (st)
        return st;
    if (r->arch && s->nets.n != 1) {
        lc_error_set(err, LC_EUSAGE, "--arch must name one net, not %zu", s->nets.n);
        return LC_EUSAGE;
    }
    s->options.net = r->arch ? s->nets.net[0] : NULL;
    st = lc__training_new(&s->options, &s->training, err);
    if (!st && r->from && access(r->out, F_OK) != 0) /* else it goes on where it was */
        st = lc__training_adopt(s->training, r->from, err);
    return st;
}

static lc_status judge(session *s, lc_error *err) {
    const lc_space *space = s->options.space;
    int n = space ? PATHS : 1, choices[LC_NET_MAX_CHOICES];
    uint64_t rng = s->options.seed;
    lc_status st = LC_OK;
    for (int i = 0; i < n && !st; i++) {
        lc__outcome o;
        if (space)
            lc_space_random(space, &rng, choices);
        st = lc__training_evaluate(s->training, choices, LC__PART_TEST, 0, &o, err);
        s->accuracy += o.scored > 0 ? o.correct / o.scored / n : 0;
        s->loss += o.loss / n;
    }
    return st;
}

static lc_status print_json(const request *r, const session *s, lc_error *err) {
    cJSON *o = cJSON_CreateObject();
    bool ok = o && lc__json_add_num(o, "schema_version", LC_SCHEMA_VERSION) &&
              cJSON_AddStringToObject(o, "weights", r->out) &&
              lc__json_add_num(o, "steps", (double)lc__training_steps(s->training)) &&
              lc__json_add_num(o, "accuracy", s->accuracy) && lc__json_add_num(o, "loss", s->loss);
    return lc__print_object(o, ok, "", err);
}

static int run(const request *r) {
    session s = {0};
    lc_error err;
    lc_status st = settle(r, &s, &err);
    if (!st)
        st = lc__course_run(&r->course, s.training, r->out, &err);
    if (!st)
        st = judge(&s, &err);
    if (!st && r->json)
        st = print_json(r, &s, &err);
    else if (!st)
        printf("%s: %.2f %% of the test images%s, loss %.4f\n", r->out, 100 * s.accuracy,
               r->space ? ", mean of random nets" : "", s.loss);
    close_all(&s);
    return st ? lc__cli_fail("nas train", &err) : lc__finish_output("nas train");
}

int lc__nas_train(int argc, char **argv) {
    request r = {.course = lc__course_init()};
    lc__opt table[LC__COURSE_OPTIONS + 7] = {
        {.name = "space",
         .kind = LC__OPT_STR,
         .value = &r.space,
         .arg = "NAME",
         .help = "train a supernet of this space: fbnet, nasbench201, nasa, ofa_mbv3"},
        {.name = "arch",
         .kind = LC__OPT_STR,
         .value = &r.arch,
         .arg = "NET",
         .help = "train this net (net.json, zoo:NAME, SPACE:CHOICES)"},
        lc__option_out(&r.out, "weights; if the file is there, training goes on from it", true),
        {.name = "from",
         .kind = LC__OPT_STR,
         .value = &r.from,
         .arg = "FILE",
         .help = "begin with these weights, e.g. those of the net's supernet"},
        {.name = "quiet",
         .kind = LC__OPT_FLAG,
         .value = &r.course.quiet,
         .help = "no progress on stderr"},
        lc__option_json(&r.json, NULL)};
    lc__course_table(&r.course, table + 6);
    int code;
    if (!lc__options_parse("nas train",
                           "Trains the nets of a space with shared weights, one drawn for each "
                           "step, or one net.\nAfter an interruption the same command goes on.",
                           NULL, table, argc, argv, &code))
        return code;
    return run(&r);
}
