/* HAT's measurements (Hardware-Aware Transformers, arXiv:2005.14187): translation transformers on a
 * board, one CSV file of 2,000 a task and board, nets given by averages over their layers. */
#ifndef TASKS_HAT_H
#define TASKS_HAT_H

#include "latcast/net.h"
#include "tasks/format.h"

/* A net as the files describe it: sizes, and means over the layers. The files know the numbers of
 * heads too; the latencies do not depend on them. */
typedef struct lc__hat_shape {
    double encoder_width, encoder_layers, encoder_ffn;
    double decoder_width, decoder_layers, decoder_ffn;
    double cross_layers; /* encoder layers that a decoder layer attends to, 1 to 3 */
} lc__hat_shape;

/* What was translated. */
typedef struct lc__hat_corpus {
    const char *name;        /* that file names begin with */
    int tokens;              /* of the sentence measured, both sides */
    int source_words, words; /* of the two languages' dictionaries */
} lc__hat_corpus;

/* The net that translates a sentence of the corpus. LC_EFORMAT: it has no layers, or a size out of
 * range. */
lc_status lc__hat_net(const char *name, const lc__hat_corpus *corpus, const lc__hat_shape *shape,
                      lc_net **out, lc_error *err);

/* Reads a folder of such files; a device is a file, e.g. "wmt14ende_cpu_xeon" from
 * wmt14ende_cpu_xeon_all.csv. Latency: encoder and decoder together, ms. */
extern const lc__format lc__format_hat;

#endif
