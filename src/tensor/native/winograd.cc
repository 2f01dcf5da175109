#include "winograd.h"

#include <algorithm>

#include "panels.h"
#include "winogradTiles.h"

namespace igds {
namespace {

// A^T m of six numbers in a line; into every step-th of y.
template <typename V>
INLINE void fromPoints(const V* m, V* y, int64_t step) {
  const V sumP = m[1] + m[2], oddP = m[1] - m[2], sumQ = m[3] + m[4], oddQ = m[3] - m[4];
  y[0] = m[0] + sumP + sumQ;
  y[step] = P1 * oddP + Q1 * oddQ;
  y[2 * step] = P2 * sumP + Q2 * sumQ;
  y[3 * step] = P3 * oddP + Q3 * oddQ + m[5];
}

// y = A^T m A + bias.
template <int N>
INLINE void transformBack(const Convolution& of, int64_t first, int64_t last, int64_t room, const float* m,
                          const float* bias, float* y) {
  const int64_t apart = room * of.to;
  for (int64_t index = first; index < last; index++) {
    const Tile tile(of, index);
    const int64_t height = std::min<int64_t>(4, of.rows - tile.row);
    const int64_t width = std::min<int64_t>(4, of.columns - tile.column);
    float* corner = y + ((tile.image * of.rows + tile.row) * of.columns + tile.column) * of.to;
    for (int64_t c = 0; c < of.to; c += N) {
      const float* source = m + (index - first) * of.to + c;
      Lanes<N> half[4][6];
      for (int j = 0; j < 6; j++) {
        Lanes<N> column[6];
        for (int i = 0; i < 6; i++) column[i] = load<N>(source + (6 * i + j) * apart);
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

template <int N>
INLINE void convolve(const Convolution& of, int64_t first, int64_t last, int64_t room, const float* x, const float* u,
                     const float* bias, float* v, float* m, float* y) {
  transformImages<N>(of, first, last, x, room, v);
  // Where there are fewer than a tile's rows, those behind hold what was there before; nobody reads what becomes of them.
  const int64_t tiles = std::max(last - first, ROWS<N>);
  for (int64_t point = 0; point < POINTS; point++)
    multiplyRows<N>(tiles, of.from, of.to, v + point * room * of.from, of.from, u + point * of.from * of.to,
                    m + point * room * of.to, of.to);
  transformBack<N>(of, first, last, room, m, bias, y);
}

#define CONVOLVE(name, N)                                                                                      \
  void name(const Convolution& of, int64_t first, int64_t last, int64_t room, const float* x, const float* u, \
            const float* bias, float* v, float* m, float* y) {                                                \
    convolve<N>(of, first, last, room, x, u, bias, v, m, y);                                                  \
  }
CONVOLVE(convolveFour, 4)
FOR_AVX2 CONVOLVE(convolveEight, 8)
FOR_AVX512 CONVOLVE(convolveSixteen, 16)
#undef CONVOLVE

}  // namespace

int64_t Convolution::block(int64_t cores) const {
  // A multiple of the tiles that any processor has in its registers.
  constexpr int64_t CACHE = 448 << 10, STEP = 12;
  const int64_t cached = CACHE / ((from + to) * POINTS * static_cast<int64_t>(sizeof(float))) / STEP * STEP;
  const int64_t shared = (tiles() / cores + STEP - 1) / STEP * STEP;
  return std::max(STEP, std::min({cached, shared, 4 * STEP}));
}

FOR_EACH_PROCESSOR
void transformKernel(const Convolution& of, int64_t first, int64_t last, const float* kernel, float* u) {
  // G: (1, p, p^2) over the product of the distances from p to the other points.
  const float G[6][3] = {{1, 0, 0},
                         {AT_P, AT_P * P1, AT_P * P2},
                         {AT_P, -AT_P * P1, AT_P * P2},
                         {AT_Q, AT_Q * Q1, AT_Q * Q2},
                         {AT_Q, -AT_Q * Q1, AT_Q * Q2},
                         {0, 0, 1}};
  for (int64_t k = first; k < last; k++)
    for (int64_t c = 0; c < of.to; c += PANEL) {
      float w[3][3][PANEL], half[6][3][PANEL];
      for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
          for (int l = 0; l < PANEL; l++)
            w[i][j][l] = of.turned ? kernel[((8 - 3 * i - j) * of.to + c + l) * of.from + k]
                                   : kernel[((3 * i + j) * of.from + k) * of.to + c + l];
      for (int p = 0; p < 6; p++)
        for (int j = 0; j < 3; j++)
          for (int l = 0; l < PANEL; l++)
            half[p][j][l] = G[p][0] * w[0][j][l] + G[p][1] * w[1][j][l] + G[p][2] * w[2][j][l];
      for (int p = 0; p < 6; p++)
        for (int q = 0; q < 6; q++) {
          float* target = u + ((6 * p + q) * of.to + c) * of.from + k * PANEL;
          for (int l = 0; l < PANEL; l++)
            target[l] = G[q][0] * half[p][0][l] + G[q][1] * half[p][1][l] + G[q][2] * half[p][2][l];
        }
    }
}

void convolveTiles(const Convolution& of, int64_t first, int64_t last, int64_t room, const float* x, const float* u,
                   const float* bias, float* v, float* m, float* y) {
  fitting(convolveFour, convolveEight, convolveSixteen)(of, first, last, room, x, u, bias, v, m, y);
}

}  // namespace igds
