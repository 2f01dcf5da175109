// The operations IgdsGelu and IgdsGeluGradient: gelu.h for tensors of any shape.
#include "gelu.h"

#include <algorithm>

#include "operation.h"
#include "parallel.h"

namespace igds {
namespace {

// Numbers that one core takes at a time.
constexpr int64_t STRETCH = 1 << 14;

FOR_EACH_PROCESSOR
void apply(int64_t count, const float* __restrict x, float* __restrict y) {
  for (int64_t i = 0; i < count; i++) y[i] = gelu(x[i]);
}

FOR_EACH_PROCESSOR
void pullBack(int64_t count, const float* __restrict x, const float* __restrict dy, float* __restrict dx) {
  for (int64_t i = 0; i < count; i++) dx[i] = dy[i] * geluSlope(x[i]);
}

template <typename Work>
void each(int64_t count, Work work) {
  Team::the().each((count + STRETCH - 1) / STRETCH, [&](int64_t i) {
    work(i * STRETCH, std::min(STRETCH, count - i * STRETCH));
  });
}

void forward(void*, TF_OpKernelContext* context) {
  Status status;
  const Held x = input(context, 0, status);
  if (!status.good()) return TF_OpKernelContext_Failure(context, status);
  const Held y = outputLike(context, 0, x, status);
  if (!status.good()) return TF_OpKernelContext_Failure(context, status);
  each(x.count(), [&](int64_t first, int64_t count) { apply(count, x.data() + first, y.data() + first); });
}

void backward(void*, TF_OpKernelContext* context) {
  Status status;
  const Held x = input(context, 0, status), dy = input(context, 1, status);
  if (!check(context, status, status.good() && x.count() == dy.count(), "x and dy of one size")) return;
  const Held dx = outputLike(context, 0, x, status);
  if (!status.good()) return TF_OpKernelContext_Failure(context, status);
  each(x.count(), [&](int64_t first, int64_t count) {
    pullBack(count, x.data() + first, dy.data() + first, dx.data() + first);
  });
}

const bool defined = [] {
  define<NoSettings>("IgdsGelu", {"x: float"}, {"y: float"}, {}, forward);
  define<NoSettings>("IgdsGeluGradient", {"x: float", "dy: float"}, {"dx: float"}, {}, backward);
  return true;
}();

}  // namespace
}  // namespace igds
