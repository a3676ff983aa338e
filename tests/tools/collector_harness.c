#include "collector_harness.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "latcast/device.h"

#define MAX_ARGS 24

void collector_init(collector *c) {
    *c = (collector){.dir = "/tmp/latcast-collector-XXXXXX"};
    cr_assert_not_null(mkdtemp(c->dir));
    snprintf(c->db, sizeof c->db, "%s/db", c->dir);
    snprintf(c->token_file, sizeof c->token_file, "%s/token", c->dir);
    int fd = open(c->token_file, O_WRONLY | O_CREAT, 0600);
    cr_assert(fd >= 0 && write(fd, TOKEN "\n", strlen(TOKEN) + 1) > 0);
    close(fd);
}

/* In the child: never returns. */
static void become(const char *const *argv, int out, int err, size_t file_limit) {
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a failing test leaves no server behind */
    dup2(out, STDOUT_FILENO);
    if (err >= 0)
        dup2(err, STDERR_FILENO);
    if (file_limit) {
        struct rlimit limit = {file_limit, file_limit};
        setrlimit(RLIMIT_FSIZE, &limit);
    }
    execvp(argv[0], (char *const *)(uintptr_t)argv);
    _exit(127);
}

void collector_start(collector *c, const char *const *extra) {
    const char *argv[MAX_ARGS] = {LATCAST_TEST_BIN "/collector",
                                  "--db",
                                  c->db,
                                  "--token-file",
                                  c->token_file,
                                  "--port",
                                  "0",
                                  "--quiet"};
    for (size_t n = 8; extra && *extra && n < MAX_ARGS - 1; n++)
        argv[n] = *extra++;
    int out[2];
    cr_assert_eq(pipe2(out, O_CLOEXEC), 0);
    c->pid = fork();
    cr_assert_geq(c->pid, 0);
    if (c->pid == 0)
        become(argv, out[1], -1, c->file_limit);
    close(out[1]);
    char line[200] = "";
    FILE *f = fdopen(out[0], "r");
    char *got = fgets(line, sizeof line, f);
    fclose(f);
    const char *port = got ? strstr(line, "\"port\":") : NULL;
    cr_assert_not_null(port, "the collector did not start: \"%s\"", line);
    c->port = (int)strtol(port + 7, NULL, 10);
}

static int wait_status(pid_t pid) {
    int status = 0;
    while (waitpid(pid, &status, 0) < 0)
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int collector_stop(collector *c) {
    kill(c->pid, SIGTERM);
    return wait_status(c->pid);
}

void collector_kill(collector *c) {
    kill(c->pid, SIGKILL);
    wait_status(c->pid);
}

void collector_clear(collector *c) {
    char output[200];
    const char *argv[] = {"rm", "-rf", c->dir, NULL};
    run_program(argv, output, sizeof output);
}

int connect_to(int port) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to)) {
        close(fd);
        return -1;
    }
    return fd;
}

bool send_bytes(int fd, const void *data, size_t length) {
    const char *p = data;
    while (length > 0) {
        ssize_t n = send(fd, p, length, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        p += n;
        length -= (size_t)n;
    }
    return true;
}

answer read_answer(int fd) {
    answer a = {0};
    lc__buf all = {0};
    char part[4096];
    for (ssize_t n; (n = recv(fd, part, sizeof part, 0)) > 0;)
        lc__buf_add(&all, part, (size_t)n);
    char *end = all.text ? strstr(all.text, "\r\n\r\n") : NULL;
    if (end && !strncmp(all.text, "HTTP/1.1 ", 9)) {
        a.status = (int)strtol(all.text + 9, NULL, 10);
        snprintf(a.head, sizeof a.head, "%.*s", (int)(end + 2 - all.text), all.text);
        a.body = strdup(end + 4);
        a.length = strlen(a.body);
    }
    free(all.text);
    if (!a.body)
        a.body = strdup("");
    return a;
}

answer http(const collector *c, const char *method, const char *path, const char *headers,
            const void *body, size_t length) {
    lc__buf head = {0};
    lc__buf_printf(&head, "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s", method,
                   path, headers);
    if (body)
        lc__buf_printf(&head, "Content-Length: %zu\r\n", length);
    lc__buf_printf(&head, "\r\n");
    answer a = {0};
    int fd = connect_to(c->port);
    if (fd >= 0) {
        if (send_bytes(fd, head.text, head.length) && body)
            send_bytes(fd, body, length);
        a = read_answer(fd);
        close(fd);
    } else {
        a.body = strdup("");
    }
    free(head.text);
    return a;
}

answer post(const collector *c, const char *lines) {
    return http(c, "POST", "/v1/samples", AUTH, lines, strlen(lines));
}

answer get(const collector *c, const char *path) {
    return http(c, "GET", path, AUTH, NULL, 0);
}

void expect_post(const collector *c, const char *lines, int status, const char *part) {
    answer a = post(c, lines);
    cr_expect_eq(a.status, status, "%d %s", a.status, a.body);
    cr_expect(strstr(a.body, part), "\"%s\" is not in %s", part, a.body);
    free(a.body);
}

size_t count_samples(const collector *c, const char *device) {
    char path[140];
    lc_device d;
    lc_error err = {0};
    snprintf(path, sizeof path, "/v1/devices/%s", device);
    answer a = get(c, path);
    cr_assert_eq(a.status, 200, "%s", a.body);
    cr_assert_eq(lc_device_parse(a.body, a.length, path, &d, &err), LC_OK, "%s", err.message);
    size_t n = d.n_samples;
    lc_device_clear(&d);
    free(a.body);
    return n;
}

int run_program(const char *const *argv, char *output, size_t size) {
    int out[2];
    cr_assert_eq(pipe2(out, O_CLOEXEC), 0);
    pid_t pid = fork();
    cr_assert_geq(pid, 0);
    if (pid == 0)
        become(argv, out[1], out[1], 0);
    close(out[1]);
    size_t have = 0;
    char part[512];
    for (ssize_t n; (n = read(out[0], part, sizeof part)) > 0;) {
        size_t keep = (size_t)n < size - 1 - have ? (size_t)n : size - 1 - have;
        memcpy(output + have, part, keep);
        have += keep;
    }
    output[have] = '\0';
    close(out[0]);
    return wait_status(pid);
}
