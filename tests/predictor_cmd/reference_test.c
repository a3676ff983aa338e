/* The published few-shot tasks through the real command, when the public tables are at hand: a
 * change that loses accuracy must not pass unseen. Few seeds, so the bounds are the required
 * figures, not the usual ones. */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

static double task_spearman(const cJSON *results, const char *task) {
    const cJSON *e;
    cJSON_ArrayForEach(e, results) {
        const char *name = cJSON_GetStringValue(cJSON_GetObjectItem(e, "task"));
        if (name && !strcmp(name, task) && !cJSON_GetObjectItem(e, "device"))
            return cJSON_GetObjectItem(cJSON_GetObjectItem(e, "spearman"), "mean")->valuedouble;
    }
    return -1;
}

Test(reference, fa_and_na_at_20_samples) {
    const char *data = getenv("LATCAST_REFERENCE");
    if (!data || !*data) {
        fputs("skipped: LATCAST_REFERENCE does not name the folder of public latency tables\n",
              stderr);
        return;
    }
    const char *args[] = {"eval",    "--suite",   LATCAST_SOURCE_DIR "/tasks/nasflat.json",
                          "--data",  data,        "--task",
                          "FA,NA",   "--samples", "20",
                          "--seeds", "3",         "--json",
                          NULL};
    ran r = predict(args);
    cr_assert_eq(r.code, 0, "%s", r.err);
    cJSON *o = cJSON_Parse(r.out);
    const cJSON *results = cJSON_GetObjectItem(o, "results");
    double fa = task_spearman(results, "FA"), na = task_spearman(results, "NA");
    cr_expect(fa >= 0.75, "FA: Spearman %.3f", fa);
    cr_expect(na >= 0.92, "NA: Spearman %.3f", na);
    cJSON_Delete(o);
    ran_clear(&r);
}
