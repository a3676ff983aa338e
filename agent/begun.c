#include "begun.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"

#define MAX_FILE ((size_t)1 << 26)
#define MOST_TIMES 2

static lc_status io_error(const lc__begun *begun, const char *what, lc_error *err) {
    lc_error_set(err, LC_EIO, "%s: %s", what, strerror(errno));
    lc_error_in_file(err, begun->path);
    return LC_EIO;
}

static lc__begun_item *find(const lc__begun *begun, uint64_t digest) {
    for (size_t i = 0; i < begun->n; i++)
        if (begun->item[i].digest == digest)
            return &begun->item[i];
    return NULL;
}

static lc_status add(lc__begun *begun, uint64_t digest, lc_error *err) {
    if (begun->n == begun->room) {
        size_t room = begun->room ? 2 * begun->room : 16;
        lc__begun_item *more = realloc(begun->item, room * sizeof *more);
        if (!more)
            return lc__no_memory(err);
        begun->item = more;
        begun->room = room;
    }
    begun->item[begun->n++] = (lc__begun_item){digest, 1};
    return LC_OK;
}

static lc_status count(lc__begun *begun, char sign, uint64_t digest, lc_error *err) {
    lc__begun_item *item = find(begun, digest);
    if (sign == '+' && !item)
        return add(begun, digest, err);
    if (sign == '+')
        item->times++;
    else if (item)
        *item = begun->item[--begun->n];
    return LC_OK;
}

/* What is no line of ours was torn when the machine stopped; the file after it begins anew. */
static lc_status take_lines(lc__begun *begun, const char *text, size_t length, lc_error *err) {
    lc_status s = LC_OK;
    for (size_t at = 0; !s && at + LC__BEGUN_LINE <= length; at += LC__BEGUN_LINE) {
        char *end;
        const char *line = text + at;
        uint64_t digest = strtoull(line + 1, &end, 16);
        if ((*line != '+' && *line != '-') || end != line + LC__BEGUN_LINE - 1 || *end != '\n')
            break;
        s = count(begun, *line, digest, err);
    }
    return s;
}

static lc_status append(lc__begun *begun, const char *line, lc_error *err) {
    return lc__write_all(begun->fd, line, LC__BEGUN_LINE, begun->path, err);
}

static void print_line(char line[LC__BEGUN_LINE + 1], char sign, uint64_t digest) {
    snprintf(line, LC__BEGUN_LINE + 1, "%c%016" PRIx64 "\n", sign, digest);
}

static size_t lines_that_count(const lc__begun *begun) {
    size_t n = 0;
    for (size_t i = 0; i < begun->n; i++)
        n += (size_t)begun->item[i].times;
    return n;
}

/* Leaves what counts, so that the file of `length` bytes does not grow from run to run. */
static lc_status write_anew(lc__begun *begun, size_t length, lc_error *err) {
    char line[LC__BEGUN_LINE + 1];
    if (length == lines_that_count(begun) * LC__BEGUN_LINE)
        return LC_OK;
    lc_status s = ftruncate(begun->fd, 0) ? io_error(begun, "cannot write", err) : LC_OK;
    for (size_t i = 0; i < begun->n; i++)
        for (int k = 0; !s && k < begun->item[i].times; k++) {
            print_line(line, '+', begun->item[i].digest);
            s = append(begun, line, err);
        }
    return s;
}

lc_status lc__begun_open(lc__begun *begun, const char *path, bool fresh, lc_error *err) {
    char *text = NULL;
    size_t length = 0;
    memset(begun, 0, sizeof *begun);
    snprintf(begun->path, sizeof begun->path, "%s", path);
    begun->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (begun->fd < 0)
        return io_error(begun, "cannot open", err);
    lc_status s = fresh ? LC_OK : lc__file_read(path, MAX_FILE, &text, &length, err);
    if (!s && !fresh)
        s = take_lines(begun, text, length, err);
    free(text);
    if (!s)
        s = write_anew(begun, fresh ? SIZE_MAX : length, err);
    if (s)
        lc__begun_close(begun);
    return s;
}

void lc__begun_close(lc__begun *begun) {
    if (begun->fd >= 0) {
        if (begun->n == 0)
            unlink(begun->path);
        close(begun->fd);
    }
    begun->fd = -1;
    free(begun->item);
    begun->item = NULL;
    begun->n = begun->room = 0;
}

lc_status lc__begun_check(const lc__begun *begun, uint64_t digest, lc_error *err) {
    const lc__begun_item *item = begun ? find(begun, digest) : NULL;
    if (!item || item->times < MOST_TIMES)
        return LC_OK;
    lc_error_set(err, LC_EUNSUPPORTED,
                 "the agent was killed twice while it ran this item (memory?); without %.300s it "
                 "is tried again",
                 begun->path);
    return LC_EUNSUPPORTED;
}

lc_status lc__begun_start(lc__begun *begun, uint64_t digest, lc_error *err) {
    char line[LC__BEGUN_LINE + 1];
    if (!begun)
        return LC_OK;
    print_line(line, '+', digest);
    print_line(begun->end, '-', digest);
    lc_status s = append(begun, line, err);
    if (!s && fsync(begun->fd) && errno != EINVAL)
        s = io_error(begun, "cannot write", err);
    return s ? s : count(begun, '+', digest, err);
}

lc_status lc__begun_end(lc__begun *begun, lc_error *err) {
    if (!begun)
        return LC_OK;
    uint64_t digest = strtoull(begun->end + 1, NULL, 16);
    lc_status s = append(begun, begun->end, err);
    begun->end[0] = '\0';
    return s ? s : count(begun, '-', digest, err);
}
