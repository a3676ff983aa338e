#include "bundle.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

lc__lanes *lc__lanes_new(size_t n, lc_error *err) {
    lc__lanes *x = NULL;
    if (n < SIZE_MAX / sizeof *x)
        x = aligned_alloc(sizeof *x, (n ? n : 1) * sizeof *x);
    if (x)
        memset(x, 0, n * sizeof *x);
    else
        lc_error_set(err, LC_ENOMEM, "out of memory for %zu kernels' numbers", n);
    return x;
}

lc_status lc__bundle_alloc(size_t n, lc__bundle *out, lc_error *err) {
    *out = (lc__bundle){.n = n, .matrix = lc__lanes_new(n * n + 8 * n, err)};
    if (!out->matrix)
        return LC_ENOMEM;
    out->diag = out->matrix + n * n;
    out->off = out->diag + n;
    out->strength = out->off + n;
    out->work = out->strength + n;
    return LC_OK;
}

void lc__bundle_clear(lc__bundle *bundle) {
    free(bundle->matrix);
    memset(bundle, 0, sizeof *bundle);
}

static bool any(const lc__lanes *x) {
    for (int l = 0; l < LC__LANES; l++)
        if ((*x)[l] != 0)
            return true;
    return false;
}

LC__WIDE
static void add_kernel(size_t n, lc__lanes *matrix, const double *gram, const lc__lanes *weight) {
    lc__lanes w = *weight;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++)
            matrix[i * n + j] += w * gram[i * n + j];
}

void lc__bundle_empty(lc__bundle *bundle) {
    memset(bundle->matrix, 0, bundle->n * bundle->n * sizeof *bundle->matrix);
}

void lc__bundle_mix(lc__bundle *bundle, const double *const *gram, const lc__lanes *weight) {
    size_t n = bundle->n;
    for (int b = 0; b < LC__BLOCKS; b++)
        if (gram[b] && any(&weight[b]))
            add_kernel(n, bundle->matrix, gram[b], &weight[b]);
}

/* ---- reflections ---- */

/* x := x - strength (v . x) v over the indices from .. n - 1 */
LC__INLINE void reflect(size_t from, size_t n, const lc__lanes *strength, const lc__lanes *v,
                        lc__lanes *x) {
    lc__lanes sum = {0};
    for (size_t i = from; i < n; i++)
        sum += v[i] * x[i];
    sum *= *strength;
    for (size_t i = from; i < n; i++)
        x[i] -= sum * v[i];
}

/* The block from .. n - 1 of a := H a H, lower triangle, H the reflection. `w` is scratch [n]. */
LC__INLINE void reflect_both(size_t from, size_t n, const lc__lanes *strength, const lc__lanes *v,
                             lc__lanes *a, lc__lanes *w) {
    lc__lanes s = *strength, vav = {0};
    for (size_t i = from; i < n; i++) {
        lc__lanes own = v[i], sum = a[i * n + i] * own;
        for (size_t j = from; j < i; j++) {
            sum += a[i * n + j] * v[j];
            w[j] += a[i * n + j] * own;
        }
        w[i] = sum;
    }
    for (size_t i = from; i < n; i++)
        vav += v[i] * w[i];
    for (size_t i = from; i < n; i++)
        w[i] = s * w[i] - 0.5 * s * s * vav * v[i];
    for (size_t i = from; i < n; i++) {
        lc__lanes vi = v[i], wi = w[i];
        for (size_t j = from; j <= i; j++)
            a[i * n + j] -= vi * w[j] + wi * v[j];
    }
}

/* The reflection that leaves of column k only its first entry below the diagonal: returns that
 * entry and the strength; v[k + 1 .. n - 1] replaces the column. */
LC__INLINE void make_reflection(lc__bundle *b, size_t k, lc__lanes *v) {
    size_t n = b->n;
    lc__lanes square = {0}, norm, first = b->matrix[(k + 1) * n + k];
    for (size_t i = k + 1; i < n; i++) {
        v[i] = b->matrix[i * n + k];
        square += v[i] * v[i];
    }
    for (int l = 0; l < LC__LANES; l++)
        norm[l] = copysign(sqrt(square[l]), first[l]);
    /* A column that is 0, but for what rounding left of rounding, is not reflected: it is nothing
     * against the noise, and its square's inverse would overflow. */
    lc__lane_bits counts = square > 1e-60;
    norm = (lc__lanes)((lc__lane_bits)norm & counts);
    b->off[k] = -norm;
    /* |v|^2 = 2 (|x|^2 + |x_0| |x|) */
    b->strength[k] = 1 / (square + first * norm + 1e-300);
    b->strength[k] = (lc__lanes)((lc__lane_bits)b->strength[k] & counts);
    v[k + 1] += norm;
    for (size_t i = k + 1; i < n; i++)
        b->matrix[i * n + k] = v[i];
}

LC__WIDE
void lc__bundle_reduce(lc__bundle *b, lc__lanes *targets, size_t n_targets) {
    size_t n = b->n;
    lc__lanes *v = b->work, *w = v + n;
    for (size_t k = 0; k + 2 < n; k++) {
        make_reflection(b, k, v);
        reflect_both(k + 1, n, &b->strength[k], v, b->matrix, w);
        for (size_t t = 0; t < n_targets; t++)
            reflect(k + 1, n, &b->strength[k], v, targets + t * n);
    }
    for (size_t i = 0; i < n; i++)
        b->diag[i] = b->matrix[i * n + i];
    if (n > 1)
        b->off[n - 2] = b->matrix[(n - 1) * n + n - 2];
}

LC__WIDE
void lc__bundle_restore(const lc__bundle *b, lc__lanes *vectors, size_t n_vectors,
                        lc__lanes *square) {
    size_t n = b->n;
    lc__lanes *v = b->work, *w = v + n;
    for (size_t k = n - (n > 1); k-- > 0;) {
        if (k + 2 >= n)
            continue;
        for (size_t i = k + 1; i < n; i++)
            v[i] = b->matrix[i * n + k];
        for (size_t t = 0; t < n_vectors; t++)
            reflect(k + 1, n, &b->strength[k], v, vectors + t * n);
        reflect_both(k + 1, n, &b->strength[k], v, square, w);
        /* Left of the block, only the rows are reflected: w = strength v' square. */
        memset(w, 0, (k + 1) * sizeof *w);
        for (size_t i = k + 1; i < n; i++)
            for (size_t j = 1; j <= k; j++)
                w[j] += v[i] * square[i * n + j];
        for (size_t i = k + 1; i < n; i++) {
            lc__lanes by = b->strength[k] * v[i];
            for (size_t j = 1; j <= k; j++)
                square[i * n + j] -= by * w[j];
        }
    }
}

/* ---- evidence ---- */

/* x > 0 becomes x 2^-k in [1, 2); adds k to *exponent. */
LC__INLINE void split_exponent(lc__lanes *x, lc__lanes *exponent) {
    lc__lane_bits bits = (lc__lane_bits)*x;
    /* 1.5 * 2^52 plus a small integer has that integer in its last bits. */
    lc__lane_bits magic = {0};
    magic += 0x4338000000000000;
    *exponent += (lc__lanes)(((bits >> 52) - 1023) + magic) - 6755399441055744.0;
    *x = (lc__lanes)((bits & 0xfffffffffffff) | 0x3ff0000000000000);
}

/* log(x) of x in [1, 2] by 2 atanh((x - r) / (x + r)) + log(r), r = sqrt 2; exact to rounding. */
LC__INLINE void log_of_mantissa(lc__lanes *x) {
    const double root = 1.4142135623730950488, log_root = 0.34657359027997265471;
    lc__lanes s = (*x - root) / (*x + root), q = s * s, sum = s * 0;
    for (int k = 25; k >= 1; k -= 2)
        sum = sum * q + 1.0 / k;
    *x = 2 * s * sum + log_root;
}

/* The logarithm of x * 2^exponent, x > 0; NaN of what is not finite. */
LC__INLINE void log_in_place(lc__lanes *x, const lc__lanes *exponent) {
    const double log_2 = 0.69314718055994530942;
    lc__lanes whole = *exponent + *x * 0;
    split_exponent(x, &whole);
    log_of_mantissa(x);
    *x += whole * log_2;
}

LC__WIDE
void lc__bundle_judge(const lc__bundle *b, const lc__lanes *target, lc__judgement out[LC__NOISES]) {
    lc__lanes pivot[LC__NOISES], rest[LC__NOISES], exponent[LC__NOISES], zero = {0};
    for (int e = 0; e < LC__NOISES; e++) {
        out[e] = (lc__judgement){zero + 1, zero + LC__SCALE_RATE};
        pivot[e] = zero + 1;
        rest[e] = exponent[e] = zero;
    }
    for (size_t i = 1; i < b->n; i++) {
        lc__lanes off = i > 1 ? b->off[i - 1] : zero;
        for (int e = 0; e < LC__NOISES; e++) {
            lc__lanes by = off / pivot[e];
            pivot[e] = b->diag[i] + lc__noise[e] - by * off;
            rest[e] = target[i] - by * rest[e];
            out[e].log_energy += rest[e] * rest[e] / pivot[e];
            out[e].log_det *= pivot[e];
            if (i % 8 == 0) /* the product stays within range */
                split_exponent(&out[e].log_det, &exponent[e]);
        }
    }
    for (int e = 0; e < LC__NOISES; e++) {
        log_in_place(&out[e].log_det, &exponent[e]);
        log_in_place(&out[e].log_energy, &zero);
    }
}
