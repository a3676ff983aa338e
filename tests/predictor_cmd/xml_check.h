/* Whether a picture is XML that a reader accepts. */
#ifndef TEST_XML_CHECK_H
#define TEST_XML_CHECK_H

#include <stdbool.h>
#include <stddef.h>

/* Elements nest and are closed, attributes are quoted, text holds no bare '<' or '&'; if not,
 * why[size] says where. Knows elements, attributes, text and entities; no comments or CDATA. */
bool xml_well_formed(const char *text, char *why, size_t size);

#endif
