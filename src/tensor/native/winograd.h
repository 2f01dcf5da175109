// Convolution 3 x 3 by Winograd's minimal filtering F(4 x 4, 3 x 3) (Lavin & Gray 2016): the arithmetic, free of
// TensorFlow.
//
//     Y = A^T [(G g G^T) * (B^T d B)] A   for tiles d of 6 x 6 pixels, Y of 4 x 4, * number by number
//
// 36 products for each tile, input channel and output channel in place of 144. Polynomials are compared at the points
// 0, +-a, +-b and infinity with a = 1 / sqrt 2, b = sqrt 2 in place of the usual 1 and 2: the same work, half the
// rounding error (Barabasz et al. 2020), about that of the plain sum.
#pragma once
#include <cstdint>

namespace igds {

// Zeros around the images, stride 1; channels innermost, `from` and `to` multiples of LANES.
struct Convolution {
  int64_t images, rows, columns, from, to;
  // The kernel is [3, 3, to, from] and turned by half a circle: what the gradient by x needs.
  bool turned;

  int64_t tileRows() const { return (rows + 3) / 4; }
  int64_t tileColumns() const { return (columns + 3) / 4; }
  int64_t tiles() const { return images * tileRows() * tileColumns(); }
  // Tiles that are worked on together, so that what is known of them stays in the cache of a core.
  int64_t block() const;
};

constexpr int64_t LANES = 16, POINTS = 36;

// G g G^T of the input channels from `first` up to `last`. Into u [36, to / 16, from, 16].
void transformKernel(const Convolution&, int64_t first, int64_t last, const float* kernel, float* u);

// The tiles from `first` up to `last`, at most a block. bias [to]; v and m have room for 36 x block x from and x to.
void convolveTiles(const Convolution&, int64_t first, int64_t last, const float* x, const float* u, const float* bias,
                   float* v, float* m, float* y);

// The gradient by the kernel, dg = G^T [sum over the tiles of (B^T d B) * (A dY A^T)] G. Of the tiles from `first` up to
// `last`: both factors by point, tile and channel, with room for so many tiles at each point.
void transformForGradient(const Convolution&, int64_t first, int64_t last, const float* x, const float* dy,
                          int64_t room, float* v, float* z);
// sums [from, to] += v^T z of so many tiles at one point
void addProducts(const Convolution&, int64_t tiles, const float* v, const float* z, float* sums);
// Input channels from `first` up to `last`. sums [36, from, to], dg [3, 3, from, to]
void transformKernelBack(const Convolution&, int64_t first, int64_t last, const float* sums, float* dg);

}  // namespace igds
