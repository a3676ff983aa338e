/* What a device.json says about the nets of a space: forecasts as costs of a search. */
#ifndef NAS_CMD_COSTS_H
#define NAS_CMD_COSTS_H

#include "cmdline/given.h"
#include "latcast/nas.h"

/* Where forecasts come from. */
typedef struct lc__source {
    const char *device, *model;
    lc__list without;
    double repeatability;
} lc__source;

/* A device's forecasts of one target, compiled for the nets of a space. */
typedef struct lc__forecasts {
    const lc__target *target;
    lc__shot_file shots;
    lc_model *model;
    lc_adapt_options options;
    lc_predictor *predictor;
    lc_choice_predictor *compiled; /* NULL without a space */
} lc__forecasts;

/* `space` NULL: of any nets. Says on stderr where samples are few or strange. LC_EFORMAT: a device
 * without samples of the target; LC_EUNSUPPORTED: forecasts for this space are no sums over
 * positions. Release with lc__forecasts_close(), also after a failure. */
lc_status lc__forecasts_open(const lc__source *source, const char *target, const lc_space *space,
                             lc__forecasts *out, lc_error *err);
void lc__forecasts_close(lc__forecasts *forecasts);

#endif
