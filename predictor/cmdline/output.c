#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "cmdline/given.h"
#include "cmdline/json_out.h"

void lc__warn(const char *format, ...) {
    char text[2048], shown[4096];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    fprintf(stderr, "%s: %s\n", program_invocation_short_name,
            lc__printable(text, shown, sizeof shown));
}

int lc__finish_output(const char *command) {
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    fprintf(stderr, "%s: cannot write to standard output\n", command);
    return 1;
}

lc_status lc__print_object(cJSON *object, bool ok, const char *end, lc_error *err) {
    char *text = object && ok ? lc__json_print(object) : NULL;
    cJSON_Delete(object);
    if (!text)
        return lc_error_set(err, LC_ENOMEM, "out of memory");
    printf("%s%s\n", text, end);
    free(text);
    return LC_OK;
}
