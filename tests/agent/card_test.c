/* profagent run on the emulated card: its times are those of the card's clock, which says 1.5 ms of
 * any block, and device.json says what card it was. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "latcast/device.h"
#include "rig.h"

Test(card, is_timed_by_its_own_clock_and_named) {
    setenv("LD_LIBRARY_PATH", CARDS "/full", 1);
    rig_result r =
        RIG_RUN(rig_agent, "run", "--plan", rig_plan("p", 2), "--out", rig_path("o.json"),
                "--backend", "cuda", "--max-seconds-per-item", "0.05", "--precision", "1");
    cr_assert_eq(r.code, 0, "%s", r.err);
    lc_device d;
    lc_error err;
    cr_assert_eq(lc_device_load(rig_path("o.json"), &d, &err), LC_OK, "%s", err.message);
    cr_assert_eq(d.n_samples, 2u);
    cr_expect_str_eq(d.isa, "sm_87");
    cr_expect(strstr(d.config_json, "\"accelerator\":\"emulated card, ") != NULL, "%s",
              d.config_json);
    for (size_t i = 0; i < d.n_samples; i++)
        cr_expect_float_eq(d.samples[i].latency_ns, 1.5e6, 1);
    lc_device_clear(&d);
}
