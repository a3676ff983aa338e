/* HAT's measurements (Hardware-Aware Transformers, arXiv:2005.14187): translation transformers on a
 * board, one CSV file of 2,000 a task and board, nets given by averages over their layers. */
#ifndef TASKS_HAT_H
#define TASKS_HAT_H

#include "tasks/format.h"

/* Reads a folder of such files; a device is a file, e.g. "wmt14ende_cpu_xeon" from
 * wmt14ende_cpu_xeon_all.csv. Latency: encoder and decoder together, ms. */
extern const lc__format lc__format_hat;

#endif
