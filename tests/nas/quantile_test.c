/* Confidence: quantiles from a 90 % interval. */
#include <criterion/criterion.h>
#include <math.h>

#include "quantile.h"

/* Quantiles of tables: normal up to 95 %, Student's with 4 degrees of freedom beyond. */
Test(quantile, reach_is_that_of_tables) {
    cr_expect(lc__quantile_reach(0.5) == 0);
    cr_expect(fabs(lc__quantile_reach(0.9) - 1.281552 / 1.644854) < 1e-6);
    cr_expect(fabs(lc__quantile_reach(0.95) - 1) < 1e-12);
    cr_expect(fabs(lc__quantile_reach(0.99) - 3.746947 / 2.131847) < 1e-6);
}

Test(quantile, takes_the_larger_of_sums_and_factors) {
    cr_expect(fabs(lc__upper_quantile(10, 14, 0.5) - 12) < 1e-12);
    cr_expect(lc__upper_quantile(10, 14, 0.5) >= 10 * pow(1.4, 0.5));
    cr_expect(fabs(lc__upper_quantile(10, 14, 2) - 19.6) < 1e-12);
    cr_expect(lc__upper_quantile(10, 14, 2) >= 18);
    cr_expect(lc__upper_quantile(10, 14, 0) == 10);
}
