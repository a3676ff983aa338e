/* The nets of a table from a file of them. */
#ifndef TASKS_NETFILE_H
#define TASKS_NETFILE_H

#include "tasks/dataset.h"

/* Reads a net.json object a line and fills data->points, costs and choices of the row whose arch is
 * the net's name; nets that the table does not name are counted in data->n_unused. LC_EFORMAT with
 * file and line: a malformed net, a name that comes twice, a row of the table without a net. */
lc_status lc__netfile_load(const char *path, lc__dataset *data, lc_error *err);

#endif
