/* Forms filled with patterns, drawn in whole numbers alone: the same on every machine. Lengths and
 * places are in sixteenths of a pixel, the origin is the upper left corner. */
#ifndef PAINT_H
#define PAINT_H

#include <stdint.h>

enum { LC__CANVAS_SIDE = 32, LC__CANVAS_FINE = 16 };

typedef unsigned char lc__canvas[LC__CANVAS_SIDE][LC__CANVAS_SIDE][3];

typedef enum lc__form {
    LC__FORM_DISC,
    LC__FORM_SQUARE,
    LC__FORM_TRIANGLE,
    LC__FORM_CROSS,
    LC__FORM_RING,
    LC__FORMS,
    LC__FORM_ALL = LC__FORMS /* the whole canvas */
} lc__form;

typedef enum lc__pattern {
    LC__PATTERN_STRIPES,
    LC__PATTERN_CHECKS,
    LC__PATTERN_DOTS,
    LC__PATTERN_CHEVRONS,
    LC__PATTERN_BLOTCHES,
    LC__PATTERNS,
    LC__PATTERN_PLAIN = LC__PATTERNS /* the first colour alone */
} lc__pattern;

/* A rotation, in 4096ths. */
typedef struct lc__turn {
    int cosine, sine;
} lc__turn;

/* Any direction, no two of them much likelier than each other (at most 2 to 1). */
lc__turn lc__turn_draw(uint64_t *rng);

typedef struct lc__figure {
    lc__form form;
    int x, y, radius; /* all forms of a radius cover about as much */
    lc__turn turn;
    lc__pattern pattern;
    int period; /* of the pattern, at least 16 */
    lc__turn pattern_turn;
    int phase_u, phase_v;         /* of the pattern, 256ths of the period */
    unsigned char blotches[8][8]; /* what blotches are made of */
    unsigned char colour[2][3];
} lc__figure;

/* Draws how the pattern lies: its turn, phases and blotches. */
void lc__figure_draw_pattern(lc__figure *figure, uint64_t *rng);

/* Paints a figure over what is there, its edge softened. */
void lc__paint(lc__canvas canvas, const lc__figure *figure);

#endif
