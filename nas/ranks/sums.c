/* Sums over ranks. Each value is summed in double precision in the order of the ranks: by every
 * rank for itself where there are few, so that one round of messages does; else by one rank, which
 * tells the others. So all get the same numbers, by whatever way MPI sends them. */
#include "process.h"

typedef struct kind {
    MPI_Datatype type;
    size_t size; /* of a value, bytes */
    /* to[i] = the sum of parts[r * n + i] over r = 0 .. ranks-1 */
    void (*add)(const void *parts, size_t ranks, size_t n, void *to);
} kind;

static void add_f32(const void *parts, size_t ranks, size_t n, void *to) {
    const float *part = parts;
    float *sum = to;
    for (size_t i = 0; i < n; i++) {
        double total = 0;
        for (size_t r = 0; r < ranks; r++)
            total += (double)part[r * n + i];
        sum[i] = (float)total;
    }
}

static void add_f64(const void *parts, size_t ranks, size_t n, void *to) {
    const double *part = parts;
    double *sum = to;
    for (size_t i = 0; i < n; i++) {
        double total = 0;
        for (size_t r = 0; r < ranks; r++)
            total += part[r * n + i];
        sum[i] = total;
    }
}

static lc_status sum_whole(lc__process *p, const kind *k, void *x, int n, lc_error *err) {
    MPI_Request request;
    int code = MPI_Iallgather(x, n, k->type, p->parts, n, k->type, p->sums, &request);
    lc_status st = lc__process_check(p, code, err);
    if (st == LC_OK)
        st = lc__process_wait(p, &request, err);
    if (st == LC_OK)
        k->add(p->parts, (size_t)p->seen.ranks, (size_t)n, x);
    return st;
}

/* Each rank's share of n values, and where what others have for this one's goes. */
static void share(lc__process *p, int n) {
    int ranks = p->seen.ranks;
    for (int r = 0; r < ranks; r++) {
        p->begin[r] = (int)((int64_t)n * r / ranks);
        p->count[r] = (int)((int64_t)n * (r + 1) / ranks) - p->begin[r];
    }
    for (int r = 0; r < ranks; r++) {
        p->part_count[r] = p->count[p->seen.rank];
        p->part_begin[r] = r * p->count[p->seen.rank];
    }
}

static lc_status sum_shares(lc__process *p, const kind *k, void *x, int n, lc_error *err) {
    MPI_Request request;
    share(p, n);
    int code = MPI_Ialltoallv(x, p->count, p->begin, k->type, p->parts, p->part_count,
                              p->part_begin, k->type, p->sums, &request);
    lc_status st = lc__process_check(p, code, err);
    if (st == LC_OK)
        st = lc__process_wait(p, &request, err);
    if (st != LC_OK)
        return st;
    int own = p->seen.rank;
    k->add(p->parts, (size_t)p->seen.ranks, (size_t)p->count[own],
           (char *)x + (size_t)p->begin[own] * k->size);
    code = MPI_Iallgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, x, p->count, p->begin, k->type,
                           p->sums, &request);
    st = lc__process_check(p, code, err);
    return st == LC_OK ? lc__process_wait(p, &request, err) : st;
}

static lc_status sum(lc__process *p, const kind *k, void *values, size_t n, lc_error *err) {
    char *x = values;
    lc_status st = LC_OK;
    while (n > 0 && st == LC_OK) {
        int some = n < LC__SUM_CHUNK ? (int)n : LC__SUM_CHUNK;
        st = (some <= LC__SUM_WHOLE ? sum_whole : sum_shares)(p, k, x, some, err);
        x += (size_t)some * k->size;
        n -= (size_t)some;
    }
    return st;
}

lc_status lc__process_sum_f32(void *context, float *x, size_t n, lc_error *err) {
    const kind k = {MPI_FLOAT, sizeof *x, add_f32};
    return sum(context, &k, x, n, err);
}

lc_status lc__process_sum_f64(void *context, double *x, size_t n, lc_error *err) {
    const kind k = {MPI_DOUBLE, sizeof *x, add_f64};
    return sum(context, &k, x, n, err);
}
