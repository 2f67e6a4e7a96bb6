#include "groundwork/dynamics/equilibria.hpp"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>

namespace groundwork::dynamics {
namespace {

/** Largest |f| at rest over the largest rate: rounding of sums of genes terms. */
template <typename S>
constexpr double tolerance = sizeof(S) == sizeof(float) ? 1e-5 : 1e-12;
constexpr int most_iterations = 100;
constexpr double weakest_step = 1.0 / 64;

bool same(std::span<const ConditionInputs> a, const std::vector<ConditionInputs>& b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](const auto& x, const auto& y) {
           return x.medium == y.medium && x.clamps == y.clamps && x.doses == y.doses;
         });
}

}  // namespace

template <typename S>
std::vector<ConditionInputs> Equilibria<S>::weakened(double strength, const ConstVector& parameters) const {
  const VectorOf<S> kappas = field_.kappas(parameters);
  std::vector<ConditionInputs> weak = conditions_;
  for (ConditionInputs& condition : weak) {
    for (Clamp& clamp : condition.clamps) {
      const double kappa = clamp.estimated >= 0 ? static_cast<double>(kappas[clamp.estimated]) : clamp.kappa;
      // κ = 0 exactly (linear scale) is approached, and taken at full strength.
      clamp.kappa = std::pow(std::max(kappa, 1e-6), strength);
      clamp.estimated = -1;
    }
    for (InputDose& dose : condition.doses) dose.dose *= strength;
  }
  return weak;
}

template <typename S>
bool Equilibria<S>::newton() {
  const Index d = field_.genes(), n = states_.cols();
  record_.resize(static_cast<std::size_t>(field_.record_size()));
  slope_.resize(d, n);
  next_slope_.resize(d, n);
  next_.resize(d, n);
  jacobian_.resize(d, d);
  field_.evaluate(states_, record_.data(), slope_);
  const double enough = tolerance<S> * std::max(1.0, static_cast<double>(field_.rates().maxCoeff()));
  const auto size_of = [](const auto& column) { return static_cast<double>(column.cwiseAbs().maxCoeff()); };
  std::vector<double> residual(static_cast<std::size_t>(n)), tau(residual.size());
  for (Index j = 0; j < n; ++j) {
    const auto k = static_cast<std::size_t>(j);
    residual[k] = slope_.col(j).allFinite() ? size_of(slope_.col(j)) : INFINITY;
    if (!std::isfinite(residual[k])) {
      failed_ = j;
      return false;
    }
    tau[k] = 1 / std::max(1.0, residual[k]);
  }
  const bool affine = field_.is_affine();
  for (int iteration = 0; iteration < most_iterations; ++iteration) {
    bool all = true;
    next_ = states_;
    for (Index j = 0; j < n; ++j) {
      const auto k = static_cast<std::size_t>(j);
      if (residual[k] <= enough) continue;
      all = false;
      field_.jacobian(states_.col(j), j, jacobian_);
      jacobian_ = -jacobian_;
      if (!affine) jacobian_.diagonal().array() += static_cast<S>(1 / tau[k]);
      next_.col(j) += jacobian_.partialPivLu().solve(slope_.col(j));
    }
    if (all) return true;
    field_.evaluate(next_, record_.data(), next_slope_);
    for (Index j = 0; j < n; ++j) {
      const auto k = static_cast<std::size_t>(j);
      if (residual[k] <= enough) continue;
      const double now = next_.col(j).allFinite() && next_slope_.col(j).allFinite() ? size_of(next_slope_.col(j))
                                                                                    : static_cast<double>(INFINITY);
      if (affine ? !std::isfinite(now) || iteration > 4 : !(now <= 2 * residual[k])) {
        tau[k] /= 8;
        if (affine || tau[k] < 1e-9) {
          failed_ = j;
          return false;
        }
        continue;
      }
      tau[k] =
          std::min(1e12, tau[k] * std::clamp(residual[k] / std::max(now, 1e-300), now <= residual[k] ? 2.0 : 0.5, 1e4));
      states_.col(j) = next_.col(j);
      slope_.col(j) = next_slope_.col(j);
      residual[k] = now;
    }
  }
  failed_ = static_cast<Index>(std::max_element(residual.begin(), residual.end()) - residual.begin());
  return residual[static_cast<std::size_t>(failed_)] <= enough;
}

template <typename S>
bool Equilibria<S>::follow(const ConstVector& parameters) {
  states_.setZero(field_.genes(), static_cast<Index>(conditions_.size()));
  double reached = 0, step = 0.25;
  // At no strength at all the conditions differ from the control by their medium only.
  field_.bind(parameters, weakened(0, parameters));
  if (!newton()) return false;
  MatrixOf<S> good = states_;
  while (reached < 1) {
    const double strength = std::min(1.0, reached + step);
    if (strength < 1)
      field_.bind(parameters, weakened(strength, parameters));
    else
      field_.bind(parameters, conditions_);
    if (newton()) {
      reached = strength;
      good = states_;
      step *= 2;
    } else {
      states_ = good;
      step /= 2;
      if (step < weakest_step) return false;
    }
  }
  return true;
}

template <typename S>
bool Equilibria<S>::solve(const ConstVector& parameters, std::span<const ConditionInputs> conditions) {
  failed_ = -1;
  const bool known = warm_ && same(conditions, conditions_);
  conditions_.assign(conditions.begin(), conditions.end());
  if (conditions_.empty()) {
    field_.bind(parameters, conditions_);
    states_.setZero(field_.genes(), 0);
    return true;
  }
  warm_ = false;
  if (known) {
    field_.bind(parameters, conditions_);
    warm_ = newton();
  }
  if (!warm_) warm_ = follow(parameters);
  if (!warm_) return false;
  failed_ = -1;
  field_.evaluate(states_, record_.data(), slope_);
  return true;
}

template <typename S>
void Equilibria<S>::backward(const MatrixOf<S>& adjoint, MutableVector gradient) {
  const Index n = states_.cols();
  if (n == 0) return;
  solution_.resizeLike(states_);
  for (Index j = 0; j < n; ++j) {
    if (adjoint.col(j).isZero(0)) {
      solution_.col(j).setZero();
      continue;
    }
    field_.jacobian(states_.col(j), j, jacobian_);
    solution_.col(j) = jacobian_.transpose().partialPivLu().solve(-adjoint.col(j));
  }
  next_.resizeLike(states_);
  field_.pull_back(record_.data(), solution_, next_);
  field_.add_gradient(gradient);
}

template class Equilibria<float>;
template class Equilibria<double>;

}  // namespace groundwork::dynamics
