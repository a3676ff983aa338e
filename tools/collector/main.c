#include <stdio.h>

#include "base/cli.h"
#include "commands.h"

int main(int argc, char **argv) {
    static const lc__verb verbs[] = {
        {"", "receive samples over HTTP (--db and --token-file are needed)", run_serve},
        {"export", "write one device of a database as device.json", run_export},
        {NULL, NULL, NULL}};
    return lc__cli_dispatch("collector", "receives the samples that profagent uploads",
                            LATCAST_VERSION, verbs, argc, argv);
}
