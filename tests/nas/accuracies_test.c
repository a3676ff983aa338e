/* Tables of accuracies that people hand in. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "latcast/nas.h"

#define CELL(op) "|" op "~0|+|" op "~0|" op "~1|+|" op "~0|" op "~1|" op "~2|"

static char path[] = "/tmp/latcast-accuracies-XXXXXX";

static lc_status read_text(const char *text, lc_nas_accuracies **out, lc_nas_problem *problem,
                           lc_error *err) {
    int fd = mkstemp(path);
    cr_assert(fd >= 0);
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    cr_assert_eq(lc_nas_problem_init(problem, lc_space_find("nasbench201"), err), LC_OK);
    cr_assert_eq(lc_nas_accuracies_new(problem, out, err), LC_OK);
    lc_status st = lc_nas_accuracies_read(*out, path, err);
    unlink(path);
    return st;
}

Test(accuracies, are_read_and_found) {
    lc_nas_accuracies *a;
    lc_nas_problem problem;
    lc_error err = {0};
    int ones[6] = {1, 1, 1, 1, 1, 1}, twos[6] = {2, 2, 2, 2, 2, 2}, other[6] = {0};
    double x;
    cr_assert_eq(
        read_text("arch,accuracy\n" CELL("skip_connect") ",85.5\n" CELL("nor_conv_1x1") ",91\n", &a,
                  &problem, &err),
        LC_OK, "%s", err.message);
    cr_expect(lc_nas_accuracies_find(a, ones, &x) && x == 85.5);
    cr_expect(lc_nas_accuracies_find(a, twos, &x) && x == 91);
    cr_expect(!lc_nas_accuracies_find(a, other, &x));
    cr_expect_eq(lc_nas_accuracies_complete(a, &problem, &err), LC_EFORMAT);
    cr_expect(strstr(err.message, "15623 of the space's 15625") && strstr(err.message, "none~0"),
              "%s", err.message);
    lc_nas_accuracies_free(a);
}

static const struct {
    const char *text, *says;
    int line;
} bad[] = {
    {"arch,accuracy\n" CELL("none") ",10\n|what~0|,20\n", "no NAS-Bench-201 cell", 3},
    {"arch,accuracy\n" CELL("none") ",10\n" CELL("none") ",20\n", "already", 3},
    {"arch,accuracy,ms\n" CELL("none") ",,3\n", "no accuracy", 2},
    {"arch,top1\n" CELL("none") ",10\n", "called \"accuracy\"", 1},
    {"arch,accuracy\n" CELL("none") ",high\n", "not a number", 2},
};

Test(accuracies, what_is_wrong_is_named_with_its_line) {
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        lc_nas_accuracies *a;
        lc_nas_problem problem;
        lc_error err = {0};
        strcpy(path + strlen(path) - 6, "XXXXXX");
        cr_expect_eq(read_text(bad[i].text, &a, &problem, &err), LC_EFORMAT);
        cr_expect(strstr(err.message, bad[i].says), "%zu: %s", i, err.message);
        cr_expect_eq(err.line, bad[i].line, "%zu: line %d", i, err.line);
        cr_expect(err.file[0]);
        lc_nas_accuracies_free(a);
    }
}
