#include <stdio.h>

#include "base/cli.h"
#include "commands.h"

/* Output that got lost must not look like success. */
static int check_stdout(int code) {
    if ((fflush(stdout) == 0 && !ferror(stdout)) || code)
        return code;
    lc_error err;
    lc_error_set(&err, LC_EIO, "cannot write all output to stdout; is its disk full?");
    return lc__cli_fail("profagent", &err);
}

int main(int argc, char **argv) {
    static const lc__verb verbs[] = {
        {"run", "measure the operators and nets of a plan on this machine", cmd_run},
        {"info", "show what identifies this machine", cmd_info},
        {"compare", "tell whether two runs differ", cmd_compare},
        {"upload", "send measurements to a collector", cmd_upload},
        {"table", "write measurements as a lookup table", cmd_table},
        {NULL, NULL, NULL}};
    int code = lc__cli_dispatch("profagent", "measures how fast this machine runs neural networks",
                                LATCAST_VERSION, verbs, argc, argv);
    return check_stdout(code);
}
