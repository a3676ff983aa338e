/* Where certificate authorities are looked for, in made trees. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/stat.h>

#include "agent/authorities.h"
#include "rig.h"

static void expect_found(const char *path) {
    char found[300], wanted[300];
    snprintf(wanted, sizeof wanted, "%s%s", rig_dir(), path);
    cr_expect(lc__authorities_find(rig_dir(), found, sizeof found));
    cr_expect_str_eq(found, wanted);
}

/* A machine may have several; Debian's place comes first, since links lead there elsewhere. */
Test(authorities, the_first_that_is_there) {
    char found[300], small[10];
    cr_expect_not(lc__authorities_find(rig_dir(), found, sizeof found), "%s", found);
    mkdir(rig_path("etc"), 0755);
    mkdir(rig_path("etc/ssl"), 0755);
    mkdir(rig_path("etc/ssl/certs"), 0755);
    rig_write(rig_path("etc/ssl/cert.pem"), "x");
    expect_found("/etc/ssl/cert.pem");
    rig_write(rig_path("etc/ssl/certs/ca-certificates.crt"), "x");
    expect_found("/etc/ssl/certs/ca-certificates.crt");
    cr_expect_not(lc__authorities_find(rig_dir(), small, sizeof small), "a path that does not fit");
}
