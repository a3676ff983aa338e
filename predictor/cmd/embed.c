/* predict embed: what is particular about a device. */
#include <stdio.h>
#include <string.h>

#include "cmdline/json_out.h"
#include "cmdline/options.h"
#include "placing.h"

#define BAR_WIDTH 30

static bool add_values(cJSON *object, const char *key, const lc_embedding_frame *frame,
                       const char *(*name)(const lc_embedding_frame *, size_t),
                       const lc_embedding_value *value) {
    cJSON *list = cJSON_AddArrayToObject(object, key);
    for (size_t i = 0; list && name(frame, i); i++) {
        cJSON *one = lc__append_object(list);
        if (!one || !cJSON_AddStringToObject(one, "name", name(frame, i)) ||
            !lc__json_add_num(one, "value", value[i].value) ||
            !lc__json_add_num(one, "std", value[i].std))
            return false;
    }
    return list != NULL;
}

static bool add_pool(cJSON *object, const lc_embedding_frame *frame) {
    cJSON *list = cJSON_AddArrayToObject(object, "pool");
    for (size_t i = 0; list && lc_embedding_device_name(frame, i); i++) {
        cJSON *name = cJSON_CreateString(lc_embedding_device_name(frame, i));
        if (!name || !cJSON_AddItemToArray(list, name)) {
            cJSON_Delete(name);
            return false;
        }
    }
    return list != NULL;
}

static lc_status print_json(const lc__placing *p, lc_error *err) {
    cJSON *o = cJSON_CreateObject();
    bool ok =
        o && lc__json_add_num(o, "schema_version", LC_SCHEMA_VERSION) &&
        cJSON_AddStringToObject(o, "device", p->shots.device.name) &&
        lc__json_add_num(o, "samples", (double)p->shots.n) &&
        cJSON_AddStringToObject(o, "space", p->space->name) &&
        lc__json_add_num(o, "nets", (double)p->request->nets) &&
        lc__json_add_num(o, "seed", (double)p->request->seed) && add_pool(o, p->frame) &&
        add_values(o, "axes", p->frame, lc_embedding_axis_name, lc_embedding_axes(p->own)) &&
        lc__json_add_num(o, "outside", lc_embedding_outside(p->own)) &&
        add_values(o, "shares", p->frame, lc_embedding_share_name, lc_embedding_shares(p->own));
    return lc__print_object(o, ok, "", err);
}

static void print_axes(const lc__placing *p) {
    const lc_embedding_value *axis = lc_embedding_axes(p->own);
    printf("\nwhere it stands from the pool's middle, in relative latency:\n");
    for (size_t i = 0; i < lc_embedding_n_axes(p->frame); i++)
        printf("  %-28s %+6.1f %% +- %.1f\n", lc_embedding_axis_name(p->frame, i),
               100 * axis[i].value, 100 * axis[i].std);
    if (lc_embedding_n_axes(p->frame) == 0)
        printf("  (axes take two pool devices at least)\n");
    printf("  %-28s %6.1f %%\n", "unlike any pool device", 100 * lc_embedding_outside(p->own));
}

static void print_shares(const lc__placing *p) {
    const lc_embedding_value *share = lc_embedding_shares(p->own);
    printf("\nwhere its time goes, over the mean net:\n");
    for (size_t i = 0; i < lc_embedding_n_shares(p->frame); i++) {
        char bar[BAR_WIDTH + 1];
        int length = (int)(share[i].value * BAR_WIDTH + 0.5);
        length = length > BAR_WIDTH ? BAR_WIDTH : length;
        memset(bar, '#', (size_t)length);
        bar[length] = '\0';
        printf("  %-28s %6.1f %% +- %-4.1f %s\n", lc_embedding_share_name(p->frame, i),
               100 * share[i].value, 100 * share[i].std, bar);
    }
}

static void print_text(const lc__placing *p) {
    printf("%s, by %zu measured nets, over %lld random %s nets beside %zu pool devices\n",
           p->shots.device.name, p->shots.n, (long long)p->request->nets, p->space->name,
           lc_embedding_n_devices(p->frame));
    print_axes(p);
    print_shares(p);
}

int lc__predict_embed(int argc, char **argv) {
    lc__placing_request r = {0};
    bool json = false;
    int code;
    lc__opt table[LC__PLACING_OPTIONS + 2];
    lc__placing_options(&r, table);
    table[LC__PLACING_OPTIONS] = lc__option_json(&json, NULL);
    table[LC__PLACING_OPTIONS + 1] = (lc__opt){0};
    if (!lc__options_parse(
            "predict embed",
            "Says what is particular about a device, as a vector that can be compared with those "
            "of\nothers, whatever nets each was measured on (same model, space, nets and seed).",
            "example:\n  predict embed --device new.json --json", table, argc, argv, &code))
        return code;
    lc__placing p;
    lc_error err;
    lc_status s = lc__placing_open(&r, &p, &err);
    if (!s && json)
        s = print_json(&p, &err);
    else if (!s)
        print_text(&p);
    lc__placing_close(&p);
    return s ? lc__cli_fail("predict embed", &err) : lc__finish_output("predict embed");
}
