/* Where things lie in a model file (version 3). */
#ifndef PREDICTOR_MODEL_LAYOUT_H
#define PREDICTOR_MODEL_LAYOUT_H

#include <endian.h>
#include "model.h"
#include "predictor/model_file.h"

/* The sections, in order: what is in them, and between which values the numbers of a sound model
 * lie. Names and whole numbers are checked otherwise. X(NAME, what, least, most) */
#define LC__SECTION_MAP(X)                                                                         \
    X(NAMES, "source names", 0, 0)                                                                 \
    X(SPACES, "spaces", 0, 0)                                                                      \
    X(AXIS_COUNTS, "numbers of axes", 0, 0)                                                        \
    X(SIZE_MEANS, "mean sizes", 0, 1e25)                                                           \
    X(CONSTANTS, "source constants", -1e12, 1e12)                                                  \
    X(FLOORS, "source floors", 1e-12, 1e12)                                                        \
    X(SLOPES, "source slopes", -1e12, 1e12)                                                        \
    X(RADII, "region radii", 1e-12, 1e12)                                                          \
    X(REGION_MEANS, "region means", -1e25, 1e25)                                                   \
    X(REGION_GAINS, "region gains", 0, 1e12)                                                       \
    X(AXES, "region axes", -1e6, 1e6)                                                              \
    X(COUNTS, "group sizes", 1, 1e15)                                                              \
    X(MEANS, "group means", -1e25, 1e25)                                                           \
    X(VARIANCES, "group variances", 0, 1e50)                                                       \
    X(COVARIANCES, "group covariances", -1e50, 1e50)

typedef enum lc__section {
#define LC__SECTION_ENUM(name, what, least, most) LC__SECTION_##name,
    LC__SECTION_MAP(LC__SECTION_ENUM)
#undef LC__SECTION_ENUM
        LC__SECTIONS
} lc__section;

enum {
    LC__SECTION_ALIGN = 64,
    LC__ENTRY_SIZE = 16, /* of the table of sections: offset and bytes */
    LC__NAME_WORDS = 32, /* of 8 bytes; names are filled up with zeros */
    /* Places in the header. */
    LC__MODEL_SECTIONS_AT = 12,
    LC__MODEL_FEATURES_AT = 16,
    LC__MODEL_LENGTH_AT = 24,
    LC__MODEL_SOURCES_AT = 40,
    LC__MODEL_GROUPS_AT = 44,
    LC__MODEL_AXES_AT = 48
};

/* What a file's sections are as long as. */
typedef struct lc__layout {
    size_t n_sources, n_groups, n_axes; /* axes of all regions together */
    size_t words[LC__SECTIONS];         /* of 8 bytes */
    size_t at[LC__SECTIONS];            /* bytes from the start of the file */
    size_t length;                      /* of the file */
} lc__layout;

/* Fills words, at and length from the counts. */
void lc__layout_fill(lc__layout *layout);

/* Checks every number of a file against its section's range. */
lc_status lc__layout_check(const lc__layout *layout, const unsigned char *data, lc_error *err);

#endif
