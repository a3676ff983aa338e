/* Whatever a file holds, reading it as a device or a plan ends with a status: no crash, no leak. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "latcast/device.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_device(const char *text, size_t size) {
    lc_device device;
    lc_error err;
    if (lc_device_parse(text, size, "fuzz", &device, &err))
        return;
    /* What was read can be written, and read again. */
    char *json = lc_device_to_json(&device), *header = lc_device_header_json(&device);
    free(json);
    free(header);
    lc_device_clear(&device);
}

static void read_plan(const char *text, size_t size) {
    lc_plan plan;
    lc_error err;
    if (lc_plan_parse(text, size, "fuzz", &plan, &err))
        return;
    free(lc_plan_to_json(&plan));
    lc_plan_clear(&plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *text = (const char *)data;
    read_device(text, size);
    read_plan(text, size);
    lc_sample sample;
    if (!lc_sample_parse(text, size, "fuzz", 1, &sample, NULL))
        lc_sample_clear(&sample);
    return 0;
}
