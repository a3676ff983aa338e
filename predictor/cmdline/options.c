#include "cmdline/options.h"

#include <stddef.h>

bool lc__options_parse(const char *usage, const char *about, const char *after,
                       const lc__opt *table, int argc, char **argv, int *code) {
    lc__cli_result met = lc__cli_parse(usage, about, after, table, argc, argv, NULL);
    *code = met == LC__CLI_BAD ? lc_status_exit_code(LC_EUSAGE) : 0;
    return met == LC__CLI_RUN;
}

lc__opt lc__option_device(const char **value, const char *help, bool required) {
    return (lc__opt){.name = "device",
                     .kind = LC__OPT_STR,
                     .value = value,
                     .arg = "FILE",
                     .help = help,
                     .required = required};
}

lc__opt lc__option_model(const char **value) {
    return (lc__opt){.name = "model",
                     .kind = LC__OPT_STR,
                     .value = value,
                     .arg = "FILE",
                     .help = "pool model (default: $LATCAST_MODEL, else the one that ships)"};
}

lc__opt lc__option_without(lc__list *value) {
    return (lc__opt){.name = "without",
                     .kind = LC__OPT_LIST,
                     .value = value,
                     .arg = "NAME",
                     .help = "leave this device out; * and ? make a pattern"};
}

lc__opt lc__option_repeatability(double *value) {
    return (lc__opt){.name = "repeatability",
                     .kind = LC__OPT_NUM,
                     .value = value,
                     .arg = "R",
                     .help = "relative standard deviation between two measurements of a net\n"
                             "on different days; widens the intervals (0.03)",
                     .lo = 0,
                     .hi = 1};
}

lc__opt lc__option_table(const char **value, bool required) {
    return (lc__opt){.name = "table",
                     .kind = LC__OPT_STR,
                     .value = value,
                     .arg = "FILE",
                     .help = "latency table: CSV, arch,device1,device2,... and a net per row",
                     .required = required};
}

lc__opt lc__option_least(int64_t *value) {
    return (lc__opt){.name = "least",
                     .kind = LC__OPT_INT,
                     .value = value,
                     .arg = "N",
                     .help = "fewest nets that two devices must share (default 30)",
                     .lo = 2,
                     .hi = 1e9};
}

lc__opt lc__option_out(const char **value, const char *help, bool required) {
    return (lc__opt){.name = "out",
                     .kind = LC__OPT_STR,
                     .value = value,
                     .arg = "FILE",
                     .help = help,
                     .required = required};
}

lc__opt lc__option_seed(int64_t *value, const char *name, const char *help) {
    return (lc__opt){.name = name,
                     .kind = LC__OPT_INT,
                     .value = value,
                     .arg = "S",
                     .help = help,
                     .lo = 0,
                     .hi = 9007199254740991.0};
}

lc__opt lc__option_json(bool *value, const char *help) {
    return (lc__opt){.name = "json",
                     .kind = LC__OPT_FLAG,
                     .value = value,
                     .help = help ? help : "machine-readable"};
}
