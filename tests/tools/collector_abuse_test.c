/* Nothing that is sent may bring the collector down. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../devices/sample_text.h"
#include "base/rng.h"
#include "collector_harness.h"

static collector c;

static void setup(void) {
    collector_init(&c);
    collector_start(&c, NULL);
}

static void expect_alive(void) {
    answer a = http(&c, "GET", "/healthz", "", NULL, 0);
    cr_expect_eq(a.status, 200);
    free(a.body);
}

static void teardown(void) {
    expect_alive();
    cr_expect_eq(collector_stop(&c), 0);
    collector_clear(&c);
}

TestSuite(collector_abuse, .init = setup, .fini = teardown);

/* Sends the bytes, ends the sending side, and takes whatever comes. */
static void throw_at_it(const void *data, size_t length) {
    int fd = connect_to(c.port);
    cr_assert_geq(fd, 0);
    send_bytes(fd, data, length);
    shutdown(fd, SHUT_WR);
    answer a = read_answer(fd);
    free(a.body);
    close(fd);
}

Test(collector_abuse, survives_random_bytes) {
    unsigned char junk[3000];
    uint64_t seed = 2026;
    for (int round = 0; round < 200; round++) {
        size_t n = lc__rng_below(&seed, sizeof junk);
        for (size_t i = 0; i < n; i++)
            junk[i] = (unsigned char)lc__rng_u64(&seed);
        throw_at_it(junk, n);
    }
}

Test(collector_abuse, survives_requests_cut_short) {
    char sample[1000], request[1600];
    sample_text(sample, sizeof sample, "r-1", "box", 5);
    int n =
        snprintf(request, sizeof request,
                 "POST /v1/samples HTTP/1.1\r\nHost: x\r\n" AUTH "Content-Length: %zu\r\n\r\n%s",
                 strlen(sample), sample);
    for (int cut = 1; cut < n; cut += 7)
        throw_at_it(request, (size_t)cut);
}

/* Bytes of a real request changed at random reach deeper than noise. */
Test(collector_abuse, survives_changed_requests) {
    char body[2100], head[1000], sample[1000], request[2600], copy[2600];
    uint64_t seed = 7;
    snprintf(body, sizeof body, "%s\n%s", header_text(head, sizeof head, "box"),
             sample_text(sample, sizeof sample, "r-1", "box", 5));
    int n = snprintf(request, sizeof request,
                     "POST /v1/samples HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" AUTH
                     "Content-Length: %zu\r\n\r\n%s",
                     strlen(body), body);
    size_t head_length = (size_t)n - strlen(body);
    for (int round = 0; round < 300; round++) {
        memcpy(copy, request, (size_t)n);
        for (uint64_t k = 1 + lc__rng_below(&seed, 4); k > 0; k--) {
            size_t from = round % 3 ? head_length : 0; /* mostly the body */
            copy[from + lc__rng_below(&seed, (uint64_t)n - from)] = (char)lc__rng_u64(&seed);
        }
        throw_at_it(copy, (size_t)n);
    }
}

Test(collector_abuse, survives_odd_requests) {
    static const char *const requests[] = {
        "",
        "\r\n\r\n\r\n",
        "GET\r\n\r\n",
        "GET /healthz\r\n\r\n",
        "GET /healthz HTTP/9.9\r\n\r\n",
        "GET /%00%00 HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /v1/devices/%zz%% HTTP/1.1\r\nHost: x\r\n" AUTH "\r\n",
        "POST /v1/samples HTTP/1.1\r\nHost: x\r\n" AUTH "Content-Length: -1\r\n\r\n",
        "POST /v1/samples HTTP/1.1\r\nHost: x\r\n" AUTH
        "Content-Length: 99999999999999999999\r\n\r\n",
        "POST /v1/samples HTTP/1.1\r\nHost: x\r\n" AUTH
        "Content-Length: 4\r\nContent-Length: 5\r\n\r\n"
        "12345",
        "POST /v1/samples HTTP/1.1\r\nHost: x\r\n" AUTH "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        "POST /v1/samples HTTP/1.1\r\nHost: x\r\n" AUTH "Transfer-Encoding: chunked\r\n\r\n"
        "ffffffffffffffff\r\n",
        "POST /v1/samples HTTP/1.1\r\nHost: x\r\n" AUTH "Expect: 100-continue\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", /* TLS to a plain port */
    };
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        throw_at_it(requests[i], strlen(requests[i]));
        expect_alive();
    }
}

/* Many who connect and say nothing must not keep out one who has something to say. */
Test(collector_abuse, serves_beside_silent_connections) {
    enum { SILENT = 60 };
    int fds[SILENT];
    for (int i = 0; i < SILENT; i++)
        fds[i] = connect_to(c.port);
    expect_alive();
    for (int i = 0; i < SILENT; i++)
        close(fds[i]);
}

/* A head without end is cut off by the server, not collected. */
Test(collector_abuse, survives_an_endless_head) {
    int fd = connect_to(c.port);
    cr_assert_geq(fd, 0);
    send_bytes(fd, "GET /healthz HTTP/1.1\r\n", 23);
    for (int i = 0; i < 20000; i++)
        if (!send_bytes(fd, "X-Filler: abcdefghijklmnopqrstuvwxyz\r\n", 38))
            break;
    close(fd);
}
