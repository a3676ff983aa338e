/* Runtimes that are there in another version, or not at all: profagent says which file, what it is
 * and what it should be. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/spool.h"
#include "latcast/backend.h"
#include "rig.h"

/* The linker of the agent finds libraries in tests/agent/fake/<name> first. */
static void look_in(const char *name) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", LATCAST_FAKES, name);
    cr_assert_eq(setenv("LD_LIBRARY_PATH", path, 1), 0);
}

/* profagent run with `backend` and the library in fake/<name> ends with code 3 and `words`. */
static void expect_refusal(const char *backend, const char *name, const char *words) {
    if (lc_backend_find(backend) == NULL)
        cr_skip_test("this build has no backend %s", backend);
    look_in(name);
    rig_result r = RIG_RUN(rig_agent, "run", "--plan", rig_plan("p", 1), "--out",
                           rig_path("o.json"), "--backend", backend);
    char file[64];
    snprintf(file, sizeof file, "fake/%s/lib", name);
    cr_expect_eq(r.code, 3, "exit %d: %s", r.code, r.err);
    cr_expect_not_null(strstr(r.err, file), "\"%s\" is not in: %s", file, r.err);
    cr_expect_not_null(strstr(r.err, words), "\"%s\" is not in: %s", words, r.err);
}

Test(library, onednn_of_another_major) {
    expect_refusal("onednn", "onednn3",
                   "libdnnl.so.2 is oneDNN 3.1.0: backend onednn needs oneDNN 2.6");
}

Test(library, onednn_that_is_too_old) {
    expect_refusal("onednn", "onednn24", "is oneDNN 2.4.1: backend onednn needs oneDNN 2.6");
}

Test(library, onednn_without_a_function) {
    expect_refusal("onednn", "onednn26", "is oneDNN 2.6.3 without ");
}

Test(library, onednn_without_a_version) {
    expect_refusal("onednn", "onednn_empty", "oneDNN of an unknown version without dnnl_version");
}

Test(library, xnnpack_of_another_interface) {
    expect_refusal("xnnpack", "xnnpack2023",
                   "libXNNPACK.so.0 is XNNPACK of 2023 or later: backend "
                   "xnnpack needs");
}

Test(library, xnnpack_without_a_function) {
    expect_refusal("xnnpack", "xnnpack_empty", "XNNPACK of an unknown version without ");
}

Test(library, openblas_with_64_bit_integers) {
    expect_refusal("openblas", "openblas64", "is OpenBLAS 0.3.21 with 64-bit integers");
}

Test(library, openblas_without_a_function) {
    expect_refusal("openblas", "openblas32", "is OpenBLAS 0.3.21 without openblas_get_corename");
}

/* A file that is no library; the agent goes on with what it has, and info says why. */
Test(library, info_lists_what_is_there_and_why_the_rest_is_not) {
    if (lc_backend_find("onednn") == NULL)
        cr_skip_test("this build has no backend onednn");
    rig_write(rig_path("libdnnl.so.2"), "not a library");
    cr_assert_eq(setenv("LD_LIBRARY_PATH", rig_dir(), 1), 0);
    rig_result r = RIG_RUN(rig_agent, "info", "--json");
    cr_expect_eq(r.code, 0, "%s", r.err);
    cr_expect_not_null(strstr(r.out, "apt install libdnnl2"), "%s", r.out);
    cr_expect_not_null(strstr(r.out, "\"built in\""), "%s", r.out);
    cr_expect_not_null(strstr(r.out, "\"dtypes\""), "%s", r.out);
    r = RIG_RUN(rig_agent, "run", "--plan", rig_plan("p", 1), "--out", rig_path("o.json"), "--json",
                "--max-seconds-per-item", "0.02", "--precision", "1");
    cr_expect_eq(r.code, 0, "%s", r.err);
    lc_device d;
    lc_error err;
    cr_assert_eq(lc_device_load(rig_path("o.json"), &d, &err), LC_OK, "%s", err.message);
    cr_expect_str_eq(d.backend, "native");
    lc_device_clear(&d);
}

/* One that crashes as it is opened is like one that is not there. */
Test(library, a_crash_is_told_and_the_agent_goes_on_without_the_library) {
    if (lc_backend_find("onednn") == NULL)
        cr_skip_test("this build has no backend onednn");
    look_in("onednn_crash");
    rig_result r = RIG_RUN(rig_agent, "info", "--json");
    cr_expect_eq(r.code, 0, "exit %d: %s", r.code, r.err);
    cr_expect_not_null(strstr(r.out, "libdnnl.so.2: it ends the process that opens it"), "%s",
                       r.out);
    r = RIG_RUN(rig_agent, "run", "--plan", rig_plan("p", 1), "--out", rig_path("o.json"),
                "--max-seconds-per-item", "0.02", "--precision", "1");
    cr_expect_eq(r.code, 0, "exit %d: %s", r.code, r.err);
    cr_expect_not_null(strstr(r.err, "_native-"), "%s", r.err);
}

Test(library, libcurl_is_opened_only_to_upload) {
    rig_write(rig_path("libcurl.so.4"), "not a library");
    cr_assert_eq(setenv("LD_LIBRARY_PATH", rig_dir(), 1), 0);
    rig_result r = RIG_RUN(rig_agent, "run", "--plan", rig_plan("p", 1), "--out",
                           rig_path("o.json"), "--upload", "http://127.0.0.1:1");
    cr_expect_eq(r.code, 3, "exit %d: %s", r.code, r.err);
    cr_expect_not_null(strstr(r.err, "apt install libcurl4"), "%s", r.err);
    r = RIG_RUN(rig_agent, "run", "--plan", rig_plan("p", 1), "--out", rig_path("o.json"),
                "--backend", "null", "--max-seconds-per-item", "0.02", "--precision", "1");
    cr_expect_eq(r.code, 0, "%s", r.err);
}
