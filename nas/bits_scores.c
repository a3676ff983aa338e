/* Scores of bit widths: what each layer's alone does to the loss. */
#include <math.h>
#include <string.h>
#include "bits.h"

/* The loss that widths of one layer's weights, or of its activations, add: by bits. */
typedef double added[LC_NAS_BITS_MOST + 1];

typedef struct scoring {
    const lc_nas_bits *bits;
    const lc_nas_bits_losses *losses;
    int choices[LC_NAS_MAX_POSITIONS];
    double reference;
    size_t asked, all;
} scoring;

static lc_status ask(scoring *s, double *loss, lc_error *err) {
    const lc_nas_bits_losses *l = s->losses;
    if (l->progress && !l->progress(l->ctx, s->asked, s->all)) {
        lc_error_set(err, LC_ERUNTIME, "stopped after %zu of %zu losses", s->asked, s->all);
        return LC_ERUNTIME;
    }
    s->asked++;
    lc_status st = l->loss(l->ctx, s->choices, loss, err);
    if (st == LC_OK && !isfinite(*loss))
        st = lc_error_set(err, LC_ERUNTIME, "the loss of a net of fewer bits is %g", *loss);
    return st;
}

/* From the most bits asked for downwards. Those above follow from these. */
static lc_status ask_widths(scoring *s, int position, bool weights, added out, lc_error *err) {
    const lc_nas_width full = {LC_NAS_BITS_MOST, LC_NAS_BITS_MOST};
    lc_status st = LC_OK;
    double most = 0;
    memset(out, 0, sizeof(added));
    for (int b = s->losses->asked; b >= LC_NAS_BITS_LEAST && st == LC_OK; b--) {
        lc_nas_width width = full;
        double loss = 0;
        *(weights ? &width.weight : &width.activation) = b;
        s->choices[position] = lc__bits_option(s->bits, position, width);
        st = ask(s, &loss, err);
        most = fmax(most, loss - s->reference);
        out[b] = most;
    }
    s->choices[position] = lc__bits_option(s->bits, position, full);
    for (int b = s->losses->asked + 1; b < LC_NAS_BITS_MOST; b++)
        out[b] = out[b - 1] / 4;
    return st;
}

static lc_status score_layer(scoring *s, int position, double *score, lc_error *err) {
    added weight, activation = {0};
    lc_status st = ask_widths(s, position, true, weight, err);
    if (st == LC_OK && s->bits->source[position] >= 0)
        st = ask_widths(s, position, false, activation, err);
    for (int o = 0; o < s->bits->problem.n_options[position] && st == LC_OK; o++) {
        lc_nas_width w = lc_nas_bits_width(s->bits, position, o);
        score[o] = -(weight[w.weight] + activation[w.activation]);
    }
    return st;
}

lc_status lc_nas_bits_scores(const lc_nas_bits *bits, const lc_nas_bits_losses *losses,
                             double *score, lc_error *err) {
    const lc_nas_problem *p = &bits->problem;
    scoring s = {.bits = bits, .losses = losses};
    int all = 1; /* losses that are asked for */
    if (losses->asked < LC_NAS_BITS_LEAST || losses->asked >= LC_NAS_BITS_MOST) {
        lc_error_set(err, LC_EUSAGE, "losses are asked for up to %d to %d bits, not %d",
                     LC_NAS_BITS_LEAST, LC_NAS_BITS_MOST - 1, losses->asked);
        return LC_EUSAGE;
    }
    for (int i = 0; i < p->n_positions; i++)
        all += (losses->asked - LC_NAS_BITS_LEAST + 1) * (bits->source[i] < 0 ? 1 : 2);
    s.all = (size_t)all;
    lc_status st = lc_nas_bits_uniform(bits, (lc_nas_width){LC_NAS_BITS_MOST, LC_NAS_BITS_MOST},
                                       s.choices, err);
    if (st == LC_OK)
        st = ask(&s, &s.reference, err);
    for (int i = 0; i < p->n_positions && st == LC_OK; i++) {
        st = score_layer(&s, i, score, err);
        score += p->n_options[i];
    }
    return st;
}
