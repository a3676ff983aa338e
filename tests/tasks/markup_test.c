/* Axes of the report: a mark beyond its axis or a tick at .30000000000000004 would mislead. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "tasks/markup.h"

static const struct {
    double lo, hi;
    bool logarithmic;
    double first, last; /* ticks */
    size_t n;
} axes[] = {
    {0.42, 1, false, 0.4, 1, 7},      {0.93, 1, false, 0.93, 1, 8}, {3.1, 17.2, false, 2, 18, 9},
    {-0.1, 1, false, -0.2, 1, 7},     {5, 5, false, 5, 10, 6},      {0.9, 11, true, 1, 10, 4},
    {0.02, 3000, true, 0.1, 1000, 5},
};

Test(markup, axes_have_round_ticks_that_span_the_values) {
    for (size_t i = 0; i < sizeof axes / sizeof *axes; i++) {
        lc__axis a = lc__axis_make(axes[i].lo, axes[i].hi, 10, 110, axes[i].logarithmic);
        double tick[12];
        size_t n = lc__axis_ticks(&a, tick);
        cr_expect(a.lo <= axes[i].lo && a.hi >= axes[i].hi, "row %zu: %g .. %g", i, a.lo, a.hi);
        cr_assert_eq(n, axes[i].n, "row %zu: %zu ticks from %g", i, n, tick[0]);
        cr_expect(fabs(tick[0] - axes[i].first) < 1e-9, "row %zu begins at %.17g", i, tick[0]);
        cr_expect(fabs(tick[n - 1] - axes[i].last) < 1e-9, "row %zu ends at %.17g", i, tick[n - 1]);
    }
}

Test(markup, values_beyond_an_axis_stay_on_it) {
    lc__axis a = {1, 100, 200, 0, true};
    cr_expect(fabs(lc__axis_at(&a, 10) - 100) < 1e-9);
    cr_expect(fabs(lc__axis_at(&a, 0) - 200) < 1e-9);
    cr_expect(fabs(lc__axis_at(&a, 1e9) - 0) < 1e-9);
}

Test(markup, text_is_no_markup) {
    lc__buf out = {0};
    lc__markup_text(&out, "a<b> & \"c\"\x01.");
    cr_expect_str_eq(out.text, "a&lt;b&gt; &amp; &quot;c&quot; .");
    free(out.text);
}
