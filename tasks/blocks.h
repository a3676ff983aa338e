/* Tables of single blocks: what HW-NAS-Bench (arXiv:2103.10584) measured of FBNet's blocks, each as
 * a small net of one to five operators. */
#ifndef TASKS_BLOCKS_H
#define TASKS_BLOCKS_H

#include "latcast/net.h"

/* The blocks of one device. */
typedef struct lc__block_table {
    lc_net **nets; /* [n] */
    double *ms;    /* [n] */
    size_t n;
} lc__block_table;

/* A block by its name in the tables, such as
 * "ConvBlock_H16_W16_Cin32_Cout64_exp6_kernel3_stride2_group1", "Skip_H8_W8_Cin64_Cout112_stride1",
 * "ConvNorm_...", "AvgP_..." or "FC_Cin1504_Cout100". *out is NULL with LC_OK for one that does
 * nothing (a skip that is the identity). LC_EFORMAT: no such name. Free with lc_net_free(). */
lc_status lc__block_net(const char *name, lc_net **out, lc_error *err);

/* Reads "block,latency_ms[,...]". Blocks that do nothing or took no measurable time (0) are left
 * out. LC_EFORMAT with file and line. Release with lc__block_table_clear(). */
lc_status lc__block_table_load(const char *path, lc__block_table *out, lc_error *err);
void lc__block_table_clear(lc__block_table *table);

#endif
