/* Reading the kernel's /proc and /sys below a root that is handed in, so that tests replay trees
 * recorded on other machines. `root` is "" for the machine itself.
 */
#ifndef AGENT_TREE_H
#define AGENT_TREE_H

#include <stdbool.h>
#include <stddef.h>

/* The text of a file up to its first NUL (device-tree strings end with one), without trailing
 * white space. False when it cannot be read or is empty. Longer text is cut. */
bool lc__tree_read(const char *root, const char *path, char *buf, size_t size);

/* A file that holds one number. */
bool lc__tree_number(const char *root, const char *path, double *out);

/* A file that holds a size, such as "1024K" or "32M", in bytes. */
bool lc__tree_bytes(const char *root, const char *path, double *out);

/* Bytes of a cache of the first CPU: that of a level, or for level 0 the largest of all; 0: not
 * known. Caches of instructions do not count. */
double lc__tree_cache(const char *root, int level);

/* The value of the first "key : value" line of /proc/cpuinfo. */
bool lc__tree_cpuinfo(const char *root, const char *key, char *buf, size_t size);

/* A line of /proc/meminfo ("MemTotal"), bytes. */
bool lc__tree_meminfo(const char *root, const char *key, double *bytes);

/* Calls each(ctx, name) for the entries of a directory whose name starts with `prefix`, in order of
 * version ("cpu2" before "cpu10"). Returns how many there were; 0 when the directory is missing. */
size_t lc__tree_each(const char *root, const char *dir, const char *prefix,
                     void (*each)(void *ctx, const char *name), void *ctx);

/* Whether `word` is one of the words of `text`. */
bool lc__has_word(const char *text, const char *word);

/* How many numbers a kernel list such as "0-3,5" names; 0 if it is not one. */
int lc__list_count(const char *list);

/* Reads up to `most` numbers from the start of a text, parted by white space, into v; gives how
 * many. */
int lc__tree_numbers(const char *text, double *v, int most);

#endif
