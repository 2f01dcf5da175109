// The operations IgdsAttention and IgdsAttentionGradient: head.h for all heads of a batch, queries, keys and values packed
// in that order in each token.
#include <cmath>

#include "head.h"
#include "operation.h"
#include "parallel.h"
#include "scratch.h"

namespace igds {
namespace {

struct Settings {
  int64_t heads = 1;

  void read(TF_OpKernelConstruction* construction, TF_Status* status) {
    TF_OpKernelConstruction_GetAttrInt64(construction, "heads", &heads, status);
  }
};

// [N, tokens, 3 width], the width split into heads.
struct Packed {
  Packed(const Held& qkv, int64_t heads)
      : images(qkv.size(0)), tokens(qkv.size(1)), width(qkv.size(2) / 3), heads(heads), size(width / heads) {}
  const int64_t images, tokens, width, heads, size;

  Head head() const { return {tokens, size, 3 * width, 1.0f / std::sqrt(static_cast<float>(size))}; }

  // Calls work(where the queries of a head begin, where its result does) for all heads of all images, on all cores.
  template <typename Work>
  void each(Work work) const {
    Team::the().each(images * heads, [&](int64_t i) {
      const int64_t token = i / heads * tokens * width, channel = i % heads * size;
      work(3 * token + channel, token + channel);
    });
  }
};

bool fits(TF_OpKernelContext* context, TF_Status* status, const Held& qkv, int64_t heads) {
  return check(context, status, qkv.hasAxes(3) && heads > 0 && qkv.size(2) > 0 && qkv.size(2) % (3 * heads) == 0,
               "queries, keys and values [N, tokens, 3 * width], the width a multiple of the heads");
}

void forward(void* kernel, TF_OpKernelContext* context) {
  const int64_t heads = static_cast<Settings*>(kernel)->heads;
  Status status;
  const Held qkv = input(context, 0, status);
  if (!fits(context, status, qkv, heads)) return;
  const Packed batch(qkv, heads);
  const Held y = output(context, 0, {batch.images, batch.tokens, batch.width}, status);
  if (!status.good()) return TF_OpKernelContext_Failure(context, status);
  const Head head = batch.head();
  batch.each([&](int64_t at, int64_t to) {
    const float* q = qkv.data() + at;
    attend(head, q, q + batch.width, q + 2 * batch.width, scratch<0>(head.room()), y.data() + to, batch.width);
  });
}

void backward(void* kernel, TF_OpKernelContext* context) {
  const int64_t heads = static_cast<Settings*>(kernel)->heads;
  Status status;
  const Held qkv = input(context, 0, status), dy = input(context, 1, status);
  if (!fits(context, status, qkv, heads)) return;
  const Packed batch(qkv, heads);
  const bool shaped = dy.hasAxes(3) && dy.size(0) == batch.images && dy.size(1) == batch.tokens &&
                      dy.size(2) == batch.width;
  if (!check(context, status, shaped, "a gradient shaped like the result")) return;
  const Held dqkv = output(context, 0, {batch.images, batch.tokens, 3 * batch.width}, status);
  if (!status.good()) return TF_OpKernelContext_Failure(context, status);
  const Head head = batch.head();
  batch.each([&](int64_t at, int64_t from) {
    const float* q = qkv.data() + at;
    float* dq = dqkv.data() + at;
    attendBack(head, q, q + batch.width, q + 2 * batch.width, dy.data() + from, batch.width,
               scratch<0>(head.roomBack()), dq, dq + batch.width, dq + 2 * batch.width);
  });
}

const bool defined = [] {
  define<Settings>("IgdsAttention", {"qkv: float"}, {"y: float"}, {"heads: int"}, forward);
  define<Settings>("IgdsAttentionGradient", {"qkv: float", "dy: float"}, {"dqkv: float"}, {"heads: int"}, backward);
  return true;
}();

}  // namespace
}  // namespace igds
