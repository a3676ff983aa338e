#include "fingerprint.h"

#include <stdio.h>
#include <string.h>

#include "tree.h"

#define CLOCKSOURCES "/sys/devices/system/clocksource/clocksource0/available_clocksource"

/* Names the hypervisor as well as the guest can see it; false on bare metal. */
static bool find_hypervisor(const char *root, char *buf, size_t size) {
    char text[8192];
    if (lc__tree_read(root, "/sys/hypervisor/type", buf, size))
        return true;
    static const struct {
        const char *source, *name;
    } clocks[] = {{"kvm-clock", "kvm"}, {"hyperv_clocksource_tsc_page", "hyperv"}, {"xen", "xen"}};
    if (lc__tree_read(root, CLOCKSOURCES, text, sizeof text))
        for (size_t i = 0; i < sizeof clocks / sizeof clocks[0]; i++)
            if (lc__has_word(text, clocks[i].source)) {
                snprintf(buf, size, "%s", clocks[i].name);
                return true;
            }
    if (lc__tree_read(root, "/proc/device-tree/hypervisor/compatible", buf, size))
        return true;
    if (lc__tree_cpuinfo(root, "flags", text, sizeof text) && lc__has_word(text, "hypervisor")) {
        snprintf(buf, size, "unnamed hypervisor");
        return true;
    }
    return false;
}

/* Vendor and product as the firmware states them. */
static bool read_dmi(const char *root, char *buf, size_t size) {
    char vendor[96] = "", product[96] = "";
    lc__tree_read(root, "/sys/class/dmi/id/sys_vendor", vendor, sizeof vendor);
    if (!lc__tree_read(root, "/sys/class/dmi/id/product_name", product, sizeof product))
        return false;
    snprintf(buf, size, "%s%s%s", vendor, vendor[0] ? " " : "", product);
    return true;
}

static void name_by_cpu(const cJSON *object, const char *hypervisor, char *buf, size_t size) {
    const char *model = cJSON_GetStringValue(cJSON_GetObjectItem(object, "cpu_model"));
    if (!model)
        model =
            cJSON_GetStringValue(cJSON_GetArrayItem(cJSON_GetObjectItem(object, "cpu_parts"), 0));
    if (model && hypervisor[0])
        snprintf(buf, size, "%s under %s", model, hypervisor);
    else if (model)
        snprintf(buf, size, "%s", model);
}

void lc__fingerprint_board(const char *root, cJSON *object) {
    char hypervisor[64] = "", board[256] = "";
    bool guest = find_hypervisor(root, hypervisor, sizeof hypervisor);
    const char *source = "cpu";
    if (lc__tree_read(root, "/proc/device-tree/model", board, sizeof board))
        source = "device-tree";
    else if (read_dmi(root, board, sizeof board))
        source = "dmi";
    else
        name_by_cpu(object, hypervisor, board, sizeof board);
    lc__present(object, "board", board,
                "no device tree model, no DMI product name and no CPU model");
    lc__present(object, "board_source", board[0] ? source : "", "no board was found");
    lc__present(object, "virtualisation", guest ? hypervisor : "", "no sign of a hypervisor");
}
