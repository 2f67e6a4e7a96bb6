#include "groundwork/design/power.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "groundwork/base/special.hpp"

namespace groundwork::design {
namespace {

double normal_cdf(double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); }

struct Power {
  double value, slope;
};

/**
 * The estimated standard error is s = √(χ²/df) times the true one: the mean of Φ(δ − ts) + Φ(−δ − ts) over s. On the
 * scale y = log s the density is smooth and vanishes at both ends, where equal steps converge faster than any power of
 * the step.
 */
Power evaluate(double effect, double df, double critical) {
  const auto slope_at = [](double z) { return std::exp(-0.5 * z * z) / std::sqrt(2 * std::numbers::pi); };
  if (std::isinf(df)) {
    return {normal_cdf(effect - critical) + normal_cdf(-effect - critical),
            slope_at(effect - critical) - slope_at(-effect - critical)};
  }
  const double width = std::max(8 / std::sqrt(2 * df), 1e-6);
  const double low = df < 30 ? -40 / df : -width, high = df < 30 ? std::log(1 + 8 / std::sqrt(df)) : width;
  const int steps =
      df < 30 ? std::clamp(static_cast<int>((high - low) * 24 * std::sqrt(std::max(df, 1.0))), 120, 1200) : 80;
  const double h = (high - low) / steps;
  double sum = 0, value = 0, slope = 0;
  for (int k = 0; k <= steps; ++k) {
    const double y = low + k * h, s = std::exp(y);
    const double density = std::exp(df * (y - 0.5 * (s * s - 1)));
    sum += density;
    value += density * (normal_cdf(effect - critical * s) + normal_cdf(-effect - critical * s));
    slope += density * (slope_at(effect - critical * s) - slope_at(-effect - critical * s));
  }
  return {value / sum, slope / sum};
}

}  // namespace

double critical_value(double df, double alpha, Side side) {
  return student_t_quantile(side == Side::both ? 1 - alpha / 2 : 1 - alpha, df);
}

double rejection_beyond(double critical, double effect, double df, Side side, double spread) {
  // Looking to the left is looking to the right at the opposite effect.
  const double delta = side == Side::left ? -effect : effect;
  const auto at = [&](double threshold) {
    const double right = normal_cdf((delta - threshold) / spread);
    return side == Side::both ? right + normal_cdf((-delta - threshold) / spread) : right;
  };
  if (std::isinf(df)) return at(critical);
  // As in evaluate(), over the estimated standard error on the log scale.
  const double width = std::max(8 / std::sqrt(2 * df), 1e-6);
  const double low = df < 30 ? -40 / df : -width, high = df < 30 ? std::log(1 + 8 / std::sqrt(df)) : width;
  const int steps =
      df < 30 ? std::clamp(static_cast<int>((high - low) * 24 * std::sqrt(std::max(df, 1.0))), 120, 1200) : 80;
  const double h = (high - low) / steps;
  double sum = 0, value = 0;
  for (int k = 0; k <= steps; ++k) {
    const double y = low + k * h, s = std::exp(y);
    const double density = std::exp(df * (y - 0.5 * (s * s - 1)));
    if (density < 1e-18) continue;
    sum += density;
    value += density * at(critical * s);
  }
  return value / sum;
}

double rejection_probability(double effect, double df, double alpha, Side side, double spread) {
  return rejection_beyond(critical_value(df, alpha, side), effect, df, side, spread);
}

double power_of(double effect, double df, double alpha) {
  return evaluate(std::abs(effect), df, student_t_quantile(1 - alpha / 2, df)).value;
}

double detectable_effect(double df, double alpha, double power) {
  return detectable_effect(df, alpha, power, student_t_quantile(1 - alpha / 2, df));
}

double detectable_effect(double df, double alpha, double power, double critical) {
  if (power <= alpha) return 0;
  double low = 0, high = critical + normal_quantile(std::max(power, 0.5)) + 1;
  while (evaluate(high, df, critical).value < power) {
    low = high;
    high *= 2;
  }
  double effect = std::clamp(critical + normal_quantile(power), 0.5 * (low + high), high);
  for (int k = 0; k < 100; ++k) {
    const Power at = evaluate(effect, df, critical);
    (at.value < power ? low : high) = effect;
    double next = at.slope > 0 ? effect - (at.value - power) / at.slope : 0.5 * (low + high);
    if (!(next > low && next < high)) next = 0.5 * (low + high);
    if (std::abs(next - effect) < 1e-10 * effect) return next;
    effect = next;
  }
  return effect;
}

}  // namespace groundwork::design
