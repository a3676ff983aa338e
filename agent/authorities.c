#include "authorities.h"

#include <stdio.h>
#include <unistd.h>

static const char *const bundles[] = {
    "/etc/ssl/certs/ca-certificates.crt",     /* Debian, Ubuntu, Alpine, Arch, OpenWrt, Buildroot */
    "/etc/pki/tls/certs/ca-bundle.crt",       /* Fedora, RHEL */
    "/etc/ssl/ca-bundle.pem",                 /* openSUSE */
    "/var/lib/ca-certificates/ca-bundle.pem", /* openSUSE, newer */
    "/etc/ssl/cert.pem",                      /* Alpine and others without the package */
};

bool lc__authorities_find(const char *root, char *buf, size_t size) {
    for (size_t i = 0; i < sizeof bundles / sizeof *bundles; i++) {
        int n = snprintf(buf, size, "%s%s", root, bundles[i]);
        if (n > 0 && (size_t)n < size && access(buf, R_OK) == 0)
            return true;
    }
    return false;
}
