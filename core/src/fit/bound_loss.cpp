#include "groundwork/fit/bound_loss.hpp"

#include <cmath>
#include <numbers>

#include "groundwork/base/special.hpp"

namespace groundwork::fit {
namespace {

/** φ(u)/Φ(u), given log Φ(u). */
double hazard(double u, double log_cdf) {
  return std::exp(-0.5 * u * u - 0.5 * std::log(2 * std::numbers::pi) - log_cdf);
}

template <typename Scalar>
double distance(const Bound& bound, const MatrixOf<Scalar>& p) {
  return (bound.most - static_cast<double>(p(bound.gene, bound.state) - p(bound.gene, bound.reference))) / bound.sd;
}

}  // namespace

template <typename Scalar>
double BoundLoss<Scalar>::value(const MatrixOf<Scalar>& p, MatrixOf<Scalar>& gradient) const {
  double total = 0;
  for (const Bound& bound : bounds_) {
    const double u = distance(bound, p), log_cdf = log_normal_cdf(u);
    total -= 2 * log_cdf;
    const auto slope = static_cast<Scalar>(2 * hazard(u, log_cdf) / bound.sd);
    gradient(bound.gene, bound.state) += slope;
    gradient(bound.gene, bound.reference) -= slope;
  }
  return total;
}

template <typename Scalar>
void BoundLoss<Scalar>::add_weighed(const MatrixOf<Scalar>& p, const MatrixOf<Scalar>& change,
                                    MatrixOf<Scalar>& out) const {
  for (const Bound& bound : bounds_) {
    const double u = distance(bound, p), h = hazard(u, log_normal_cdf(u));
    const double off = static_cast<double>(change(bound.gene, bound.state) - change(bound.gene, bound.reference));
    const auto weighed = static_cast<Scalar>(h * (h + u) / (bound.sd * bound.sd) * off);
    out(bound.gene, bound.state) += weighed;
    out(bound.gene, bound.reference) -= weighed;
  }
}

template class BoundLoss<float>;
template class BoundLoss<double>;

}  // namespace groundwork::fit
