/* Training on more nets than one wants in memory: devices come one by one, and of their nets only
 * packed features are kept, equal nets once. */
#ifndef PREDICTOR_TRAINER_H
#define PREDICTOR_TRAINER_H

#include "latcast/predictor.h"

typedef struct lc__trainer lc__trainer;

/* NULL with err filled when out of memory. */
lc__trainer *lc__trainer_new(lc_error *err);
void lc__trainer_free(lc__trainer *trainer); /* may be NULL */

/* Adds a source device; nothing of it is referred to afterwards. As lc_model_train(), which finds
 * what is wrong with devices. */
lc_status lc__trainer_add(lc__trainer *trainer, const lc_pool_device *device, lc_error *err);

/* Adds nets to the statistics that features are standardised with. */
lc_status lc__trainer_refer(lc__trainer *trainer, const lc_net *const *nets, size_t n,
                            lc_error *err);

/* The model of all that was added. */
lc_status lc__trainer_finish(const lc__trainer *trainer, lc_model **out, lc_error *err);

#endif
