/* Signs of life for a service manager: what arrives at its socket. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/notify.h"
#include "rig.h"

/* A manager's socket, at a path or in the abstract namespace ('@'); $NOTIFY_SOCKET names it. */
static int listen_at(const char *name) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(name);
    cr_assert(length < sizeof address.sun_path);
    memcpy(address.sun_path, name, length);
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(fd, (const struct sockaddr *)&address,
                      (socklen_t)(sizeof address.sun_family + length)),
                 0);
    setenv("NOTIFY_SOCKET", name, 1);
    return fd;
}

/* The next datagram, "" when there is none. */
static const char *heard(int fd) {
    static char text[200];
    ssize_t n = recv(fd, text, sizeof text - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    return text;
}

static void expect_signs(int fd) {
    lc__notify notify;
    lc__notify_open(&notify);
    lc__notify_send(&notify, "READY=1");
    cr_expect_str_eq(heard(fd), "READY=1");
    lc__notify_alive(&notify);
    lc__notify_alive(&notify);
    cr_expect_str_eq(heard(fd), "WATCHDOG=1");
    cr_expect_str_eq(heard(fd), "", "only every 15 s");
    notify.last -= 15;
    lc__notify_alive(&notify);
    cr_expect_str_eq(heard(fd), "WATCHDOG=1");
    lc__notify_close(&notify);
    close(fd);
}

Test(notify, by_path_and_by_abstract_name) {
    char name[60];
    setenv("WATCHDOG_USEC", "60000000", 1);
    expect_signs(listen_at(rig_path("socket")));
    snprintf(name, sizeof name, "@latcast-notify-%ld", (long)getpid());
    expect_signs(listen_at(name));
}

/* The watchdog of another process, none, or nonsense: nothing is sent, nothing breaks. */
Test(notify, no_signs_where_none_are_wanted) {
    lc__notify notify;
    int fd = listen_at(rig_path("socket"));
    const char *const pairs[][2] = {{"60000000", "1"}, {"never", ""}, {"-5", ""}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        setenv("WATCHDOG_USEC", pairs[i][0], 1);
        setenv("WATCHDOG_PID", pairs[i][1], 1);
        lc__notify_open(&notify);
        lc__notify_alive(&notify);
        cr_expect_str_eq(heard(fd), "");
        lc__notify_close(&notify);
    }
    const char *const places[] = {"relative", "/nowhere/socket", "@nobody-listens-here"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        setenv("NOTIFY_SOCKET", places[i], 1);
        lc__notify_open(&notify);
        cr_expect_eq(notify.fd, -1, "%s", places[i]);
        lc__notify_send(&notify, "READY=1");
    }
}

/* The command itself: ready once all is prepared, then signs while it measures. */
Test(notify, a_run_gives_signs_of_life) {
    int fd = listen_at(rig_path("socket")), ready = 0, signs = 0;
    setenv("WATCHDOG_USEC", "40000", 1);
    rig_result r =
        RIG_RUN(rig_agent, "run", "--plan", rig_plan("p", 4), "--out", rig_path("o.json"),
                "--backend", "null", "--max-seconds-per-item", "0.05", "--quiet");
    cr_assert(r.code == 0 || r.code == 6, "%s", r.err);
    for (const char *text; *(text = heard(fd));) {
        ready += !strncmp(text, "READY=1", 7);
        signs += !strcmp(text, "WATCHDOG=1");
        cr_expect(ready == 1, "%s before READY=1", text);
    }
    cr_expect_eq(ready, 1);
    cr_expect_gt(signs, 1);
    close(fd);
}
