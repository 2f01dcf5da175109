// GELU in its tanh form (Hendrycks & Gimpel 2016), of one number: x sigmoid(u), u = 2 sqrt(2 / pi) (x + 0.044715 x^3).
#pragma once
#include "exponential.h"

namespace igds {

constexpr float GELU_LINEAR = 1.59576912f, GELU_CUBIC = GELU_LINEAR * 0.044715f;

INLINE float geluGate(float x) { return 1.0f / (1.0f + exponential(-x * (GELU_LINEAR + GELU_CUBIC * x * x))); }

INLINE float gelu(float x) { return x * geluGate(x); }

INLINE float geluSlope(float x) {
  const float s = geluGate(x);
  return s + x * s * (1.0f - s) * (GELU_LINEAR + 3.0f * GELU_CUBIC * x * x);
}

}  // namespace igds
