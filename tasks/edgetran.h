/* EdgeTran's measurements (arXiv:2303.13745): heterogeneous encoders (FlexiBERT, arXiv:2205.11656)
 * on five devices, with latency, energy and peak power. */
#ifndef TASKS_EDGETRAN_H
#define TASKS_EDGETRAN_H

#include "tasks/format.h"

/* Reads samples.json: an array of {"arch":{"l","o","h","f"},"device","latency","energy",
 * "peak_power"}; seconds, joules, watts. A net is known by its arch. */
extern const lc__format lc__format_edgetran;

#endif
