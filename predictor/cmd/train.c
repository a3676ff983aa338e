/* predict train: a folder of device.json files in, a model out. */
#include "cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "latcast/space.h"
#include "options.h"
#include "pool_files.h"

/* "220 fbnet, 3 explicit" */
static void count_spaces(const lc__shot_file *file, char *buf, size_t size) {
    size_t at = 0, other = file->n;
    buf[0] = '\0';
    for (const lc_space *const *space = lc_spaces(); *space; space++) {
        size_t n = 0;
        for (size_t i = 0; i < file->n; i++) {
            const char *name = lc_net_space(file->nets[i]);
            n += name && !strcmp(name, (*space)->name);
        }
        other -= n;
        if (n && at < size)
            at += (size_t)snprintf(buf + at, size - at, "%s%zu %s", at ? ", " : "", n,
                                   (*space)->name);
    }
    if (other && at < size)
        snprintf(buf + at, size - at, "%s%zu explicit", at ? ", " : "", other);
}

static void report(const lc__pool_files *p) {
    size_t total = 0;
    for (size_t i = 0; i < p->n; i++) {
        char spaces[200];
        count_spaces(&p->file[i], spaces, sizeof spaces);
        printf("%-48s %s\n", p->device[i].name, spaces);
        total += p->device[i].n;
    }
    printf("%zu devices, %zu nets measured\n", p->n, total);
}

static int run(const char *folder, const char *out) {
    lc__pool_files p = {0};
    lc_model *model = NULL;
    lc_error err;
    lc_status s = lc__pool_files_load(folder, &p, &err);
    if (!s)
        s = lc_model_train(p.device, p.n, NULL, 0, &model, &err);
    if (!s)
        s = lc_model_save(model, out, &err);
    if (!s)
        report(&p);
    lc_model_free(model);
    lc__pool_files_clear(&p);
    return s ? lc__cli_fail("predict train", &err) : lc__finish_output("predict train");
}

int lc__predict_train(int argc, char **argv) {
    const char *folder = NULL, *out = NULL;
    const lc__opt table[] = {
        {.name = "pool",
         .kind = LC__OPT_STR,
         .value = &folder,
         .arg = "DIR",
         .help = "folder of device.json files (*.json); plans in it are passed over",
         .required = true},
        lc__option_out(&out, "the model, e.g. model.lc", true),
        {0}};
    int code;
    if (!lc__options_parse("predict train", "Makes a pool model from measured devices.", NULL,
                           table, argc, argv, &code))
        return code;
    return run(folder, out);
}
