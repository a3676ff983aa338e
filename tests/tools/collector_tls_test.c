/* HTTPS with a certificate made on the spot, and a peer that asks for another name. */
#include <criterion/criterion.h>
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../devices/sample_text.h"
#include "base/file.h"
#include "collector_harness.h"

static collector c;
static char cert[100], key[100];

/* A certificate for "localhost" alone; skips the test when openssl is not installed. */
static void setup(void) {
    char output[2000];
    collector_init(&c);
    snprintf(cert, sizeof cert, "%s/cert.pem", c.dir);
    snprintf(key, sizeof key, "%s/key.pem", c.dir);
    const char *argv[] = {"openssl",
                          "req",
                          "-x509",
                          "-newkey",
                          "ec",
                          "-pkeyopt",
                          "ec_paramgen_curve:prime256v1",
                          "-nodes",
                          "-days",
                          "2",
                          "-subj",
                          "/CN=localhost",
                          "-addext",
                          "subjectAltName=DNS:localhost",
                          "-keyout",
                          key,
                          "-out",
                          cert,
                          NULL};
    int code = run_program(argv, output, sizeof output);
    if (code == 127)
        cr_skip_test("openssl is not installed: no certificate to test with");
    cr_assert_eq(code, 0, "%s", output);
    collector_start(&c, (const char *const[]){"--tls-cert", cert, "--tls-key", key, NULL});
}

static void teardown(void) {
    if (c.pid)
        cr_expect_eq(collector_stop(&c), 0);
    collector_clear(&c);
}

TestSuite(collector_tls, .init = setup, .fini = teardown);

static size_t ignore(char *data, size_t size, size_t n, void *to) {
    (void)data;
    (void)to;
    return size * n;
}

static CURLcode fetch(const char *host, const char *ca, long *status) {
    char url[100];
    snprintf(url, sizeof url, "https://%s:%d/healthz", host, c.port);
    CURL *curl = curl_easy_init();
    cr_assert_not_null(curl);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ignore);
    if (ca)
        curl_easy_setopt(curl, CURLOPT_CAINFO, ca);
    CURLcode code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, status);
    curl_easy_cleanup(curl);
    return code;
}

Test(collector_tls, serves_who_trusts_its_certificate) {
    long status = 0;
    cr_expect_eq(fetch("localhost", cert, &status), CURLE_OK);
    cr_expect_eq(status, 200);
    cr_expect_eq(fetch("localhost", NULL, &status), CURLE_PEER_FAILED_VERIFICATION, "not trusted");
    cr_expect_eq(fetch("127.0.0.1", cert, &status), CURLE_PEER_FAILED_VERIFICATION, "other name");
}

/* The agent must refuse to hand its token to a server of another name, and say why. */
Test(collector_tls, agent_refuses_a_name_mismatch) {
#ifndef HAVE_PROFAGENT
    cr_skip_test("this build has no profagent");
#else
    char path[100], head[1000], line[1000], text[2100], url[60], output[3000];
    lc_error err;
    snprintf(path, sizeof path, "%s/new.json", c.dir);
    header_text(head, sizeof head, "box");
    sample_text(line, sizeof line, "r-1", NULL, 5);
    int n = snprintf(text, sizeof text,
                     "{\"schema_version\":1,\"name\":\"box\",\"config\":%s,\"fingerprint\":%s,"
                     "\"samples\":[%s]}",
                     CONFIG, FINGERPRINT, line);
    cr_assert_eq(lc__file_write(path, text, (size_t)n, &err), LC_OK);
    snprintf(url, sizeof url, "https://127.0.0.1:%d", c.port);
    const char *argv[] = {LATCAST_TEST_BIN "/profagent",
                          "upload",
                          "--out",
                          path,
                          "--url",
                          url,
                          "--token-file",
                          c.token_file,
                          "--ca-file",
                          cert,
                          NULL};
    cr_expect_eq(run_program(argv, output, sizeof output), 5, "%s", output);
    snprintf(url, sizeof url, "https://localhost:%d", c.port);
    cr_expect_eq(run_program(argv, output, sizeof output), 0, "%s", output);
#endif
}
