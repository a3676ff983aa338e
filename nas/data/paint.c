#include "paint.h"

#include <stdbool.h>
#include <stdlib.h>
#include "base/rng.h"

/* Shifts of negative numbers below round down, as gcc and clang define them. */

enum { ONE = 4096, PERIOD = 256, HALF = 128 };

/* A point of the unit circle by its rational form, (1 - t^2, 2 t) / (1 + t^2) with t in [-1, 1),
 * and its opposite: sine and cosine of the C library differ from machine to machine. */
lc__turn lc__turn_draw(uint64_t *rng) {
    enum { UNIT = 256, TURNS = 2 * UNIT };
    int t = (int)lc__rng_below(rng, TURNS) - UNIT;
    int sign = lc__rng_below(rng, 2) ? 1 : -1;
    int whole = UNIT * UNIT + t * t;
    return (lc__turn){.cosine = sign * ONE * (UNIT * UNIT - t * t) / whole,
                      .sine = sign * (2 * ONE * UNIT) * t / whole};
}

void lc__figure_draw_pattern(lc__figure *figure, uint64_t *rng) {
    figure->pattern_turn = lc__turn_draw(rng);
    figure->phase_u = (int)lc__rng_below(rng, PERIOD);
    figure->phase_v = (int)lc__rng_below(rng, PERIOD);
    for (int row = 0; row < 8; row++) {
        uint64_t word = lc__rng_u64(rng);
        for (int column = 0; column < 8; column++)
            figure->blotches[row][column] = (unsigned char)(word >> 8 * column);
    }
}

static int clamp(int v, int low, int high) {
    return v < low ? low : v > high ? high : v;
}

/* 0 to 127 and back over a period. */
static int triangle(int phase) {
    int at = phase & (PERIOD - 1);
    return at < HALF ? at : PERIOD - 1 - at;
}

/* A square wave of -128 and 128 whose steps take about a fifth of a period. */
static int wave(int phase) {
    return clamp((triangle(phase) - HALF / 2) * 5, -HALF, HALF);
}

/* Between the four values of the grid around, which repeats; a cell is two thirds of a period. */
static int blotch(const unsigned char grid[8][8], int u, int v) {
    int a = u * 3 >> 1, b = v * 3 >> 1;
    int x = a >> 8 & 7, y = b >> 8 & 7, fx = a & 255, fy = b & 255;
    int next = (x + 1) & 7, below = (y + 1) & 7;
    int upper = grid[y][x] * (256 - fx) + grid[y][next] * fx;
    int lower = grid[below][x] * (256 - fx) + grid[below][next] * fx;
    int value = (upper * (256 - fy) + lower * fy) >> 16;
    return clamp((value - HALF) * 4, -HALF, HALF);
}

/* How much of the second colour there is at a place (from the figure's middle): 0 to 256. */
static int level(const lc__figure *f, int x, int y) {
    int step = 65536 / f->period;
    int along = x * f->pattern_turn.cosine + y * f->pattern_turn.sine;
    int across = y * f->pattern_turn.cosine - x * f->pattern_turn.sine;
    int u = ((along >> 12) * step >> 8) + f->phase_u;
    int v = ((across >> 12) * step >> 8) + f->phase_v;
    int du = (u & (PERIOD - 1)) - HALF, dv = (v & (PERIOD - 1)) - HALF;
    switch (f->pattern) {
    case LC__PATTERN_STRIPES:
        return HALF + wave(u);
    case LC__PATTERN_CHECKS:
        return HALF + wave(u) * wave(v) / HALF;
    case LC__PATTERN_DOTS: /* of a third of a period's radius */
        return HALF + clamp((84 * 84 - du * du - dv * dv) / 32, -HALF, HALF);
    case LC__PATTERN_CHEVRONS: /* stripes that turn back every other period */
        return HALF + wave(u + 2 * triangle(v >> 1));
    case LC__PATTERN_BLOTCHES:
        return HALF + blotch(f->blotches, u, v);
    default:
        return 0;
    }
}

/* Whether a form has a place in it, given from its middle and along its own axes. */
static bool inside(lc__form form, int u, int v, int r) {
    int square = u * u + v * v, a = abs(u), b = abs(v);
    switch (form) {
    case LC__FORM_DISC:
        return square <= r * r;
    case LC__FORM_SQUARE:
        return a <= r * 7 / 8 && b <= r * 7 / 8;
    case LC__FORM_TRIANGLE: /* 222 / 256 is half the root of 3 */
        return v <= r * 3 / 4 && 222 * a - 128 * v <= 192 * r;
    case LC__FORM_CROSS:
        return (a <= r * 3 / 8 && b <= r * 9 / 8) || (b <= r * 3 / 8 && a <= r * 9 / 8);
    case LC__FORM_RING:
        return square * 4 >= r * r && square * 4 <= r * r * 5;
    default:
        return true;
    }
}

/* How many of four places within a pixel are in the figure; x, y: its middle from the figure's. */
static int coverage(const lc__figure *f, int x, int y) {
    int n = 0;
    if (f->form == LC__FORM_ALL)
        return 4;
    for (int k = 0; k < 4; k++) {
        int px = x + (k & 1 ? 4 : -4), py = y + (k & 2 ? 4 : -4);
        int u = (px * f->turn.cosine + py * f->turn.sine) >> 12;
        int v = (py * f->turn.cosine - px * f->turn.sine) >> 12;
        n += inside(f->form, u, v, f->radius);
    }
    return n;
}

static void paint_pixel(unsigned char *pixel, const lc__figure *f, int x, int y) {
    int share = coverage(f, x, y);
    if (!share)
        return;
    int second = level(f, x, y);
    for (int c = 0; c < 3; c++) {
        int colour = f->colour[0][c] + ((f->colour[1][c] - f->colour[0][c]) * second >> 8);
        pixel[c] = (unsigned char)(pixel[c] + (colour - pixel[c]) * share / 4);
    }
}

void lc__paint(lc__canvas canvas, const lc__figure *figure) {
    int left = 0, right = LC__CANVAS_SIDE - 1, top = 0, bottom = LC__CANVAS_SIDE - 1;
    if (figure->form != LC__FORM_ALL) {
        int reach = figure->radius * 3 / 2 + LC__CANVAS_FINE; /* the triangle's corners */
        left = clamp((figure->x - reach) / LC__CANVAS_FINE, left, right);
        right = clamp((figure->x + reach) / LC__CANVAS_FINE, left, right);
        top = clamp((figure->y - reach) / LC__CANVAS_FINE, top, bottom);
        bottom = clamp((figure->y + reach) / LC__CANVAS_FINE, top, bottom);
    }
    for (int y = top; y <= bottom; y++)
        for (int x = left; x <= right; x++)
            paint_pixel(canvas[y][x], figure, x * LC__CANVAS_FINE + LC__CANVAS_FINE / 2 - figure->x,
                        y * LC__CANVAS_FINE + LC__CANVAS_FINE / 2 - figure->y);
}
