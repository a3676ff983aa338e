#include "tls.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#if defined(LATCAST_STATIC)

#include <arpa/inet.h>
#include <mbedtls/ssl.h>
#include <time.h>

/* The host of a URL, where it is an address. Other ways to write one than the usual are names here:
 * no certificate is for those. */
static void find_address(lc__tls *tls, const char *url) {
    char host[INET6_ADDRSTRLEN];
    const char *from = strstr(url, "://");
    from = from ? from + 3 : url;
    size_t all = strcspn(from, "/?#"), user = 0;
    for (size_t i = 0; i < all; i++)
        if (from[i] == '@')
            user = i + 1;
    from += user;
    int family = *from == '[' ? AF_INET6 : AF_INET;
    from += family == AF_INET6;
    size_t n = strcspn(from, family == AF_INET6 ? "]/?#" : ":/?#");
    snprintf(host, sizeof host, "%.*s", (int)(n < sizeof host ? n : 0), from);
    tls->address_length = 0;
    if (inet_pton(family, host, tls->address) == 1)
        tls->address_length = family == AF_INET6 ? 16 : 4;
}

/* Whether a certificate names the address. Mbed TLS keeps such names, but does not compare them. */
static bool is_for_address(const lc__tls *tls, const mbedtls_x509_crt *certificate) {
    const mbedtls_x509_sequence *name = &certificate->subject_alt_names;
    for (; name && tls->address_length > 0; name = name->next)
        if ((name->buf.tag & MBEDTLS_ASN1_TAG_VALUE_MASK) == MBEDTLS_X509_SAN_IP_ADDRESS &&
            name->buf.len == tls->address_length &&
            memcmp(name->buf.p, tls->address, tls->address_length) == 0)
            return true;
    return false;
}

/* Called with each certificate of the chain and what is wrong with it; the server's has depth 0.
 * What is left of the flags decides, in libcurl, after the handshake. */
static int judge(void *ctx, mbedtls_x509_crt *certificate, int depth, uint32_t *flags) {
    lc__tls *tls = ctx;
    if (depth == 0 && is_for_address(tls, certificate))
        *flags &= ~(uint32_t)MBEDTLS_X509_BADCERT_CN_MISMATCH;
    tls->flaws |= *flags;
    return 0;
}

/* At each connection, after libcurl's own settings. */
static CURLcode configure(CURL *curl, void *config, void *ctx) {
    (void)curl;
    lc__tls *tls = ctx;
    tls->flaws = 0;
    mbedtls_ssl_conf_cert_profile(config, &mbedtls_x509_crt_profile_default);
    mbedtls_ssl_conf_verify(config, judge, tls);
    return CURLE_OK;
}

CURLcode lc__tls_setup(lc__tls *tls, const lc__curl *lib, CURL *curl, const char *url) {
    find_address(tls, url);
    CURLcode r = lib->easy_setopt(curl, CURLOPT_SSL_CTX_FUNCTION, configure);
    return r ? r : lib->easy_setopt(curl, CURLOPT_SSL_CTX_DATA, tls);
}

/* What is wrong with the certificates. A clock that was never set comes first: it spoils all. */
static void explain_flaws(const lc__tls *tls, const char *ca_file, char *buf, size_t size) {
    char today[32] = "";
    struct tm tm;
    time_t now = time(NULL);
    if (gmtime_r(&now, &tm))
        strftime(today, sizeof today, "%Y-%m-%d %H:%M UTC", &tm);
    if (tls->flaws & MBEDTLS_X509_BADCERT_FUTURE)
        snprintf(buf, size,
                 "the server's certificate, or its authority's, is not valid yet by this machine's "
                 "clock (%s); set the clock",
                 today);
    else if (tls->flaws & MBEDTLS_X509_BADCERT_EXPIRED)
        snprintf(
            buf, size,
            "the server's certificate, or its authority's, has expired by this machine's clock "
            "(%s); renew it, or set the clock",
            today);
    else if (tls->flaws & (MBEDTLS_X509_BADCERT_BAD_MD | MBEDTLS_X509_BADCERT_BAD_KEY))
        snprintf(
            buf, size,
            "the server's certificate, or its authority's, is too weak: it takes RSA with 2048 "
            "bits or more, or ECDSA, and SHA-256 or longer");
    else if (tls->flaws & MBEDTLS_X509_BADCERT_NOT_TRUSTED && !ca_file)
        snprintf(buf, size,
                 "the server's certificate cannot be verified: no certificate authorities are in "
                 "the usual places; give them with --ca-file");
    else if (tls->flaws & MBEDTLS_X509_BADCERT_NOT_TRUSTED)
        snprintf(buf, size,
                 "no authority in %.200s vouches for the server's certificate; give the right one "
                 "with --ca-file",
                 ca_file);
    else if (tls->flaws & MBEDTLS_X509_BADCERT_CN_MISMATCH)
        snprintf(buf, size,
                 "the server's certificate is for another name or address than this; write in the "
                 "URL one for which it is");
    else
        snprintf(buf, size, "the server's certificate is not acceptable (Mbed TLS: 0x%x)",
                 (unsigned)tls->flaws);
}

void lc__tls_explain(const lc__tls *tls, CURLcode code, const char *detail, const char *ca_file,
                     char *buf, size_t size) {
    if (code == CURLE_PEER_FAILED_VERIFICATION && tls->flaws)
        explain_flaws(tls, ca_file, buf, size);
    else if (code == CURLE_SSL_CONNECT_ERROR)
        snprintf(buf, size,
                 "%.200s; this profagent speaks TLS 1.2 only, which the server must offer", detail);
    else if (code == CURLE_SSL_CACERT_BADFILE)
        snprintf(buf, size, "%.200s; authorities must be certificates in PEM", detail);
    else
        snprintf(buf, size, "%.200s", detail);
}

#else

CURLcode lc__tls_setup(lc__tls *tls, const lc__curl *lib, CURL *curl, const char *url) {
    (void)tls, (void)lib, (void)curl, (void)url;
    return CURLE_OK;
}

void lc__tls_explain(const lc__tls *tls, CURLcode code, const char *detail, const char *ca_file,
                     char *buf, size_t size) {
    (void)tls;
    bool none = code == CURLE_PEER_FAILED_VERIFICATION && !ca_file;
    snprintf(buf, size, "%.200s%s", detail,
             none
                 ? " (no certificate authorities are in the usual places; give them with --ca-file)"
                 : "");
}

#endif
