// Convolution 3 x 3 by Winograd's minimal filtering F(4 x 4, 3 x 3) (Lavin & Gray 2016): the arithmetic, free of
// TensorFlow.
//
//     Y = A^T [(G g G^T) * (B^T d B)] A   for tiles d of 6 x 6 pixels, Y of 4 x 4, * number by number
//
// 36 products for each tile, input channel and output channel in place of 144. Polynomials are compared at the points
// 0, +-p, +-q and infinity with p = 1 / sqrt 2, q = sqrt 2 in place of the usual 1 and 2 (Alam, Anderson, Barabasz & Gregg
// 2022, arXiv 2201.10369): the same work, half the rounding error by our measurements.
#pragma once
#include <cstdint>

#include "registers.h"

namespace igds {

// Zeros around the images, stride 1; channels innermost, `from` and `to` multiples of PANEL.
struct Convolution {
  int64_t images, rows, columns, from, to;
  // The kernel is [3, 3, to, from] and turned by half a circle: what the gradient by x needs.
  bool turned;

  int64_t tileRows() const { return (rows + 3) / 4; }
  int64_t tileColumns() const { return (columns + 3) / 4; }
  int64_t tiles() const { return images * tileRows() * tileColumns(); }
  // Tiles that a core works on at a time: what is known of them stays in its cache, and no core is left without.
  int64_t block(int64_t cores) const;
};

constexpr int64_t POINTS = 36;

// G g G^T of the input channels from `first` up to `last`. Into u [36, to / 16, from, 16].
void transformKernel(const Convolution&, int64_t first, int64_t last, const float* kernel, float* u);

// The tiles from `first` up to `last`. bias [to]; v [36, room, from] and m [36, room, to] with room for as many tiles,
// rounded up to a multiple of 12.
void convolveTiles(const Convolution&, int64_t first, int64_t last, int64_t room, const float* x, const float* u,
                   const float* bias, float* v, float* m, float* y);

// The gradient by the kernel, dg = G^T [sum over the tiles of (B^T d B) * (A dY A^T)] G. Of the tiles from `first` up to
// `last`: both factors by point, tile and channel, with room for so many tiles at each point.
void transformForGradient(const Convolution&, int64_t first, int64_t last, const float* x, const float* dy,
                          int64_t room, float* v, float* z);
// sums [from, to] += v^T z of so many tiles at one point
void addProducts(const Convolution&, int64_t tiles, const float* v, const float* z, float* sums);
// Input channels from `first` up to `last`. sums [36, from, to], dg [3, 3, from, to]
void transformKernelBack(const Convolution&, int64_t first, int64_t last, const float* sums, float* dg);

}  // namespace igds
