// How the inner loops are compiled.
#pragma once

// One binary for all processors of a kind: the loops are compiled for each width of vectors, and the widest that the
// processor has is taken when the library is loaded.
#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__GNUC__) && !defined(__clang__)
#if __GNUC__ >= 12
#define FOR_EACH_PROCESSOR __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define FOR_EACH_PROCESSOR __attribute__((target_clones("avx512f", "avx2", "default")))
#endif
#else
#define FOR_EACH_PROCESSOR
#endif
#define INLINE_LAMBDA __attribute__((always_inline))
#define INLINE inline INLINE_LAMBDA
