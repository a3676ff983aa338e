/* What makes a forecast uncertain: the variance behind its interval in parts. */
#include <math.h>
#include "forecast.h"
#include "predictor/batch.h"
#include "strange.h"

/* Parts of a variance. */
typedef struct parts {
    double noise, samples, unlike, occasion;
} parts;

static double sum(const parts *v) {
    return v->noise + v->samples + v->unlike + v->occasion;
}

/* Of the regression's variance, for a net at `novelty`. */
static parts regression_parts(const lc_predictor *p, const lc__link_view view[LC__LINKS],
                              double mean, double novelty) {
    double all = lc__mix_variance(p, view, mean), rest = lc__mix_noise(p, view);
    parts v = {.noise = rest,
               .samples = fmax(all - rest, 0),
               .occasion = p->repeatability * p->repeatability * mean * mean};
    /* Readings that are known to repeat better than the regression hits them: there is something
     * about the nets that neither features nor source devices know. */
    if (p->reading > 0) {
        v.noise = fmin(rest, p->reading * p->reading * mean * mean);
        v.unlike = rest - v.noise;
    }
    /* The coefficients' variance grows with the square of the distance: samples up to the edge of
     * what was seen, beyond it the distance. */
    if (novelty > 1) {
        double edge = v.samples / (novelty * novelty);
        v.unlike += v.samples - edge;
        v.samples = edge;
    }
    return v;
}

static double log_width(double low, double high) {
    return log(high / low);
}

lc_status lc__predictor_uncertainty_point(const lc_predictor *p, const lc__point *point,
                                          lc_uncertainty *out) {
    lc__link_view view[LC__LINKS];
    lc_forecast known, whole;
    lc__family family;
    lc__point rest = *point;
    bool strange = lc__is_strange(p->known, point);
    lc__predictor_query_point(p, point, &whole);
    if (strange)
        lc__strange_part(p->known, point, &rest, &family);
    lc__predictor_query_point(p, &rest, &known);
    lc__ask_links(p, &rest, view);
    lc__estimate e = lc__mix(p, view);
    parts v = regression_parts(p, view, e.mean, known.novelty);
    /* What the rate, and operators of strange families, add to the interval. */
    double widening = log_width(whole.low, whole.high) / fmax(log_width(e.low, e.high), 1e-12);
    v.unlike += fmax(widening * widening - 1, 0) * sum(&v);
    const char *missing = strange ? lc__family_name(family) : NULL;
    double all = sum(&v);
    if (!isfinite(all)) {
        /* Samples lie hundreds of decades apart, squares overflow: nothing is known. */
        double width = log(whole.high) - log(whole.low);
        *out = (lc_uncertainty){.deviation = width / p->reach / 2, .unlike = 1, .family = missing};
        return LC_OK;
    }
    all = fmax(all, 1e-300);
    *out = (lc_uncertainty){.deviation = sqrt(all) / e.mean,
                            .noise = v.noise / all,
                            .samples = v.samples / all,
                            .unlike = v.unlike / all,
                            .occasion = v.occasion / all,
                            .family = missing};
    return LC_OK;
}

lc_status lc_predictor_uncertainty(const lc_predictor *predictor, const lc_net *net,
                                   lc_uncertainty *out, lc_error *err) {
    lc__point point;
    lc_status st = lc__featurise(net, &point, err);
    return st == LC_OK ? lc__predictor_uncertainty_point(predictor, &point, out) : st;
}
