#include "base/cli.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static size_t table_size(const lc__opt *table) {
    size_t n = 0;
    while (table[n].name)
        n++;
    return n;
}

static void print_help(const char *usage, const char *about, const char *after,
                       const lc__opt *table, const lc__list *rest) {
    printf("usage: %s [options]%s%s\n\n%s\n", usage, rest ? " " : "", rest ? rest->words : "",
           about);
    printf("\noptions:\n");
    for (const lc__opt *o = table; o->name; o++) {
        char left[64];
        snprintf(left, sizeof left, "--%s%s%s", o->name, o->arg ? " " : "", o->arg ? o->arg : "");
        printf("  %-24s", left);
        if (strlen(left) > 23)
            printf("\n%26s", "");
        for (const char *p = o->help; *p; p++) {
            putchar(*p);
            if (*p == '\n')
                printf("%26s", "");
        }
        printf("%s\n", o->required ? " (required)" : "");
    }
    printf("  %-24s%s\n", "--help", "show this text");
    if (after)
        printf("\n%s\n", after);
}

static lc__cli_result bad_option(const char *usage, const char *word, const lc__opt *table) {
    const char *names[128];
    size_t n = table_size(table);
    for (size_t i = 0; i < n && i < 128; i++)
        names[i] = table[i].name;
    const char *near = lc__nearest(word, names, n < 128 ? n : 128);
    if (near)
        fprintf(stderr, "%s: unknown option --%s; did you mean --%s?\n", usage, word, near);
    else
        fprintf(stderr, "%s: unknown option --%s; see %s --help\n", usage, word, usage);
    return LC__CLI_BAD;
}

/* A number in full, in range; false with a message otherwise. */
static bool read_number(const char *usage, const lc__opt *o, const char *text) {
    char *end;
    errno = 0;
    double x = strtod(text, &end);
    bool whole = o->kind != LC__OPT_INT || x == floor(x);
    if (end == text || *end || errno || !isfinite(x) || !whole) {
        fprintf(stderr, "%s: --%s takes %s, not \"%s\"\n", usage, o->name,
                o->kind == LC__OPT_INT ? "a whole number" : "a number", text);
        return false;
    }
    if (x < o->lo || x > o->hi) {
        fprintf(stderr, "%s: --%s must be in %g .. %g, is %s\n", usage, o->name, o->lo, o->hi,
                text);
        return false;
    }
    if (o->kind == LC__OPT_INT)
        *(int64_t *)o->value = (int64_t)x;
    else
        *(double *)o->value = x;
    return true;
}

static bool store(const char *usage, const lc__opt *o, const char *text) {
    if (o->kind != LC__OPT_FLAG && !*text) { /* as from a variable of a script that was never set */
        fprintf(stderr, "%s: --%s takes %s, and the value is empty\n", usage, o->name, o->arg);
        return false;
    }
    switch (o->kind) {
    case LC__OPT_FLAG:
        *(bool *)o->value = true;
        return true;
    case LC__OPT_STR:
        *(const char **)o->value = text;
        return true;
    case LC__OPT_INT:
    case LC__OPT_NUM:
        return read_number(usage, o, text);
    case LC__OPT_LIST: {
        lc__list *list = o->value;
        if (list->n == LC__LIST_MAX) {
            fprintf(stderr, "%s: --%s was given more than %d times\n", usage, o->name,
                    LC__LIST_MAX);
            return false;
        }
        list->item[list->n++] = text;
        return true;
    }
    }
    return false;
}

static bool all_required(const char *usage, const lc__opt *table, const bool *seen) {
    for (size_t i = 0; table[i].name; i++) {
        if (table[i].required && !seen[i]) {
            fprintf(stderr, "%s: --%s %s is needed; see %s --help\n", usage, table[i].name,
                    table[i].arg ? table[i].arg : "", usage);
            return false;
        }
    }
    return true;
}

/* Splits "--name=value"; returns the table's row or NULL. */
static const lc__opt *find_option(const char *word, const lc__opt *table, const char **value,
                                  char *name, size_t size) {
    const char *eq = strchr(word, '=');
    size_t n = eq ? (size_t)(eq - word) : strlen(word);
    snprintf(name, size, "%.*s", (int)n, word);
    *value = eq ? eq + 1 : NULL;
    for (const lc__opt *o = table; o->name; o++)
        if (!strcmp(o->name, name))
            return o;
    return NULL;
}

lc__cli_result lc__cli_parse(const char *usage, const char *about, const char *after,
                             const lc__opt *table, int argc, char **argv, lc__list *rest) {
    bool seen[128] = {false};
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
            print_help(usage, about, after, table, rest);
            return LC__CLI_DONE;
        }
        if (strncmp(argv[i], "--", 2) != 0 || !argv[i][2]) {
            if (!rest || rest->n == LC__LIST_MAX) {
                fprintf(stderr, "%s: unexpected argument \"%s\"; see %s --help\n", usage, argv[i],
                        usage);
                return LC__CLI_BAD;
            }
            rest->item[rest->n++] = argv[i];
            continue;
        }
        char name[64];
        const char *value;
        const lc__opt *o = find_option(argv[i] + 2, table, &value, name, sizeof name);
        if (!o)
            return bad_option(usage, name, table);
        if (o->kind == LC__OPT_FLAG ? value != NULL : !value && i + 1 >= argc) {
            fprintf(stderr, "%s: --%s takes %s\n", usage, o->name,
                    o->kind == LC__OPT_FLAG ? "no argument" : o->arg);
            return LC__CLI_BAD;
        }
        if (o->kind != LC__OPT_FLAG && !value)
            value = argv[++i];
        if (!store(usage, o, value))
            return LC__CLI_BAD;
        seen[o - table] = true;
    }
    return all_required(usage, table, seen) ? LC__CLI_RUN : LC__CLI_BAD;
}

static void list_verbs(const char *command, const char *about, const lc__verb *verbs) {
    printf("%s: %s\n\n", command, about);
    for (const lc__verb *v = verbs; v->name; v++)
        printf("  %s%s%-*s %s\n", command, v->name[0] ? " " : "", 12, v->name, v->summary);
    printf("\nEach takes --help. Exit codes: 0 ok, 1 runtime, 2 usage, 3 unsupported net or "
           "operator,\n"
           "4 infeasible constraint, 5 device or server unreachable, 6 measurement unstable.\n");
}

static int unknown_verb(const char *command, const char *word, const lc__verb *verbs) {
    const char *names[32];
    size_t n = 0;
    for (const lc__verb *v = verbs; v->name && n < 32; v++)
        names[n++] = v->name;
    const char *near = lc__nearest(word, names, n);
    fprintf(stderr, "%s: unknown command \"%s\"", command, word);
    if (near)
        fprintf(stderr, "; did you mean %s?\n", near);
    else
        fprintf(stderr, "; see %s --help\n", command);
    return 2;
}

int lc__cli_dispatch(const char *command, const char *about, const char *version,
                     const lc__verb *verbs, int argc, char **argv) {
    const lc__verb *plain = NULL;
    for (const lc__verb *v = verbs; v->name; v++) {
        if (!v->name[0])
            plain = v;
        else if (argc > 1 && !strcmp(argv[1], v->name))
            return v->run(argc - 1, argv + 1);
    }
    if (argc > 1 &&
        (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help"))) {
        list_verbs(command, about, verbs);
        if (plain) {
            putchar('\n');
            char *help[] = {argv[0], (char[]){"--help"}, NULL};
            return plain->run(2, help);
        }
        return 0;
    }
    if (argc > 1 && !strcmp(argv[1], "--version")) {
        printf("%s (latcast) %s\n", command, version);
        return 0;
    }
    if (plain && (argc < 2 || argv[1][0] == '-'))
        return plain->run(argc, argv);
    if (argc < 2) {
        fprintf(stderr, "%s: a command is needed; see %s --help\n", command, command);
        return 2;
    }
    return unknown_verb(command, argv[1], verbs);
}

int lc__cli_fail(const char *command, const lc_error *err) {
    char text[1024];
    fprintf(stderr, "%s: %s\n", command, lc_error_format(err, text, sizeof text));
    return lc_status_exit_code(err->code);
}
