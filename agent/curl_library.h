/* libcurl, opened when there is something to upload: with the thirty libraries that come along it
 * takes more memory and start-up than the rest of the agent, which most runs need not pay. */
#ifndef AGENT_CURL_LIBRARY_H
#define AGENT_CURL_LIBRARY_H

#include <curl/curl.h>

#include "latcast/status.h"

/* X(name), for curl_name() */
#define LC__CURL_FUNCTIONS(X)                                                                      \
    X(global_init)                                                                                 \
    X(global_cleanup)                                                                              \
    X(easy_init)                                                                                   \
    X(easy_cleanup)                                                                                \
    X(easy_setopt)                                                                                 \
    X(easy_perform)                                                                                \
    X(easy_getinfo)                                                                                \
    X(easy_strerror)                                                                               \
    X(slist_append)                                                                                \
    X(slist_free_all)

typedef struct lc__curl {
#define LC__CURL_MEMBER(name) __typeof__ (&curl_##name)(name);
    LC__CURL_FUNCTIONS(LC__CURL_MEMBER)
#undef LC__CURL_MEMBER
} lc__curl;

/* Opens libcurl, which then stays until the process ends; a static program has it in itself.
 * LC_EUNSUPPORTED where it is absent or lacks a function: the message says what to install. */
lc_status lc__curl_open(lc__curl *out, lc_error *err);

#endif
