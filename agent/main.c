#include <stddef.h>

#include <curl/curl.h>

#include "base/cli.h"
#include "commands.h"

int main(int argc, char **argv) {
    static const lc__verb verbs[] = {
        {"run", "measure the operators and nets of a plan on this machine", cmd_run},
        {"info", "show what identifies this machine", cmd_info},
        {"upload", "send measurements to a collector", cmd_upload},
        {NULL, NULL, NULL}};
    curl_global_init(CURL_GLOBAL_DEFAULT);
    int code = lc__cli_dispatch("profagent", "measures how fast this machine runs neural networks",
                                LATCAST_VERSION, verbs, argc, argv);
    curl_global_cleanup();
    return code;
}
