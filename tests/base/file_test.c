/* Files are read whole or refused, and replaced whole or left alone. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/map.h"
#include "base/out.h"

static char dir[] = "/tmp/latcast-file-XXXXXX";
static char path[64];

static void setup(void) {
    cr_assert(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/f", dir);
}

static void teardown(void) {
    unlink(path);
    rmdir(dir);
}

TestSuite(file, .init = setup, .fini = teardown);

Test(file, write_then_read) {
    char *text;
    size_t n;
    cr_assert_eq(lc__file_write(path, "hello", 5, NULL), LC_OK);
    cr_assert_eq(lc__file_write(path, "again", 5, NULL), LC_OK);
    cr_assert_eq(lc__file_read(path, 100, &text, &n, NULL), LC_OK);
    cr_expect_str_eq(text, "again");
    free(text);
}

/* A huge file is refused by its size, before any of it is read. */
Test(file, refuses_a_gigabyte_unread) {
    int fd = open(path, O_CREAT | O_WRONLY, 0600);
    cr_assert_eq(ftruncate(fd, (off_t)1 << 30), 0);
    close(fd);
    char *text;
    size_t n;
    lc_error err;
    cr_assert_eq(lc__file_read(path, 1 << 20, &text, &n, &err), LC_EFORMAT);
    cr_expect(strstr(err.message, "larger than"), "%s", err.message);
}

/* /dev/zero has no size to check: reading must stop at the limit all the same. */
Test(file, stops_reading_an_endless_file) {
    char *text;
    size_t n;
    cr_expect_eq(lc__file_read("/dev/zero", 1 << 20, &text, &n, NULL), LC_EFORMAT);
}

Test(file, missing_file_and_directory) {
    char *text;
    size_t n;
    lc_error err;
    cr_expect_eq(lc__file_read("/nonexistent/x", 10, &text, &n, &err), LC_EIO);
    cr_expect_str_eq(err.file, "/nonexistent/x");
    cr_expect_eq(lc__file_read(dir, 10, &text, &n, &err), LC_EIO);
}

Test(file, full_disk_is_said) {
    lc_error err;
    cr_expect_eq(lc__file_write("/dev/full", "x", 1, &err), LC_EIO);
    cr_expect(strstr(err.message, "free some space"), "%s", err.message);
}

/* What a link leads to is replaced, whether it is there or not yet; links that go round are told.
 */
Test(file, links_are_followed) {
    char link_path[80], round[80], target[80];
    struct stat st;
    snprintf(link_path, sizeof link_path, "%s/link", dir);
    snprintf(round, sizeof round, "%s/round", dir);
    cr_assert(!symlink("f", link_path) && !symlink("round", round));
    cr_assert_eq(lc__file_write(link_path, "hello", 5, NULL), LC_OK);
    cr_assert_eq(lc__file_write(link_path, "again", 5, NULL), LC_OK);
    cr_expect(!lstat(link_path, &st) && S_ISLNK(st.st_mode));
    cr_expect(!stat(path, &st) && st.st_size == 5);
    cr_assert_eq(lc__file_target(link_path, target, sizeof target, NULL), LC_OK);
    cr_expect_str_eq(target, path);
    cr_expect_eq(lc__file_write(round, "x", 1, NULL), LC_EIO);
    unlink(link_path);
    unlink(round);
}

/* Commands ask before they work for hours and then take away what they worked on. */
Test(file, an_output_that_is_an_input_is_refused) {
    lc_error err;
    char other[80];
    snprintf(other, sizeof other, "%s/./f", dir);
    const lc__input inputs[] = {{"--model", NULL}, {"--plan", path}, {"--log", "/dev/null"}};
    cr_assert_eq(lc__out_check("--out", path, inputs, 3, NULL), LC_OK, "nothing is there to lose");
    cr_assert_eq(lc__file_write(path, "hello", 5, NULL), LC_OK);
    cr_expect_eq(lc__out_check("--out", other, inputs, 3, &err), LC_EUSAGE);
    cr_expect_str_eq(err.message, "is what --plan reads, which would be lost; give another --out");
    cr_expect_eq(lc__out_check("--out", "/dev/null", inputs, 3, NULL), LC_OK);
    cr_expect_eq(lc__out_check("--out", "-", NULL, 0, NULL), LC_EUSAGE);
}

/* Changing what is mapped leaves the file alone. */
Test(file, a_map_is_ones_own) {
    lc__map map;
    char *text;
    size_t n;
    cr_assert_eq(lc__file_write(path, "hello", 5, NULL), LC_OK);
    cr_assert_eq(lc__map_file(path, 100, &map, NULL), LC_OK);
    cr_expect(map.mapped);
    cr_expect_eq(map.length, 5);
    cr_expect_eq((size_t)map.data % 64, 0);
    map.data[0] = 'j';
    cr_assert_eq(lc__file_read(path, 100, &text, &n, NULL), LC_OK);
    cr_expect_str_eq(text, "hello");
    free(text);
    lc__map_close(&map);
    cr_expect_eq(lc__map_file(path, 4, &map, NULL), LC_EFORMAT);
    cr_expect_eq(lc__map_file("/nonexistent/f", 4, &map, NULL), LC_EIO);
}

/* What cannot be mapped, an empty file or a pipe, is read. */
Test(file, maps_of_other_things_are_copies) {
    lc__map map;
    cr_assert_eq(lc__map_file("/dev/null", 100, &map, NULL), LC_OK);
    cr_expect_eq(map.length, 0);
    cr_expect_not(map.mapped);
    lc__map_close(&map);
}
