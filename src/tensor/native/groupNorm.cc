// The operations IgdsGroupNorm and IgdsGroupNormGradient: normalise.h for batches, as TensorFlow's graphs call them.
#include <cmath>
#include <functional>
#include <initializer_list>
#include <vector>

#include "normalise.h"
#include "operation.h"
#include "parallel.h"

namespace igds {
namespace {

struct Settings {
  int64_t groups = 1, activation = 0, pool = 1;
  float epsilon = 0;

  void read(TF_OpKernelConstruction* construction, TF_Status* status) {
    const auto good = [&] { return TF_GetCode(status) == TF_OK; };
    TF_OpKernelConstruction_GetAttrInt64(construction, "groups", &groups, status);
    if (good()) TF_OpKernelConstruction_GetAttrFloat(construction, "epsilon", &epsilon, status);
    if (good()) TF_OpKernelConstruction_GetAttrInt64(construction, "activation", &activation, status);
    if (good()) TF_OpKernelConstruction_GetAttrInt64(construction, "pool", &pool, status);
  }
};

// A walk over the rows of every image, and what its sums become before the next walk.
struct Walk {
  std::function<void(int64_t image, int64_t part, int64_t first, int64_t last)> rows;
  std::function<void(int64_t image)> after;
};

// Below so many images each is cut into parts. Not by the number of cores: sums must not depend on it.
constexpr int64_t FEW = 8, PARTS = 16;

int64_t partsOf(int64_t images) { return images < FEW ? PARTS : 1; }

// Many images: all walks over one while it is in the cache. Few: one walk after the other, over parts of each.
void walk(int64_t images, const Shape& shape, std::initializer_list<Walk> walks) {
  const int64_t parts = partsOf(images);
  const auto within = [&](const Walk& one, int64_t image, int64_t part) {
    // Even numbers of rows, for the pooling.
    const int64_t pairs = (shape.rows + 1) / 2;
    const int64_t first = 2 * (pairs * part / parts), last = 2 * (pairs * (part + 1) / parts);
    one.rows(image, part, first, std::min(last, shape.rows));
  };
  if (parts == 1) {
    Team::the().each(images, [&](int64_t image) {
      for (const Walk& one : walks) {
        within(one, image, 0);
        one.after(image);
      }
    });
    return;
  }
  for (const Walk& one : walks) {
    Team::the().each(images * parts, [&](int64_t i) { within(one, i / parts, i % parts); });
    for (int64_t image = 0; image < images; image++) one.after(image);
  }
}

// What a batch and its settings come to, and the numbers by image and channel that the walks hand on.
class Batch {
 public:
  Batch(const Settings& settings, const Held& x, const Held& scale, const Held& shift)
      : shape{x.size(1),       x.size(2), x.size(3), settings.groups, settings.pool,
              static_cast<Activation>(settings.activation)},
        images(x.size(0)),
        mean(images * shape.channels),
        inverse(images * shape.channels),
        gain(images * shape.channels),
        bias(images * shape.channels),
        epsilon_(settings.epsilon),
        x_(x.data()),
        scale_(scale),
        shift_(shift),
        sums_(images * partsOf(images) * shape.channels),
        products_(sums_.size()) {}

  const Shape shape;
  const int64_t images;
  std::vector<float> mean, inverse, gain, bias;

  int64_t of(int64_t image) const { return image * shape.channels; }
  const float* x(int64_t image) const { return x_ + image * pixels() * shape.channels; }
  int64_t pixels() const { return shape.rows * shape.columns; }
  int64_t pooledPixels() const { return shape.pooledRows() * shape.pooledColumns(); }
  const float* scale(int64_t image) const { return row(scale_, image); }
  float* sums(int64_t image, int64_t part) { return partial(sums_, image, part); }
  float* products(int64_t image, int64_t part) { return partial(products_, image, part); }

  Walk means() {
    return {[this](int64_t image, int64_t part, int64_t first, int64_t last) {
              addSums(shape, first, last, x(image), sums(image, part));
            },
            [this](int64_t image) {
              overGroups(gatheredSums(image), [&](int64_t channel, double average) {
                mean[of(image) + channel] = static_cast<float>(average);
              });
            }};
  }

  Walk deviations() {
    return {[this](int64_t image, int64_t part, int64_t first, int64_t last) {
              addSquares(shape, first, last, x(image), &mean[of(image)], sums(image, part));
            },
            [this](int64_t image) {
              overGroups(gatheredSums(image), [&](int64_t channel, double variance) {
                const int64_t at = of(image) + channel;
                inverse[at] = static_cast<float>(1 / std::sqrt(variance + epsilon_));
                gain[at] = inverse[at] * row(scale_, image)[channel];
                bias[at] = row(shift_, image)[channel] - mean[at] * gain[at];
              });
            }};
  }

  // The sums of all parts of an image by channel, until this thread asks for the next; zero again behind it.
  std::vector<double>& gatheredSums(int64_t image) {
    static thread_local std::vector<double> all;
    return gathered(sums_, image, all);
  }
  std::vector<double>& gatheredProducts(int64_t image) {
    static thread_local std::vector<double> all;
    return gathered(products_, image, all);
  }

  // Calls set(channel, mean of its group) from sums over the pixels by channel.
  template <typename Set>
  void overGroups(const std::vector<double>& sums, Set set) const {
    const int64_t size = shape.channels / shape.groups;
    for (int64_t group = 0; group < shape.groups; group++) {
      double total = 0;
      for (int64_t c = group * size; c < (group + 1) * size; c++) total += sums[c];
      for (int64_t c = group * size; c < (group + 1) * size; c++) set(c, total / (size * pixels()));
    }
  }

 private:
  const float* row(const Held& values, int64_t image) const {
    return values.data() + (values.size(0) == 1 ? 0 : of(image));
  }
  std::vector<double>& gathered(std::vector<float>& sums, int64_t image, std::vector<double>& all) {
    all.assign(shape.channels, 0);
    for (int64_t part = 0; part < partsOf(images); part++) {
      float* some = partial(sums, image, part);
      for (int64_t c = 0; c < shape.channels; c++) all[c] += some[c];
      std::fill(some, some + shape.channels, 0.0f);
    }
    return all;
  }
  float* partial(std::vector<float>& sums, int64_t image, int64_t part) {
    return &sums[(image * partsOf(images) + part) * shape.channels];
  }

  const double epsilon_;
  const float* const x_;
  const Held &scale_, &shift_;
  std::vector<float> sums_, products_;
};

bool fits(TF_OpKernelContext* context, TF_Status* status, const Settings& settings, const Held& x, const Held& scale,
          const Held& shift) {
  if (!check(context, status, x.hasAxes(4) && scale.hasAxes(4) && shift.hasAxes(4), "inputs with four axes"))
    return false;
  const auto byChannel = [&](const Held& values) {
    const int64_t rows = values.size(0);
    return (rows == 1 || rows == x.size(0)) && values.size(1) == 1 && values.size(2) == 1 &&
           values.size(3) == x.size(3);
  };
  return check(context, status, byChannel(scale) && byChannel(shift), "scale and shift [N or 1, 1, 1, C]") &&
         check(context, status, settings.groups > 0 && x.size(3) % settings.groups == 0, "groups that divide C") &&
         check(context, status, settings.pool == 1 || settings.pool == 2, "pool 1 or 2") &&
         check(context, status, settings.activation >= 0 && settings.activation <= 2, "activation 0, 1 or 2");
}

void forward(void* kernel, TF_OpKernelContext* context) {
  const Settings& settings = *static_cast<Settings*>(kernel);
  Status status;
  const Held x = input(context, 0, status), scale = input(context, 1, status), shift = input(context, 2, status);
  if (!fits(context, status, settings, x, scale, shift)) return;
  Batch batch(settings, x, scale, shift);
  const Shape& shape = batch.shape;
  const Held y = output(context, 0, {batch.images, shape.pooledRows(), shape.pooledColumns(), shape.channels}, status);
  if (!status.good()) return TF_OpKernelContext_Failure(context, status);
  const Walk results = {[&](int64_t image, int64_t, int64_t first, int64_t last) {
                          float* to = y.data() + image * batch.pooledPixels() * shape.channels;
                          const int64_t at = batch.of(image);
                          apply(shape, first, last, batch.x(image), &batch.gain[at], &batch.bias[at], to);
                        },
                        [](int64_t) {}};
  walk(batch.images, shape, {batch.means(), batch.deviations(), results});
}

// A gradient by scale or shift: of each image, or the sum over all where they share one.
void store(const std::vector<double>& byImage, int64_t channels, const Held& gradient) {
  const int64_t rows = gradient.size(0), images = static_cast<int64_t>(byImage.size()) / channels;
  for (int64_t c = 0; c < channels; c++) {
    double all = 0;
    for (int64_t image = 0; image < images; image++) {
      const double value = byImage[image * channels + c];
      if (rows == images)
        gradient.data()[image * channels + c] = static_cast<float>(value);
      else
        all += value;
    }
    if (rows != images) gradient.data()[c] = static_cast<float>(all);
  }
}

void backward(void* kernel, TF_OpKernelContext* context) {
  const Settings& settings = *static_cast<Settings*>(kernel);
  Status status;
  const Held x = input(context, 0, status), scale = input(context, 1, status), shift = input(context, 2, status);
  const Held dy = input(context, 3, status);
  if (!fits(context, status, settings, x, scale, shift)) return;
  Batch batch(settings, x, scale, shift);
  const Shape& shape = batch.shape;
  const bool shaped = dy.hasAxes(4) && dy.size(0) == batch.images && dy.size(1) == shape.pooledRows() &&
                      dy.size(2) == shape.pooledColumns() && dy.size(3) == shape.channels;
  if (!check(context, status, shaped, "a gradient shaped like the result")) return;
  const Held dx = output(context, 0, {batch.images, shape.rows, shape.columns, shape.channels}, status);
  const Held dScale = output(context, 1, {scale.size(0), 1, 1, shape.channels}, status);
  const Held dShift = output(context, 2, {shift.size(0), 1, 1, shape.channels}, status);
  if (!status.good()) return TF_OpKernelContext_Failure(context, status);

  const size_t numbers = batch.mean.size();
  std::vector<double> byScale(numbers), byShift(numbers);
  std::vector<float> slope(numbers), constant(numbers);
  const auto dxOf = [&](int64_t image) { return dx.data() + image * batch.pixels() * shape.channels; };
  const Walk pulls = {
      [&](int64_t image, int64_t part, int64_t first, int64_t last) {
        const int64_t at = batch.of(image);
        const float* from = dy.data() + image * batch.pooledPixels() * shape.channels;
        pullBack(shape, first, last, batch.x(image), &batch.gain[at], &batch.bias[at], &batch.mean[at], from,
                 dxOf(image), batch.sums(image, part), batch.products(image, part));
      },
      [&](int64_t image) {
        const int64_t at = batch.of(image);
        std::vector<double>&sums = batch.gatheredSums(image), &products = batch.gatheredProducts(image);
        for (int64_t c = 0; c < shape.channels; c++) {
          byShift[at + c] = sums[c];
          byScale[at + c] = products[c] * batch.inverse[at + c];
          sums[c] *= batch.scale(image)[c];
          products[c] *= batch.scale(image)[c];
        }
        // dx = r (scale u - E[scale u] - (x - m) r^2 E[scale u (x - m)]).
        batch.overGroups(sums, [&](int64_t c, double average) {
          constant[at + c] = static_cast<float>(-batch.inverse[at + c] * average);
        });
        batch.overGroups(products, [&](int64_t c, double average) {
          const double inverse = batch.inverse[at + c];
          slope[at + c] = static_cast<float>(-inverse * inverse * inverse * average);
        });
      }};
  const Walk results = {[&](int64_t image, int64_t, int64_t first, int64_t last) {
                          const int64_t at = batch.of(image);
                          combine(shape, first, last, batch.x(image), &batch.gain[at], &batch.mean[at], &slope[at],
                                  &constant[at], dxOf(image));
                        },
                        [](int64_t) {}};
  walk(batch.images, shape, {batch.means(), batch.deviations(), pulls, results});
  store(byScale, shape.channels, dScale);
  store(byShift, shape.channels, dShift);
}

// Done when the addon is loaded. What cannot be registered is not there for src/tensor/graphOps.ts, which asks.
const bool defined = [] {
  const auto attributes = {"groups: int", "epsilon: float", "activation: int", "pool: int"};
  define<Settings>("IgdsGroupNorm", {"x: float", "scale: float", "shift: float"}, {"y: float"}, attributes, forward);
  define<Settings>("IgdsGroupNormGradient", {"x: float", "scale: float", "shift: float", "dy: float"},
                   {"dx: float", "dscale: float", "dshift: float"}, attributes, backward);
  return true;
}();

}  // namespace
}  // namespace igds
