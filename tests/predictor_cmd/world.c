#include "world.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64];

void world_open(void) {
    snprintf(folder, sizeof folder, "/tmp/latcast-predict-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    setenv("LATCAST_MODEL", world_path("model.lc"), 1);
}

void world_close(void) {
    DIR *d = opendir(folder);
    for (struct dirent *e; d && (e = readdir(d));)
        if (e->d_name[0] != '.')
            unlink(world_path(e->d_name));
    if (d)
        closedir(d);
    rmdir(folder);
}

const char *world_path(const char *name) {
    static char path[16][400];
    static int next;
    next = (next + 1) % 16;
    snprintf(path[next], sizeof path[next], "%s/%s", folder, name);
    return path[next];
}

void world_write(const char *name, const char *text, size_t length) {
    FILE *f = fopen(world_path(name), "wb");
    cr_assert_not_null(f);
    cr_assert_eq(fwrite(text, 1, length, f), length);
    fclose(f);
}

void world_write_text(const char *name, const char *text) {
    world_write(name, text, strlen(text));
}

static char *slurp(FILE *f) {
    long n = ftell(f); /* the child shared the offset */
    char *text = calloc((size_t)n + 1, 1);
    cr_assert_not_null(text);
    rewind(f);
    cr_assert_eq(fread(text, 1, (size_t)n, f), (size_t)n);
    fclose(f);
    return text;
}

ran predict(const char *const *args) {
    const char *argv[64] = {LATCAST_TEST_BIN "/predict"};
    for (int i = 0; args[i]; i++)
        argv[i + 1] = args[i];
    FILE *out = tmpfile(), *err = tmpfile();
    cr_assert(out && err);
    pid_t pid = fork();
    cr_assert(pid >= 0);
    if (pid == 0) {
        dup2(fileno(out), STDOUT_FILENO);
        dup2(fileno(err), STDERR_FILENO);
        execv(argv[0], (char *const *)argv);
        _exit(127);
    }
    int status;
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    ran r = {.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status)};
    fseek(out, 0, SEEK_END);
    fseek(err, 0, SEEK_END);
    r.out = slurp(out);
    r.err = slurp(err);
    return r;
}

void ran_clear(ran *r) {
    free(r->out);
    free(r->err);
}
