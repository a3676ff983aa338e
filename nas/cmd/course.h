/* Trainings as commands run them: options, progress, checkpoints, interrupts. */
#ifndef NAS_CMD_COURSE_H
#define NAS_CMD_COURSE_H

#include "base/cli.h"
#include "ranks/ranks.h"
#include "train/training.h"

/* What training options the command line gives, in the types that it parses into. */
typedef struct lc__course {
    const char *data, *recipe;
    int64_t epochs, batch, seed;
    double rate, decay, smoothing, validation;
    double save_every;  /* seconds between checkpoints, also of a search */
    const char *losses; /* where to write the loss of each step (losses.h); NULL: nowhere */
    bool quiet;
    lc__ranks *ranks; /* of lc__course_meet(); NULL: one process */
} lc__course;

enum { LC__COURSE_OPTIONS = 10 };

/* Bytes of weights that are read at most: without an end a device file would take all memory. */
#define LC__WEIGHTS_LARGEST ((size_t)1 << 30)

/* Defaults, and rows for a verb's table: out[LC__COURSE_OPTIONS]. */
lc__course lc__course_init(void);
void lc__course_table(lc__course *course, lc__opt *out);

/* Meets the processes that mpirun has started with this one (lc__ranks_close()), and shares the
 * CPUs with those on this machine unless OMP_NUM_THREADS is set. Call it before the others. Errors
 * as lc__ranks_open(). */
lc_status lc__course_meet(lc__course *course, lc_error *err);

/* The images (lc__images_close()) and the options; space or net are the caller's to set. LC_EUSAGE:
 * an unknown recipe, a batch that the ranks cannot share. */
lc_status lc__course_open(const lc__course *course, lc__images **images, lc__training_options *out,
                          lc_error *err);

/* Trains to the end, going on from the checkpoint at `path` if there is one, and writing it now and
 * then, at the end and when interrupted (LC_ERUNTIME, saying how to go on). After a loss that is
 * not finite the last checkpoint stands, or one of the step before is written if there is none.
 * All ranks call it together; rank 0 reads and writes the files. */
lc_status lc__course_run(const lc__course *course, lc__training *training, const char *path,
                         lc_error *err);

/* For what follows a training that is saved at `path`: LC_ERUNTIME, on all ranks, where one was
 * told to stop. */
lc_status lc__course_check(const lc__course *course, const char *path, lc_error *err);

#endif
