#include "groundwork/fit/stack.hpp"

#include <cmath>
#include <limits>

#include "groundwork/base/special.hpp"

namespace groundwork::fit {

Vector stacking_weights(const Matrix& products) {
  const Index n = products.rows();
  Vector weight = Vector::Zero(n);
  for (Index i = 0; i < n; ++i) weight(i) = products.row(i).allFinite() ? 1 : 0;
  if (weight.sum() == 0) return Vector::Constant(n, n > 0 ? 1.0 / static_cast<double>(n) : 0);
  const Matrix q = products.unaryExpr([](double v) { return std::isfinite(v) ? v : 0; });
  weight /= weight.sum();
  const double size = std::max(q.diagonal().maxCoeff(), 1e-300);
  for (int step = 0; step < 20000; ++step) {
    const Vector slope = q * weight / size;
    Vector next = (weight.array() * (-(slope.array() - slope.minCoeff())).exp()).matrix();
    next /= next.sum();
    const bool settled = (next - weight).cwiseAbs().maxCoeff() < 1e-8;
    weight = next;
    if (settled) break;
  }
  for (double& w : weight) w = w < 1e-3 ? 0 : w;
  return weight / weight.sum();
}

bool Gain::convinces() const {
  return units >= 3 && mean + student_t_quantile(0.95, static_cast<double>(units - 1)) * se < 0;
}

Gain gain_of(const Vector& error, const Vector& baseline) {
  const Vector difference = error - baseline;
  const double n = static_cast<double>(difference.size());
  Gain gain;
  gain.units = difference.size();
  gain.se = std::numeric_limits<double>::infinity();
  if (difference.size() == 0) return gain;
  gain.mean = difference.mean();
  if (difference.size() >= 3) gain.se = std::sqrt((difference.array() - gain.mean).square().sum() / (n - 1) / n);
  return gain;
}

}  // namespace groundwork::fit
