#include "panels.h"
#include "winogradTiles.h"

namespace igds {
namespace {

// A y of four numbers in a line; into every step-th of t.
template <typename V>
INLINE void spread(const V* y, V* t, int64_t step) {
  const V evenP = y[0] + P2 * y[2], oddP = P1 * y[1] + P3 * y[3];
  const V evenQ = y[0] + Q2 * y[2], oddQ = Q1 * y[1] + Q3 * y[3];
  t[0] = y[0];
  t[step] = evenP + oddP;
  t[2 * step] = evenP - oddP;
  t[3 * step] = evenQ + oddQ;
  t[4 * step] = evenQ - oddQ;
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
      float* target = z + (index - first) * of.to + c;
      for (int j = 0; j < 6; j++) {
        Lanes<N> column[4], t[6];
        for (int i = 0; i < 4; i++) column[i] = half[i][j];
        spread(column, t, 1);
        for (int i = 0; i < 6; i++) store<N>(target + (6 * i + j) * room * of.to, t[i]);
      }
    }
  }
}

// The sums of R input channels by PANEL output channels stay in registers.
template <int N, int R>
INLINE void add(const Convolution& of, int64_t tiles, const float* v, const float* z, float* sums) {
  for (int64_t k = 0; k < of.from; k += R)
    for (int64_t c = 0; c < of.to; c += PANEL) {
      float* target = sums + k * of.to + c;
      multiplyTile<N, R>(tiles, v + k, {1, of.from}, z + c, of.to, target, target, of.to);
    }
}

#define TRANSFORM(name, N)                                                                              \
  void name(const Convolution& of, int64_t first, int64_t last, const float* x, const float* dy,        \
            int64_t room, float* v, float* z) {                                                         \
    transformImages<N>(of, first, last, x, room, v);                                                    \
    transformGradients<N>(of, first, last, dy, room, z);                                                \
  }
TRANSFORM(transformFour, 4)
FOR_AVX2 TRANSFORM(transformEight, 8)
FOR_AVX512 TRANSFORM(transformSixteen, 16)
#undef TRANSFORM

#define ADD(name, N, R)                                                                          \
  void name(const Convolution& of, int64_t tiles, const float* v, const float* z, float* sums) { \
    add<N, R>(of, tiles, v, z, sums);                                                            \
  }
ADD(addFour, 4, 2)
FOR_AVX2 ADD(addEight, 8, 4)
FOR_AVX512 ADD(addSixteen, 16, 16)
#undef ADD

}  // namespace

void transformForGradient(const Convolution& of, int64_t first, int64_t last, const float* x, const float* dy,
                          int64_t room, float* v, float* z) {
  fitting(transformFour, transformEight, transformSixteen)(of, first, last, x, dy, room, v, z);
}

void addProducts(const Convolution& of, int64_t tiles, const float* v, const float* z, float* sums) {
  fitting(addFour, addEight, addSixteen)(of, tiles, v, z, sums);
}

FOR_EACH_PROCESSOR
void transformKernelBack(const Convolution& of, int64_t first, int64_t last, const float* sums, float* dg) {
  const int64_t apart = of.from * of.to;
  const auto gathered = [](const float* m, int64_t step, float* g) INLINE_LAMBDA {
    const float sumP = AT_P * (m[step] + m[2 * step]), oddP = AT_P * (m[step] - m[2 * step]);
    const float sumQ = AT_Q * (m[3 * step] + m[4 * step]), oddQ = AT_Q * (m[3 * step] - m[4 * step]);
    g[0] = m[0] + sumP + sumQ;
    g[1] = P1 * oddP + Q1 * oddQ;
    g[2] = P2 * sumP + Q2 * sumQ + m[5 * step];
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
