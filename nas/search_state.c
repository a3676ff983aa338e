#include "blob.h"
#include "search.h"

lc_status lc_nas_save(const lc_nas_search *search, unsigned char **bytes, size_t *length,
                      lc_error *err) {
    lc__buf buf = {0};
    lc__blob_begin(&buf, LC__BLOB_SEARCH, lc__search_digest(search));
    lc__blob_word(&buf, search->rng);
    lc__blob_word(&buf, search->step);
    lc__blob_numbers(&buf, search->state, search->n_state);
    return lc__blob_end(&buf, bytes, length, err);
}

lc_status lc_nas_load(lc_nas_search *search, const unsigned char *bytes, size_t length,
                      lc_error *err) {
    lc__blob blob;
    lc_status st =
        lc__blob_open(bytes, length, LC__BLOB_SEARCH, lc__search_digest(search), &blob, err);
    if (st != LC_OK)
        return st;
    if (blob.words != search->n_state + 2)
        return lc_error_set(err, LC_EFORMAT, "the state has %zu words, %zu were expected",
                            blob.words, search->n_state + 2);
    search->rng = lc__blob_take(&blob);
    search->step = lc__blob_take(&blob);
    lc__blob_take_numbers(&blob, search->state, search->n_state);
    return LC_OK;
}
