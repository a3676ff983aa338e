/* Spaces whose choices come in groups that repeat, a layer each: positions, options and the strings
 * that name their nets follow from one table.
 *
 * A string has the options' names, those of a group joined by '-', the groups by ':'. */
#ifndef OPS_SPACES_LAYOUT_H
#define OPS_SPACES_LAYOUT_H

#include "latcast/status.h"

/* What is chosen in one place. */
typedef struct lc__field {
    const char *what; /* for messages: "width" */
    int n;
    const char *const *options; /* [n] names */
} lc__field;

/* `times` groups with these fields, one after the other. */
typedef struct lc__group {
    int times, n_fields;
    const lc__field *fields;
} lc__group;

typedef struct lc__layout {
    const char *nets; /* for messages: "HAT transformer" */
    int n_groups;
    const lc__group *groups;
} lc__layout;

/* The field of a position, NULL past the last. */
const lc__field *lc__layout_field(const lc__layout *layout, int position);

/* What lc_space asks for. */
int lc__layout_options(const lc__layout *layout, int position);
const char *lc__layout_option_name(const lc__layout *layout, int position, int option);
lc_status lc__layout_parse(const lc__layout *layout, const char *arch, int *choices, lc_error *err);
void lc__layout_format(const lc__layout *layout, const int *choices, char *buf, size_t size);

/* Defines them for the lc_space of one layout: static n_options(), option_name(), parse() and
 * format(). */
#define LC__LAYOUT_FUNCTIONS(layout)                                                               \
    static int n_options(int position) {                                                           \
        return lc__layout_options(&(layout), position);                                            \
    }                                                                                              \
    static const char *option_name(int position, int option) {                                     \
        return lc__layout_option_name(&(layout), position, option);                                \
    }                                                                                              \
    static lc_status parse(const char *arch, int *choices, lc_error *err) {                        \
        return lc__layout_parse(&(layout), arch, choices, err);                                    \
    }                                                                                              \
    static void format(const int *choices, char *buf, size_t size) {                               \
        lc__layout_format(&(layout), choices, buf, size);                                          \
    }

#endif
