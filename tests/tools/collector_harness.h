/* Starts the real collector on a free loopback port, and speaks HTTP to it over plain sockets, so
 * that a test may also say what no HTTP library would. */
#ifndef TESTS_COLLECTOR_HARNESS_H
#define TESTS_COLLECTOR_HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define TOKEN "correct-horse"
#define AUTH "Authorization: Bearer " TOKEN "\r\n"

typedef struct collector {
    char dir[64]; /* temporary, holds all below */
    char db[80], token_file[80];
    pid_t pid;
    int port;
    size_t file_limit; /* bytes that a file of it may have, 0 = any */
} collector;

/* A temporary folder with a token file; then start as often as needed. `extra` is a NULL-ended list
 * of further arguments, or NULL. Fails the test when the collector does not start. */
void collector_init(collector *c);
void collector_start(collector *c, const char *const *extra);

/* SIGTERM; returns the exit status (or 128 + signal). */
int collector_stop(collector *c);
/* SIGKILL. */
void collector_kill(collector *c);
/* Removes the folder. */
void collector_clear(collector *c);

typedef struct answer {
    int status; /* 0: no answer came */
    char head[2000];
    char *body; /* NUL-terminated; free() */
    size_t length;
} answer;

/* A connection to the port, or -1; sends all, or as much as the peer takes. */
int connect_to(int port);
bool send_bytes(int fd, const void *data, size_t length);

/* Reads an answer to the end of the connection. */
answer read_answer(int fd);

/* One request on a connection of its own. `headers` is "" or lines that end in \r\n. */
answer http(const collector *c, const char *method, const char *path, const char *headers,
            const void *body, size_t length);
answer post(const collector *c, const char *lines);
answer get(const collector *c, const char *path);

/* Posts, and fails the test unless status and a part of the body are as expected. */
void expect_post(const collector *c, const char *lines, int status, const char *part);

/* How many samples of the device the collector gives out. */
size_t count_samples(const collector *c, const char *device);

/* Runs a program to its end, stdout and stderr into output[size]; returns its exit status, 127 when
 * it could not be started. argv ends with NULL. */
int run_program(const char *const *argv, char *output, size_t size);

#endif
