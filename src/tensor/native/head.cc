#include "head.h"

#include <algorithm>
#include <limits>

#include "exponential.h"
#include "panels.h"

namespace igds {
namespace {

// Queries at a time; whole tiles for every processor.
constexpr int64_t QUERIES = 2 * MOST_ROWS;

constexpr int64_t upTo(int64_t multiple, int64_t number) { return (number + multiple - 1) / multiple * multiple; }

// The sizes with which a head is worked on: whole panels and whole tiles.
struct Sizes {
  explicit Sizes(const Head& h)
      : keys(upTo(PANEL, h.tokens)),
        channels(upTo(PANEL, h.size)),
        keyRows(upTo(MOST_ROWS, h.tokens)),
        weightsApart(upTo(PANEL, keyRows)) {}
  const int64_t keys, channels, keyRows, weightsApart;
};

// Parts of the memory that a function was given; where none was given they are only counted.
class Room {
 public:
  explicit Room(float* start) : start_(start) {}
  float* part(int64_t numbers) {
    const int64_t here = used_;
    used_ += upTo(PANEL, numbers);
    return start_ ? start_ + here : nullptr;
  }
  int64_t used() const { return used_; }

 private:
  float* const start_;
  int64_t used_ = 0;
};

// What is kept of a head, forwards.
struct Forwards : Sizes {
  Forwards(const Head& h, Room& room)
      : Sizes(h),
        keyPanels(room.part(h.size * keys)),
        valuePanels(room.part(h.tokens * channels)),
        queries(room.part(QUERIES * h.size)),
        weights(room.part(QUERIES * weightsApart)),
        mixed(room.part(QUERIES * channels)) {}
  float *const keyPanels, *const valuePanels, *const queries, *const weights, *const mixed;
};

// And backwards.
struct Backwards : Sizes {
  Backwards(const Head& h, Room& room)
      : Sizes(h),
        keyPanels(room.part(h.size * keys)),
        valuePanels(room.part(h.size * keys)),
        keysByToken(room.part(h.tokens * channels)),
        dKeys(room.part(keyRows * channels)),
        dValues(room.part(keyRows * channels)),
        queries(room.part(QUERIES * h.size)),
        pulled(room.part(QUERIES * h.size)),
        queryPanels(room.part(QUERIES * channels)),
        pulledPanels(room.part(QUERIES * channels)),
        weights(room.part(QUERIES * weightsApart)),
        slopes(room.part(QUERIES * weightsApart)),
        products(room.part(keys)),
        dQueries(room.part(QUERIES * channels)) {}
  float *const keyPanels, *const valuePanels, *const keysByToken, *const dKeys, *const dValues, *const queries,
      *const pulled, *const queryPanels, *const pulledPanels, *const weights, *const slopes, *const products,
      *const dQueries;
};

template <typename Parts>
int64_t roomOf(const Head& h) {
  Room counting(nullptr);
  Parts(h, counting);
  return counting.used();
}

// The matrix [depth, columns] in panels, zeros behind its last column.
INLINE void pack(int64_t depth, int64_t columns, const float* matrix, Strides apart, float* panels) {
  for (int64_t first = 0; first < columns; first += PANEL, panels += depth * PANEL) {
    const int64_t width = std::min(PANEL, columns - first);
    const float* from = matrix + first * apart.column;
    if (width < PANEL) std::fill(panels, panels + depth * PANEL, 0.0f);
    for (int64_t k = 0; k < depth; k++)
      for (int64_t j = 0; j < width; j++) panels[k * PANEL + j] = from[k * apart.row + j * apart.column];
  }
}

// The first `count` of `rows` side by side, multiplied, and zeros behind them.
INLINE void gather(int64_t count, int64_t rows, int64_t size, const float* from, int64_t apart, float factor,
                   float* to) {
  for (int64_t r = 0; r < count; r++)
    for (int64_t c = 0; c < size; c++) to[r * size + c] = factor * from[r * apart + c];
  std::fill(to + count * size, to + rows * size, 0.0f);
}

// All lanes into one number, half of them at a time.
template <int N, typename Both>
INLINE float fold(Lanes<N> lanes, Both both) {
  float numbers[N];
  store<N>(numbers, lanes);
#pragma GCC unroll 4
  for (int half = N / 2; half > 0; half /= 2)
#pragma GCC unroll 8
    for (int j = 0; j < half; j++) numbers[j] = both(numbers[j], numbers[j + half]);
  return numbers[0];
}

// Of `count` numbers, a multiple of PANEL.
template <int N>
INLINE float largest(int64_t count, const float* s) {
  Lanes<N> lanes = load<N>(s);
  for (int64_t i = N; i < count; i += N) lanes = load<N>(s + i) > lanes ? load<N>(s + i) : lanes;
  return fold<N>(lanes, [](float a, float b) INLINE_LAMBDA { return a > b ? a : b; });
}
template <int N>
INLINE float sum(int64_t count, const float* s) {
  Lanes<N> lanes = load<N>(s);
  for (int64_t i = N; i < count; i += N) lanes += load<N>(s + i);
  return fold<N>(lanes, [](float a, float b) INLINE_LAMBDA { return a + b; });
}

// The scores of `count` keys become exp(score - the largest), and those of no keys behind them, up to `room`, nothing
// that counts. Returns one over the sum.
template <int N>
INLINE float exponentials(int64_t count, int64_t room, float* s) {
  // Below whatever a score can be: where all of them are -infinity, the result is no number, as it should be.
  for (int64_t i = count; i < room; i++) s[i] = -std::numeric_limits<float>::infinity();
  const float most = largest<N>(room, s);
  for (int64_t i = 0; i < room; i++) s[i] = exponential(s[i] - most);
  return 1.0f / sum<N>(room, s);
}

template <int N>
INLINE void attendIn(const Head& h, const float* q, const float* k, const float* v, float* memory, float* y,
                     int64_t yApart) {
  Room room(memory);
  const Forwards of(h, room);
  pack(h.size, h.tokens, k, {1, h.apart}, of.keyPanels);
  pack(h.tokens, h.size, v, {h.apart, 1}, of.valuePanels);
  for (int64_t first = 0; first < h.tokens; first += QUERIES) {
    const int64_t count = std::min(QUERIES, h.tokens - first), rows = upTo(ROWS<N>, count);
    float inverse[QUERIES];
    gather(count, rows, h.size, q + first * h.apart, h.apart, h.scale, of.queries);
    multiplyRows<N>(rows, h.size, of.keys, of.queries, h.size, of.keyPanels, of.weights, of.weightsApart);
    for (int64_t r = 0; r < count; r++)
      inverse[r] = exponentials<N>(h.tokens, of.keys, of.weights + r * of.weightsApart);
    multiplyRows<N>(rows, h.tokens, of.channels, of.weights, of.weightsApart, of.valuePanels, of.mixed,
                    of.channels);
    for (int64_t r = 0; r < count; r++)
      for (int64_t c = 0; c < h.size; c++) y[(first + r) * yApart + c] = inverse[r] * of.mixed[r * of.channels + c];
  }
}

// y += x^T matrix, x [depth, rows of y], the matrix [depth, columns] in panels.
template <int N>
INLINE void addTurned(int64_t rows, int64_t depth, int64_t columns, const float* x, int64_t xApart,
                      const float* panels, float* y) {
  for (int64_t c = 0; c < columns; c += PANEL)
    for (int64_t r = 0; r < rows; r += ROWS<N>)
      multiplyTile<N, ROWS<N>>(depth, x + r, {1, xApart}, panels + c * depth, PANEL, y + r * columns + c,
                               y + r * columns + c, columns);
}

template <int N>
INLINE void attendBackIn(const Head& h, const float* q, const float* k, const float* v, const float* dy,
                         int64_t dyApart, float* memory, float* dq, float* dk, float* dv) {
  Room room(memory);
  const Backwards of(h, room);
  pack(h.size, h.tokens, k, {1, h.apart}, of.keyPanels);
  pack(h.size, h.tokens, v, {1, h.apart}, of.valuePanels);
  pack(h.tokens, h.size, k, {h.apart, 1}, of.keysByToken);
  std::fill(of.dKeys, of.dKeys + of.keyRows * of.channels, 0.0f);
  std::fill(of.dValues, of.dValues + of.keyRows * of.channels, 0.0f);
  for (int64_t first = 0; first < h.tokens; first += QUERIES) {
    const int64_t count = std::min(QUERIES, h.tokens - first), rows = upTo(ROWS<N>, count);
    gather(count, rows, h.size, q + first * h.apart, h.apart, h.scale, of.queries);
    gather(count, rows, h.size, dy + first * dyApart, dyApart, 1.0f, of.pulled);
    pack(rows, h.size, of.queries, {h.size, 1}, of.queryPanels);
    pack(rows, h.size, of.pulled, {h.size, 1}, of.pulledPanels);
    multiplyRows<N>(rows, h.size, of.keys, of.queries, h.size, of.keyPanels, of.weights, of.weightsApart);
    multiplyRows<N>(rows, h.size, of.keys, of.pulled, h.size, of.valuePanels, of.slopes, of.weightsApart);
    for (int64_t r = 0; r < count; r++) {
      float* const p = of.weights + r * of.weightsApart;
      float* const ds = of.slopes + r * of.weightsApart;
      const float inverse = exponentials<N>(h.tokens, of.keys, p);
      for (int64_t j = 0; j < of.keys; j++) {
        p[j] *= inverse;
        of.products[j] = p[j] * ds[j];
      }
      const float along = sum<N>(of.keys, of.products);
      for (int64_t j = 0; j < of.keys; j++) ds[j] = p[j] * (ds[j] - along);
    }
    // Rows of no query have no part in any gradient.
    std::fill(of.weights + count * of.weightsApart, of.weights + rows * of.weightsApart, 0.0f);
    std::fill(of.slopes + count * of.weightsApart, of.slopes + rows * of.weightsApart, 0.0f);
    multiplyRows<N>(rows, h.tokens, of.channels, of.slopes, of.weightsApart, of.keysByToken, of.dQueries, of.channels);
    for (int64_t r = 0; r < count; r++)
      for (int64_t c = 0; c < h.size; c++) dq[(first + r) * h.apart + c] = h.scale * of.dQueries[r * of.channels + c];
    addTurned<N>(of.keyRows, rows, of.channels, of.slopes, of.weightsApart, of.queryPanels, of.dKeys);
    addTurned<N>(of.keyRows, rows, of.channels, of.weights, of.weightsApart, of.pulledPanels, of.dValues);
  }
  for (int64_t j = 0; j < h.tokens; j++)
    for (int64_t c = 0; c < h.size; c++) {
      dk[j * h.apart + c] = of.dKeys[j * of.channels + c];
      dv[j * h.apart + c] = of.dValues[j * of.channels + c];
    }
}

#define ATTEND(name, N)                                                                                             \
  void name(const Head& h, const float* q, const float* k, const float* v, float* room, float* y, int64_t yApart) { \
    attendIn<N>(h, q, k, v, room, y, yApart);                                                                       \
  }
ATTEND(attendFour, 4)
FOR_AVX2 ATTEND(attendEight, 8)
FOR_AVX512 ATTEND(attendSixteen, 16)
#undef ATTEND

#define BACK(name, N)                                                                                        \
  void name(const Head& h, const float* q, const float* k, const float* v, const float* dy, int64_t dyApart, \
            float* room, float* dq, float* dk, float* dv) {                                                  \
    attendBackIn<N>(h, q, k, v, dy, dyApart, room, dq, dk, dv);                                              \
  }
BACK(backFour, 4)
FOR_AVX2 BACK(backEight, 8)
FOR_AVX512 BACK(backSixteen, 16)
#undef BACK

}  // namespace

int64_t Head::room() const { return roomOf<Forwards>(*this); }

int64_t Head::roomBack() const { return roomOf<Backwards>(*this); }

void attend(const Head& h, const float* q, const float* k, const float* v, float* room, float* y, int64_t yApart) {
  fitting(attendFour, attendEight, attendSixteen)(h, q, k, v, room, y, yApart);
}

void attendBack(const Head& h, const float* q, const float* k, const float* v, const float* dy, int64_t dyApart,
                float* room, float* dq, float* dk, float* dv) {
  fitting(backFour, backEight, backSixteen)(h, q, k, v, dy, dyApart, room, dq, dk, dv);
}

}  // namespace igds
