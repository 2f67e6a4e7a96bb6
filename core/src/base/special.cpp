#include "groundwork/base/special.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <unsupported/Eigen/SpecialFunctions>

namespace groundwork {

double trigamma(double x) { return Eigen::numext::zeta(2.0, x); }

double log_normal_cdf(double x) {
  if (x > 0) return std::log1p(-0.5 * std::erfc(x / std::sqrt(2.0)));
  if (x > -35) return std::log(0.5 * std::erfc(-x / std::sqrt(2.0)));
  // Where the tail leaves the numbers: its asymptotic series (Abramowitz and Stegun 26.2.12).
  const double s = 1 / (x * x);
  return -0.5 * x * x - std::log(-x) - 0.5 * std::log(2 * std::numbers::pi) +
         std::log1p(-s * (1 - 3 * s * (1 - 5 * s)));
}

double normal_quantile(double p) {
  if (p <= 0) return -std::numeric_limits<double>::infinity();
  if (p >= 1) return std::numeric_limits<double>::infinity();
  return Eigen::numext::ndtri(p);
}

double student_t_cdf(double t, double df) {
  if (std::isinf(df)) return 0.5 * std::erfc(-t / std::sqrt(2.0));
  if (std::isinf(t)) return t > 0 ? 1 : 0;
  // The tail through the incomplete beta function; near zero the complementary argument keeps the digits. Far out it
  // would lose them: a tail below 1e-16 must not come out of 0.5 − 0.5.
  const double square = t * t;
  const double tail = square < std::min(df, 1.0)
                          ? 0.5 - 0.5 * Eigen::numext::betainc(0.5, 0.5 * df, square / (df + square))
                          : 0.5 * Eigen::numext::betainc(0.5 * df, 0.5, df / (df + square));
  return t > 0 ? 1 - tail : tail;
}

double student_t_quantile(double p, double df) {
  if (std::isinf(df)) return normal_quantile(p);
  if (p <= 0) return -std::numeric_limits<double>::infinity();
  if (p >= 1) return std::numeric_limits<double>::infinity();
  if (p == 0.5) return 0;
  // Newton's method for the logarithm of the tail as a function of x = log |t|, which is nearly straight far out; a
  // step that leaves the bracket is replaced by a bisection. The lower tail keeps its relative precision.
  const double tail = p < 0.5 ? p : 1 - p, log_tail = std::log(tail);
  const double log_density_at_0 =
      Eigen::numext::lgamma(0.5 * (df + 1)) - Eigen::numext::lgamma(0.5 * df) - 0.5 * std::log(df * std::numbers::pi);
  const double z = -normal_quantile(tail);
  double low = -300, high = 300;
  double x = std::clamp(std::log(z + z * (z * z + 1) / (4 * df)), -299.0, 299.0);
  for (int i = 0; i < 200 && high - low > 1e-15 * std::abs(low + high); ++i) {
    const double t = std::exp(x), below = student_t_cdf(-t, df);
    (below > tail ? low : high) = x;
    const double log_density = log_density_at_0 - 0.5 * (df + 1) * std::log1p(t * t / df);
    const double slope = std::exp(log_density + x) / below;
    double next = x + (std::log(below) - log_tail) / slope;
    if (!(next > low && next < high)) next = 0.5 * (low + high);
    const double step = std::abs(next - x);
    x = next;
    if (step <= 1e-15 * std::abs(x)) break;
  }
  return p < 0.5 ? -std::exp(x) : std::exp(x);
}

double chi_square_quantile(double p, double df) {
  if (p <= 0) return 0;
  if (p >= 1) return std::numeric_limits<double>::infinity();
  // Bisection between bounds around Wilson and Hilferty's approximation, on the log scale; the upper tail by its own
  // function, so that both ends keep their digits.
  const double z = normal_quantile(p), cube = 1 - 2 / (9 * df) + z * std::sqrt(2 / (9 * df));
  double low = std::log(df * std::pow(std::max(cube, 1e-3), 3)) - 1, high = low + 2;
  const auto above = [&](double x) {
    const double half = 0.5 * std::exp(x);
    return p < 0.5 ? Eigen::numext::igamma(0.5 * df, half) > p : Eigen::numext::igammac(0.5 * df, half) < 1 - p;
  };
  while (above(low)) low -= high - low;
  while (!above(high)) high += high - low;
  for (int i = 0; i < 200 && high - low > 1e-15 * std::max(1.0, std::abs(low)); ++i) {
    const double middle = 0.5 * (low + high);
    (above(middle) ? high : low) = middle;
  }
  return std::exp(0.5 * (low + high));
}

}  // namespace groundwork
