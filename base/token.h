/* Bearer tokens: the secret word that agent and collector share. */
#ifndef BASE_TOKEN_H
#define BASE_TOKEN_H

#include <stdbool.h>

#include "latcast/status.h"

/* Reads a token (free()) from a file of at most 4 KiB: one word of printable ASCII, as it goes into
 * a header; white space after it does not count. *exposed tells whether others than the file's
 * owner may read it. LC_EIO, LC_EFORMAT when it holds no such word, LC_ENOMEM. */
lc_status lc__token_read(const char *path, char **token, bool *exposed, lc_error *err);

#endif
