#include "launch.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64];

/* OpenMPI's parameters, and those of what it uses. */
static const char *const settings[][2] = {
    {"OMPI_ALLOW_RUN_AS_ROOT", "1"},
    {"OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1"},
    {"OMPI_MCA_rmaps_base_oversubscribe", "1"},
    {"OMPI_MCA_hwloc_base_binding_policy", "none"},
    {"OMPI_MCA_plm", "isolated"},          /* this machine alone: looks for no ssh and no Slurm */
    {"OMPI_MCA_oob_tcp_if_include", "lo"}, /* mpirun and ranks talk by loopback, */
    {"OMPI_MCA_pml", "ob1"},               /* ranks among each other by shared memory, */
    {"OMPI_MCA_btl", "self,vader"},        /* no matter what adapters there are, */
    {"OMPI_MCA_btl_vader_single_copy_mechanism", "none"}, /* which containers may forbid */
    {"HWLOC_COMPONENTS", "-gl,-opencl,-cuda,-nvml,-rsmi,-levelzero"}, /* asks no X server */
    {"OMP_NUM_THREADS", "1"},
    {"OMP_WAIT_POLICY", "passive"},
};

void launch_open(void) {
    snprintf(folder, sizeof folder, "/tmp/latcast-ranks-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        setenv(settings[i][0], settings[i][1], 1);
    /* By this a program that is linked with Criterion takes itself for a test under way. */
    unsetenv("BXFI_MAP");
}

void launch_close(void) {
    DIR *d = opendir(folder);
    for (struct dirent *e; d && (e = readdir(d));)
        if (e->d_name[0] != '.')
            unlink(launch_path(e->d_name));
    if (d)
        closedir(d);
    rmdir(folder);
}

const char *launch_path(const char *name) {
    static char path[8][400];
    static int next;
    next = (next + 1) % 8;
    snprintf(path[next], sizeof path[next], "%s/%s", folder, name);
    return path[next];
}

static const char *output(const char *name, const char *ending) {
    char file[100];
    snprintf(file, sizeof file, "%s.%s", name, ending);
    return launch_path(file);
}

pid_t launch_start(const char *name, int ranks, const char *const *argv) {
    char number[12];
    const char *all[64] = {LATCAST_TEST_MPIRUN, "--timeout", "300", "-n", number};
    int n = ranks > 0 ? 5 : 0;
    snprintf(number, sizeof number, "%d", ranks);
    for (int i = 0; argv[i] && n < 63; i++)
        all[n++] = argv[i];
    all[n] = NULL;
    int out = open(output(name, "out"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    int err = open(output(name, "err"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    cr_assert(out >= 0 && err >= 0);
    pid_t pid = fork();
    cr_assert(pid >= 0);
    if (pid == 0) {
        dup2(out, STDOUT_FILENO);
        dup2(err, STDERR_FILENO);
        if (ranks > 0) /* OpenMPI keeps memory of plugins that it has unloaded by then */
            setenv("LSAN_OPTIONS", "detect_leaks=0", 1);
        prctl(PR_SET_PDEATHSIG, SIGTERM); /* a test that is cut off leaves nothing running */
        execv(all[0], (char *const *)all);
        _exit(127);
    }
    close(out);
    close(err);
    return pid;
}

int launch_wait(pid_t pid) {
    int status;
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static char *append(char *text, const char *path) {
    FILE *f = fopen(path, "rb");
    cr_assert_not_null(f);
    fseek(f, 0, SEEK_END);
    size_t had = text ? strlen(text) : 0, size = (size_t)ftell(f);
    text = realloc(text, had + size + 1);
    cr_assert_not_null(text);
    rewind(f);
    size = fread(text + had, 1, size, f);
    text[had + size] = '\0';
    fclose(f);
    return text;
}

char *launch_said(const char *name) {
    return append(append(NULL, output(name, "out")), output(name, "err"));
}
