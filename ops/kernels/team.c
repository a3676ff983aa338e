#include "kernels/team.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

typedef struct member {
    lc__team *team;
    int rank; /* 1 .. size-1; the caller is 0 */
    pthread_t thread;
} member;

struct lc__team {
    int size, spins, started; /* `started` members have a thread */
    member *members;          /* [size], entry 0 unused */
    lc__range_fn *fn;
    void *context;
    size_t count;
    bool stop;
    atomic_uint generation; /* raised once per job, under the lock */
    atomic_int pending;     /* members still at work on the job */
    pthread_mutex_t lock;
    pthread_cond_t work, done;
};

static inline void relax(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
    __asm__ volatile("yield");
#endif
}

static void run_share(const lc__team *team, int rank) {
    size_t size = (size_t)team->size, r = (size_t)rank;
    size_t begin = lc__share_begin(team->count, size, r);
    size_t end = lc__share_begin(team->count, size, r + 1);
    if (begin < end) {
        team->fn(team->context, begin, end);
    }
}

/* Waits for a job newer than `seen`; gives its number. */
static unsigned await_job(lc__team *team, unsigned seen) {
    for (int i = 0; i < team->spins; i++) {
        unsigned now = atomic_load_explicit(&team->generation, memory_order_acquire);
        if (now != seen) {
            return now;
        }
        relax();
    }
    pthread_mutex_lock(&team->lock);
    while (atomic_load(&team->generation) == seen) {
        pthread_cond_wait(&team->work, &team->lock);
    }
    pthread_mutex_unlock(&team->lock);
    return atomic_load(&team->generation);
}

static void *member_main(void *argument) {
    member *self = argument;
    lc__team *team = self->team;
    unsigned seen = 0;
    for (;;) {
        seen = await_job(team, seen);
        if (team->stop) {
            return NULL;
        }
        run_share(team, self->rank);
        if (atomic_fetch_sub(&team->pending, 1) == 1) {
            pthread_mutex_lock(&team->lock);
            pthread_cond_signal(&team->done);
            pthread_mutex_unlock(&team->lock);
        }
    }
}

static void post_job(lc__team *team) {
    pthread_mutex_lock(&team->lock);
    atomic_store(&team->pending, team->size - 1);
    atomic_fetch_add(&team->generation, 1);
    pthread_cond_broadcast(&team->work);
    pthread_mutex_unlock(&team->lock);
}

static void await_members(lc__team *team) {
    for (int i = 0; i < team->spins; i++) {
        if (atomic_load_explicit(&team->pending, memory_order_acquire) == 0) {
            return;
        }
        relax();
    }
    pthread_mutex_lock(&team->lock);
    while (atomic_load(&team->pending) != 0) {
        pthread_cond_wait(&team->done, &team->lock);
    }
    pthread_mutex_unlock(&team->lock);
}

void lc__parallel_for(lc__team *team, size_t count, lc__range_fn *fn, void *context) {
    if (team->size == 1 || count <= 1) {
        if (count > 0) {
            fn(context, 0, count);
        }
        return;
    }
    team->fn = fn;
    team->context = context;
    team->count = count;
    post_job(team);
    run_share(team, 0);
    await_members(team);
}

lc__team *lc__team_new(int threads, int spins) {
    lc__team *team = calloc(1, sizeof *team);
    if (team == NULL) {
        return NULL;
    }
    team->size = threads;
    team->spins = spins;
    pthread_mutex_init(&team->lock, NULL);
    pthread_cond_init(&team->work, NULL);
    pthread_cond_init(&team->done, NULL);
    team->members = calloc((size_t)threads, sizeof *team->members);
    if (team->members == NULL) {
        lc__team_free(team);
        return NULL;
    }
    for (int i = 1; i < threads; i++) {
        team->members[i] = (member){.team = team, .rank = i};
        if (pthread_create(&team->members[i].thread, NULL, member_main, &team->members[i]) != 0) {
            lc__team_free(team);
            return NULL;
        }
        team->started = i;
    }
    return team;
}

void lc__team_free(lc__team *team) {
    if (team == NULL) {
        return;
    }
    team->stop = true;
    post_job(team);
    for (int i = 1; i <= team->started; i++) {
        pthread_join(team->members[i].thread, NULL);
    }
    pthread_cond_destroy(&team->done);
    pthread_cond_destroy(&team->work);
    pthread_mutex_destroy(&team->lock);
    free(team->members);
    free(team);
}

int lc__team_size(const lc__team *team) {
    return team->size;
}
