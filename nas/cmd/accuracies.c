/* nas accuracies: how good nets of a space are in its supernet, as a table. */
#include "cmd.h"

#include <stdio.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/json.h"
#include "base/map.h"
#include "base/out.h"
#include "base/progress.h"
#include "base/text.h"
#include "census.h"
#include "choose.h"
#include "cmdline/given.h"
#include "cmdline/json_out.h"
#include "cmdline/options.h"
#include "course.h"
#include "folder.h"

#define NETS 200
#define MOST 1000000 /* nets of a space that are all judged */
#define STALE 10000  /* nets drawn in a row that are there: the space is used up */

typedef struct request {
    const char *space, *supernet, *out, *choose;
    int64_t n, images;
    bool all, json;
    lc__course course;
} request;

typedef struct session {
    const request *request;
    const lc_space *space;
    lc__chosen chosen;
    bool all;
    lc__images *images;
    lc__training_options options;
    lc__training *training;
    lc__census census;
    size_t wanted;   /* lines of the table */
    size_t there;    /* before */
    size_t judged;   /* in this run */
    size_t borrowed; /* from nets that compute the same */
    lc__progress progress;
} session;

static lc_status settle(session *s, lc_error *err) {
    const request *r = s->request;
    const lc__input inputs[] = {{"--supernet", r->supernet}};
    lc_status st = lc__out_check("--out", r->out, inputs, 1, err);
    if (!st)
        st = lc__folder_takes(r->out, err);
    if (!st)
        st = lc__folder_claim(r->out, err);
    if (!st)
        st = lc__space_named(r->space, &s->space, err);
    if (!st)
        st = lc__chosen_open(s->space, r->choose, &s->chosen, err);
    if (st)
        return st;
    size_t n = lc__chosen_nets(&s->chosen, MOST);
    if (r->all && n > MOST) {
        lc_error_set(err, LC_EUNSUPPORTED, "%s has more than %d nets: say how many with --n",
                     r->space, MOST);
        return LC_EUNSUPPORTED;
    }
    s->all = r->all || (size_t)r->n >= n;
    s->wanted = s->all ? n : (size_t)r->n;
    return LC_OK;
}

static lc_status open_training(session *s, lc_error *err) {
    lc_status st = lc__course_open(&s->request->course, &s->images, &s->options, err);
    s->options.space = s->space;
    if (!st)
        st = lc__training_new(&s->options, &s->training, err);
    return st ? st : lc__training_adopt(s->training, s->request->supernet, err);
}

/* What the accuracies are of: everything that they depend on. */
static lc_status open_census(session *s, lc_error *err) {
    const request *r = s->request;
    char about[1024];
    lc__map map;
    lc_status st = lc__map_file(r->supernet, LC__WEIGHTS_LARGEST, &map, err);
    if (st)
        return st;
    snprintf(about, sizeof about,
             "space %s, supernet %016llx, data %.600s, images %lld, batch %lld, validation %.9g, "
             "seed %lld\n",
             r->space, (unsigned long long)lc__fnv1a(LC__FNV_START, map.data, map.length),
             r->course.data, (long long)r->images, (long long)r->course.batch, r->course.validation,
             (long long)r->course.seed);
    lc__map_close(&map);
    st = lc__census_open(r->out, about, s->space, &s->census, err);
    if (!st)
        s->there = lc_nas_accuracies_size(s->census.known);
    return st;
}

/* ---- judging ---- */

/* Adds a net that has no line yet. */
static lc_status judge(session *s, const int *choices, lc_error *err) {
    bool found;
    double accuracy;
    lc__outcome o;
    lc_status st = lc__census_equal(&s->census, choices, &found, &accuracy, err);
    if (!st && !found) {
        st = lc__training_evaluate(s->training, choices, LC__PART_VALIDATION,
                                   (size_t)s->request->images, &o, err);
        accuracy = !st && o.scored > 0 ? 100 * o.correct / o.scored : 0;
        s->judged += !st;
    } else {
        s->borrowed += !st;
    }
    if (!st)
        st = lc__census_add(&s->census, choices, accuracy, err);
    if (!st)
        lc__progress_step(&s->progress, s->judged + s->borrowed, NULL);
    return st;
}

/* The next net in order; false after the last. */
static bool next(const lc_space *space, int *choices) {
    for (int i = space->n_positions; i-- > 0;) {
        if (++choices[i] < space->n_options(i))
            return true;
        choices[i] = 0;
    }
    return false;
}

static lc_status check_stop(const session *s, const volatile sig_atomic_t *stop, lc_error *err) {
    if (!*stop)
        return LC_OK;
    lc_error_set(err, LC_ERUNTIME,
                 "stopped; %.300s has %zu nets, and the same command goes on from there",
                 s->request->out, lc_nas_accuracies_size(s->census.known));
    return LC_ERUNTIME;
}

static lc_status judge_all(session *s, lc_error *err) {
    const volatile sig_atomic_t *stop = lc__interrupts_catch();
    int choices[LC_NET_MAX_CHOICES] = {0};
    uint64_t rng = (uint64_t)s->request->course.seed;
    lc_status st = LC_OK;
    bool more = true;
    for (int stale = 0;
         !st && more && stale < STALE && lc_nas_accuracies_size(s->census.known) < s->wanted;) {
        if (!s->all)
            lc__chosen_draw(&s->chosen, &rng, choices);
        bool known = lc__census_has(&s->census, choices);
        stale = known ? stale + !s->all : 0;
        if (!known && lc__chosen_allows(&s->chosen, choices))
            st = judge(s, choices, err);
        if (s->all)
            more = next(s->space, choices);
        if (!st)
            st = check_stop(s, stop, err);
    }
    return st;
}

static lc_status work(session *s, lc_error *err) {
    lc_status st = settle(s, err);
    if (!st)
        st = open_training(s, err);
    if (!st)
        st = open_census(s, err);
    if (st || s->there >= s->wanted)
        return st;
    if (s->there > 0 && !s->request->course.quiet)
        lc__warn("%zu nets are in %s already; they are not judged again", s->there,
                 s->request->out);
    lc__progress_start(&s->progress, "judging nets", s->wanted - s->there,
                       s->request->course.quiet);
    st = judge_all(s, err);
    if (st)
        lc__progress_clear(&s->progress);
    else
        lc__progress_end(&s->progress);
    return st;
}

static lc_status print(const session *s, size_t n, lc_error *err) {
    const request *r = s->request;
    if (!r->json) {
        printf("%s: %zu nets, of which %zu were judged now and %zu compute what another does\n",
               r->out, n, s->judged, s->borrowed);
        return LC_OK;
    }
    cJSON *o = cJSON_CreateObject();
    bool ok = o && lc__json_add_num(o, "schema_version", LC_SCHEMA_VERSION) &&
              cJSON_AddStringToObject(o, "table", r->out) &&
              lc__json_add_num(o, "nets", (double)n) &&
              lc__json_add_num(o, "judged", (double)s->judged) &&
              lc__json_add_num(o, "equal_to_others", (double)s->borrowed);
    return lc__print_object(o, ok, "", err);
}

static int run(const request *r) {
    session s = {.request = r};
    lc_error err, closing;
    lc_status st = work(&s, &err);
    size_t n = s.census.known ? lc_nas_accuracies_size(s.census.known) : 0;
    lc_status closed = lc__census_close(&s.census, &closing);
    if (!st && closed) {
        st = closed;
        err = closing;
    }
    if (!st)
        st = print(&s, n, &err);
    lc__training_free(s.training);
    lc__images_close(s.images);
    lc__chosen_close(&s.chosen);
    return st ? lc__cli_fail("nas accuracies", &err) : lc__finish_output("nas accuracies");
}

/* Of the options of a training those that matter to judging: rows to out[LC__COURSE_OPTIONS]. */
static void add_course(lc__course *course, lc__opt *out) {
    static const char *const wanted[] = {"data", "batch", "validation", "seed"};
    lc__opt table[LC__COURSE_OPTIONS];
    lc__course_table(course, table);
    for (size_t i = 0; i < LC__COURSE_OPTIONS; i++)
        for (size_t k = 0; k < sizeof wanted / sizeof wanted[0]; k++)
            if (!strcmp(table[i].name, wanted[k]))
                *out++ = table[i];
}

int lc__nas_accuracies(int argc, char **argv) {
    request r = {.n = NETS, .images = 512, .course = lc__course_init()};
    lc__opt table[LC__COURSE_OPTIONS + 10] = {
        {.name = "space",
         .kind = LC__OPT_STR,
         .value = &r.space,
         .arg = "NAME",
         .help = "search space: fbnet, nasbench201, nasa, ofa_mbv3",
         .required = true},
        {.name = "supernet",
         .kind = LC__OPT_STR,
         .value = &r.supernet,
         .arg = "FILE",
         .help = "weights of `nas train --space`",
         .required = true},
        lc__option_out(&r.out, "CSV, arch,accuracy; nets that are in it are not judged again",
                       true),
        {.name = "n",
         .kind = LC__OPT_INT,
         .value = &r.n,
         .arg = "N",
         .help = "nets drawn at random that the table is to have (default 200)",
         .lo = 1,
         .hi = MOST},
        lc__option_choose(&r.choose),
        {.name = "all", .kind = LC__OPT_FLAG, .value = &r.all, .help = "all of these nets"},
        {.name = "images",
         .kind = LC__OPT_INT,
         .value = &r.images,
         .arg = "N",
         .help = "that a net's accuracy is taken on (default 512, 0: all set apart)",
         .lo = 0,
         .hi = 1e9},
        {.name = "quiet",
         .kind = LC__OPT_FLAG,
         .value = &r.course.quiet,
         .help = "no progress on stderr"},
        lc__option_json(&r.json, NULL)};
    int code;
    add_course(&r.course, table + 9);
    if (!lc__options_parse("nas accuracies",
                           "Judges nets of a space in its supernet, on images set apart, for "
                           "searches by --accuracies. Nets\nthat compute the same are judged once. "
                           "After an interruption the same command goes on.",
                           NULL, table, argc, argv, &code))
        return code;
    return run(&r);
}
