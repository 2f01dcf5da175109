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

// For loops whose sums are to fill the registers, whose number and size FOR_EACH_PROCESSOR does not tell.
#if defined(__x86_64__) && defined(__GNUC__)
#define FOR_AVX2 __attribute__((target("avx2,fma")))
#define FOR_AVX512 __attribute__((target("avx512f")))
#else
#define FOR_AVX2
#define FOR_AVX512
#endif

namespace igds {

// How many numbers a register of this processor has: 4, 8 or 16. IGDS_REGISTERS may ask for smaller ones: that is how the
// tests reach the code of other processors.
int numbersInRegister();

// The one of three functions that is for such registers.
template <typename F>
F* fitting(F* four, F* eight, F* sixteen) {
  const int numbers = numbersInRegister();
  return numbers == 16 ? sixteen : numbers == 8 ? eight : four;
}

}  // namespace igds
