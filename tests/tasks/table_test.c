/* Public tables come from many hands: what is wrong in one is said with line and column. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "tasks/table.h"

static char path[] = "/tmp/latcast-table-XXXXXX";

static void write_text(const char *text, size_t length) {
    int fd = mkstemp(path);
    cr_assert(fd >= 0);
    cr_assert_eq(write(fd, text, length), (ssize_t)length);
    close(fd);
}

static lc_status load(const char *text, lc__table *table, lc_error *err) {
    write_text(text, strlen(text));
    lc_status s = lc__table_load(path, table, err);
    unlink(path);
    return s;
}

Test(table, reads_numbers_gaps_and_line_ends) {
    lc__table t;
    lc_error err;
    cr_assert_eq(load("arch,a,b\r\nn1,1.5,\r\nn2,2e1,3\r\nn3,,4", &t, &err), LC_OK);
    cr_assert(t.n_rows == 3 && t.n_devices == 2);
    cr_expect_str_eq(t.archs[1], "n2");
    const double *a = lc__table_column(&t, "a"), *b = lc__table_column(&t, "b");
    cr_assert(a && b);
    cr_expect(a[0] == 1.5 && a[1] == 20 && isnan(a[2]));
    cr_expect(isnan(b[0]) && b[1] == 3 && b[2] == 4);
    cr_expect_null(lc__table_column(&t, "c"));
    lc__table_clear(&t);
}

/* Spreadsheets begin a file so; nobody sees it, so a message about it would not help. */
Test(table, passes_over_a_byte_order_mark) {
    lc__table t;
    lc_error err;
    cr_assert_eq(load("\xef\xbb\xbf"
                      "arch,a\nn1,1.5\n",
                      &t, &err),
                 LC_OK, "%s", err.message);
    cr_expect(t.n_rows == 1 && lc__table_column(&t, "a")[0] == 1.5);
    lc__table_clear(&t);
}

/* Names are compared with each other, devices too: a broken header would take minutes. */
Test(table, has_no_end_of_columns) {
    lc__buf text = {0};
    lc__buf_printf(&text, "arch");
    for (int i = 0; i <= LC__TABLE_MAX_DEVICES; i++)
        lc__buf_printf(&text, ",a");
    cr_assert(!text.failed);
    lc__table t;
    lc_error err;
    cr_expect_eq(load(text.text, &t, &err), LC_EFORMAT);
    cr_expect(strstr(err.message, "4097 device columns") != NULL, "%s", err.message);
    cr_expect_eq(err.line, 1);
    free(text.text);
}

static const struct {
    const char *text;
    int line;
    const char *column, *says;
} bad[] = {
    {"", 0, "", "empty"},
    {"net,a\nn,1\n", 1, "", "must be called \"arch\""},
    {"arch\nn\n", 1, "", "no device column"},
    {"arch,a,,b\nn,1,2,3\n", 1, "", "column 3 has no name"},
    {"arch,a,b,a\nn,1,2,3\n", 1, "a", "two columns"},
    {"arch,a\n", 1, "", "no rows"},
    {"arch,a,b\nn,1,2\nm,1\n", 3, "", "2 columns, but the header has 3"},
    {"arch,a,b\nn,1,2,3,4\n", 2, "", "5 columns, but the header has 3"},
    {"arch,a,b\nn,1,fast\n", 2, "b", "\"fast\" is not a number"},
    {"arch,a\nn,1 ms\n", 2, "a", "not a number"},
    {"arch,a\nn,0x10\n", 2, "a", "not a number"},
    {"arch,a\nn,nan\n", 2, "a", "not a number"},
    {"arch,a\nn,inf\n", 2, "a", "not a number"},
    {"arch,a\nn,1e999\n", 2, "a", "at least 1e-09 and at most 1e+09"},
    {"arch,a\nn,1e30\n", 2, "a", "at least 1e-09 and at most 1e+09, this is 1e30"},
    {"arch,a\nn,0\n", 2, "a", "at least 1e-09 and at most 1e+09"},
    {"arch,a\nn,1\nm,-3\n", 3, "a", "at least 1e-09 and at most 1e+09"},
    {"arch,a\nn,1\nm,2\nn,3\n", 4, "arch", "on line 2 already"},
    {"arch,a\n,1\n", 2, "arch", "no name"},
    {"arch,a\nn\xff,1\n", 2, "", "UTF-8"},
    {"arch,a\nn,1e-300\n", 2, "a", "this is 1e-300"},
    {"arch,a\nn,\"12.5\"\n", 2, "a", "quotes are not known here: write 12.5"},
    {"\"arch\",\"a\"\nn,1\n", 1, "", "quotes are not known here"},
    {"arch;a\nn;1\n", 1, "", "parted by commas, not by semicolons"},
    {"arch\ta\nn\t1\n", 1, "", "parted by commas, not by tabs"},
    {"arch,a\rn,1\rm,2\r", 0, "", "lines end in CR alone"},
};

Test(table, refuses_with_line_and_column) {
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        lc__table t;
        lc_error err;
        memcpy(path + sizeof path - 7, "XXXXXX", 6);
        cr_assert_eq(load(bad[i].text, &t, &err), LC_EFORMAT, "row %zu", i);
        cr_expect_eq(err.line, bad[i].line, "row %zu: line %d", i, err.line);
        cr_expect_str_eq(err.path, bad[i].column, "row %zu: column \"%s\"", i, err.path);
        cr_expect(strstr(err.message, bad[i].says) != NULL, "row %zu: %s", i, err.message);
        cr_expect_str_eq(err.file, path);
    }
}

Test(table, refuses_a_huge_file_unread) {
    lc__table t;
    lc_error err;
    write_text("arch,a\n", 7);
    cr_assert_eq(truncate(path, (off_t)1 << 30), 0); /* sparse: reading it would take a while */
    cr_expect_eq(lc__table_load(path, &t, &err), LC_EFORMAT);
    cr_expect(strstr(err.message, "larger than") != NULL, "%s", err.message);
    unlink(path);
}

Test(table, names_a_missing_file) {
    lc__table t;
    lc_error err;
    cr_expect_eq(lc__table_load("/nonexistent/t.csv", &t, &err), LC_EIO);
    cr_expect_str_eq(err.file, "/nonexistent/t.csv");
}
