/* Telling the service manager that started this process how it goes, by the protocol of
 * sd_notify(3): datagrams to $NOTIFY_SOCKET. Without that variable nothing happens. */
#ifndef AGENT_NOTIFY_H
#define AGENT_NOTIFY_H

typedef struct lc__notify {
    int fd;       /* -1: nobody listens */
    double every; /* seconds between signs of life, a quarter of the watchdog's; 0: none wanted */
    double last;  /* when the last was sent, monotonic seconds */
} lc__notify;

/* Reads $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID. Release with lc__notify_close(). */
void lc__notify_open(lc__notify *notify);
void lc__notify_close(lc__notify *notify);

/* Sends assignments, such as "READY=1\nSTATUS=measuring". Failures are of no account. */
void lc__notify_send(const lc__notify *notify, const char *text);

/* Sends a sign of life if one is due; to be called often. */
void lc__notify_alive(lc__notify *notify);

#endif
