#include "curve.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "census.h"

#define NS_PER_MS 1e6
#define UJ_PER_MJ 1e3

void lc__curve_csv(const lc__curve *c, lc__buf *out) {
    bool energy = c->hunt->n_forecasts > 1;
    lc__buf_printf(out, "budget_ms,forecast_ms,low_ms,high_ms,accuracy,net,seconds%s\n",
                   energy ? ",energy_mj" : "");
    for (size_t i = 0; i < c->n; i++) {
        const lc__found *f = &c->found[i];
        const lc_forecast *latency = &f->forecast[LC__COST_LATENCY];
        char net[LC__SHOWN], accuracy[32] = "";
        c->hunt->space->format(f->choices, net, sizeof net);
        if (!isnan(f->accuracy))
            snprintf(accuracy, sizeof accuracy, "%.9g", f->accuracy);
        lc__buf_printf(out, "%.9g,%.9g,%.9g,%.9g,%s,%s,%.3f",
                       c->budget[i].limit[LC__COST_LATENCY] / NS_PER_MS,
                       latency->latency / NS_PER_MS, latency->low / NS_PER_MS,
                       latency->high / NS_PER_MS, accuracy, net, f->seconds);
        if (energy)
            lc__buf_printf(out, ",%.9g", f->forecast[LC__COST_ENERGY].latency / UJ_PER_MJ);
        lc__buf_printf(out, "\n");
    }
}

/* The first found net that is net i. */
static size_t first_of(const lc__curve *c, size_t i) {
    size_t n = (size_t)c->hunt->space->n_positions * sizeof(int), k = 0;
    while (memcmp(c->found[k].choices, c->found[i].choices, n) != 0)
        k++;
    return k;
}

static void add_net(const lc__curve *c, const int *choices, double accuracy, lc__buf *out) {
    char net[LC__SHOWN];
    c->hunt->space->format(choices, net, sizeof net);
    if (!isnan(accuracy))
        lc__buf_printf(out, "%s,%.9g\n", net, fmax(accuracy, LC__ACCURACY_LEAST));
}

void lc__curve_nets(const lc__curve *c, lc__buf *out) {
    lc__buf_printf(out, "arch,accuracy\n");
    size_t judged = c->hunt->judged ? lc_nas_accuracies_size(c->hunt->judged) : 0;
    for (size_t i = 0; i < judged; i++) {
        double accuracy;
        const int *choices = lc_nas_accuracies_at(c->hunt->judged, i, &accuracy);
        add_net(c, choices, accuracy, out);
    }
    for (size_t i = 0; i < c->n && !judged; i++)
        if (first_of(c, i) == i)
            add_net(c, c->found[i].choices, c->found[i].accuracy, out);
}

void lc__curve_show(const lc__curve *c) {
    printf("%11s %11s %8s %25s %9s  net\n", "budget", "forecast", "", "90 % interval", "accuracy");
    for (size_t i = 0; i < c->n; i++) {
        const lc__found *f = &c->found[i];
        const lc_forecast *latency = &f->forecast[LC__COST_LATENCY];
        double limit = c->budget[i].limit[LC__COST_LATENCY];
        char net[LC__SHOWN], text[4][40], accuracy[32] = "-";
        c->hunt->space->format(f->choices, net, sizeof net);
        if (!isnan(f->accuracy))
            snprintf(accuracy, sizeof accuracy, "%.2f %%", f->accuracy);
        printf("%11s %11s %+7.2f%% %11s to %10s %9s  %s\n",
               lc__format_ns(limit, text[0], sizeof text[0]),
               lc__format_ns(latency->latency, text[1], sizeof text[1]),
               100 * (latency->latency / limit - 1),
               lc__format_ns(latency->low, text[2], sizeof text[2]),
               lc__format_ns(latency->high, text[3], sizeof text[3]), accuracy, net);
    }
}
