/* The verbs of `nas`: argv[0] is the verb, the result is the exit code. */
#ifndef NAS_CMD_H
#define NAS_CMD_H

int lc__nas_train(int argc, char **argv);
int lc__nas_search(int argc, char **argv);
int lc__nas_bits(int argc, char **argv);
int lc__nas_pareto(int argc, char **argv);
int lc__nas_verify(int argc, char **argv);
int lc__nas_accuracies(int argc, char **argv);

#endif
