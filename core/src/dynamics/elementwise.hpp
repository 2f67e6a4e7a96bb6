#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include "groundwork/base/matrix.hpp"

/**
 * Elementary functions as plain loops that compilers vectorise. An element's result does not depend on its place in the
 * array (library kernels treat the last few elements differently): a centred field is exactly zero at its centre only
 * because both sides of the difference come out with the same bits.
 */
namespace groundwork::dynamics {

/** Rational approximation of tanh in float (the one of Eigen), 2 units in the last place; NaN stays NaN. */
inline float tanh_of(float x) {
  constexpr float limit = 7.90531110763549805f;
  x = x > limit ? limit : x;
  x = x < -limit ? -limit : x;
  const float y = x * x;
  float p = -2.76076847742355e-16f;
  p = p * y + 2.00018790482477e-13f;
  p = p * y - 8.60467152213735e-11f;
  p = p * y + 5.12229709037114e-08f;
  p = p * y + 1.48572235717979e-05f;
  p = p * y + 6.37261928875436e-04f;
  p = p * y + 4.89352455891786e-03f;
  float q = 1.19825839466702e-06f;
  q = q * y + 1.18534705686654e-04f;
  q = q * y + 2.26843463243900e-03f;
  q = q * y + 4.89352518554385e-03f;
  return x * p / q;
}

/** Absolute error 2e-16, several times faster than the library's. */
inline double tanh_of(double x) { return 1 - 2 / (std::exp(2 * x) + 1); }

/** exp in float by reduction to |r| ≤ ln 2 / 2 (Cephes), 2 units in the last place; overflow to infinity, NaN stays. */
inline float exp_of(float x) {
  const float bounded = x > 88.7f ? 88.7f : (x < -87.3f ? -87.3f : x);
  constexpr float shift = 12582912.0f;  // 1.5 · 2²³: adding it rounds to a whole number held in the low bits
  const float shifted = bounded * 1.44269504088896341f + shift;
  const float n = shifted - shift;
  const float r = (bounded - n * 0.693359375f) + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  std::uint32_t bits;
  std::memcpy(&bits, &shifted, sizeof bits);
  // 2ⁿ in two halves, since n = 128 has no float of its own.
  const auto whole = static_cast<std::int32_t>(bits - 0x4b400000u);
  const std::int32_t half = whole >> 1;
  const auto first = static_cast<std::uint32_t>(half + 127) << 23;
  const auto second = static_cast<std::uint32_t>(whole - half + 127) << 23;
  float a, b;
  std::memcpy(&a, &first, sizeof a);
  std::memcpy(&b, &second, sizeof b);
  const float result = p * a * b;
  return x > 88.7f ? result * 1e30f : result;
}

inline double exp_of(double x) { return std::exp(x); }

/** Natural logarithm in float for x > 0 (Cephes), 2 units in the last place; 0 gives −infinity, negative or NaN NaN. */
inline float log_of(float x) {
  std::uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  // Mantissa in [√½, √2).
  const std::int32_t exponent = static_cast<std::int32_t>(bits - 0x3f3504f3u) >> 23;
  const std::uint32_t mantissa = bits - (static_cast<std::uint32_t>(exponent) << 23);
  float m;
  std::memcpy(&m, &mantissa, sizeof m);
  m -= 1.0f;
  const float e = static_cast<float>(exponent), z = m * m;
  float p = 7.0376836292e-2f;
  p = p * m - 1.1514610310e-1f;
  p = p * m + 1.1676998740e-1f;
  p = p * m - 1.2420140846e-1f;
  p = p * m + 1.4249322787e-1f;
  p = p * m - 1.6668057665e-1f;
  p = p * m + 2.0000714765e-1f;
  p = p * m - 2.4999993993e-1f;
  p = p * m + 3.3333331174e-1f;
  const float y = p * m * z - 2.12194440e-4f * e - 0.5f * z;
  const float result = m + y + 0.693359375f * e;
  // Infinity and NaN come out as themselves, zero as −infinity, below zero as NaN.
  const float above = x <= 3.4e38f ? result : x;
  const float at_zero = x == 0 ? -std::numeric_limits<float>::infinity() : above;
  return x < 0 ? std::numeric_limits<float>::quiet_NaN() : at_zero;
}

inline double log_of(double x) { return std::log(x); }

/** softplus(x) = log(1 + e^x) and the derivative of its logarithm, σ(x)/softplus(x). */
template <typename S>
inline void softplus_of(S x, S& value, S& log_slope) {
  const S e = exp_of(x > 0 ? -x : x);
  const S above = x > 0 ? x : S(0);
  // log1p(e) = log(u) · e/(u − 1), u = 1 + e, is accurate for small e; where u rounds to 1 it is e.
  const S u = 1 + e, gap = u - 1;
  const S log1p = gap > 0 ? log_of(u) * e / (gap > 0 ? gap : S(1)) : e;
  value = above + log1p;
  const S sigmoid = (x > 0 ? S(1) : e) / u;
  log_slope = value > 0 ? sigmoid / (value > 0 ? value : S(1)) : S(1);
}

}  // namespace groundwork::dynamics
