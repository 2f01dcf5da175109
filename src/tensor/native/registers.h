// The registers of a processor, whatever their size.
#pragma once
#include <cstdint>

#include "processors.h"

namespace igds {

// Channels that are summed up side by side.
constexpr int64_t PANEL = 16;

// N numbers: one register.
template <int N>
struct Register {
  typedef float Type __attribute__((vector_size(4 * N)));
  typedef float Unaligned __attribute__((vector_size(4 * N), aligned(4), may_alias));
};
template <int N>
using Lanes = typename Register<N>::Type;

template <int N>
INLINE Lanes<N> load(const float* at) {
  return *reinterpret_cast<const typename Register<N>::Unaligned*>(at);
}
template <int N>
INLINE void store(float* at, Lanes<N> value) {
  *reinterpret_cast<typename Register<N>::Unaligned*>(at) = value;
}

}  // namespace igds
