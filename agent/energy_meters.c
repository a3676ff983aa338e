#include "energy_meters.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tree.h"

#define POWERCAP "/sys/class/powercap"
#define HWMON "/sys/class/hwmon"
#define OLD_JETSON "/sys/bus/i2c/drivers/ina3221x"

typedef struct search {
    lc__energy *e;
    char names[LC__METERS][64]; /* of the meters */
    char dir[200];              /* the one at hand */
    const char *kind;           /* of file that is looked for: "energy", "power", "curr" */
    bool refused;               /* a counter is there but not for us */
} search;

static void join(char *buf, size_t size, const char *dir, const char *file) {
    if (snprintf(buf, size, "%s/%s", dir, file) >= (int)size)
        buf[0] = '\0';
}

static bool readable(const search *s, const char *path) {
    double value;
    return path[0] && lc__tree_number(s->e->root, path, &value);
}

static void add(search *s, const lc__energy_meter *meter, const char *name) {
    if (s->e->n == LC__METERS)
        return;
    snprintf(s->names[s->e->n], sizeof s->names[0], "%s", name);
    s->e->meter[s->e->n++] = *meter;
}

static bool read_in(const search *s, const char *dir, const char *file, char *buf, size_t size) {
    char path[280];
    join(path, sizeof path, dir, file);
    return lc__tree_read(s->e->root, path, buf, size);
}

/* Packages, and the DRAM of each; cores and graphics are part of their package, and "psys" holds
 * the packages. */
static void powercap_zone(void *ctx, const char *zone) {
    search *s = ctx;
    char dir[200], name[48], label[64];
    lc__energy_meter m = {.unit = 1};
    join(dir, sizeof dir, POWERCAP, zone);
    if (!read_in(s, dir, "name", name, sizeof name) ||
        (strncmp(name, "package", 7) != 0 && strcmp(name, "dram") != 0))
        return;
    join(m.path, sizeof m.path, dir, "max_energy_range_uj");
    lc__tree_number(s->e->root, m.path, &m.range_uj);
    join(m.path, sizeof m.path, dir, "energy_uj");
    snprintf(label, sizeof label, "%.15s:%.40s", zone, name);
    if (readable(s, m.path))
        add(s, &m, label);
    else
        s->refused = true;
}

/* "power1_input" -> channel 1 and the label of it, or of `labelled` ("in") in its stead. */
static bool channel(const search *s, const char *file, const char *labelled, char *label,
                    size_t size, long *number) {
    char name_file[32], *tail;
    size_t n = strlen(s->kind);
    *number = strtol(file + n, &tail, 10);
    if (tail == file + n || (strcmp(tail, "_input") != 0 && strcmp(tail, "_average") != 0))
        return false;
    snprintf(name_file, sizeof name_file, "%s%ld_label", labelled, *number);
    if (!read_in(s, s->dir, name_file, label, size))
        snprintf(label, size, "%.*s", (int)(tail - file), file);
    return true;
}

static void hwmon_meter(void *ctx, const char *file) {
    search *s = ctx;
    lc__energy_meter m = {.unit = s->kind[0] == 'e' ? 1 : 1e-3}; /* uJ; uW in mW; mV x mA in mW */
    char label[40], name[64], chip[20] = "hwmon", volts[32];
    bool current = s->kind[0] == 'c';
    long number;
    if (!channel(s, file, current ? "in" : s->kind, label, sizeof label, &number))
        return;
    join(m.path, sizeof m.path, s->dir, file);
    if (current) {
        snprintf(volts, sizeof volts, "in%ld_input", number);
        join(m.times, sizeof m.times, s->dir, volts);
    }
    read_in(s, s->dir, "name", chip, sizeof chip);
    snprintf(name, sizeof name, "%s:%s", chip, label);
    for (size_t i = 0; i < s->e->n; i++)
        if (!strcmp(s->names[i], name)) /* power1_average beside power1_input */
            return;
    if (readable(s, m.path) && (!current || readable(s, m.times)))
        add(s, &m, name);
}

static void hwmon_device(void *ctx, const char *name) {
    search *s = ctx;
    join(s->dir, sizeof s->dir, HWMON, name);
    lc__tree_each(s->e->root, s->dir, s->kind, hwmon_meter, s);
}

static void old_jetson_meter(void *ctx, const char *file) {
    search *s = ctx;
    lc__energy_meter m = {.unit = 1};
    char label[40], name[64], name_file[32], *tail;
    long number = strtol(file + strlen("in_power"), &tail, 10);
    if (strcmp(tail, "_input") != 0)
        return;
    snprintf(name_file, sizeof name_file, "rail_name_%ld", number);
    if (!read_in(s, s->dir, name_file, label, sizeof label))
        snprintf(label, sizeof label, "in_power%ld", number);
    join(m.path, sizeof m.path, s->dir, file);
    snprintf(name, sizeof name, "ina3221x:%s", label);
    if (readable(s, m.path))
        add(s, &m, name);
}

static void old_jetson_iio(void *ctx, const char *name) {
    search *s = ctx;
    char chip[200];
    snprintf(chip, sizeof chip, "%s", s->dir);
    join(s->dir, sizeof s->dir, chip, name);
    lc__tree_each(s->e->root, s->dir, "in_power", old_jetson_meter, s);
    snprintf(s->dir, sizeof s->dir, "%s", chip);
}

static void old_jetson_chip(void *ctx, const char *name) {
    search *s = ctx;
    join(s->dir, sizeof s->dir, OLD_JETSON, name);
    lc__tree_each(s->e->root, s->dir, "iio", old_jetson_iio, s);
}

static void keep_only(search *s, size_t i) {
    s->e->meter[0] = s->e->meter[i];
    if (i > 0)
        memcpy(s->names[0], s->names[i], sizeof s->names[0]);
    s->e->n = 1;
}

/* Where one rail feeds the board, the others are part of it. */
static void keep_the_input(search *s) {
    for (size_t i = 0; i < s->e->n; i++) {
        size_t n = strlen(s->names[i]);
        if (n > 3 && !strcmp(s->names[i] + n - 3, "_IN")) {
            keep_only(s, i);
            return;
        }
    }
}

/* The kinds of meter, best first: counters miss nothing. */
static void look_everywhere(search *s) {
    lc__energy *e = s->e;
    e->counts = true;
    lc__tree_each(e->root, POWERCAP, "", powercap_zone, s);
    s->kind = "energy";
    if (e->n == 0)
        lc__tree_each(e->root, HWMON, "hwmon", hwmon_device, s);
    if (e->n > 0)
        return;
    e->counts = false;
    s->kind = "power";
    lc__tree_each(e->root, HWMON, "hwmon", hwmon_device, s);
    s->kind = "curr";
    if (e->n == 0)
        lc__tree_each(e->root, HWMON, "hwmon", hwmon_device, s);
    if (e->n == 0)
        lc__tree_each(e->root, OLD_JETSON, "", old_jetson_chip, s);
    keep_the_input(s);
}

void lc__energy_find(lc__energy *e) {
    search s = {.e = e};
    look_everywhere(&s);
    size_t at = 0;
    for (size_t i = 0; i < e->n && at < sizeof e->source; i++)
        at += (size_t)snprintf(e->source + at, sizeof e->source - at, "%s%s", i ? " + " : "",
                               s.names[i]);
    if (e->n == 0)
        snprintf(e->absent, sizeof e->absent, "%s",
                 s.refused ? "only root may read the energy counters" : "no power or energy meter");
}
