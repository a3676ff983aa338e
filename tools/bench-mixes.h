/* What a core can do at most: loops of the instructions that a kernel form is made of, on registers
 * alone, so that nothing but the core's ports bounds them. */
#ifndef TOOLS_BENCH_MIXES_H
#define TOOLS_BENCH_MIXES_H

#include "kernels/isa.h"

/* X(NAME, name): the forms that rows of the table are held against, and the plain adder. */
#define MIX_FORM_MAP(X)                                                                            \
    X(FMA, "multiply f32")                                                                         \
    X(MULTIPLY_INT8, "multiply int8")                                                              \
    X(ADDER_F32, "adder f32")                                                                      \
    X(ADDER_INT8, "adder int8")                                                                    \
    X(SHIFT_F32, "shift f32")                                                                      \
    X(SHIFT_INT16, "shift int16")                                                                  \
    X(SHIFT_INT8, "shift int8")                                                                    \
    X(PLAIN_ADDER_F32, "adder f32, plain")

typedef enum mix_form {
#define MIX_FORM_ENUM(NAME, name) MIX_##NAME,
    MIX_FORM_MAP(MIX_FORM_ENUM)
#undef MIX_FORM_ENUM
        MIX_FORMS
} mix_form;

typedef struct mix {
    mix_form form;
    lc__isa isa;      /* what it needs */
    const char *what; /* the instructions of a group */
    int groups;       /* in one pass of the loop */
    int instructions; /* of a group */
    int terms;        /* multiply-accumulates, or their like, of a group */
    void (*run)(long passes);
} mix;

const char *mix_name(mix_form form);

/* The mix that kernels of a form are made of which use instruction sets of `allowed` only; NULL if
 * there is none. */
const mix *mix_of(mix_form form, lc__isa allowed);

/* Seconds of one pass, the quickest of some milliseconds of passes. */
double mix_seconds(const mix *m);

/* Clock cycles per second of a core at work, by a chain of additions that takes one each. */
double mix_cycles(void);

/* The clock that never jumps, seconds. */
double mix_now(void);

#endif
