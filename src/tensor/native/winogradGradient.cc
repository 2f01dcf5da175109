#include "winogradTiles.h"

namespace igds {
namespace {

// A y of four numbers in a line; into every step-th of t.
template <typename V>
INLINE void spread(const V* y, V* t, int64_t step) {
  const V evenA = y[0] + A2 * y[2], oddA = A1 * y[1] + A3 * y[3];
  const V evenB = y[0] + B2 * y[2], oddB = B1 * y[1] + B3 * y[3];
  t[0] = y[0];
  t[step] = evenA + oddA;
  t[2 * step] = evenA - oddA;
  t[3 * step] = evenB + oddB;
  t[4 * step] = evenB - oddB;
  t[5 * step] = y[3];
}

// z = A dY A^T, by point, tile and channel.
template <int N>
INLINE void transformGradients(const Convolution& of, int64_t first, int64_t last, const float* dy, int64_t room,
                               float* z) {
  for (int64_t index = first; index < last; index++) {
    const Tile tile(of, index);
    const float* corner = dy + ((tile.image * of.rows + tile.row) * of.columns + tile.column) * of.to;
    for (int64_t c = 0; c < of.to; c += N) {
      Lanes<N> half[4][6];
      for (int i = 0; i < 4; i++) {
        Lanes<N> row[4];
        for (int j = 0; j < 4; j++) {
          const bool inside = tile.row + i < of.rows && tile.column + j < of.columns;
          row[j] = inside ? load<N>(corner + (i * of.columns + j) * of.to + c) : Lanes<N>{};
        }
        spread(row, half[i], 1);
      }
      float* to = z + (index - first) * of.to + c;
      for (int j = 0; j < 6; j++) {
        Lanes<N> column[4], t[6];
        for (int i = 0; i < 4; i++) column[i] = half[i][j];
        spread(column, t, 1);
        for (int i = 0; i < 6; i++) store<N>(to + (6 * i + j) * room * of.to, t[i]);
      }
    }
  }
}

// The sums of R input channels by LANES output channels stay in registers.
template <int N, int R>
INLINE void add(const Convolution& of, int64_t tiles, const float* v, const float* z, float* sums) {
  constexpr int C = LANES / N;
  for (int64_t k = 0; k < of.from; k += R)
    for (int64_t c = 0; c < of.to; c += LANES) {
      float* to = sums + k * of.to + c;
      Lanes<N> held[R][C];
#pragma GCC unroll 16
      for (int r = 0; r < R; r++)
#pragma GCC unroll 4
        for (int j = 0; j < C; j++) held[r][j] = load<N>(to + r * of.to + j * N);
      for (int64_t t = 0; t < tiles; t++) {
        Lanes<N> gradients[C];
#pragma GCC unroll 4
        for (int j = 0; j < C; j++) gradients[j] = load<N>(z + t * of.to + c + j * N);
#pragma GCC unroll 16
        for (int r = 0; r < R; r++)
#pragma GCC unroll 4
          for (int j = 0; j < C; j++) held[r][j] += v[t * of.from + k + r] * gradients[j];
      }
#pragma GCC unroll 16
      for (int r = 0; r < R; r++)
#pragma GCC unroll 4
        for (int j = 0; j < C; j++) store<N>(to + r * of.to + j * N, held[r][j]);
    }
}

#define TRANSFORM(name, N)                                                                              \
  void name(const Convolution& of, int64_t first, int64_t last, const float* x, const float* dy,        \
            int64_t room, float* v, float* z) {                                                         \
    transformImages<N>(of, first, last, x, room, v);                                                    \
    transformGradients<N>(of, first, last, dy, room, z);                                                \
  }
TRANSFORM(transformAnywhere, 4)
FOR_AVX2 TRANSFORM(transformAvx2, 8)
FOR_AVX512 TRANSFORM(transformAvx512, 16)
#undef TRANSFORM

#define ADD(name, N, R)                                                                          \
  void name(const Convolution& of, int64_t tiles, const float* v, const float* z, float* sums) { \
    add<N, R>(of, tiles, v, z, sums);                                                            \
  }
ADD(addAnywhere, 4, 2)
FOR_AVX2 ADD(addAvx2, 8, 4)
FOR_AVX512 ADD(addAvx512, 16, 16)
#undef ADD

}  // namespace

void transformForGradient(const Convolution& of, int64_t first, int64_t last, const float* x, const float* dy,
                          int64_t room, float* v, float* z) {
  static auto* const transformHere = fastest(transformAnywhere, transformAvx2, transformAvx512);
  transformHere(of, first, last, x, dy, room, v, z);
}

void addProducts(const Convolution& of, int64_t tiles, const float* v, const float* z, float* sums) {
  static auto* const addHere = fastest(addAnywhere, addAvx2, addAvx512);
  addHere(of, tiles, v, z, sums);
}

FOR_EACH_PROCESSOR
void transformKernelBack(const Convolution& of, int64_t first, int64_t last, const float* sums, float* dg) {
  const int64_t apart = of.from * of.to;
  const auto gathered = [](const float* m, int64_t step, float* g) INLINE_LAMBDA {
    const float sumA = AT_A * (m[step] + m[2 * step]), oddA = AT_A * (m[step] - m[2 * step]);
    const float sumB = AT_B * (m[3 * step] + m[4 * step]), oddB = AT_B * (m[3 * step] - m[4 * step]);
    g[0] = m[0] + sumA + sumB;
    g[1] = A1 * oddA + B1 * oddB;
    g[2] = A2 * sumA + B2 * sumB + m[5 * step];
  };
  for (int64_t at = first * of.to; at < last * of.to; at++) {
    float half[6][3];
    for (int p = 0; p < 6; p++) gathered(sums + 6 * p * apart + at, apart, half[p]);
    for (int j = 0; j < 3; j++) {
      float column[3];
      gathered(&half[0][j], 3, column);
      for (int i = 0; i < 3; i++) dg[(3 * i + j) * apart + at] = column[i];
    }
  }
}

}  // namespace igds
