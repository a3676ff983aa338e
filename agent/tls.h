/* What https needs beyond libcurl's own ways. A static agent has Mbed TLS 2.28 in it: as libcurl
 * uses it, it takes weak certificates, knows none for IP addresses, and names failures by their
 * macros. The board's libcurl, which a dynamic agent opens, needs no help. */
#ifndef AGENT_TLS_H
#define AGENT_TLS_H

#include <stddef.h>
#include <stdint.h>

#include "curl_library.h"

typedef struct lc__tls {
    unsigned char address[16]; /* the URL's host where it is one, as in a certificate */
    size_t address_length;     /* 0 (a name), 4 or 16 */
    uint32_t flaws;            /* of the last connection's certificates: MBEDTLS_X509_BADCERT_... */
} lc__tls;

/* Sets up `curl` for connections to `url`. *tls must outlive it. */
CURLcode lc__tls_setup(lc__tls *tls, const lc__curl *lib, CURL *curl, const char *url);

/* Says in buf[size] why a request failed with `code`; `detail` are libcurl's own words, ca_file the
 * authorities that were trusted, NULL for none. */
void lc__tls_explain(const lc__tls *tls, CURLcode code, const char *detail, const char *ca_file,
                     char *buf, size_t size);

#endif
