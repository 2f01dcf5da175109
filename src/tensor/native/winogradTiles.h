// What convolution and its gradient by the kernel share: points, tiles, and the transform of the images.
#pragma once
#include <cstdint>

#include "registers.h"
#include "winograd.h"

namespace igds {

// The points, and their powers as the transforms take them; p q = 1.
constexpr double P = 0.70710678118654752440, Q = 1.41421356237309504880;
constexpr float P1 = P, P2 = P * P, P3 = P * P * P, Q1 = Q, Q2 = Q * Q, Q3 = Q * Q * Q, SQUARES = P2 + Q2;
// What 1 / (the product of the distances from a point to the others) is for +-p and for +-q.
constexpr float AT_P = 1 / (2 * P * P * (P * P - Q * Q)), AT_Q = 1 / (2 * Q * Q * (Q * Q - P * P));

// B^T d of six numbers in a line.
template <typename V>
INLINE void toPoints(const V* d, int64_t step, V* t) {
  const V d1 = d[step], d2 = d[2 * step], d3 = d[3 * step], d4 = d[4 * step];
  const V evenP = d4 - Q2 * d2, oddP = P1 * (d3 - Q2 * d1);
  const V evenQ = d4 - P2 * d2, oddQ = Q1 * (d3 - P2 * d1);
  t[0] = d[0] - SQUARES * d2 + d4;
  t[1] = evenP + oddP;
  t[2] = evenP - oddP;
  t[3] = evenQ + oddQ;
  t[4] = evenQ - oddQ;
  t[5] = d1 - SQUARES * d3 + d[5 * step];
}

// Where a tile is in its image.
struct Tile {
  int64_t image, row, column;

  INLINE Tile(const Convolution& of, int64_t index) {
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
    const float* image = x + tile.image * of.rows * of.columns * of.from;
    for (int64_t c = 0; c < of.from; c += N) {
      Lanes<N> half[6][6];
      for (int i = 0; i < 6; i++) {
        const int64_t row = tile.row - 1 + i;
        Lanes<N> d[6];
        for (int j = 0; j < 6; j++) {
          const int64_t column = tile.column - 1 + j;
          const bool inside = row >= 0 && row < of.rows && column >= 0 && column < of.columns;
          d[j] = inside ? load<N>(image + (row * of.columns + column) * of.from + c) : Lanes<N>{};
        }
        toPoints(d, 1, half[i]);
      }
      float* target = v + (index - first) * of.from + c;
      for (int j = 0; j < 6; j++) {
        Lanes<N> t[6];
        toPoints(&half[0][j], 6, t);
        for (int i = 0; i < 6; i++) store<N>(target + (6 * i + j) * apart, t[i]);
      }
    }
  }
}

}  // namespace igds
