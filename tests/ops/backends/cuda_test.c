/* The CUDA backend where there is no card; its kernels through the real NVRTC where there is
 * one. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backends/cuda_lib.h"

static const lc_exec_config config = {.threads = 1, .weight_seed = 1};

static const lc_backend *cuda(void) {
    return lc_backend_find("cuda");
}

Test(cuda_absent, names_what_is_missing_and_what_to_install) {
    lc_error err;
    lc_backend_info info;
    if (lc_backend_open(cuda(), &config, &info, &err) == LC_OK) {
        cr_skip_test("there is a card: %s", info.detail);
    }
    cr_expect_eq(err.code, LC_EUNSUPPORTED);
    cr_expect(strstr(err.message, "libcuda.so.1") || strstr(err.message, "no card it can use"),
              "%s", err.message);
    cr_expect(strstr(err.message, "driver") != NULL, "%s", err.message);
}

Test(cuda_absent, refuses_what_a_card_has_not) {
    lc_error err;
    lc_exec_config capped = config, many = config, small = config;
    capped.isa = "avx2";
    many.threads = 2;
    small.dtype = LC_DTYPE_INT8;
    cr_expect_eq(lc_backend_open(cuda(), &capped, NULL, &err), LC_EUNSUPPORTED);
    cr_expect(strstr(err.message, "\"avx2\"") != NULL, "%s", err.message);
    cr_expect_eq(lc_backend_open(cuda(), &many, NULL, &err), LC_EUNSUPPORTED);
    cr_expect(strstr(err.message, "--threads 1") != NULL, "%s", err.message);
    cr_expect_eq(lc_backend_open(cuda(), &small, NULL, &err), LC_EUNSUPPORTED);
    cr_expect(strstr(err.message, "int8") != NULL, "%s", err.message);
}

/* Orin, Ampere's servers and Hopper. */
Test(cuda_compiler, takes_the_kernels) {
    static const int cards[][2] = {{8, 0}, {8, 7}, {9, 0}};
    static const char *const names[] = {
#define NAME(name) #name,
        LC__CUDA_KERNEL_MAP(NAME)
#undef NAME
    };
    for (size_t c = 0; c < sizeof cards / sizeof *cards; c++) {
        lc_error err;
        char *ptx, version[16];
        lc_status s = lc__cuda_compile(cards[c][0], cards[c][1], &ptx, version, &err);
        if (s == LC_EUNSUPPORTED) {
            cr_skip_test("%s", err.message);
        }
        cr_assert_eq(s, LC_OK, "%s", err.message);
        for (size_t k = 0; k < LC__CUDA_KERNELS; k++) {
            char entry[80];
            snprintf(entry, sizeof entry, ".entry %s(", names[k]);
            cr_expect(strstr(ptx, entry) != NULL, "NVRTC %s made no %s", version, names[k]);
        }
        free(ptx);
    }
}
