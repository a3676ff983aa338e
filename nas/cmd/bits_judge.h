/* What bits do to a trained net that has not been trained with them. */
#ifndef NAS_CMD_BITS_JUDGE_H
#define NAS_CMD_BITS_JUDGE_H

#include <signal.h>

#include "base/progress.h"
#include "latcast/nas.h"
#include "train/training.h"

typedef struct lc__bits_judge {
    const lc_nas_bits *bits;
    lc__engine *engine;
    lc__store *store;
    size_t batch, n; /* images of a batch, batches */
    float *images;   /* [n][batch][values] */
    int *labels;     /* [n][batch]; -1 fills up the last */
    size_t values;
    lc__progress progress;
    const volatile sig_atomic_t *stop; /* set by an interrupt */
} lc__bits_judge;

/* Takes the first `images` (or all, where there are fewer) of those set apart, of the training
 * images where none are. Release with lc__bits_judge_close(), also after a failure. */
lc_status lc__bits_judge_open(const lc_nas_bits *bits, const lc__training_options *training,
                              const char *weights, size_t images, bool quiet, lc__bits_judge *out,
                              lc_error *err);
void lc__bits_judge_close(lc__bits_judge *judge);

/* As lc_nas_bits_losses asks: `judge` is the context. Ranges of values are those of each batch. */
lc_status lc__bits_judge_loss(void *judge, const int *choices, double *loss, lc_error *err);
bool lc__bits_judge_progress(void *judge, size_t asked, size_t all);

#endif
