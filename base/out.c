#include "base/out.h"

#include <string.h>
#include <sys/stat.h>

/* A terminal or /dev/null may well be read and written. */
static bool same_file(const char *a, const char *b) {
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && S_ISREG(x.st_mode) && x.st_dev == y.st_dev &&
           x.st_ino == y.st_ino;
}

lc_status lc__out_check(const char *option, const char *out, const lc__input *inputs, size_t n,
                        lc_error *err) {
    if (!strcmp(out, "-")) {
        lc_error_set(err, LC_EUSAGE, "%s writes a file, not stdout; for a file called so say ./-",
                     option);
        return LC_EUSAGE;
    }
    for (size_t i = 0; i < n; i++) {
        if (!inputs[i].path || !same_file(out, inputs[i].path))
            continue;
        lc_error_set(err, LC_EUSAGE, "is what %s reads, which would be lost; give another %s",
                     inputs[i].option, option);
        lc_error_in_file(err, out);
        return LC_EUSAGE;
    }
    return LC_OK;
}
