#include "notify.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/now.h"

/* A path, or a name in the abstract namespace that begins with '@'. */
static int connect_to(const char *name) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(name);
    if ((name[0] != '/' && name[0] != '@') || length >= sizeof address.sun_path)
        return -1;
    memcpy(address.sun_path, name, length);
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, size)) {
        close(fd);
        return -1;
    }
    return fd;
}

/* Of the environment, 0 when it is not set or no number. */
static double number(const char *name) {
    const char *text = getenv(name);
    char *end;
    double value = text ? strtod(text, &end) : 0;
    return text && end != text && !*end && value > 0 ? value : 0;
}

void lc__notify_open(lc__notify *notify) {
    const char *name = getenv("NOTIFY_SOCKET");
    double pid = number("WATCHDOG_PID");
    *notify = (lc__notify){.fd = name ? connect_to(name) : -1};
    if (pid == 0 || pid == (double)getpid())
        notify->every = number("WATCHDOG_USEC") / 1e6 / 4;
}

void lc__notify_close(lc__notify *notify) {
    if (notify->fd >= 0)
        close(notify->fd);
    notify->fd = -1;
}

void lc__notify_send(const lc__notify *notify, const char *text) {
    if (notify->fd < 0)
        return;
    ssize_t unsent = send(notify->fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)unsent; /* the next sign of life may get through */
}

void lc__notify_alive(lc__notify *notify) {
    if (notify->fd < 0 || notify->every <= 0)
        return;
    double now = lc__now();
    if (now - notify->last < notify->every)
        return;
    notify->last = now;
    lc__notify_send(notify, "WATCHDOG=1");
}
