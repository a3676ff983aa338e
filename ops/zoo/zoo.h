/* The nets that ship, one file each; a new one is a file, a line here and one in zoo.c. */
#ifndef OPS_ZOO_H
#define OPS_ZOO_H

#include "build.h"

/* Each adds its operators to an empty net; the last one added is the output. Nets that cannot be
 * had for other `images` are made for the usual ones. */
typedef struct lc__zoo_images {
    int side, classes;
} lc__zoo_images;

void lc__zoo_mobilenet_v2(lc__build *b, lc__zoo_images images);
void lc__zoo_resnet18(lc__build *b, lc__zoo_images images);
void lc__zoo_vit_tiny(lc__build *b, lc__zoo_images images);

enum { LC__ZOO_SIDE = 224, LC__ZOO_CLASSES = 1000 };

#endif
