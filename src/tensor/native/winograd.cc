#include "winograd.h"

#include <algorithm>

#include "winogradTiles.h"

namespace igds {
namespace {

// A^T m of six numbers in a line; into every step-th of y.
template <typename V>
INLINE void fromPoints(const V* m, V* y, int64_t step) {
  const V sumA = m[1] + m[2], oddA = m[1] - m[2], sumB = m[3] + m[4], oddB = m[3] - m[4];
  y[0] = m[0] + sumA + sumB;
  y[step] = A1 * oddA + B1 * oddB;
  y[2 * step] = A2 * sumA + B2 * sumB;
  y[3 * step] = A3 * oddA + B3 * oddB + m[5];
}

// y = A^T m A + bias.
template <int N>
INLINE void transformBack(const Convolution& of, int64_t first, int64_t last, const float* m, const float* bias,
                          float* y) {
  const int64_t apart = of.block() * of.to;
  for (int64_t index = first; index < last; index++) {
    const Tile tile(of, index);
    const int64_t height = std::min<int64_t>(4, of.rows - tile.row);
    const int64_t width = std::min<int64_t>(4, of.columns - tile.column);
    float* corner = y + ((tile.image * of.rows + tile.row) * of.columns + tile.column) * of.to;
    for (int64_t c = 0; c < of.to; c += N) {
      const float* from = m + (index - first) * of.to + c;
      Lanes<N> half[4][6];
      for (int j = 0; j < 6; j++) {
        Lanes<N> column[6];
        for (int i = 0; i < 6; i++) column[i] = load<N>(from + (6 * i + j) * apart);
        fromPoints(column, &half[0][j], 6);
      }
      for (int i = 0; i < height; i++) {
        Lanes<N> row[4];
        fromPoints(half[i], row, 1);
        for (int j = 0; j < width; j++)
          store<N>(corner + (i * of.columns + j) * of.to + c, row[j] + load<N>(bias + c));
      }
    }
  }
}

// m = v u at one point. The sums of R tiles by LANES channels stay in registers.
template <int N, int R>
INLINE void multiply(int64_t tiles, int64_t from, int64_t to, const float* v, const float* u, float* m) {
  constexpr int C = LANES / N;
  for (int64_t c = 0; c < to; c += LANES) {
    const float* panel = u + c * from;
    for (int64_t t = 0; t < tiles; t += R) {
      const float* rows = v + t * from;
      Lanes<N> sums[R][C];
#pragma GCC unroll 12
      for (int r = 0; r < R; r++)
#pragma GCC unroll 4
        for (int j = 0; j < C; j++) sums[r][j] = Lanes<N>{};
      for (int64_t k = 0; k < from; k++) {
        Lanes<N> weights[C];
#pragma GCC unroll 4
        for (int j = 0; j < C; j++) weights[j] = load<N>(panel + k * LANES + j * N);
#pragma GCC unroll 12
        for (int r = 0; r < R; r++)
#pragma GCC unroll 4
          for (int j = 0; j < C; j++) sums[r][j] += rows[r * from + k] * weights[j];
      }
#pragma GCC unroll 12
      for (int r = 0; r < R; r++)
#pragma GCC unroll 4
        for (int j = 0; j < C; j++) store<N>(m + (t + r) * to + c + j * N, sums[r][j]);
    }
  }
}

template <int N, int R>
INLINE void convolve(const Convolution& of, int64_t first, int64_t last, const float* x, const float* u,
                     const float* bias, float* v, float* m, float* y) {
  transformImages<N>(of, first, last, x, of.block(), v);
  // Rows behind the last tile hold what was there before; nobody reads what becomes of them.
  const int64_t tiles = (last - first + R - 1) / R * R;
  for (int64_t point = 0; point < POINTS; point++)
    multiply<N, R>(tiles, of.from, of.to, v + point * of.block() * of.from, u + point * of.from * of.to,
                   m + point * of.block() * of.to);
  transformBack<N>(of, first, last, m, bias, y);
}

#define CONVOLVE(name, N, R)                                                                               \
  void name(const Convolution& of, int64_t first, int64_t last, const float* x, const float* u,            \
            const float* bias, float* v, float* m, float* y) {                                             \
    convolve<N, R>(of, first, last, x, u, bias, v, m, y);                                                  \
  }
CONVOLVE(convolveAnywhere, 4, 3)
FOR_AVX2 CONVOLVE(convolveAvx2, 8, 6)
FOR_AVX512 CONVOLVE(convolveAvx512, 16, 12)
#undef CONVOLVE

}  // namespace

int64_t Convolution::block() const {
  // A multiple of the tiles that any processor has in its registers.
  constexpr int64_t CACHE = 448 << 10, STEP = 12;
  const int64_t fitting = CACHE / ((from + to) * POINTS * static_cast<int64_t>(sizeof(float)));
  return std::clamp<int64_t>(fitting / STEP * STEP, STEP, 4 * STEP);
}

FOR_EACH_PROCESSOR
void transformKernel(const Convolution& of, int64_t first, int64_t last, const float* kernel, float* u) {
  // G: (1, p, p^2) over the product of the distances from p to the other points.
  const float G[6][3] = {{1, 0, 0},
                         {AT_A, AT_A * A1, AT_A * A2},
                         {AT_A, -AT_A * A1, AT_A * A2},
                         {AT_B, AT_B * B1, AT_B * B2},
                         {AT_B, -AT_B * B1, AT_B * B2},
                         {0, 0, 1}};
  for (int64_t k = first; k < last; k++)
    for (int64_t c = 0; c < of.to; c += LANES) {
      float w[3][3][LANES], half[6][3][LANES];
      for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
          for (int l = 0; l < LANES; l++)
            w[i][j][l] = of.turned ? kernel[((8 - 3 * i - j) * of.to + c + l) * of.from + k]
                                   : kernel[((3 * i + j) * of.from + k) * of.to + c + l];
      for (int p = 0; p < 6; p++)
        for (int j = 0; j < 3; j++)
          for (int l = 0; l < LANES; l++)
            half[p][j][l] = G[p][0] * w[0][j][l] + G[p][1] * w[1][j][l] + G[p][2] * w[2][j][l];
      for (int p = 0; p < 6; p++)
        for (int q = 0; q < 6; q++) {
          float* to = u + ((6 * p + q) * of.to + c) * of.from + k * LANES;
          for (int l = 0; l < LANES; l++)
            to[l] = G[q][0] * half[p][0][l] + G[q][1] * half[p][1][l] + G[q][2] * half[p][2][l];
        }
    }
}

void convolveTiles(const Convolution& of, int64_t first, int64_t last, const float* x, const float* u,
                   const float* bias, float* v, float* m, float* y) {
  static auto* const convolveHere = fastest(convolveAnywhere, convolveAvx2, convolveAvx512);
  convolveHere(of, first, last, x, u, bias, v, m, y);
}

}  // namespace igds
