/* Where a system keeps the certificate authorities that it trusts. An agent that is built in one
 * place for all boards cannot know beforehand. */
#ifndef AGENT_AUTHORITIES_H
#define AGENT_AUTHORITIES_H

#include <stdbool.h>
#include <stddef.h>

/* The first bundle (PEM) that is there below `root` ("" for the machine itself), else false. */
bool lc__authorities_find(const char *root, char *buf, size_t size);

#endif
