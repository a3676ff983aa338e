/* kill -9 of agent and collector at random moments of a run with upload: no sample may be lost,
 * none measured or stored twice.
 *
 * KILLS=200 in the environment sets how many (20 without), SEED=N which moments. Campaigns of a
 * plan each follow one another until all kills are spent; each ends with its plan measured,
 * uploaded and compared: the collector must hold exactly what the spool holds.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/spool.h"
#include "base/rng.h"
#include "devices/sample.h"
#include "rig.h"

#define ITEMS 40

typedef struct storm {
    uint64_t rng;
    int kills_left, agent_kills, collector_kills;
    int port;
    pid_t collector, agent;
    int campaign;
    char out[100], spool[120], device[20], url[60];
    const char *plan;
    char *seen; /* complete lines of the spool at the agent's last death */
} storm;

static long from_environment(const char *name, long otherwise) {
    const char *text = getenv(name);
    return text ? strtol(text, NULL, 10) : otherwise;
}

static void sleep_up_to(storm *s, unsigned ms) {
    uint64_t us = lc__rng_below(&s->rng, ms * UINT64_C(1000));
    nanosleep(&(struct timespec){(time_t)(us / 1000000), (long)(us % 1000000) * 1000}, NULL);
}

static void start_agent(storm *s) {
    const char *const argv[] = {rig_agent,   "run",          "--plan",
                                s->plan,     "--out",        s->out,
                                "--device",  s->device,      "--backend",
                                "null",      "--quiet",      "--precision",
                                "1",         "--upload",     s->url,
                                "--retries", "1000",         "--max-seconds-per-item",
                                "0.02",      "--token-file", rig_path("token"),
                                NULL};
    s->agent = rig_start("agent", argv);
}

static void start_campaign(storm *s) {
    s->campaign++;
    snprintf(s->out, sizeof s->out, "%s/%d.json", rig_dir(), s->campaign);
    snprintf(s->spool, sizeof s->spool, "%s.spool", s->out);
    snprintf(s->device, sizeof s->device, "storm%d", s->campaign);
    free(s->seen);
    s->seen = NULL;
    start_agent(s);
}

/* What was on disk before is there still, and only lines were added. */
static void check_spool(storm *s) {
    char *text = rig_read(s->spool);
    if (!text)
        return; /* killed before it made one */
    char *end = strrchr(text, '\n');
    if (end)
        end[1] = '\0';
    else
        text[0] = '\0';
    cr_assert(!s->seen || !strncmp(s->seen, text, strlen(s->seen)), "lines were lost from %s",
              s->spool);
    free(s->seen);
    s->seen = text;
}

/* Every net of the plan once, here and at the collector, with the same values. */
static void check_campaign(storm *s) {
    lc_device mine, theirs;
    lc_error err;
    char fetched[120];
    snprintf(fetched, sizeof fetched, "%s.fetched", s->out);
    cr_assert_eq(lc__spool_read(s->spool, &mine, &err), LC_OK, "%s", err.message);
    rig_result r = RIG_RUN(rig_collector, "export", "--db", rig_path("c.db"), "--device", s->device,
                           "--out", fetched);
    cr_assert_eq(r.code, 0, "%s", r.err);
    cr_assert_eq(lc_device_load(fetched, &theirs, &err), LC_OK, "%s", err.message);
    cr_assert_eq(mine.n_samples, ITEMS);
    cr_assert_eq(theirs.n_samples, ITEMS);
    for (size_t i = 0; i < ITEMS; i++) {
        size_t same = 0, equal_nets = 0;
        for (size_t j = 0; j < ITEMS; j++) {
            const lc_sample *a = &mine.samples[i], *b = &theirs.samples[j];
            same += !strcmp(a->id, b->id) && lc__sample_same(a, b);
            equal_nets += lc_net_digest(a->net) == lc_net_digest(mine.samples[j].net);
        }
        cr_assert_eq(same, 1, "sample %s is stored %zu times", mine.samples[i].id, same);
        cr_assert_eq(equal_nets, 1, "net %s was measured %zu times",
                     lc_net_name(mine.samples[i].net), equal_nets);
    }
    lc_device_clear(&mine);
    lc_device_clear(&theirs);
}

/* The agent came to its end by itself. */
static void agent_ended(storm *s, int code) {
    char *err = rig_read(rig_path("agent.err"));
    cr_assert(code == 0 || code == 5, "agent ended with %d: %s", code, err);
    free(err);
    check_spool(s);
    if (code == 5) { /* gave up on the collector */
        start_agent(s);
        return;
    }
    check_campaign(s);
    s->agent = 0;
    if (s->kills_left > 0)
        start_campaign(s);
}

static void restart_collector(storm *s) {
    int port;
    s->collector = rig_start_collector(s->port, &port);
    s->port = port;
}

static void kill_one(storm *s) {
    uint64_t which = lc__rng_below(&s->rng, 10);
    if (which < 6) {
        kill(s->agent, SIGKILL);
        rig_wait(s->agent);
        s->agent_kills++;
        s->kills_left--;
        check_spool(s);
    }
    if (which >= 4 && s->kills_left > 0) { /* also both at once */
        kill(s->collector, SIGKILL);
        rig_wait(s->collector);
        s->collector_kills++;
        s->kills_left--;
        sleep_up_to(s, 200); /* stays down for a moment */
        restart_collector(s);
    }
    if (which < 6)
        start_agent(s);
}

Test(kill_storm, no_sample_is_lost_or_stored_twice, .timeout = 1800) {
    storm s = {.rng = (uint64_t)from_environment("SEED", 1),
               .kills_left = (int)from_environment("KILLS", 20)};
    s.plan = rig_plan("plan", ITEMS);
    restart_collector(&s);
    snprintf(s.url, sizeof s.url, "http://127.0.0.1:%d", s.port);
    start_campaign(&s);
    while (s.agent) {
        int status;
        if (s.kills_left > 0)
            sleep_up_to(&s, 400);
        pid_t ended = waitpid(s.agent, &status, s.kills_left > 0 ? WNOHANG : 0);
        if (ended == s.agent)
            agent_ended(&s, WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
        else
            kill_one(&s);
    }
    kill(s.collector, SIGTERM);
    rig_wait(s.collector);
    free(s.seen);
    fprintf(stderr, "%d kills of the agent, %d of the collector, %d campaigns of %d nets\n",
            s.agent_kills, s.collector_kills, s.campaign, ITEMS);
}
