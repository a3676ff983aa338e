/* profagent upload against the real collector, and against a server that answers from a script. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/acked.h"
#include "agent/upload_batch.h"
#include "rig.h"

#define OUT "o.json"

static char url[64];

static void set_url(int port) {
    snprintf(url, sizeof url, "http://127.0.0.1:%d", port);
}

/* n samples of the null backend in <rig_dir>/o.json. */
static void make_samples(int n) {
    rig_result r = RIG_RUN(rig_agent, "run", "--plan", rig_plan("p", n), "--out", rig_path(OUT),
                           "--backend", "null", "--max-seconds-per-item", "0.005", "--precision",
                           "1", "--device", "board1", "--quiet");
    cr_assert_eq(r.code, 0, "%s", r.err);
    rig_write(rig_path("token"), "sesame\n");
    chmod(rig_path("token"), 0600);
}

#define UPLOAD(...)                                                                                \
    RIG_RUN(rig_agent, "upload", "--out", rig_path(OUT), "--url", url, "--token-file",             \
            rig_path("token"), "--json", __VA_ARGS__)

static void expect(rig_result r, int code, const char *words) {
    cr_expect_eq(r.code, code, "exit %d: %s%s", r.code, r.out, r.err);
    cr_expect(strstr(r.err, words) || strstr(r.out, words), "\"%s\" is not in: %s%s", words, r.out,
              r.err);
}

static size_t requests(void) {
    char *text = rig_read(rig_path("requests"));
    size_t n = text ? rig_count(text, "POST /v1/samples") : 0;
    free(text);
    return n;
}

Test(upload, everything_once) {
    int port;
    make_samples(5);
    pid_t collector = rig_start_collector(0, &port);
    set_url(port);
    expect(UPLOAD("--retries", "0"), 0, "{\"acknowledged\":5,\"earlier\":0,\"refused\":0");
    expect(UPLOAD("--retries", "0"), 0, "{\"acknowledged\":0,\"earlier\":5,\"refused\":0");
    /* without the record they are sent again, and the collector knows them */
    unlink(rig_path(OUT ".acked"));
    expect(UPLOAD("--retries", "0"), 0, "{\"acknowledged\":5,\"earlier\":0,\"refused\":0");
    kill(collector, SIGKILL);
    /* all is acknowledged: no collector is needed */
    expect(UPLOAD("--retries", "0"), 0, "\"earlier\":5");
}

Test(upload, spool_and_result_share_the_record) {
    int port;
    make_samples(3);
    pid_t collector = rig_start_collector(0, &port);
    set_url(port);
    expect(RIG_RUN(rig_agent, "upload", "--spool", rig_path(OUT ".spool"), "--url", url,
                   "--token-file", rig_path("token")),
           0, "3 samples are with");
    expect(UPLOAD("--retries", "0"), 0, "\"earlier\":3");
    kill(collector, SIGKILL);
}

Test(upload, during_a_run) {
    int port;
    pid_t collector = rig_start_collector(0, &port);
    set_url(port);
    rig_result r = RIG_RUN(rig_agent, "run", "--plan", rig_plan("p", 50), "--out", rig_path(OUT),
                           "--backend", "null", "--max-seconds-per-item", "0.005", "--precision",
                           "1", "--upload", url, "--token-file", rig_path("token"), "--json");
    expect(r, 0, "\"acknowledged\":50,\"refused\":0,\"left\":0");
    kill(collector, SIGKILL);
}

Test(upload, collector_down_during_a_run_keeps_the_results) {
    int port;
    kill(rig_start_collector(0, &port), SIGKILL);
    set_url(port);
    rig_result r =
        RIG_RUN(rig_agent, "run", "--plan", rig_plan("p", 25), "--out", rig_path(OUT), "--backend",
                "null", "--max-seconds-per-item", "0.005", "--precision", "1", "--upload", url,
                "--token-file", rig_path("token"), "--retries", "1");
    expect(r, 5, "cannot reach the collector");
    expect(r, 5, "send them with: profagent upload --out");
    cr_expect_eq(access(rig_path(OUT), R_OK), 0);
}

Test(upload, wrong_token_fails_at_once) {
    int port;
    make_samples(1);
    pid_t collector = rig_start_collector(0, &port);
    set_url(port);
    rig_write(rig_path("token"), "guess\n");
    expect(UPLOAD("--retries", "1000"), 5, "refused the token (HTTP 401)");
    kill(collector, SIGKILL);
}

Test(upload, bad_token_files) {
    make_samples(1);
    set_url(9);
    rig_write(rig_path("token"), "two words\n");
    expect(UPLOAD("--retries", "0"), 1, "token: holds no token");
    rig_write(rig_path("token"), "");
    expect(UPLOAD("--retries", "0"), 1, "token: holds no token");
    unlink(rig_path("token"));
    expect(UPLOAD("--retries", "0"), 1, "token: cannot open");
}

Test(upload, readable_token_is_warned_about) {
    make_samples(1);
    set_url(9);
    chmod(rig_path("token"), 0644);
    expect(UPLOAD("--retries", "0"), 5, "chmod 600");
}

/* Found before anything is measured or sent. */
Test(upload, missing_authorities) {
    make_samples(1);
    set_url(9);
    expect(UPLOAD("--ca-file", rig_path("nowhere.pem")), 1, "nowhere.pem: cannot open");
}

/* The disk is full in the middle of a line: what is recorded later must stand on its own line. */
Test(upload, half_a_recorded_line_is_taken_back) {
    const char *path = rig_path("x.acked");
    struct rlimit room, full;
    lc__acked acked;
    signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &room), 0);
    full = (struct rlimit){50, room.rlim_max};
    cr_assert_eq(lc__acked_open(&acked, path, "http://c/v1/samples", NULL), LC_OK);
    cr_assert_eq(lc__acked_add(&acked, (const char *const[]){"id1"}, 1, NULL), LC_OK);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &full), 0);
    cr_expect_eq(lc__acked_add(&acked, (const char *const[]){"id2", "id3"}, 2, NULL), LC_EIO);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &room), 0);
    cr_assert_eq(lc__acked_add(&acked, (const char *const[]){"id4"}, 1, NULL), LC_OK);
    lc__acked_close(&acked);
    char *text = rig_read(path);
    cr_expect_str_eq(text, "http://c/v1/samples id1\nhttp://c/v1/samples id4\n");
    free(text);
}

/* Only this machine itself may get the token in clear text without a warning. */
Test(upload, token_in_clear_text_is_warned_about) {
    make_samples(1);
    set_url(9);
    rig_result r = UPLOAD("--retries", "0");
    cr_expect_null(strstr(r.err, "unencrypted"), "%s", r.err);
    snprintf(url, sizeof url, "http://localhost:x@127.0.0.1:9");
    expect(UPLOAD("--retries", "0"), 5, "unencrypted");
}

Test(upload, only_http_and_a_host) {
    make_samples(1);
    snprintf(url, sizeof url, "file:///etc/passwd");
    expect(UPLOAD("--retries", "0"), 2, "http:// or https://");
    snprintf(url, sizeof url, "https://");
    expect(UPLOAD("--retries", "0"), 2, "names no host");
    snprintf(url, sizeof url, "http://:8080/");
    expect(UPLOAD("--retries", "0"), 2, "names no host");
}

#define ANSWER(status, headers, body)                                                              \
    "HTTP/1.1 " status "\r\n" headers "Connection: close\r\nX-Latcast-Protocol: 1\r\n\r\n" body
#define KEPT(n) ANSWER("200 OK", "", "{\"accepted\":" n ",\"duplicates\":0,\"refused\":[]}")

static rig_result upload_to(const char *const *answers) {
    int port;
    pid_t server = rig_script_server(answers, &port);
    set_url(port);
    rig_result r = UPLOAD("--retries", "3", "--retry-seconds", "5");
    kill(server, SIGKILL);
    rig_wait(server);
    return r;
}

Test(upload, tries_again_what_may_pass) {
    make_samples(2);
    const char *const answers[] = {"", ANSWER("503 Busy", "", ""),
                                   ANSWER("429 Slow down", "Retry-After: 1\r\n", ""), KEPT("2"),
                                   NULL};
    rig_result r = upload_to(answers);
    expect(r, 0, "{\"acknowledged\":2,\"earlier\":0,\"refused\":0,\"left\":0,\"retries\":3}");
    cr_expect_eq(requests(), 4);
}

Test(upload, gives_up_after_its_retries) {
    make_samples(1);
    const char *const busy = ANSWER("500 Oops", "", "out of order");
    const char *const answers[] = {busy, busy, busy, busy, busy, NULL};
    expect(upload_to(answers), 5, "HTTP 500: out of order");
    cr_expect_eq(requests(), 4);
}

Test(upload, retry_after_beyond_the_limit_is_not_waited_for) {
    make_samples(1);
    const char *const answers[] = {ANSWER("503 Busy", "Retry-After: 3600\r\n", ""), NULL};
    expect(upload_to(answers), 5, "HTTP 503");
}

Test(upload, what_will_not_pass_is_not_tried_again) {
    static const struct {
        const char *answer, *words;
    } cases[] = {
        {ANSWER("403 Forbidden", "", ""), "refused the token (HTTP 403)"},
        {"HTTP/1.1 426 Upgrade\r\nConnection: close\r\nX-Latcast-Protocol: 9\r\n\r\n",
         "protocol version 9, this profagent version 1"},
        {"HTTP/1.1 200 OK\r\nConnection: close\r\nX-Latcast-Protocol: 12\r\n\r\n{}",
         "protocol version 12, this profagent version 1"},
        {ANSWER("404 Not Found", "", "nginx"), "HTTP 404: nginx"},
        {ANSWER("302 Found", "Location: http://127.0.0.1:9/\r\n", ""), "HTTP 302"},
        {ANSWER("200 OK", "", "<html>hello</html>"), "is this a collector's address?"},
        {KEPT("0"), "fewer samples than were sent"},
    };
    make_samples(1);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const answers[] = {cases[i].answer, NULL};
        expect(upload_to(answers), 5, cases[i].words);
        cr_expect_eq(requests(), 1, "case %zu", i);
        expect(RIG_RUN(rig_agent, "upload", "--out", rig_path(OUT), "--url", "http://127.0.0.1:9",
                       "--retries", "0", "--json"),
               5, "\"left\":1");
    }
}

Test(upload, refused_lines_are_reported_and_the_rest_is_acknowledged) {
    make_samples(3);
    const char *const answers[] = {
        ANSWER("422 Some", "",
               "{\"accepted\":2,\"duplicates\":0,\"refused\":[{\"line\":3,\"id\":"
               "\"x\",\"reason\":\"conflict: has other values\"}]}"),
        NULL};
    rig_result r = upload_to(answers);
    expect(r, 1, "{\"acknowledged\":2,\"earlier\":0,\"refused\":1,\"left\":0");
    expect(r, 1, "conflict: has other values");
    expect(r, 1, "1 of 3 samples were refused");
    cr_expect_eq(requests(), 1, "what was refused is not sent again");
}

/* What is refused while the run goes on must not be forgotten at its end. */
Test(upload, refusals_during_a_run_count_at_its_end) {
    int port;
    rig_write(rig_path("token"), "sesame\n");
    const char *const answers[] = {
        ANSWER("422 Some", "",
               "{\"accepted\":19,\"duplicates\":0,\"refused\":[{\"line\":3,\"id\":"
               "\"x\",\"reason\":\"conflict: has other values\"}]}"),
        KEPT("5"), NULL};
    pid_t server = rig_script_server(answers, &port);
    set_url(port);
    rig_result r =
        RIG_RUN(rig_agent, "run", "--plan", rig_plan("p", 25), "--out", rig_path(OUT), "--backend",
                "null", "--max-seconds-per-item", "0.005", "--precision", "1", "--upload", url,
                "--token-file", rig_path("token"), "--retries", "0");
    rig_wait(server);
    expect(r, 1, "1 of 25 samples were refused");
    expect(r, 1, "24 samples are with");
    cr_expect_null(strstr(r.err, "sent before"), "what this run sent is not from before: %s",
                   r.err);
    cr_expect_eq(rig_count(r.err, "conflict: has other values"), 1, "%s", r.err);
}

Test(upload, refused_device_is_named_once) {
    make_samples(2);
    const char *const answers[] = {
        ANSWER("422 Some", "",
               "{\"accepted\":0,\"duplicates\":0,\"refused\":[{\"line\":1,\"id\":null,\"reason\":"
               "\"known with 2 threads\"},{\"line\":2,\"reason\":\"no device\"},{\"line\":3,"
               "\"reason\":\"no device\"}]}"),
        NULL};
    rig_result r = upload_to(answers);
    expect(r, 1, "the collector refused the device: known with 2 threads");
    expect(r, 1, "\"left\":2");
}

Test(upload, too_large_is_halved) {
    make_samples(2);
    const char *const answers[] = {ANSWER("413 Too large", "", ""), KEPT("1"),
                                   ANSWER("413 Too large", "", ""), NULL};
    rig_result r = upload_to(answers);
    expect(r, 1, "{\"acknowledged\":1,\"earlier\":0,\"refused\":1,\"left\":0");
    expect(r, 1, "too large");
}

/* The server stores the batch and dies before it answers: the agent must send it again. */
Test(upload, no_answer_is_no_acknowledgement) {
    make_samples(1);
    const char *const answers[] = {"", "", "", "", NULL};
    expect(upload_to(answers), 5, "\"left\":1");
    const char *const better[] = {KEPT("1"), NULL};
    expect(upload_to(better), 0, "\"acknowledged\":1");
}

/* A device.json whose samples do not name their device still makes valid lines. */
Test(upload, lines_name_their_device) {
    char json[] = "{\"id\":\"a\"}";
    lc_sample samples[] = {{.id = (char[]){"a"}, .json = json}};
    lc_device device = {.name = (char[]){"b1"},
                        .config_json = (char[]){"{}"},
                        .fingerprint_json = (char[]){"{}"},
                        .samples = samples,
                        .n_samples = 1};
    lc__batch batch;
    size_t pick = 0;
    cr_assert_eq(lc__batch_make(&batch, &device, &pick, 1, NULL), LC_OK);
    cr_expect_not_null(strstr(batch.body.text, "\n{\"device\":\"b1\",\"id\":\"a\"}\n"), "%s",
                       batch.body.text);
    lc__batch_clear(&batch);
}
