/* Takes the sums over inputs, lc__adder_inputs(tile, row), away from the sums of a tile and
 * finishes it, for any lc__vi. */
#ifndef KERNELS_ADDER_DONE_INT8_H
#define KERNELS_ADDER_DONE_INT8_H

static __attribute__((noinline)) void lc__adder_done(const lc__tile *t, lc__vi *sums, int rows,
                                                     int vecs) {
    int32_t *inputs = t->keep;
    for (int r = 0; r < rows && t->first; r++) {
        inputs[r] = lc__adder_inputs(t, r);
    }
    for (int r = 0; r < rows; r++) {
        for (int v = 0; v < vecs; v++) {
            sums[r * vecs + v] -= lc__vi_set(inputs[r]);
        }
    }
    lc__tile_finish(t, sums, rows, vecs);
}

#define LC__TILE_DONE lc__adder_done

#endif
