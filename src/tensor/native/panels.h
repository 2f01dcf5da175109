// Products with a matrix that is kept in panels: PANEL of its columns at a time, row after row, so that what is read
// next lies behind what was read last.
#pragma once
#include <algorithm>
#include <cstdint>

#include "registers.h"

namespace igds {

// Rows whose sums by a panel are in the registers of a processor whose registers hold N numbers.
template <int N>
constexpr int64_t ROWS = N == 16 ? 12 : N == 8 ? 6 : 3;
constexpr int64_t MOST_ROWS = ROWS<16>;

// Numbers of a matrix: the next row is so many numbers away, the next column so many.
struct Strides {
  int64_t row, column;
};

// y = x matrix + start for R rows and PANEL columns of the matrix, whose `depth` rows are so far apart; start is null or
// shaped like y.
template <int N, int R>
INLINE void multiplyTile(int64_t depth, const float* x, Strides apart, const float* matrix, int64_t matrixApart,
                         const float* start, float* y, int64_t yApart) {
  constexpr int C = PANEL / N;
  Lanes<N> sums[R][C];
#pragma GCC unroll 16
  for (int r = 0; r < R; r++)
#pragma GCC unroll 4
    for (int j = 0; j < C; j++) sums[r][j] = start ? load<N>(start + r * yApart + j * N) : Lanes<N>{};
  for (int64_t k = 0; k < depth; k++) {
    Lanes<N> columns[C];
#pragma GCC unroll 4
    for (int j = 0; j < C; j++) columns[j] = load<N>(matrix + k * matrixApart + j * N);
#pragma GCC unroll 16
    for (int r = 0; r < R; r++)
#pragma GCC unroll 4
      for (int j = 0; j < C; j++) sums[r][j] += x[r * apart.row + k * apart.column] * columns[j];
  }
#pragma GCC unroll 16
  for (int r = 0; r < R; r++)
#pragma GCC unroll 4
    for (int j = 0; j < C; j++) store<N>(y + r * yApart + j * N, sums[r][j]);
}

// y = x matrix for at least ROWS<N> rows, one strip of PANEL columns after the other. `columns` is a multiple of PANEL.
// Where the rows are no multiple of ROWS<N> some are computed twice.
template <int N>
INLINE void multiplyRows(int64_t rows, int64_t depth, int64_t columns, const float* x, int64_t xApart,
                         const float* panels, float* y, int64_t yApart) {
  for (int64_t c = 0; c < columns; c += PANEL)
    for (int64_t r = 0; r < rows; r += ROWS<N>) {
      const int64_t row = std::min(r, rows - ROWS<N>);
      multiplyTile<N, ROWS<N>>(depth, x + row * xApart, {xApart, 1}, panels + c * depth, PANEL, nullptr,
                               y + row * yApart + c, yApart);
    }
}

}  // namespace igds
