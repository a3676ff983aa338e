#include "fingerprint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tree.h"

#define OLD_JETSON "/sys/bus/i2c/drivers/ina3221x" /* INA3221 before it was a hwmon device */

/* Walks sensor directories; `dir` is the one at hand. */
typedef struct sensor_walk {
    const char *root;
    cJSON *object; /* temperatures, or */
    cJSON *list;   /* names of power rails */
    char dir[300];
    char label[128];
} sensor_walk;

static bool sensor_file(const sensor_walk *w, const char *file, char *buf, size_t size) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", w->dir, file);
    return lc__tree_read(w->root, path, buf, size);
}

/* Enters <class>/<name> and labels it "<name>:<text of `file`>". */
static void enter(sensor_walk *w, const char *class_dir, const char *name, const char *file) {
    char kind[64];
    snprintf(w->dir, sizeof w->dir, "%s/%.100s", class_dir, name);
    bool known = sensor_file(w, file, kind, sizeof kind);
    snprintf(w->label, sizeof w->label, "%.50s%s%s", name, known ? ":" : "", known ? kind : "");
}

static void add_temperature(sensor_walk *w, const char *label, const char *file) {
    char path[512];
    double millidegrees;
    snprintf(path, sizeof path, "%s/%.100s", w->dir, file);
    if (lc__tree_number(w->root, path, &millidegrees))
        cJSON_AddNumberToObject(w->object, label, millidegrees);
}

static void thermal_zone(void *ctx, const char *name) {
    sensor_walk *w = ctx;
    enter(w, "/sys/class/thermal", name, "type");
    add_temperature(w, w->label, "temp");
}

static void hwmon_temperature(void *ctx, const char *file) {
    sensor_walk *w = ctx;
    size_t n = strlen(file);
    if (n < 7 || strcmp(file + n - 6, "_input") != 0)
        return;
    char label[192];
    snprintf(label, sizeof label, "%s:%.*s", w->label, (int)(n - 6 < 30 ? n - 6 : 30), file);
    add_temperature(w, label, file);
}

static void hwmon_temperatures(void *ctx, const char *name) {
    sensor_walk *w = ctx;
    enter(w, "/sys/class/hwmon", name, "name");
    lc__tree_each(w->root, w->dir, "temp", hwmon_temperature, w);
}

static void add_rail(sensor_walk *w, const char *part) {
    char rail[256];
    snprintf(rail, sizeof rail, "%s%s%s", w->label, part[0] ? ":" : "", part);
    cJSON_AddItemToArray(w->list, cJSON_CreateString(rail));
}

/* A hwmon device that measures power itself ("power1_input"), or whose channels measure current
 * ("curr1_input", the INA3221 of Jetson boards): named by the channel's label if it has one. */
static void hwmon_rail(void *ctx, const char *file) {
    sensor_walk *w = ctx;
    char name[64], label_file[64], *tail;
    size_t kind = strcspn(file, "0123456789"); /* "power" of "power1_input" */
    long channel = strtol(file + kind, &tail, 10);
    if (tail == file + kind || (strcmp(tail, "_input") != 0 && strcmp(tail, "_average") != 0))
        return;
    /* A current channel is labelled by the voltage beside it. */
    bool current = !strncmp(file, "curr", kind);
    snprintf(label_file, sizeof label_file, "%.*s%ld_label", current ? 2 : (int)kind,
             current ? "in" : file, channel);
    if (!sensor_file(w, label_file, name, sizeof name))
        snprintf(name, sizeof name, "%.*s", (int)(tail - file), file);
    add_rail(w, name);
}

static void hwmon_rails(void *ctx, const char *name) {
    sensor_walk *w = ctx;
    enter(w, "/sys/class/hwmon", name, "name");
    if (!lc__tree_each(w->root, w->dir, "power", hwmon_rail, w))
        lc__tree_each(w->root, w->dir, "curr", hwmon_rail, w);
}

static void powercap_zone(void *ctx, const char *name) {
    sensor_walk *w = ctx;
    char energy[32];
    enter(w, "/sys/class/powercap", name, "name");
    if (sensor_file(w, "energy_uj", energy, sizeof energy))
        add_rail(w, "");
}

static void old_jetson_rail(void *ctx, const char *file) {
    sensor_walk *w = ctx;
    char name[64];
    if (sensor_file(w, file, name, sizeof name))
        add_rail(w, name);
}

static void old_jetson_chip(void *ctx, const char *name) {
    sensor_walk *w = ctx;
    snprintf(w->dir, sizeof w->dir, OLD_JETSON "/%.100s/iio:device0", name);
    snprintf(w->label, sizeof w->label, "ina3221x:%.60s", name);
    lc__tree_each(w->root, w->dir, "rail_name_", old_jetson_rail, w);
}

void lc__fingerprint_power(const char *root, cJSON *object) {
    sensor_walk w = {.root = root, .object = cJSON_CreateObject(), .list = cJSON_CreateArray()};
    lc__tree_each(root, "/sys/class/thermal", "thermal_zone", thermal_zone, &w);
    lc__tree_each(root, "/sys/class/hwmon", "hwmon", hwmon_temperatures, &w);
    lc__tree_each(root, "/sys/class/hwmon", "hwmon", hwmon_rails, &w);
    lc__tree_each(root, "/sys/class/powercap", "", powercap_zone, &w);
    if (w.object && w.object->child) {
        cJSON_AddItemToObject(object, "temp_mc", w.object);
    } else {
        cJSON_Delete(w.object);
        lc__absent(object, "temp_mc", "no thermal zone and no hwmon temperature");
    }
    lc__tree_each(root, OLD_JETSON, "", old_jetson_chip, &w);
    if (cJSON_GetArraySize(w.list) > 0) {
        cJSON_AddItemToObject(object, "power_rails", w.list);
    } else {
        cJSON_Delete(w.list);
        lc__absent(object, "power_rails",
                   "no hwmon power or current sensor (INA3221) and no readable powercap energy");
    }
}
