/* What the verbs run and upload share about sending. */
#ifndef AGENT_UPLOAD_COMMAND_H
#define AGENT_UPLOAD_COMMAND_H

#include "base/cli.h"
#include "upload.h"

/* Options of an upload with their defaults, and the callbacks of a command. */
lc__upload_options upload_defaults(void);

/* The record beside a result: FILE.acked, also for FILE.spool. Writes it to buf[size]. */
void upload_acked_path(const char *file, char *buf, size_t size);

/* Says on stderr what an upload came to. */
void upload_tell(const lc__upload_report *report, const char *url);

#endif
