#include "model_layout.h"

#include <string.h>
#include "base/text.h"

uint64_t lc__model_checksum(const void *data, size_t length) {
    const unsigned char *at = data;
    size_t rest = LC__MODEL_SUM_AT + sizeof(uint64_t);
    uint64_t sum = lc__fnv1a(LC__FNV_START, at, LC__MODEL_SUM_AT);
    return lc__fnv1a(sum, at + rest, length - rest);
}

void lc__layout_fill(lc__layout *l) {
    size_t sources = l->n_sources, groups = l->n_groups;
    size_t embedded = LC__EMBED_SOURCES + 2 * sources;
    const size_t words[LC__SECTIONS] = {
        [LC__SECTION_NAMES] = sources * LC__NAME_WORDS,
        [LC__SECTION_SPACES] = groups,
        [LC__SECTION_AXIS_COUNTS] = groups,
        [LC__SECTION_SIZE_MEANS] = LC__ALL_TOTALS,
        [LC__SECTION_CONSTANTS] = sources,
        [LC__SECTION_FLOORS] = sources,
        [LC__SECTION_SLOPES] = sources * LC__FEATURES,
        [LC__SECTION_RADII] = groups,
        [LC__SECTION_REGION_MEANS] = groups * LC__COL_FINE,
        [LC__SECTION_REGION_GAINS] = groups * LC__COL_FINE,
        [LC__SECTION_AXES] = l->n_axes * LC__COL_FINE,
        [LC__SECTION_COUNTS] = groups,
        [LC__SECTION_MEANS] = groups * embedded,
        [LC__SECTION_VARIANCES] = groups * embedded,
        [LC__SECTION_COVARIANCES] = groups * LC__ALL_TOTALS * LC__TOTALS,
    };
    memcpy(l->words, words, sizeof words);
    l->length = LC__MODEL_HEADER + (size_t)LC__ENTRY_SIZE * LC__SECTIONS;
    for (int s = 0; s < LC__SECTIONS; s++) {
        l->length = (l->length + LC__SECTION_ALIGN - 1) / LC__SECTION_ALIGN * LC__SECTION_ALIGN;
        l->at[s] = l->length;
        l->length += l->words[s] * sizeof(uint64_t);
    }
}

lc_status lc__layout_check(const lc__layout *l, const unsigned char *data, lc_error *err) {
    static const struct {
        const char *what;
        double least, most;
    } about[LC__SECTIONS] = {
#define SECTION_ABOUT(name, what, least, most) {what, least, most},
        LC__SECTION_MAP(SECTION_ABOUT)
#undef SECTION_ABOUT
    };
    for (int s = LC__SECTION_SIZE_MEANS; s < LC__SECTIONS; s++)
        for (size_t i = 0; i < l->words[s]; i++) {
            double x;
            memcpy(&x, data + l->at[s] + i * sizeof x, sizeof x);
            if (!(x >= about[s].least && x <= about[s].most)) {
                lc_error_set(err, LC_EFORMAT,
                             "number %zu of the %s is %g, not in %g to %g as in a sound model: "
                             "train it again with \"predict train\"",
                             i, about[s].what, x, about[s].least, about[s].most);
                return LC_EFORMAT;
            }
        }
    return LC_OK;
}
