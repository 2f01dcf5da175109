// The operations IgdsConvolution and IgdsConvolutionKernelGradient: winograd.h for batches, as TensorFlow's graphs call
// them.
#include <algorithm>

#include "operation.h"
#include "parallel.h"
#include "scratch.h"
#include "winograd.h"

namespace igds {
namespace {

struct Settings {
  int64_t turned = 0;

  void read(TF_OpKernelConstruction* construction, TF_Status* status) {
    TF_OpKernelConstruction_GetAttrInt64(construction, "turned", &turned, status);
  }
};

// Input channels whose weights one core transforms at a time; 16 are a multiple.
constexpr int64_t CHANNELS = 8;

bool takes(TF_OpKernelContext* context, TF_Status* status, const Convolution& shape) {
  const bool whole = shape.from % PANEL == 0 && shape.to % PANEL == 0 && shape.from > 0 && shape.to > 0;
  return check(context, status, whole, "multiples of 16 channels");
}

void compute(void* kernelSettings, TF_OpKernelContext* context) {
  const bool turned = static_cast<Settings*>(kernelSettings)->turned != 0;
  Status status;
  const Held x = input(context, 0, status), kernel = input(context, 1, status), bias = input(context, 2, status);
  if (!check(context, status, x.hasAxes(4) && kernel.hasAxes(4) && bias.hasAxes(1),
             "x and a kernel with four axes and a bias with one"))
    return;
  const Convolution shape{x.size(0), x.size(1), x.size(2), x.size(3), kernel.size(turned ? 2 : 3), turned};
  const bool fits = kernel.size(0) == 3 && kernel.size(1) == 3 && kernel.size(turned ? 3 : 2) == shape.from &&
                    bias.size(0) == shape.to;
  if (!check(context, status, fits, "a kernel [3, 3, from, to], turned [3, 3, to, from], and a bias [to]") ||
      !takes(context, status, shape))
    return;
  const Held y = output(context, 0, {shape.images, shape.rows, shape.columns, shape.to}, status);
  if (!status.good()) return TF_OpKernelContext_Failure(context, status);

  Team& team = Team::the();
  Borrowed u(POINTS * shape.from * shape.to);
  team.each(shape.from / CHANNELS, [&](int64_t i) {
    transformKernel(shape, i * CHANNELS, (i + 1) * CHANNELS, kernel.data(), u.data());
  });
  const int64_t block = shape.block(team.size()), tiles = shape.tiles();
  team.each((tiles + block - 1) / block, [&](int64_t i) {
    float* const v = scratch<0>(POINTS * block * shape.from);
    float* const m = scratch<1>(POINTS * block * shape.to);
    convolveTiles(shape, i * block, std::min((i + 1) * block, tiles), block, x.data(), u.data(), bias.data(), v, m,
                  y.data());
  });
}

void kernelGradient(void*, TF_OpKernelContext* context) {
  Status status;
  const Held x = input(context, 0, status), dy = input(context, 1, status);
  if (!check(context, status, x.hasAxes(4) && dy.hasAxes(4), "x and dy with four axes")) return;
  const Convolution shape{x.size(0), x.size(1), x.size(2), x.size(3), dy.size(3), false};
  const bool fits = dy.size(0) == shape.images && dy.size(1) == shape.rows && dy.size(2) == shape.columns;
  if (!check(context, status, fits, "x and dy of as many images and pixels") ||
      !takes(context, status, shape))
    return;
  const Held gradient = output(context, 0, {3, 3, shape.from, shape.to}, status);
  if (!status.good()) return TF_OpKernelContext_Failure(context, status);

  // Each point's sums are one thread's, over one stretch of tiles after the other: they do not depend on how many
  // threads there are. A stretch is as long as the cache that cores share bears.
  constexpr int64_t CACHE = 6 << 20, FEWEST = 96, TOGETHER = 8;
  const int64_t atOnce = CACHE / (POINTS * (shape.from + shape.to) * static_cast<int64_t>(sizeof(float)));
  const int64_t tiles = shape.tiles(), room = std::min(tiles, std::max(atOnce, FEWEST));
  const int64_t weights = shape.from * shape.to;
  Team& team = Team::the();
  Borrowed v(POINTS * room * shape.from), z(POINTS * room * shape.to), sums(POINTS * weights);
  std::fill(sums.data(), sums.data() + POINTS * weights, 0.0f);
  for (int64_t start = 0; start < tiles; start += room) {
    const int64_t here = std::min(room, tiles - start);
    team.each((here + TOGETHER - 1) / TOGETHER, [&](int64_t i) {
      const int64_t first = i * TOGETHER, last = std::min(first + TOGETHER, here);
      transformForGradient(shape, start + first, start + last, x.data(), dy.data(), room,
                           v.data() + first * shape.from, z.data() + first * shape.to);
    });
    team.each(POINTS, [&](int64_t point) {
      addProducts(shape, here, v.data() + point * room * shape.from, z.data() + point * room * shape.to,
                  sums.data() + point * weights);
    });
  }
  team.each(shape.from / CHANNELS, [&](int64_t i) {
    transformKernelBack(shape, i * CHANNELS, (i + 1) * CHANNELS, sums.data(), gradient.data());
  });
}

// Done when the addon is loaded, as in groupNorm.cc.
const bool defined = [] {
  define<Settings>("IgdsConvolution", {"x: float", "kernel: float", "bias: float"}, {"y: float"}, {"turned: int"},
                   compute);
  define<NoSettings>("IgdsConvolutionKernelGradient", {"x: float", "dy: float"}, {"dkernel: float"}, {},
                     kernelGradient);
  return true;
}();

}  // namespace
}  // namespace igds
