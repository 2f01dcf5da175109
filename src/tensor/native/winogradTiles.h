// What convolution and its gradient by the kernel share: points, registers, tiles, and the transform of the images.
#pragma once
#include <cstdint>

#include "processors.h"
#include "winograd.h"

namespace igds {

// Numbers of N channels: one register.
template <int N>
struct Register {
  typedef float Type __attribute__((vector_size(4 * N)));
  typedef float Unaligned __attribute__((vector_size(4 * N), aligned(4)));
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

// The points, and their powers as the transforms take them; a b = 1.
constexpr double A = 0.70710678118654752440, B = 1.41421356237309504880;
constexpr float A1 = A, A2 = A * A, A3 = A * A * A, B1 = B, B2 = B * B, B3 = B * B * B, SUM = A2 + B2;
// What 1 / (the product of the distances from a point to the others) is for +-a and for +-b.
constexpr float AT_A = 1 / (2 * A * A * (A * A - B * B)), AT_B = 1 / (2 * B * B * (B * B - A * A));

// B^T d of six numbers in a line.
template <typename V>
INLINE void toPoints(const V* d, int64_t step, V* t) {
  const V d1 = d[step], d2 = d[2 * step], d3 = d[3 * step], d4 = d[4 * step];
  const V evenA = d4 - B2 * d2, oddA = A1 * (d3 - B2 * d1);
  const V evenB = d4 - A2 * d2, oddB = B1 * (d3 - A2 * d1);
  t[0] = d[0] - SUM * d2 + d4;
  t[1] = evenA + oddA;
  t[2] = evenA - oddA;
  t[3] = evenB + oddB;
  t[4] = evenB - oddB;
  t[5] = d1 - SUM * d3 + d[5 * step];
}

// Where a tile is in its image.
struct Tile {
  int64_t image, row, column;

  INLINE_LAMBDA Tile(const Convolution& of, int64_t index) {
    const int64_t within = index % (of.tileRows() * of.tileColumns());
    image = index / (of.tileRows() * of.tileColumns());
    row = 4 * (within / of.tileColumns());
    column = 4 * (within % of.tileColumns());
  }
};

// v = B^T d B, by point, tile and channel, with room for so many tiles at each point.
template <int N>
INLINE void transformImages(const Convolution& of, int64_t first, int64_t last, const float* x, int64_t room, float* v) {
  const int64_t apart = room * of.from;
  for (int64_t index = first; index < last; index++) {
    const Tile tile(of, index);
    const float* corner = x + ((tile.image * of.rows + tile.row - 1) * of.columns + tile.column - 1) * of.from;
    for (int64_t c = 0; c < of.from; c += N) {
      Lanes<N> half[6][6];
      for (int i = 0; i < 6; i++) {
        const int64_t row = tile.row - 1 + i;
        Lanes<N> d[6];
        for (int j = 0; j < 6; j++) {
          const int64_t column = tile.column - 1 + j;
          const bool inside = row >= 0 && row < of.rows && column >= 0 && column < of.columns;
          d[j] = inside ? load<N>(corner + (i * of.columns + j) * of.from + c) : Lanes<N>{};
        }
        toPoints(d, 1, half[i]);
      }
      float* to = v + (index - first) * of.from + c;
      for (int j = 0; j < 6; j++) {
        Lanes<N> t[6];
        toPoints(&half[0][j], 6, t);
        for (int i = 0; i < 6; i++) store<N>(to + (6 * i + j) * apart, t[i]);
      }
    }
  }
}

// By the size and the number of a processor's registers: target_clones would compile one size of sums for all.
#if defined(__x86_64__) && defined(__GNUC__)
#define FOR_AVX2 __attribute__((target("avx2,fma")))
#define FOR_AVX512 __attribute__((target("avx512f")))
#endif

// The one of three functions that this processor runs fastest.
template <typename F>
F* fastest(F* anywhere, [[maybe_unused]] F* avx2, [[maybe_unused]] F* avx512) {
#ifdef FOR_AVX512
  if (__builtin_cpu_supports("avx512f")) return avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return avx2;
#endif
  return anywhere;
}

#ifndef FOR_AVX512
#define FOR_AVX2
#define FOR_AVX512
#endif

}  // namespace igds
