// One head of attention (Vaswani et al. 2017): the arithmetic, free of TensorFlow.
//
//     S = scale Q K^T,   P = softmax(S) along the keys,   Y = P V
//     dV = P^T dY,   dP = dY V^T,   dS = P (dP - sum_keys P dP),   dQ = scale dS K,   dK = scale dS^T Q
//
// A block of queries at a time, so that their weights never leave the cache of a core (as in Dao et al. 2022); backwards
// they are computed again.
#pragma once
#include <cstdint>

namespace igds {

struct Head {
  int64_t tokens, size;
  // From one token to the next, in queries, keys, values and their gradients.
  int64_t apart;
  float scale;

  // Numbers that the functions below need to work with.
  int64_t room() const;
  int64_t roomBack() const;
};

// What belongs to one token lies side by side; from one token to the next it is yApart numbers.
void attend(const Head&, const float* q, const float* k, const float* v, float* room, float* y, int64_t yApart);
void attendBack(const Head&, const float* q, const float* k, const float* v, const float* dy, int64_t dyApart,
                float* room, float* dq, float* dk, float* dv);

}  // namespace igds
