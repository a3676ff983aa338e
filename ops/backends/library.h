/* Third-party runtimes, opened at run time by the rules of the dynamic linker (LD_LIBRARY_PATH
 * first), so that one binary runs where they are absent and says what it found. */
#ifndef BACKENDS_LIBRARY_H
#define BACKENDS_LIBRARY_H

#include <stddef.h>

#include "latcast/status.h"

/* For messages, but `file`. */
typedef struct lc__library {
    const char *backend;
    const char *file;    /* what dlopen() is given: "libdnnl.so.2" */
    const char *package; /* of Debian */
    const char *product; /* "oneDNN" */
    const char *wants;   /* "oneDNN 2.6 or a later 2.x" */
} lc__library;

/* All that return lc_status give LC_EUNSUPPORTED with a message that names the file, and what to
 * install. */

/* Opens library->file, in a child process first, which shows whether it crashes; dlclose()
 * *handle. */
lc_status lc__library_open(const lc__library *library, void **handle, lc_error *err);

/* A function of the library, or of those that it was linked with; NULL if there is none. */
void *lc__library_find(void *handle, const char *name);

/* Fills table[n], function pointers, with those called names[n]; `version` is the version found,
 * "" = unknown. */
lc_status lc__library_functions(const lc__library *library, void *handle, const char *version,
                                const char *const *names, size_t n, void *table, lc_error *err);

/* Refuses a library that `is` something else ("oneDNN 3.1.0"). */
lc_status lc__library_refuse(const lc__library *library, void *handle, const char *is,
                             lc_error *err);

/* The file that the library was found in. */
void lc__library_path(void *handle, char *path, size_t size);

/* "build 1f2e3d4c5b6a7980", from the note that linkers leave of what they linked, for a library
 * that states no version; "" where there is no such note. */
void lc__library_build(void *handle, char *text, size_t size);

#endif
