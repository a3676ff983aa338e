/* Attributes at the end of their range, where a product of two of them is more than an int holds.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "latcast/backend.h"

static const lc_exec_config plain = {.threads = 1, .weight_seed = 1};

/* One pixel under a window of 2^32 values. */
static lc_net *vast_pool(void) {
    lc_net *net = lc_net_new("vast");
    lc_op input = lc_op_init(LC_OP_INPUT), pool = lc_op_init(LC_OP_AVG_POOL);
    int index = 0;
    lc_error err = {0};
    input.shape = (lc_shape){1, 1, 1, 3};
    pool.kernel_h = pool.kernel_w = 1 << 16;
    pool.pad_h = pool.pad_w = 1 << 15;
    cr_assert_eq(lc_net_add(net, "in", &input, NULL, 0, &index, &err), LC_OK, "%s", err.message);
    cr_assert_eq(lc_net_add(net, "pool", &pool, &index, 1, NULL, &err), LC_OK, "%s", err.message);
    return net;
}

/* Only what lies inside the image is looked at. */
Test(vast_pool, native_takes_the_mean) {
    const float x[3] = {1, 2, 3};
    float y[12] = {0};
    lc_exec *exec = NULL;
    lc_error err = {0};
    lc_net *net = vast_pool();
    cr_assert_eq(lc_exec_new(lc_backend_find("native"), net, &plain, &exec, &err), LC_OK, "%s",
                 err.message);
    cr_assert_eq(lc_exec_set_input(exec, 0, x, 3, &err), LC_OK, "%s", err.message);
    cr_assert_eq(lc_exec_run(exec, &err), LC_OK, "%s", err.message);
    cr_assert_eq(lc_exec_output(exec, y, 12, &err), LC_OK, "%s", err.message);
    cr_assert_arr_eq(y, x, sizeof x);
    cr_assert_arr_eq(y + 9, x, sizeof x);
    lc_exec_free(exec);
    lc_net_free(net);
}

static void check_refusal(const char *name) {
    lc_exec *exec = NULL;
    lc_error err = {0};
    const lc_backend *backend = lc_backend_find(name);
    if (backend == NULL || lc_backend_open(backend, &plain, NULL, &err) != LC_OK) {
        cr_skip_test("no backend %s here", name);
    }
    lc_net *net = vast_pool();
    cr_assert_eq(lc_exec_new(backend, net, &plain, &exec, &err), LC_EUNSUPPORTED);
    cr_assert_not_null(strstr(err.message, "node pool"), "%s", err.message);
    cr_assert_not_null(strstr(err.message, "avg_pool over a window of"), "%s", err.message);
    cr_assert_not_null(strstr(err.message, "native"), "%s", err.message);
    lc_net_free(net);
}

Test(vast_pool, xnnpack_refuses) {
    check_refusal("xnnpack");
}

Test(vast_pool, cuda_refuses) {
    check_refusal("cuda");
}
