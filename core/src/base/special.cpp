#include "groundwork/base/special.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>
#include <unsupported/Eigen/SpecialFunctions>

namespace groundwork {

double trigamma(double x) { return Eigen::numext::zeta(2.0, x); }

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
  // Work in the lower tail, where the probability keeps its relative precision; bisect on log |t|.
  const double tail = p < 0.5 ? p : 1 - p;
  double low = -300, high = 300;
  for (int i = 0; i < 200 && high - low > 1e-15 * std::abs(low + high); ++i) {
    const double middle = 0.5 * (low + high);
    (student_t_cdf(-std::exp(middle), df) > tail ? low : high) = middle;
  }
  const double t = std::exp(0.5 * (low + high));
  return p < 0.5 ? -t : t;
}

}  // namespace groundwork
