/* JSON values as one line of text, every digit as it was read: a parser and printer in between
 * would shorten numbers and break 64-bit seeds. */
#ifndef DEVICES_LINE_H
#define DEVICES_LINE_H

#include "base/json.h"

/* The value as one line without white space outside strings (free()); NULL when out of memory. */
char *lc__line_of(const lc__cur *cur);

/* The same for the text of a value that has parsed. */
char *lc__line_from(const char *text, size_t length);

/* Cuts member `key` out of an object's line. */
void lc__line_drop(char *line, const char *key);

#endif
