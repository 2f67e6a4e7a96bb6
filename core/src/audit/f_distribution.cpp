#include "groundwork/audit/f_distribution.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <unsupported/Eigen/SpecialFunctions>

namespace groundwork::audit {

double f_cdf(double x, double d1, double d2) {
  if (!(x > 0)) return 0;
  if (std::isinf(x)) return 1;
  if (std::isinf(d2) || d2 > 1e7) return Eigen::numext::igamma(0.5 * d1, 0.5 * d1 * x);
  return Eigen::numext::betainc(0.5 * d1, 0.5 * d2, d1 * x / (d1 * x + d2));
}

double f_quantile(double p, double d1, double d2) {
  double low = -300, high = 300;
  for (int i = 0; i < 200 && high - low > 1e-12; ++i) {
    const double middle = 0.5 * (low + high);
    (f_cdf(std::exp(middle), d1, d2) < p ? low : high) = middle;
  }
  return std::exp(0.5 * (low + high));
}

Bounds mean_square_bounds(double raw, double noise, double d1, double d2, double error) {
  if (!(noise > 0)) return {std::max(0.0, raw), std::max(0.0, raw)};
  const auto below = [&](double square) {  // P(a raw value ≤ this one) if the mean square were `square`
    const double r = square / noise;
    return f_cdf(raw / (noise + square), d1 * (1 + r) * (1 + r) / (1 + 2 * r), d2);
  };
  const auto solve = [&](double p) {  // below() falls with the square
    if (below(0) <= p) return 0.0;
    double low = 0, high = std::max(raw, noise);
    for (int i = 0; i < 200 && below(high) > p; ++i) high *= 2;
    for (int i = 0; i < 60; ++i) {
      const double middle = 0.5 * (low + high);
      (below(middle) > p ? low : high) = middle;
    }
    return 0.5 * (low + high);
  };
  return {solve(1 - error / 2), solve(error / 2)};
}

}  // namespace groundwork::audit
