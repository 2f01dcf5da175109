// The operations IgdsLayerNorm and IgdsLayerNormGradient: layer norm over the last axis (Ba et al. 2016) with gain and
// shift per image, as adaLN has them (Peebles & Xie 2023), or shared by all.
//
//     h = (x - m) r,   r = 1 / sqrt(var + epsilon),   y = h gain + shift
//     dshift = sum dy,   dgain = sum dy h,   dx = r (gain dy - E[gain dy] - h E[gain dy h])
//
// m, var and E[] are over the channels of a token, the sums over the tokens that share gain and shift.
#include <algorithm>
#include <cmath>
#include <vector>

#include "operation.h"
#include "parallel.h"
#include "processors.h"

namespace igds {
namespace {

// Tokens that one core takes at a time. Fixed, as sums must not depend on the number of cores.
constexpr int64_t ROWS = 64;
// Numbers that are added up side by side, in the lanes of a vector.
constexpr int64_t LANES = 16;

struct Settings {
  float epsilon = 0;

  void read(TF_OpKernelConstruction* construction, TF_Status* status) {
    TF_OpKernelConstruction_GetAttrFloat(construction, "epsilon", &epsilon, status);
  }
};

template <typename Term>
INLINE float sumOver(int64_t channels, Term term) {
  float lanes[LANES] = {};
  int64_t c = 0;
  for (; c + LANES <= channels; c += LANES)
    for (int64_t j = 0; j < LANES; j++) lanes[j] += term(c + j);
  float sum = 0;
  for (; c < channels; c++) sum += term(c);
  for (int64_t j = 0; j < LANES; j++) sum += lanes[j];
  return sum;
}

struct Moments {
  float mean, inverse;
};

INLINE Moments momentsOf(const float* x, int64_t channels, float epsilon) {
  const float mean = sumOver(channels, [&](int64_t c) INLINE_LAMBDA { return x[c]; }) / channels;
  const float squares = sumOver(channels, [&](int64_t c) INLINE_LAMBDA { return (x[c] - mean) * (x[c] - mean); });
  return {mean, 1.0f / std::sqrt(squares / channels + epsilon)};
}

FOR_EACH_PROCESSOR
void forwardRows(int64_t rows, int64_t channels, float epsilon, const float* __restrict x,
                 const float* __restrict gain, const float* __restrict shift, float* __restrict y) {
  for (int64_t row = 0; row < rows; row++, x += channels, y += channels) {
    const Moments of = momentsOf(x, channels, epsilon);
    for (int64_t c = 0; c < channels; c++) y[c] = (x[c] - of.mean) * of.inverse * gain[c] + shift[c];
  }
}

FOR_EACH_PROCESSOR
void backwardRows(int64_t rows, int64_t channels, float epsilon, const float* __restrict x,
                  const float* __restrict gain, const float* __restrict dy, float* __restrict dx,
                  float* __restrict dgain, float* __restrict dshift) {
  for (int64_t row = 0; row < rows; row++, x += channels, dy += channels, dx += channels) {
    const Moments of = momentsOf(x, channels, epsilon);
    const float along =
        sumOver(channels, [&](int64_t c) INLINE_LAMBDA { return gain[c] * dy[c]; }) / channels;
    const float across = sumOver(channels, [&](int64_t c) INLINE_LAMBDA {
                           return gain[c] * dy[c] * (x[c] - of.mean);
                         }) * of.inverse / channels;
    for (int64_t c = 0; c < channels; c++) {
      const float h = (x[c] - of.mean) * of.inverse;
      dx[c] = of.inverse * (gain[c] * dy[c] - along - h * across);
      dshift[c] += dy[c];
      dgain[c] += dy[c] * h;
    }
  }
}

// [N, T, C], and the rows of gain and shift that belong to an image.
struct Batch {
  Batch(const Held& x, const Held& gain)
      : images(x.size(0)), tokens(x.size(1)), channels(x.size(2)), shared(gain.size(0) == 1) {}
  const int64_t images, tokens, channels;
  const bool shared;

  int64_t blocks() const { return (tokens + ROWS - 1) / ROWS; }
  int64_t own(int64_t image) const { return shared ? 0 : image * channels; }

  // Calls work(image, first token, number of tokens, number of the block) for all, on all cores.
  template <typename Work>
  void each(Work work) const {
    Team::the().each(images * blocks(), [&](int64_t i) {
      const int64_t first = (i % blocks()) * ROWS;
      work(i / blocks(), first, std::min(ROWS, tokens - first), i);
    });
  }
};

bool fits(TF_OpKernelContext* context, TF_Status* status, const Held& x, const Held& gain, const Held& shift) {
  if (!check(context, status, x.hasAxes(3) && gain.hasAxes(3) && shift.hasAxes(3), "inputs with three axes"))
    return false;
  const int64_t rows = gain.size(0);
  return check(context, status,
               (rows == 1 || rows == x.size(0)) && gain.size(1) == 1 && gain.size(2) == x.size(2) &&
                   shift.size(0) == rows && shift.size(1) == 1 && shift.size(2) == x.size(2),
               "gain and shift [N or 1, 1, C], both alike");
}

void forward(void* kernel, TF_OpKernelContext* context) {
  const float epsilon = static_cast<Settings*>(kernel)->epsilon;
  Status status;
  const Held x = input(context, 0, status), gain = input(context, 1, status), shift = input(context, 2, status);
  if (!fits(context, status, x, gain, shift)) return;
  const Batch batch(x, gain);
  const int64_t channels = batch.channels;
  const Held y = output(context, 0, {batch.images, batch.tokens, channels}, status);
  if (!status.good()) return TF_OpKernelContext_Failure(context, status);
  batch.each([&](int64_t image, int64_t first, int64_t rows, int64_t) {
    const int64_t at = (image * batch.tokens + first) * channels, own = batch.own(image);
    forwardRows(rows, channels, epsilon, x.data() + at, gain.data() + own, shift.data() + own, y.data() + at);
  });
}

void backward(void* kernel, TF_OpKernelContext* context) {
  const float epsilon = static_cast<Settings*>(kernel)->epsilon;
  Status status;
  const Held x = input(context, 0, status), gain = input(context, 1, status), shift = input(context, 2, status);
  const Held dy = input(context, 3, status);
  if (!fits(context, status, x, gain, shift)) return;
  const Batch batch(x, gain);
  const int64_t channels = batch.channels, owners = gain.size(0);
  const bool shaped = dy.hasAxes(3) && dy.size(0) == batch.images && dy.size(1) == batch.tokens &&
                      dy.size(2) == channels;
  if (!check(context, status, shaped, "a gradient shaped like the result")) return;
  const Held dx = output(context, 0, {batch.images, batch.tokens, channels}, status);
  const Held dGain = output(context, 1, {owners, 1, channels}, status);
  const Held dShift = output(context, 2, {owners, 1, channels}, status);
  if (!status.good()) return TF_OpKernelContext_Failure(context, status);

  std::vector<float> byGain(batch.images * batch.blocks() * channels), byShift(byGain.size());
  batch.each([&](int64_t image, int64_t first, int64_t rows, int64_t block) {
    const int64_t at = (image * batch.tokens + first) * channels;
    backwardRows(rows, channels, epsilon, x.data() + at, gain.data() + batch.own(image), dy.data() + at,
                 dx.data() + at, &byGain[block * channels], &byShift[block * channels]);
  });
  const auto gather = [&](const std::vector<float>& parts, const Held& to) {
    std::vector<double> sums(owners * channels);
    for (int64_t block = 0; block < batch.images * batch.blocks(); block++)
      for (int64_t c = 0; c < channels; c++)
        sums[batch.own(block / batch.blocks()) + c] += parts[block * channels + c];
    std::copy(sums.begin(), sums.end(), to.data());
  };
  gather(byGain, dGain);
  gather(byShift, dShift);
}

const bool defined = [] {
  define<Settings>("IgdsLayerNorm", {"x: float", "gain: float", "shift: float"}, {"y: float"}, {"epsilon: float"},
                   forward);
  define<Settings>("IgdsLayerNormGradient", {"x: float", "gain: float", "shift: float", "dy: float"},
                   {"dx: float", "dgain: float", "dshift: float"}, {"epsilon: float"}, backward);
  return true;
}();

}  // namespace
}  // namespace igds
