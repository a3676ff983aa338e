/* The verbs of profagent. Each returns the exit code. */
#ifndef AGENT_COMMANDS_H
#define AGENT_COMMANDS_H

int cmd_run(int argc, char **argv);
int cmd_info(int argc, char **argv);
int cmd_compare(int argc, char **argv);
int cmd_upload(int argc, char **argv);
int cmd_table(int argc, char **argv);

#endif
