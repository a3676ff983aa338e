/* Trainings as commands run them: options, progress, checkpoints, interrupts. */
#ifndef NAS_CMD_COURSE_H
#define NAS_CMD_COURSE_H

#include "base/cli.h"
#include "train/training.h"

/* What training options the command line gives, in the types that it parses into. */
typedef struct lc__course {
    const char *data, *recipe;
    int64_t epochs, batch, seed;
    double rate, decay, smoothing, validation;
    double save_every; /* seconds between checkpoints, also of a search */
    bool quiet;
} lc__course;

enum { LC__COURSE_OPTIONS = 10 };

/* Defaults, and rows for a verb's table: out[LC__COURSE_OPTIONS]. */
lc__course lc__course_init(void);
void lc__course_table(lc__course *course, lc__opt *out);

/* The images (lc__images_close()) and the options; space or net are the caller's to set. LC_EUSAGE:
 * an unknown recipe. */
lc_status lc__course_open(const lc__course *course, lc__images **images, lc__training_options *out,
                          lc_error *err);

/* Trains to the end, going on from the checkpoint at `path` if there is one, and writing it now and
 * then, at the end and when interrupted (LC_ERUNTIME, saying how to go on). After a loss that is
 * not finite the last checkpoint stands, or one of the step before is written if there is none. */
lc_status lc__course_run(const lc__course *course, lc__training *training, const char *path,
                         lc_error *err);

#endif
