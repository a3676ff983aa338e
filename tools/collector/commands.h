/* The verbs of the collector. Each gets its own argv, prints, and returns the exit code. */
#ifndef COLLECTOR_COMMANDS_H
#define COLLECTOR_COMMANDS_H

int run_serve(int argc, char **argv);
int run_export(int argc, char **argv);

#endif
