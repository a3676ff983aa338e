/* A table of measurements and its nets, for predict eval. */
#ifndef TEST_EVAL_DATA_H
#define TEST_EVAL_DATA_H

/* Writes t.csv and n.jsonl into the world: 40 nets of two layers, named net0 ..; device `slow` is
 * 3 x "fast" + 1, "flat" never varies, "gaps" ran every other net, "rare" the first four. */
void eval_data_write(const char *slow);

#endif
