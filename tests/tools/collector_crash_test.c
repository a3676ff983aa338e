/* What was acknowledged is there, whatever happens to the process, its disk and its neighbours. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../devices/sample_text.h"
#include "base/rng.h"
#include "collector_harness.h"
#include "latcast/device.h"

/* Posts sample "PREFIX-NUMBER"; returns the status. */
static int post_one(const collector *c, const char *prefix, int number) {
    char line[1000], id[40];
    snprintf(id, sizeof id, "%s-%d", prefix, number);
    answer a = post(c, sample_text(line, sizeof line, id, "box", 100 + number));
    free(a.body);
    return a.status;
}

static void post_header(const collector *c) {
    char text[1000];
    expect_post(c, header_text(text, sizeof text, "box"), 200, "\"accepted\":0");
}

static void pause_us(uint64_t us) {
    struct timespec t = {(time_t)(us / 1000000), (long)(us % 1000000 * 1000)};
    nanosleep(&t, NULL);
}

typedef struct killer {
    pid_t pid;
    uint64_t after_us;
} killer;

static void *kill_later(void *to) {
    const killer *k = to;
    pause_us(k->after_us);
    kill(k->pid, SIGKILL);
    return NULL;
}

/* Posts until the collector dies under it; returns the next number that is not acknowledged. */
static int post_until_killed(collector *c, int number, uint64_t after_us) {
    killer k = {c->pid, after_us};
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, kill_later, &k), 0);
    while (post_one(c, "r", number) == 200)
        number++;
    pthread_join(thread, NULL);
    collector_kill(c);
    return number;
}

Test(collector_crash, keeps_what_it_acknowledged_through_kill_9) {
    collector c;
    uint64_t seed = 11;
    int acknowledged = 0;
    collector_init(&c);
    collector_start(&c, NULL);
    post_header(&c);
    for (int round = 0; round < 8; round++) {
        acknowledged = post_until_killed(&c, acknowledged, 5000 + lc__rng_below(&seed, 120000));
        collector_start(&c, NULL);
        size_t kept = count_samples(&c, "box");
        /* The one in flight may have been stored with its answer lost: then it is sent again. */
        cr_expect(kept == (size_t)acknowledged || kept == (size_t)acknowledged + 1,
                  "%zu kept, %d acknowledged", kept, acknowledged);
    }
    cr_expect_eq(collector_stop(&c), 0);
    collector_clear(&c);
}

typedef struct poster {
    const collector *c;
    char prefix[8];
    int failures;
} poster;

enum { POSTERS = 6, EACH = 15 };

static void *post_many(void *to) {
    poster *p = to;
    for (int i = 0; i < EACH; i++)
        p->failures += post_one(p->c, p->prefix, i) != 200;
    return NULL;
}

Test(collector_crash, takes_from_many_at_once) {
    collector c;
    poster posters[POSTERS];
    pthread_t threads[POSTERS];
    collector_init(&c);
    collector_start(&c, NULL);
    post_header(&c);
    for (int i = 0; i < POSTERS; i++) {
        posters[i] = (poster){.c = &c};
        snprintf(posters[i].prefix, sizeof posters[i].prefix, "p%d", i / 2); /* in pairs: races */
        cr_assert_eq(pthread_create(&threads[i], NULL, post_many, &posters[i]), 0);
    }
    for (int i = 0; i < POSTERS; i++) {
        pthread_join(threads[i], NULL);
        cr_expect_eq(posters[i].failures, 0);
    }
    cr_expect_eq(count_samples(&c, "box"), POSTERS / 2 * EACH);
    cr_expect_eq(collector_stop(&c), 0);
    collector_clear(&c);
}

/* A limit on the size of a file stands in for a full disk: writes fail alike, in any container. */
Test(collector_crash, a_full_disk_costs_a_retry_and_no_sample) {
    collector c;
    int kept = 0, status = 200;
    collector_init(&c);
    c.file_limit = 200000;
    collector_start(&c, NULL);
    post_header(&c);
    while (kept < 1000 && (status = post_one(&c, "r", kept)) == 200)
        kept++;
    cr_expect_eq(status, 503, "%d after %d", status, kept);
    cr_expect_gt(kept, 0);
    char line[1000];
    answer a = post(&c, sample_text(line, sizeof line, "x", "box", 1));
    cr_expect(strstr(a.head, "Retry-After: "), "%s", a.head);
    cr_expect(strstr(a.body, "nothing of this request was kept"), "%s", a.body);
    free(a.body);
    cr_expect_eq(collector_stop(&c), 0, "still ends cleanly");
    c.file_limit = 0;
    collector_start(&c, NULL);
    cr_expect_eq(count_samples(&c, "box"), (size_t)kept);
    cr_expect_eq(post_one(&c, "r", kept), 200, "goes on once there is room");
    cr_expect_eq(collector_stop(&c), 0);
    collector_clear(&c);
}

Test(collector_crash, a_locked_database_is_a_retry) {
    collector c;
    sqlite3 *db = NULL;
    collector_init(&c);
    collector_start(&c, NULL);
    post_header(&c);
    cr_assert_eq(sqlite3_open(c.db, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    cr_expect_eq(post_one(&c, "r", 0), 503);
    cr_expect_eq(count_samples(&c, "box"), 0, "reading still works");
    sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    sqlite3_close(db);
    cr_expect_eq(post_one(&c, "r", 0), 200);
    cr_expect_eq(collector_stop(&c), 0);
    collector_clear(&c);
}

/* A request whose body is still coming when SIGTERM arrives is finished first. */
Test(collector_crash, finishes_requests_before_it_ends) {
    collector c;
    char text[1000], line[1000], head[300];
    collector_init(&c);
    collector_start(&c, NULL);
    post_header(&c);
    sample_text(line, sizeof line, "late", "box", 42);
    int fd = connect_to(c.port);
    cr_assert_geq(fd, 0);
    snprintf(head, sizeof head,
             "POST /v1/samples HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" AUTH
             "Content-Length: %zu\r\n\r\n",
             strlen(line));
    send_bytes(fd, head, strlen(head));
    send_bytes(fd, line, 100);
    /* The server takes turns: once two later requests are answered, it has read this one's head. */
    answer a = get(&c, "/v1/devices");
    free(a.body);
    a = get(&c, "/v1/devices");
    free(a.body);
    kill(c.pid, SIGTERM);
    pause_us(100000);
    send_bytes(fd, line + 100, strlen(line) - 100);
    a = read_answer(fd);
    close(fd);
    cr_expect_eq(a.status, 200, "%d %s", a.status, a.body);
    free(a.body);
    cr_expect_eq(collector_stop(&c), 0);
    snprintf(text, sizeof text, "%s-wal", c.db);
    cr_expect_neq(access(text, F_OK), 0, "the log is folded into the database");
    collector_start(&c, NULL);
    cr_expect_eq(count_samples(&c, "box"), 1);
    collector_kill(&c);
    collector_clear(&c);
}
