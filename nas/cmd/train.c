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
#include "folder.h"
#include "ranks/launch.h"

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

/* What each rank does by itself. */
static lc_status same_file(lc_error *err) {
    lc_error_set(err, LC_EUSAGE, "--losses and --out are the same file; name another");
    return LC_EUSAGE;
}

static lc_status settle(const request *r, session *s, lc_error *err) {
    if (!r->space == !r->arch) {
        lc_error_set(err, LC_EUSAGE, "give either --space or --arch");
        return LC_EUSAGE;
    }
    const lc__input inputs[] = {{"--arch", r->arch}, {"--from", r->from}, {"--out", r->out}};
    lc_status st = lc__out_check("--out", r->out, inputs, 2, err);
    if (!st && r->course.losses)
        st = lc__out_check("--losses", r->course.losses, inputs, 3, err);
    if (!st)
        st = lc__folder_takes(r->out, err);
    if (!st && r->course.ranks->rank == 0)
        st = lc__folder_claim(r->out, err);
    if (!st && r->course.losses && !strcmp(r->course.losses, r->out))
        st = same_file(err);
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
    return lc__training_new(&s->options, &s->training, err);
}

/* Begins with weights that rank 0 has, unless it has a checkpoint to go on from. */
static lc_status adopt(const request *r, session *s, lc_error *err) {
    lc__ranks *ranks = r->course.ranks;
    lc__ranks_file file;
    bool begun = ranks->rank == 0 && access(r->out, F_OK) == 0;
    lc_status st = lc__ranks_any(ranks, &begun, err);
    if (st || begun || !r->from)
        return st;
    st = lc__ranks_file_open(ranks, r->from, &file, err);
    if (!st) /* where there is none rank 0 says so */
        st = lc__ranks_join(ranks, lc__training_adopt(s->training, file.path, err), err);
    lc__ranks_file_close(&file);
    return st;
}

/* All ranks judge together. */
static lc_status judge(const request *r, session *s, lc_error *err) {
    const lc_space *space = s->options.space;
    int n = space ? PATHS : 1, choices[LC_NET_MAX_CHOICES];
    uint64_t rng = s->options.seed;
    lc_status st = LC_OK;
    for (int i = 0; i < n && !st; i++) {
        lc__outcome o;
        if (space)
            lc_space_random(space, &rng, choices);
        st = lc__course_check(&r->course, r->out, err);
        if (!st)
            st = lc__training_evaluate(s->training, choices, LC__PART_TEST, 0, &o, err);
        if (st)
            break;
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

static lc_status train(const request *r, session *s, lc_error *err) {
    lc_status st = lc__ranks_join(r->course.ranks, settle(r, s, err), err);
    if (!st)
        st = adopt(r, s, err);
    if (!st)
        st = lc__course_run(&r->course, s->training, r->out, err);
    if (!st)
        st = judge(r, s, err);
    if (st || r->course.ranks->rank > 0)
        return st;
    if (r->json)
        return print_json(r, s, err);
    printf("%s: %.2f %% of the test images%s, loss %.4f\n", r->out, 100 * s->accuracy,
           r->space ? ", mean of random nets" : "", s->loss);
    return LC_OK;
}

/* Says how it went, once for all ranks, and leaves them. */
static int end(const request *r, lc_status st, lc_error *err) {
    lc__ranks *ranks = r->course.ranks;
    int code = 0;
    bool says = lc__ranks_end(ranks, st);
    if (st == LC_EUNREACHABLE) /* no device or server, which that exit code is for */
        st = err->code = LC_ERUNTIME;
    if (st) {
        char name[40] = "nas train";
        if (ranks->rank > 0)
            snprintf(name, sizeof name, "nas train, rank %d of %d", ranks->rank, ranks->ranks);
        code = says ? lc__cli_fail(name, err) : lc_status_exit_code(st);
    } else if (ranks->rank == 0) {
        code = lc__finish_output("nas train");
    }
    lc__ranks_close(ranks, st);
    return code;
}

static int run(request *r) {
    session s = {0};
    lc_error err;
    lc_status st = lc__course_meet(&r->course, &err);
    if (st)
        return lc__launch_says() ? lc__cli_fail("nas train", &err) : lc_status_exit_code(st);
    st = train(r, &s, &err);
    close_all(&s);
    return end(r, st, &err);
}

int lc__nas_train(int argc, char **argv) {
    request r = {.course = lc__course_init()};
    lc__opt table[LC__COURSE_OPTIONS + 8] = {
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
        {.name = "losses",
         .kind = LC__OPT_STR,
         .value = &r.course.losses,
         .arg = "FILE",
         .help = "write the loss of each step here, as CSV"},
        {.name = "quiet",
         .kind = LC__OPT_FLAG,
         .value = &r.course.quiet,
         .help = "no progress on stderr"},
        lc__option_json(&r.json, NULL)};
    lc__course_table(&r.course, table + 7);
    int code;
    if (!lc__options_parse("nas train",
                           "Trains the nets of a space with shared weights, one drawn for each "
                           "step, or one net.\nAfter an interruption the same command goes on. "
                           "Started by mpirun it trains in "
                           "several\nprocesses, which share each batch.",
                           NULL, table, argc, argv, &code))
        return code;
    return run(&r);
}
