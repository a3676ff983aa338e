#include "library.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <link.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define OPENING_SECONDS 60

/* What a process that opens a library does, in a child: no core is left, and it does not hang. */
static void open_and_leave(const char *file) {
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    signal(SIGALRM, SIG_DFL);
    alarm(OPENING_SECONDS);
    dlopen(file, RTLD_NOW | RTLD_LOCAL);
    _exit(0);
}

/* Constructors of a library run as it is opened; one that crashes would end this process without a
 * word. Where no child can be had, or waited for, nothing is known against it. */
static lc_status try_open(const lc__library *library, lc_error *err) {
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        open_and_leave(library->file);
    }
    pid_t ended = child < 0 ? -1 : waitpid(child, &status, 0);
    while (child > 0 && ended < 0 && errno == EINTR) {
        ended = waitpid(child, &status, 0);
    }
    if (ended < 0 || status == 0) {
        return LC_OK;
    }
    lc_error_set(err, LC_EUNSUPPORTED,
                 "backend %s cannot use %s: it ends the process that opens it (%s); mend or "
                 "remove it (Debian: %s)",
                 library->backend, library->file,
                 WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "by an exit of its own",
                 library->package);
    return LC_EUNSUPPORTED;
}

lc_status lc__library_open(const lc__library *library, void **handle, lc_error *err) {
    lc_status tried = try_open(library, err);
    if (tried != LC_OK) {
        return tried;
    }
    *handle = dlopen(library->file, RTLD_NOW | RTLD_LOCAL);
    if (*handle == NULL) {
        const char *why = dlerror();
        return lc_error_set(err, LC_EUNSUPPORTED,
                            "backend %s needs %s (Debian: apt install %s): %s", library->backend,
                            library->file, library->package,
                            why != NULL ? why : "cannot be opened");
    }
    return LC_OK;
}

void *lc__library_find(void *handle, const char *name) {
    return dlsym(handle, name);
}

void lc__library_path(void *handle, char *path, size_t size) {
    struct link_map *map = NULL;
    bool found = dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0 && map != NULL;
    snprintf(path, size, "%s", found ? map->l_name : "");
}

lc_status lc__library_refuse(const lc__library *library, void *handle, const char *is,
                             lc_error *err) {
    char path[256];
    lc__library_path(handle, path, sizeof path);
    return lc_error_set(err, LC_EUNSUPPORTED, "%s is %s: backend %s needs %s (Debian 12: %s)", path,
                        is, library->backend, library->wants, library->package);
}

lc_status lc__library_functions(const lc__library *library, void *handle, const char *version,
                                const char *const *names, size_t n, void *table, lc_error *err) {
    /* POSIX has dlsym() give functions as void *: copied, not cast, to please ISO C. */
    char *to = table;
    for (size_t i = 0; i < n; i++, to += sizeof(void *)) {
        void *address = dlsym(handle, names[i]);
        if (address == NULL) {
            char is[160];
            snprintf(is, sizeof is, "%s %s without %s", library->product,
                     version[0] ? version : "of an unknown version", names[i]);
            return lc__library_refuse(library, handle, is, err);
        }
        memcpy(to, &address, sizeof address);
    }
    return LC_OK;
}

/* --- build notes ---------------------------------------------------------------------------- */

typedef struct search {
    ElfW(Addr) base;
    char *text;
    size_t size;
} search;

static void print_build(const search *s, const unsigned char *bytes, size_t n) {
    size_t used = (size_t)snprintf(s->text, s->size, "build ");
    for (size_t i = 0; i < n && i < 8 && used + 2 < s->size; i++) {
        used += (size_t)snprintf(s->text + used, s->size - used, "%02x", bytes[i]);
    }
}

/* A segment of notes: a header, a name and a description each, the last two padded to words. */
static void read_notes(const search *s, const unsigned char *at, size_t size) {
    ElfW(Nhdr) note;
    while (size >= sizeof note) {
        memcpy(&note, at, sizeof note);
        size_t name = (note.n_namesz + 3U) & ~(size_t)3, data = (note.n_descsz + 3U) & ~(size_t)3;
        if (size - sizeof note < name || size - sizeof note - name < data) {
            return;
        }
        const unsigned char *words = at + sizeof note;
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && memcmp(words, "GNU", 4) == 0) {
            print_build(s, words + name, note.n_descsz);
        }
        at = words + name + data;
        size -= sizeof note + name + data;
    }
}

static int find_notes(struct dl_phdr_info *info, size_t size, void *context) {
    const search *s = context;
    (void)size;
    for (int i = 0; info->dlpi_addr == s->base && i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type == PT_NOTE) {
            uintptr_t at = (uintptr_t)(info->dlpi_addr + segment->p_vaddr);
            read_notes(s, (const unsigned char *)at, segment->p_memsz);
        }
    }
    return info->dlpi_addr == s->base;
}

void lc__library_build(void *handle, char *text, size_t size) {
    struct link_map *map = NULL;
    text[0] = '\0';
    if (dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0 && map != NULL) {
        search s = {.base = map->l_addr, .text = text, .size = size};
        dl_iterate_phdr(find_notes, &s);
    }
}
