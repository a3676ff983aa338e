/* The nets that ship, one file each; a new one is a file, a line here and one in zoo.c. */
#ifndef OPS_ZOO_H
#define OPS_ZOO_H

#include "build.h"

/* Each adds its operators to an empty net; the last one added is the output. */
void lc__zoo_mobilenet_v2(lc__build *b);
void lc__zoo_resnet18(lc__build *b);
void lc__zoo_vit_tiny(lc__build *b);

enum { LC__ZOO_CLASSES = 1000 };

#endif
