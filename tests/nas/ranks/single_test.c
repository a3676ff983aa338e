/* Ranks in a build without MPI. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include "ranks.h"

Test(single, is_one_rank_that_agrees_with_itself) {
    lc__ranks *ranks = NULL;
    bool wish = true;
    unsetenv("OMPI_COMM_WORLD_SIZE");
    cr_assert_eq(lc__ranks_open(NULL, &ranks, NULL), LC_OK);
    cr_expect(ranks->rank == 0 && ranks->ranks == 1 && !ranks->reducer);
    cr_expect_eq(lc__ranks_any(ranks, &wish, NULL), LC_OK);
    cr_expect(wish);
    cr_expect_eq(lc__ranks_agree(ranks, "it", 7, NULL), LC_OK);
    lc__ranks_close(ranks, LC_OK);
}

/* Each would train by itself and write the same files. */
Test(single, is_refused_where_mpirun_started_several) {
    lc__ranks *ranks = NULL;
    lc_error err = {0};
    setenv("OMPI_COMM_WORLD_SIZE", "4", 1);
    cr_expect_eq(lc__ranks_open(NULL, &ranks, &err), LC_EUNSUPPORTED);
    cr_expect(strstr(err.message, "4 processes"), "%s", err.message);
    setenv("OMPI_COMM_WORLD_SIZE", "1", 1);
    cr_assert_eq(lc__ranks_open(NULL, &ranks, &err), LC_OK);
    lc__ranks_close(ranks, LC_OK);
}
