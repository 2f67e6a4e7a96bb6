#include "edge_intervals.hpp"

#include <algorithm>
#include <cmath>

#include "groundwork/base/not_finite.hpp"
#include "groundwork/dynamics/steady_state.hpp"
#include "groundwork/dynamics/structural_model.hpp"

namespace groundwork::fit {
namespace {

constexpr double edge_step = 1e-5;

/** Coefficients at the steady state reached from `start`, which becomes it; no genes where there is none. */
Matrix edges_at(dynamics::VectorField<double>& field, const Vector& theta, Vector& start) {
  const dynamics::ConditionInputs unedited;
  const dynamics::SteadyState rest = dynamics::find_steady_state(field, theta, unedited, {}, start);
  if (!rest.converged) return Matrix();
  Matrix jacobian(field.genes(), field.genes());
  field.jacobian(rest.state, 0, jacobian);
  start = rest.state;
  return dynamics::structural_coefficients(jacobian);
}

}  // namespace

EdgeIntervals edge_intervals(const dynamics::FieldOptions& options, const Vector& theta,
                             const Eigen::SelfAdjointEigenSolver<Matrix>& curvature, const Vector& unit) {
  EdgeIntervals out;
  const auto field = dynamics::make_field<double>(options);
  Vector rest;
  const Matrix value = edges_at(*field, theta, rest);
  if (value.size() == 0) return out;
  // ∂ edges/∂ θ in units of the prior, an edge a row.
  Matrix slope(value.size(), theta.size());
  Vector moved = theta;
  for (Index i = 0; i < theta.size(); ++i) {
    const double step = edge_step * std::min(unit(i), 1.0);
    moved(i) = theta(i) + step;
    Vector start = rest;
    const Matrix there = edges_at(*field, moved, start);
    moved(i) = theta(i);
    if (there.size() == 0) return out;
    slope.col(i) = (there - value).reshaped() * (unit(i) / step);
  }
  const Vector shrink = (1 + curvature.eigenvalues().array().max(0)).inverse().matrix();
  const Vector posterior = (slope * curvature.eigenvectors()).cwiseAbs2() * shrink;
  const Vector prior = slope.rowwise().squaredNorm();
  const Index d = value.rows();
  out.value = value;
  out.sd = posterior.cwiseSqrt().reshaped(d, d);
  out.learned =
      (prior.array() > 0).select(1 - posterior.array() / prior.array().max(1e-300), 0).matrix().reshaped(d, d);
  return out;
}

}  // namespace groundwork::fit
