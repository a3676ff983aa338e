#include "scene.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "latcast/space.h"

const char scene_nas[] = LATCAST_TEST_BIN "/nas";
const char scene_predict[] = LATCAST_TEST_BIN "/predict";

void scene_open(void) {
    setenv("LATCAST_MODEL", LATCAST_SOURCE_DIR "/devices/model.lc", 1);
    setenv("OMP_WAIT_POLICY", "passive", 1);
    setenv("OMP_NUM_THREADS", "2", 1);
}

static void add_sample(lc__buf *json, const lc_net *net, int number) {
    char *text = lc_net_to_json(net, false);
    double ns = 2e4 + 0.01 * lc_net_cost(net).macs;
    lc__buf_printf(json,
                   "%s{\"id\":\"t-%d\",\"kind\":\"net\",\"net\":%s,\"latency_ns\":%.9g,"
                   "\"ci_low_ns\":%.9g,\"ci_high_ns\":%.9g,\"median_ns\":%.9g,\"p95_ns\":%.9g,"
                   "\"min_ns\":%.9g,\"energy_uj\":%.9g,\"n\":9,\"steady\":true}",
                   number ? ",\n" : "", number, text, ns, ns, ns, ns, ns, ns, 4e-3 * ns);
    free(text);
}

const char *scene_device(const char *name, int n) {
    const lc_space *space = lc_space_find(name);
    uint64_t seed = 5;
    lc__buf json = {0};
    lc__buf_printf(&json, "{\"schema_version\":1,\"name\":\"made-up\",\"config\":{\"backend\":"
                          "\"native\",\"isa\":\"\",\"threads\":1,\"dtype\":\"f32\"},"
                          "\"fingerprint\":{\"board\":\"made up\"},\n\"samples\":[\n");
    for (int i = 0; i < n; i++) {
        int choices[LC_NET_MAX_CHOICES];
        lc_net *net;
        lc_space_random(space, &seed, choices);
        cr_assert_eq(lc_space_net(space, choices, space->n_positions, &net, NULL), LC_OK);
        add_sample(&json, net, i);
        lc_net_free(net);
    }
    lc__buf_printf(&json, "]}\n");
    cr_assert(!json.failed);
    rig_write(rig_path("device.json"), json.text);
    free(json.text);
    return rig_path("device.json");
}

const char *scene_table(int fixed) {
    static const double worth[] = {0.1, 1, 3, 5, 2}; /* none, skip, 1x1, 3x3, pool */
    const lc_space *space = lc_space_find("nasbench201");
    lc__buf csv = {0};
    int choices[6] = {0, 0, 0, 0, 0, 0}, free_ones = 6 - fixed, n = 1;
    for (int i = 0; i < free_ones; i++)
        n *= 5;
    lc__buf_printf(&csv, "arch,accuracy\n");
    for (int i = 0; i < n; i++) {
        double accuracy = 50;
        char arch[200];
        for (int k = 0, rest = i; k < 6; k++, rest /= 5) {
            choices[k] = k < free_ones ? rest % 5 : 1;
            accuracy += worth[choices[k]] * (1 + 0.1 * k);
        }
        space->format(choices, arch, sizeof arch);
        lc__buf_printf(&csv, "%s,%.3f\n", arch, accuracy);
    }
    cr_assert(!csv.failed);
    rig_write(rig_path("table.csv"), csv.text);
    free(csv.text);
    return rig_path("table.csv");
}

static unsigned char *slurp(const char *path, size_t *length) {
    struct stat st;
    FILE *f = fopen(path, "rb");
    cr_assert(f && stat(path, &st) == 0, "cannot read %s", path);
    *length = (size_t)st.st_size;
    unsigned char *bytes = malloc(*length + 1);
    cr_assert_not_null(bytes);
    cr_assert_eq(fread(bytes, 1, *length, f), *length);
    fclose(f);
    return bytes;
}

bool scene_same(const char *a, const char *b) {
    size_t n, m;
    unsigned char *x = slurp(a, &n), *y = slurp(b, &m);
    bool same = n == m && memcmp(x, y, n) == 0;
    free(x);
    free(y);
    return same;
}

char *scene_without_seconds(const char *path) {
    char *text = rig_read(path);
    cr_assert_not_null(text, "cannot read %s", path);
    char *at = strstr(text, "\"seconds\":");
    if (at) {
        char *end = at + strcspn(at, ",}");
        memmove(at, end, strlen(end) + 1);
    }
    return text;
}

void scene_flip(const char *path, double share) {
    size_t n;
    unsigned char *bytes = slurp(path, &n);
    size_t at = (size_t)(share * (double)(n - 1));
    FILE *f = fopen(path, "r+b");
    cr_assert(f && fseek(f, (long)at, SEEK_SET) == 0);
    cr_assert_eq(fputc(bytes[at] ^ 1, f), bytes[at] ^ 1);
    fclose(f);
    free(bytes);
}

void scene_cut(const char *path, double share) {
    struct stat st;
    cr_assert_eq(stat(path, &st), 0);
    cr_assert_eq(truncate(path, (off_t)(share * (double)st.st_size)), 0);
}

bool scene_await(const char *path, int pid) {
    for (int i = 0; i < 30000; i++) {
        if (access(path, F_OK) == 0)
            return true;
        siginfo_t info = {0};
        if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid)
            return access(path, F_OK) == 0;
        nanosleep(&(struct timespec){0, 1000000}, NULL);
    }
    return false;
}
