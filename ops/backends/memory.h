/* What memory this process may still have. */
#ifndef BACKENDS_MEMORY_H
#define BACKENDS_MEMORY_H

/* Bytes that can be had without swapping: the least of what the machine has available, what the
 * control groups of this process leave it (cgroup v1 and v2, Linux Documentation/admin-guide), and
 * what its limit on address space does, and the addresses there are, 4 GB of 32 bits. `root` is put
 * before /proc and /sys; "" is this machine. */
double lc__memory_available(const char *root);

#endif
