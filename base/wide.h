/* Functions marked LC__WIDE are compiled for several instruction sets where compiler and system can
 * choose among them at run time. What they call is compiled so only as far as it becomes part of
 * them. */
#ifndef BASE_WIDE_H
#define BASE_WIDE_H

/* Sanitizers are not up and running yet when the version is chosen, while the program is linked. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
    __has_feature(memory_sanitizer)
#define LC__SANITIZED
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LC__SANITIZED
#endif

/* Clang 14 gives such functions a name of its own, which other files do not find. */
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__clang__) && !defined(LC__SANITIZED)
#define LC__WIDE __attribute__((target_clones("avx512f", "fma", "default")))
#else
#define LC__WIDE
#endif

#endif
