/* A forecast for people. */
#include "cmd.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "ops/net_called.h"

#define BAR_WIDTH 24
#define MAX_GROUPS 64
#define SHOWN_SOURCES 5

/* Operators of one kind, together. */
typedef struct group {
    char name[48];
    int count;
    double value;
} group;

void lc__order_by_weight(const double *weight, size_t n, size_t *order) {
    for (size_t i = 0; i < n; i++) { /* by insertion: a pool has some dozens of devices */
        size_t at = i;
        for (; at > 0 && weight[order[at - 1]] < weight[i]; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
}

/* "conv2d 3x3 depthwise": what distinguishes operators in cost. */
static void group_name(const lc_net *net, const lc_node *node, char *buf, size_t size) {
    const lc_op *op = &node->op;
    const char *type = lc_op_type_name(op->type);
    bool convolves = op->type == LC_OP_CONV2D || op->type == LC_OP_SHIFT_CONV2D ||
                     op->type == LC_OP_ADDER_CONV2D;
    if (!convolves) {
        snprintf(buf, size, "%s", type);
        return;
    }
    int32_t in = lc_net_node(net, node->inputs[0])->shape.c;
    const char *kind = op->groups > 1 && op->groups == in ? " depthwise"
                       : op->groups > 1                   ? " grouped"
                                                          : "";
    snprintf(buf, size, "%s %dx%d%s", type, op->kernel_h, op->kernel_w, kind);
}

static int by_value(const void *a, const void *b) {
    const group *x = a, *y = b;
    return (x->value < y->value) - (x->value > y->value);
}

/* Groups the nodes, the most expensive group first; what exceeds MAX_GROUPS joins the last. */
static int group_nodes(const lc__answer *a, group *groups) {
    int n = 0;
    for (int i = 0; i < lc_net_size(a->net); i++) {
        const lc_node *node = lc_net_node(a->net, i);
        if (node->op.type == LC_OP_INPUT)
            continue;
        char name[sizeof groups->name];
        group_name(a->net, node, name, sizeof name);
        int g = 0;
        while (g < n && strcmp(groups[g].name, name) != 0)
            g++;
        if (g == MAX_GROUPS) {
            g--;
            snprintf(groups[g].name, sizeof groups[g].name, "others");
        } else if (g == n) {
            groups[n] = (group){.count = 0};
            memcpy(groups[n++].name, name, sizeof name);
        }
        groups[g].count++;
        groups[g].value += a->share[i];
    }
    qsort(groups, (size_t)n, sizeof *groups, by_value);
    return n;
}

static void show_line(const lc__target *target, const char *name, int count, double value,
                      double total) {
    char text[40], number[16] = "", bar[BAR_WIDTH + 1];
    int length = (int)(value / total * BAR_WIDTH + 0.5);
    length = length > BAR_WIDTH ? BAR_WIDTH : length;
    memset(bar, '#', (size_t)length);
    bar[length] = '\0';
    if (count > 0)
        snprintf(number, sizeof number, "%d", count);
    printf("  %-26s %5s %11s %5.1f %%%s%s\n", name, number,
           value > 0 ? target->format(value, text, sizeof text) : "0", 100 * value / total,
           length ? "  " : "", bar);
}

static void show_breakdown(const lc__target *target, const lc__answer *a) {
    group groups[MAX_GROUPS];
    int n = group_nodes(a, groups);
    printf("\n  %-26s %5s %11s   share\n", "operators", "count", target->heading);
    for (int i = 0; i < n; i++)
        show_line(target, groups[i].name, groups[i].count, groups[i].value, a->forecast.latency);
    show_line(target, "overhead", 0, a->overhead, a->forecast.latency);
}

static void show_sources(const lc__answers *all) {
    const lc_device *d = &all->shots->device;
    size_t n = lc_model_n_devices(all->model);
    char operators[48] = "";
    if (all->shots->n_ops)
        snprintf(operators, sizeof operators, " and %zu operator%s", all->shots->n_ops,
                 all->shots->n_ops == 1 ? "" : "s");
    printf("\nfrom %zu measured net%s%s of %s and the pool:\n", all->shots->n,
           all->shots->n == 1 ? "" : "s", operators, d->name);
    size_t *order = malloc((n + 1) * sizeof *order);
    if (!order)
        return;
    lc__order_by_weight(all->weight, n, order);
    double rest = 0;
    for (size_t i = 0; i < n; i++) {
        double w = all->weight[order[i]];
        if (i < SHOWN_SOURCES && w >= 0.005)
            printf("  %5.1f %%  %s\n", 100 * w, lc_model_device_name(all->model, order[i]));
        else
            rest += w;
    }
    if (rest >= 0.005)
        printf("  %5.1f %%  other pool devices\n", 100 * rest);
    printf("  %5.1f %%  physical features alone\n", 100 * all->physical);
    free(order);
}

static const char *interval(const lc__target *target, const lc_forecast *f, char *buf,
                            size_t size) {
    char low[32], high[32];
    snprintf(buf, size, "%s .. %s", target->format(f->low, low, sizeof low),
             target->format(f->high, high, sizeof high));
    return buf;
}

static void show_many(const lc__answers *all) {
    const lc__target *target = all->shots->target;
    char value[32], range[80], name[LC__SHOWN];
    printf("%-12s %-24s net\n", target->name, "90 % interval");
    for (size_t i = 0; i < all->n; i++) {
        const lc__answer *a = &all->answer[i];
        printf("%-12s %-24s %s%s\n", target->format(a->forecast.latency, value, sizeof value),
               interval(target, &a->forecast, range, sizeof range),
               lc__net_called(a->net, name, sizeof name),
               a->forecast.novelty >= LC_NOVELTY_FAR ? "  (rate estimate by size)"
               : a->forecast.out_of_range            ? "  (unlike the nets seen)"
                                                     : "");
    }
}

/* So many more samples that what they leave of the variance is no more than the rest, if it falls
 * with their number: a rough guide. */
static int more_samples(const lc__answers *all, const lc_uncertainty *u) {
    double n = (double)(all->shots->n + all->shots->n_ops), rest = fmax(1 - u->samples, 0.02);
    double more = 5 * ceil(n * (u->samples / rest - 1) / 5);
    return (int)fmin(fmax(more, 5), 50);
}

static void show_uncertainty(const lc__answers *all, const lc_uncertainty *u) {
    const struct {
        const char *what;
        double share;
    } parts[] = {{"few samples", u->samples},
                 {"noise", u->noise},
                 {"unlike what is known", u->unlike},
                 {"another occasion", u->occasion}};
    size_t n = sizeof parts / sizeof *parts, most = 0;
    for (size_t i = 1; i < n; i++)
        most = parts[i].share > parts[most].share ? i : most;
    printf("deviation +-%.1f %%: mostly %s (", 100 * u->deviation, parts[most].what);
    for (size_t i = 0; i < n; i++)
        printf("%s%s %.0f %%", i ? ", " : "", parts[i].what, 100 * parts[i].share);
    printf(" of the variance)");
    if (most == 0)
        printf("; measure some %d more", more_samples(all, u));
    puts("");
    if (u->family)
        printf("%s was never measured on this device nor in the pool\n", u->family);
}

void lc__answers_show(const lc__answers *answers) {
    const lc__target *target = answers->shots->target;
    char value[32], range[80], name[LC__SHOWN];
    if (answers->many) {
        show_many(answers);
    } else {
        const lc__answer *a = &answers->answer[0];
        printf("%s on %s: %s (90 %% interval %s)\n", lc__net_called(a->net, name, sizeof name),
               answers->shots->device.name,
               target->format(a->forecast.latency, value, sizeof value),
               interval(target, &a->forecast, range, sizeof range));
        show_uncertainty(answers, &a->uncertainty);
        show_breakdown(target, a);
    }
    show_sources(answers);
}
