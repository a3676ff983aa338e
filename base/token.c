#include "token.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "file.h"

#define LONGEST 4096

static bool is_word(const char *text, size_t length) {
    for (size_t i = 0; i < length; i++)
        if (text[i] <= ' ' || text[i] > '~')
            return false;
    return length > 0;
}

lc_status lc__token_read(const char *path, char **token, bool *exposed, lc_error *err) {
    size_t length;
    struct stat st;
    lc_status s = lc__file_read(path, LONGEST, token, &length, err);
    if (s)
        return s;
    while (length > 0 && strchr(" \t\r\n", (*token)[length - 1]))
        (*token)[--length] = '\0';
    if (!is_word(*token, length)) {
        free(*token);
        *token = NULL;
        lc_error_set(err, LC_EFORMAT,
                     "holds no token: one word of printable ASCII characters is needed");
        lc_error_in_file(err, path);
        return LC_EFORMAT;
    }
    *exposed = stat(path, &st) == 0 && (st.st_mode & (S_IRWXG | S_IRWXO)) != 0;
    return LC_OK;
}
