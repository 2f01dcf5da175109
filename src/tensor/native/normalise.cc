#include "normalise.h"

#include <algorithm>
#include <type_traits>

#include "exponential.h"
#include "processors.h"

namespace igds {
namespace {

template <Activation A>
INLINE float activated(float z) {
  if (A == Activation::relu) return z > 0.0f ? z : 0.0f;
  if (A == Activation::silu) return z / (1.0f + exponential(-z));
  return z;
}

template <Activation A>
INLINE float slope(float z) {
  if (A == Activation::relu) return z > 0.0f ? 1.0f : 0.0f;
  if (A == Activation::silu) {
    const float s = 1.0f / (1.0f + exponential(-z));
    return s + z * s * (1.0f - s);
  }
  return 1.0f;
}

// Channels that are worked on at once: their sums stay in registers while the pixels of a row go by.
constexpr int64_t BLOCK = 32;

// Calls body(first channel, number of channels): whole blocks with a number that the compiler knows.
template <typename Body>
INLINE void overChannels(int64_t channels, Body body) {
  int64_t c = 0;
  for (; c + BLOCK <= channels; c += BLOCK) body(c, std::integral_constant<int64_t, BLOCK>());
  if (c < channels) body(c, channels - c);
}

template <Activation A>
INLINE void applyTo(const Shape& s, int64_t first, int64_t last, const float* __restrict__ x,
                    const float* __restrict__ gain, const float* __restrict__ bias, float* __restrict__ y) {
  const int64_t C = s.channels, stride = s.columns * C;
  if (s.pool == 1) {
    for (int64_t p = first * s.columns; p < last * s.columns; p++)
      for (int64_t c = 0; c < C; c++) y[p * C + c] = activated<A>(x[p * C + c] * gain[c] + bias[c]);
    return;
  }
  for (int64_t row = first / 2; row < std::min(last / 2, s.pooledRows()); row++) {
    const float* above = x + 2 * row * stride;
    float* out = y + row * s.pooledColumns() * C;
    for (int64_t column = 0; column < s.pooledColumns(); column++, above += 2 * C, out += C)
      for (int64_t c = 0; c < C; c++) {
        const float g = gain[c], b = bias[c];
        const float* below = above + stride;
        out[c] = 0.25f * (activated<A>(above[c] * g + b) + activated<A>(above[C + c] * g + b) +
                          activated<A>(below[c] * g + b) + activated<A>(below[C + c] * g + b));
      }
  }
}

template <Activation A, int64_t POOL>
INLINE void pullBackTo(const Shape& s, int64_t first, int64_t last, const float* __restrict__ x,
                       const float* __restrict__ gain, const float* __restrict__ bias,
                       const float* __restrict__ mean, const float* __restrict__ dy, float* __restrict__ u,
                       float* __restrict__ sum, float* __restrict__ product) {
  const int64_t C = s.channels, pooledColumns = s.columns / POOL, within = pooledColumns * POOL;
  for (int64_t row = first; row < last; row++) {
    float* __restrict__ uRow = u + row * s.columns * C;
    if (row / POOL >= s.rows / POOL) {
      std::fill(uRow, uRow + s.columns * C, 0.0f);
      continue;
    }
    const float* __restrict__ xRow = x + row * s.columns * C;
    const float* __restrict__ dyRow = dy + (row / POOL) * pooledColumns * C;
    std::fill(uRow + within * C, uRow + s.columns * C, 0.0f);
    overChannels(C, [&](int64_t c0, auto width) INLINE_LAMBDA {
      float sums[BLOCK] = {}, products[BLOCK] = {};
      for (int64_t column = 0; column < within; column++) {
        const int64_t at = column * C + c0, from = (column / POOL) * C + c0;
        for (int64_t j = 0; j < width; j++) {
          const float value = xRow[at + j];
          const float pulled =
              dyRow[from + j] * (1.0f / (POOL * POOL)) * slope<A>(value * gain[c0 + j] + bias[c0 + j]);
          uRow[at + j] = pulled;
          sums[j] += pulled;
          products[j] += pulled * (value - mean[c0 + j]);
        }
      }
      for (int64_t j = 0; j < width; j++) {
        sum[c0 + j] += sums[j];
        product[c0 + j] += products[j];
      }
    });
  }
}

template <Activation A>
INLINE void pullBackBy(const Shape& s, int64_t first, int64_t last, const float* x, const float* gain,
                       const float* bias, const float* mean, const float* dy, float* u, float* sum, float* product) {
  if (s.pool == 2)
    pullBackTo<A, 2>(s, first, last, x, gain, bias, mean, dy, u, sum, product);
  else
    pullBackTo<A, 1>(s, first, last, x, gain, bias, mean, dy, u, sum, product);
}

// sum += term(x, channel), over the rows and their columns.
template <typename Term>
INLINE void addTo(const Shape& s, int64_t first, int64_t last, const float* x, float* sum, Term term) {
  const int64_t C = s.channels;
  for (int64_t row = first; row < last; row++) {
    const float* from = x + row * s.columns * C;
    overChannels(C, [&](int64_t c0, auto width) INLINE_LAMBDA {
      float sums[BLOCK] = {};
      for (int64_t column = 0; column < s.columns; column++)
        for (int64_t j = 0; j < width; j++) sums[j] += term(from[column * C + c0 + j], c0 + j);
      for (int64_t j = 0; j < width; j++) sum[c0 + j] += sums[j];
    });
  }
}

}  // namespace

FOR_EACH_PROCESSOR
void addSums(const Shape& s, int64_t first, int64_t last, const float* x, float* sum) {
  addTo(s, first, last, x, sum, [](float value, int64_t) INLINE_LAMBDA { return value; });
}

FOR_EACH_PROCESSOR
void addSquares(const Shape& s, int64_t first, int64_t last, const float* x, const float* mean, float* sum) {
  addTo(s, first, last, x, sum, [mean](float value, int64_t c) INLINE_LAMBDA {
    return (value - mean[c]) * (value - mean[c]);
  });
}

FOR_EACH_PROCESSOR
void apply(const Shape& s, int64_t first, int64_t last, const float* x, const float* gain, const float* bias,
           float* y) {
  if (s.activation == Activation::relu) return applyTo<Activation::relu>(s, first, last, x, gain, bias, y);
  if (s.activation == Activation::silu) return applyTo<Activation::silu>(s, first, last, x, gain, bias, y);
  applyTo<Activation::none>(s, first, last, x, gain, bias, y);
}

FOR_EACH_PROCESSOR
void pullBack(const Shape& s, int64_t first, int64_t last, const float* x, const float* gain, const float* bias,
              const float* mean, const float* dy, float* u, float* sum, float* product) {
  if (s.activation == Activation::relu)
    return pullBackBy<Activation::relu>(s, first, last, x, gain, bias, mean, dy, u, sum, product);
  if (s.activation == Activation::silu)
    return pullBackBy<Activation::silu>(s, first, last, x, gain, bias, mean, dy, u, sum, product);
  pullBackBy<Activation::none>(s, first, last, x, gain, bias, mean, dy, u, sum, product);
}

FOR_EACH_PROCESSOR
void combine(const Shape& s, int64_t first, int64_t last, const float* __restrict__ x, const float* __restrict__ gain,
             const float* __restrict__ mean, const float* __restrict__ slope, const float* __restrict__ constant,
             float* __restrict__ dx) {
  const int64_t C = s.channels;
  for (int64_t p = first * s.columns; p < last * s.columns; p++)
    for (int64_t c = 0; c < C; c++)
      dx[p * C + c] = dx[p * C + c] * gain[c] + ((x[p * C + c] - mean[c]) * slope[c] + constant[c]);
}

}  // namespace igds
