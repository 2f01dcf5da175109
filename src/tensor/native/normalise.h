// Group norm, activation and 2 x 2 average pooling of one image in as few walks as there can be: the arithmetic, free
// of TensorFlow.
//
//     h = (x - m_g) r_g,   r_g = 1 / sqrt(var_g + epsilon),   z = h scale + shift,   y = pool(act(z))
//
// m_g and var_g are over the pixels and the channels of a group (Wu & He 2018). With u = act'(z) unpool(dy):
//
//     dshift = sum u,   dscale = sum u h,   dx = r_g (scale u - E_g[scale u] - h E_g[scale u h])
//
// An image of x stays in the cache of a core between the walks.
#pragma once
#include <cstdint>

namespace igds {

enum class Activation : int { none = 0, relu = 1, silu = 2 };

// Of one image: rows x columns x channels, channels innermost.
struct Shape {
  int64_t rows, columns, channels;
  int64_t groups;
  // 1 or 2; a last odd row or column is left out of the pooled image.
  int64_t pool;
  Activation activation;

  int64_t pooledColumns() const { return columns / pool; }
  int64_t pooledRows() const { return rows / pool; }
};

// Every function takes the rows from `first` up to `last` and arrays by channel of shape.channels numbers.

// sum += x
void addSums(const Shape&, int64_t first, int64_t last, const float* x, float* sum);
// sum += (x - mean)^2
void addSquares(const Shape&, int64_t first, int64_t last, const float* x, const float* mean, float* sum);
// y = pool(act(x gain + bias)); with pooling, first and last are even or the last of all
void apply(const Shape&, int64_t first, int64_t last, const float* x, const float* gain, const float* bias, float* y);
// u = act'(x gain + bias) unpool(dy), sum += u, product += u (x - mean)
void pullBack(const Shape&, int64_t first, int64_t last, const float* x, const float* gain, const float* bias,
              const float* mean, const float* dy, float* u, float* sum, float* product);
// dx = u gain + (x - mean) slope + constant, where dx holds u
void combine(const Shape&, int64_t first, int64_t last, const float* x, const float* gain, const float* mean,
             const float* slope, const float* constant, float* dx);

}  // namespace igds
