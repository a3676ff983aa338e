#include "spaces/layout.h"

#include <stdio.h>
#include <string.h>

/* A position, and where its group begins. */
typedef struct place {
    const lc__field *field;
    bool first; /* of its group */
} place;

static place find_place(const lc__layout *layout, int position) {
    for (int g = 0; g < layout->n_groups; g++) {
        const lc__group *group = &layout->groups[g];
        int size = group->times * group->n_fields;
        if (position < size)
            return (place){&group->fields[position % group->n_fields],
                           position % group->n_fields == 0};
        position -= size;
    }
    return (place){0};
}

const lc__field *lc__layout_field(const lc__layout *layout, int position) {
    return find_place(layout, position).field;
}

int lc__layout_options(const lc__layout *layout, int position) {
    return lc__layout_field(layout, position)->n;
}

const char *lc__layout_option_name(const lc__layout *layout, int position, int option) {
    const lc__field *field = lc__layout_field(layout, position);
    return option >= 0 && option < field->n ? field->options[option] : NULL;
}

/* The option that is named by the `length` bytes at `word`, or -1. */
static int find_option(const lc__field *field, const char *word, size_t length) {
    for (int o = 0; o < field->n; o++)
        if (strlen(field->options[o]) == length && !strncmp(field->options[o], word, length))
            return o;
    return -1;
}

static lc_status fail(const lc__layout *layout, const lc__field *field, const char *arch,
                      const char *at, lc_error *err) {
    char names[200] = "";
    for (int o = 0; field && o < field->n; o++)
        snprintf(names + strlen(names), sizeof names - strlen(names), "%s%s", o ? ", " : "",
                 field->options[o]);
    return lc_error_set(err, LC_EFORMAT, "\"%.60s\" is no %s: %s%s%s%s was expected at byte %d",
                        arch, layout->nets, field ? field->what : "its end", field ? " (" : "",
                        names, field ? ")" : "", (int)(at - arch));
}

lc_status lc__layout_parse(const lc__layout *layout, const char *arch, int *choices,
                           lc_error *err) {
    const char *at = arch;
    place here = find_place(layout, 0);
    for (int i = 0; here.field; i++) {
        size_t length = strcspn(at, "-:");
        choices[i] = find_option(here.field, at, length);
        if (choices[i] < 0)
            return fail(layout, here.field, arch, at, err);
        at += length;
        here = find_place(layout, i + 1);
        if (here.field && *at++ != (here.first ? ':' : '-'))
            return fail(layout, here.field, arch, at - 1, err);
    }
    return *at ? fail(layout, NULL, arch, at, err) : LC_OK;
}

void lc__layout_format(const lc__layout *layout, const int *choices, char *buf, size_t size) {
    size_t at = 0;
    place here = find_place(layout, 0);
    for (int i = 0; here.field && at < size; here = find_place(layout, ++i)) {
        const char *between = here.first ? ":" : "-";
        at += (size_t)snprintf(buf + at, size - at, "%s%s", i == 0 ? "" : between,
                               here.field->options[choices[i]]);
    }
}
