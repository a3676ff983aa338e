#include "board.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/json.h"
#include "base/text.h"

#define AGENT "profagent"
#define CANNOT_RUN 127 /* exit code of a child that could not become the agent */

void lc__agent_find(const char *path, char *buf, size_t size) {
    char own[4096];
    ssize_t n = path ? -1 : readlink("/proc/self/exe", own, sizeof own - 1);
    own[n > 0 ? n : 0] = '\0';
    char *slash = strrchr(own, '/');
    snprintf(buf, size, "%s", path ? path : AGENT);
    if (!slash)
        return;
    slash[1] = '\0';
    char beside[4200];
    snprintf(beside, sizeof beside, "%s" AGENT, own);
    if (access(beside, X_OK) == 0)
        snprintf(buf, size, "%s", beside);
}

/* ---- running it ---- */

/* Starts the words with stdout to `fd`. */
static pid_t start(const char *const *words, int fd) {
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    dup2(fd, STDOUT_FILENO);
    execvp(words[0], (char *const *)words);
    _exit(CANNOT_RUN);
}

/* An interrupt reaches the agent as well; this process waits for what it makes of it. */
static lc_status finish(pid_t pid, const char *agent, int *code, lc_error *err) {
    int status = 0;
    while (pid > 0 && waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            pid = -1;
    *code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (pid > 0 && *code != CANNOT_RUN)
        return LC_OK;
    lc_error_set(err, LC_EUNREACHABLE,
                 "cannot start the agent %.200s; install profagent, or name it with --agent",
                 agent);
    return LC_EUNREACHABLE;
}

lc_status lc__agent_run(const lc__words *words, int *code, lc_error *err) {
    lc__interrupts_catch();
    fflush(stdout);
    return finish(start(words->word, STDERR_FILENO), words->word[0], code, err);
}

/* What the words print; NULL when it cannot be read. */
static lc_status ask(const char *const *words, char **text, lc_error *err) {
    int ends[2], code = 0;
    *text = NULL;
    fflush(stdout);
    if (pipe2(ends, O_CLOEXEC))
        return lc_error_set(err, LC_EIO, "cannot make a pipe: %s", strerror(errno));
    pid_t pid = start(words, ends[1]);
    close(ends[1]);
    FILE *from = fdopen(ends[0], "r");
    size_t room = 0;
    if (from && getdelim(text, &room, '\0', from) < 0) {
        free(*text);
        *text = NULL;
    }
    if (from)
        fclose(from);
    return finish(pid, words[0], &code, err);
}

/* ---- which board ---- */

/* Fingerprints of one board agree in these, as far as both have them. */
static const char *const facts[] = {"board", "cpu_vendor", "cpu_model", "cpu_parts"};

static bool known(const cJSON *value) {
    return value && !cJSON_IsNull(value);
}

static void show(const cJSON *value, char *buf, size_t size) {
    char *text = value ? lc__json_print(value) : NULL;
    snprintf(buf, size, "%.100s", text ? text : "not known");
    free(text);
}

lc_status lc__agent_at_home(const char *agent, const lc_device *device, bool *same, char *why,
                            lc_error *err) {
    const char *const words[] = {agent, "info", "--json", NULL};
    char *text;
    lc_status st = ask(words, &text, err);
    if (st)
        return st;
    cJSON *here = text ? cJSON_Parse(text) : NULL, *there = cJSON_Parse(device->fingerprint_json);
    free(text);
    if (!here)
        st = lc_error_set(err, LC_ERUNTIME, "%.200s info --json says nothing that can be read",
                          agent);
    *same = !st;
    for (size_t i = 0; i < sizeof facts / sizeof facts[0] && *same; i++) {
        const cJSON *a = cJSON_GetObjectItemCaseSensitive(there, facts[i]);
        const cJSON *b = cJSON_GetObjectItemCaseSensitive(here, facts[i]);
        char is[104], was[104];
        /* a device that does not name its board is of none that is known */
        if (i > 0 ? !known(a) || !known(b) || cJSON_Compare(a, b, true) : cJSON_Compare(a, b, true))
            continue;
        *same = false;
        show(a, was, sizeof was);
        show(b, is, sizeof is);
        snprintf(why, 300, "its %s is %s, here it is %s", facts[i], was, is);
    }
    cJSON_Delete(here);
    cJSON_Delete(there);
    return st;
}

/* ---- the command line ---- */

static void add(lc__words *w, const char *option, const char *value) {
    if (w->n + 3 > LC__BOARD_WORDS)
        return;
    w->word[w->n++] = option;
    if (value)
        w->word[w->n++] = value;
    w->word[w->n] = NULL;
}

/* A value that is made here. */
static void add_text(lc__words *w, const char *option, const char *value) {
    size_t room = sizeof w->text - w->used, n = strlen(value) + 1;
    if (n > room)
        return;
    memcpy(w->text + w->used, value, n);
    add(w, option, w->text + w->used);
    w->used += n;
}

static void add_number(lc__words *w, const char *option, double value) {
    char text[32];
    snprintf(text, sizeof text, "%.15g", value);
    add_text(w, option, text);
}

/* The CPUs, or the kind of core, that the device's samples ran on. */
static void add_pin(lc__words *w, const cJSON *config) {
    const char *cluster = cJSON_GetStringValue(cJSON_GetObjectItem(config, "cluster"));
    const cJSON *cpus = cJSON_GetObjectItem(config, "pinned_cpus"), *cpu;
    char list[256] = "";
    if (cluster) {
        add_text(w, "--cluster", cluster);
        return;
    }
    cJSON_ArrayForEach(cpu, cpus) {
        size_t n = strlen(list);
        snprintf(list + n, sizeof list - n, "%s%.0f", n ? "," : "", cJSON_GetNumberValue(cpu));
    }
    if (*list)
        add_text(w, "--pin", list);
    else if (cJSON_IsArray(cpus))
        add(w, "--pin", "none");
}

/* Only these backends take a cap; others run as they are. */
static bool takes_cap(const char *backend) {
    return !strcmp(backend, "native") || !strcmp(backend, "onednn");
}

void lc__agent_words(const char *agent, const lc_device *d, const lc__errand *errand,
                     lc__words *out) {
    cJSON *config = cJSON_Parse(d->config_json);
    const cJSON *pace = cJSON_GetObjectItem(config, "pace_ms");
    const cJSON *khz = cJSON_GetObjectItem(config, "freq_khz");
    const cJSON *seed = cJSON_GetObjectItem(config, "weight_seed");
    const char *weights = cJSON_GetStringValue(cJSON_GetObjectItem(config, "weights"));
    *out = (lc__words){.n = 0};
    add(out, agent, "run");
    add(out, "--plan", errand->plan);
    add(out, "--out", errand->out);
    add(out, "--device", d->name);
    add(out, "--backend", d->backend);
    if (d->isa[0] && takes_cap(d->backend))
        add(out, "--isa", d->isa);
    add_number(out, "--threads", d->threads);
    add(out, "--dtype", d->dtype);
    if (d->batch > 0)
        add_number(out, "--batch", d->batch);
    add_pin(out, config);
    if (cJSON_IsNumber(khz))
        add_number(out, "--freq", khz->valuedouble);
    if (cJSON_IsNumber(pace))
        add_number(out, "--pace-ms", pace->valuedouble);
    if (weights && !strcmp(weights, "cold"))
        add(out, "--cold", NULL);
    if (cJSON_IsNumber(seed))
        add_number(out, "--weight-seed", seed->valuedouble);
    if (errand->seconds > 0)
        add_number(out, "--max-seconds-per-item", errand->seconds);
    if (errand->quiet)
        add(out, "--quiet", NULL);
    cJSON_Delete(config);
}

/* Whether a shell takes a word as it is. */
static bool plain(const char *word) {
    return *word && !word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "0123456789_-+=./,:@%")];
}

void lc__agent_typed(const lc__words *w, char *buf, size_t size) {
    lc__buf line = {0};
    for (int i = 0; i < w->n; i++) {
        const char *word = w->word[i];
        lc__buf_printf(&line, "%s", i ? " " : "");
        if (plain(word)) {
            lc__buf_printf(&line, "%s", word);
            continue;
        }
        lc__buf_printf(&line, "'");
        for (; *word; word++)
            if (*word == '\'')
                lc__buf_printf(&line, "'\\''");
            else
                lc__buf_add(&line, word, 1);
        lc__buf_printf(&line, "'");
    }
    snprintf(buf, size, "%s", line.text ? line.text : "");
    free(line.text);
}
