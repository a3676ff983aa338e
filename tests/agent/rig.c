#include "rig.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

const char rig_agent[] = LATCAST_TEST_BIN "/profagent";
const char rig_collector[] = LATCAST_TEST_BIN "/collector";

static void fail(const char *what) {
    perror(what);
    _exit(99);
}

static char dir[64];
static pid_t owner;

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw) {
    (void)st, (void)flag, (void)ftw;
    return remove(path);
}

static char *kept[1024]; /* output of commands, for the rest of the test */
static size_t n_kept;

static char *keep(char *text) {
    if (n_kept == sizeof kept / sizeof kept[0])
        fail("too many commands in one test");
    return kept[n_kept++] = text;
}

static void clean_up(void) {
    while (n_kept > 0)
        free(kept[--n_kept]);
    if (getpid() == owner)
        nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *rig_dir(void) {
    if (!dir[0]) {
        snprintf(dir, sizeof dir, "/tmp/latcast-agent-XXXXXX");
        if (!mkdtemp(dir))
            fail("mkdtemp");
        owner = getpid();
        atexit(clean_up);
    }
    return dir;
}

const char *rig_path(const char *name) {
    static char paths[64][200]; /* every name once, for as long as the test lives */
    char path[200];
    snprintf(path, sizeof path, "%s/%.100s", rig_dir(), name);
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        if (!paths[i][0])
            memcpy(paths[i], path, sizeof path);
        if (!strcmp(paths[i], path))
            return paths[i];
    }
    fail("more than 64 names");
    return NULL;
}

void rig_write(const char *path, const char *text) {
    FILE *f = fopen(path, "w");
    if (!f || fputs(text, f) < 0 || fclose(f))
        fail(path);
}

char *rig_read(const char *path) {
    FILE *f = fopen(path, "r");
    char *text = NULL;
    size_t length = 0;
    if (f && getdelim(&text, &length, '\0', f) < 0 && text)
        text[0] = '\0';
    if (f)
        fclose(f);
    return text;
}

size_t rig_count(const char *text, const char *word) {
    size_t n = 0;
    for (const char *p = text; (p = strstr(p, word)); p += strlen(word))
        n++;
    return n;
}

static void redirect(const char *name, const char *kind, int fd) {
    char file[100];
    snprintf(file, sizeof file, "%s.%s", name, kind);
    int to = open(rig_path(file), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (to < 0 || dup2(to, fd) < 0)
        fail(file);
    close(to);
}

pid_t rig_start(const char *name, const char *const *argv) {
    rig_dir();
    pid_t pid = fork();
    if (pid < 0)
        fail("fork");
    if (pid > 0)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* nothing is left behind by a test that crashes */
    redirect(name, "out", STDOUT_FILENO);
    redirect(name, "err", STDERR_FILENO);
    execv(argv[0], (char *const *)argv);
    fail(argv[0]);
    return -1;
}

int rig_wait(pid_t pid) {
    int status;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            fail("waitpid");
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

rig_result rig_run(const char *const *argv) {
    rig_result r = {.code = rig_wait(rig_start("run", argv))};
    r.out = keep(rig_read(rig_path("run.out")));
    r.err = keep(rig_read(rig_path("run.err")));
    return r;
}

const char *rig_plan(const char *name, int n) {
    const char *path = rig_path(name);
    FILE *f = fopen(path, "w");
    if (!f)
        fail(path);
    fprintf(f, "{\"schema_version\":1,\"name\":\"%s\",\"items\":[", name);
    for (int i = 0; i < n; i++)
        fprintf(f,
                "%s\n{\"kind\":\"net\",\"schema_version\":1,\"name\":\"net%d\",\"ops\":["
                "{\"id\":\"x\",\"op\":\"input\",\"inputs\":[],\"shape\":[1,4,4,3]},"
                "{\"id\":\"y\",\"op\":\"conv2d\",\"inputs\":[\"x\"],\"kernel\":1,"
                "\"out_channels\":%d}],\"output\":\"y\"}",
                i ? "," : "", i, i + 1);
    fprintf(f, "]}\n");
    fclose(f);
    return path;
}

static void pause_ms(long ms) {
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

pid_t rig_start_collector(int port, int *listening) {
    char number[16];
    const char *port_file = rig_path("port");
    snprintf(number, sizeof number, "%d", port);
    rig_write(rig_path("token"), "sesame\n");
    unlink(port_file);
    const char *const argv[] = {
        rig_collector, "--db", rig_path("c.db"), "--token-file", rig_path("token"),
        "--port",      number, "--port-file",    port_file,      "--quiet",
        NULL};
    pid_t pid = rig_start("collector", argv);
    for (int i = 0; i < 1000; i++) {
        char *text = rig_read(port_file);
        *listening = text ? (int)strtol(text, NULL, 10) : 0;
        free(text);
        if (*listening > 0)
            return pid;
        if (waitpid(pid, NULL, WNOHANG) == pid)
            break;
        pause_ms(10);
    }
    char *err = rig_read(rig_path("collector.err"));
    fprintf(stderr, "the collector did not start: %s\n", err ? err : "");
    _exit(99);
}

/* Reads a request as far as its Content-Length says. */
static void read_request(int fd, int log) {
    static char buf[1 << 20];
    size_t have = 0, want = sizeof buf - 1;
    while (have < want) {
        ssize_t n = read(fd, buf + have, sizeof buf - 1 - have);
        if (n <= 0)
            break;
        have += (size_t)n;
        buf[have] = '\0';
        const char *body = strstr(buf, "\r\n\r\n"), *length = strcasestr(buf, "Content-Length:");
        if (body && length)
            want = (size_t)(body + 4 - buf) + strtoul(length + 15, NULL, 10);
    }
    if (write(log, buf, have) < 0)
        fail("requests");
}

pid_t rig_script_server(const char *const *answers, int *listening) {
    int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    if (bind(s, (struct sockaddr *)&at, size) || listen(s, 8) ||
        getsockname(s, (struct sockaddr *)&at, &size))
        fail("loopback");
    *listening = ntohs(at.sin_port);
    const char *log_path = rig_path("requests");
    unlink(log_path);
    pid_t pid = fork();
    if (pid) {
        close(s);
        return pid;
    }
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int log = open(log_path, O_WRONLY | O_CREAT | O_APPEND, 0644);
    for (; *answers; answers++) {
        int fd = accept(s, NULL, NULL);
        read_request(fd, log);
        if (write(fd, *answers, strlen(*answers)) < 0)
            fail("answer");
        close(fd);
    }
    _exit(0);
}
