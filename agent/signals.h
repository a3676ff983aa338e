/* SIGINT, SIGTERM and SIGHUP as a wish that is asked for between steps, so that nothing is cut off;
 * a second SIGINT or SIGTERM ends the process at once. */
#ifndef AGENT_SIGNALS_H
#define AGENT_SIGNALS_H

#include <stdbool.h>

/* One that is ignored when this is called stays ignored. */
void signals_catch(void);

/* The signal that came, 0 for none. */
int signals_caught(void);

/* While these stand, the first signal says them, writes `line` to the file `fd` (-1: nowhere) and
 * ends the process with 128 + its number: for work that asks for no wish and loses nothing by being
 * cut off. NULL takes them back. The texts are copied; at most 5000 bytes are said, and 60 of the
 * line. */
void signals_last_words(const char *words, int fd, const char *line);

/* The same as a stop() callback. */
bool signals_stop(void *ctx);

#endif
