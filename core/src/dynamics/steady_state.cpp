#include "groundwork/dynamics/steady_state.hpp"

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <algorithm>
#include <cmath>

namespace groundwork::dynamics {

SteadyState find_steady_state(VectorField<double>& field, const Vector& parameters, const ConditionInputs& condition,
                              const SteadyStateOptions& options, const Vector& start) {
  field.bind(parameters, {&condition, 1});
  const Index d = field.genes();
  std::vector<double> record(static_cast<std::size_t>(field.record_size()));
  Matrix slope(d, 1), next_slope(d, 1), jacobian(d, d);
  SteadyState result;
  Matrix state = start.size() == 0 ? Matrix::Zero(d, 1) : Matrix(start);
  field.evaluate(state, record.data(), slope);
  result.residual = slope.cwiseAbs().maxCoeff();

  // τ in days: at first about the time over which the state moves by one, or one day if it moves slower than that.
  double tau = 1 / std::max(1.0, result.residual);
  for (; result.iterations < options.max_iterations && !(result.residual <= options.tolerance); ++result.iterations) {
    field.jacobian(state.col(0), 0, jacobian);
    jacobian = -jacobian;
    // An affine field is where Newton's first step takes it, also where the flow would lead away.
    if (!field.is_affine()) jacobian.diagonal().array() += 1 / tau;
    const Matrix next = state + jacobian.partialPivLu().solve(slope);
    field.evaluate(next, record.data(), next_slope);
    const double residual = next_slope.cwiseAbs().maxCoeff();
    if (!next.allFinite() || !std::isfinite(residual) || (!field.is_affine() && residual > 2 * result.residual)) {
      tau /= 8;
      if (tau < 1e-12) break;
      continue;
    }
    // Switched evolution relaxation, at least doubling while the residual does not grow.
    tau *= std::clamp(result.residual / std::max(residual, 1e-300), residual <= result.residual ? 2.0 : 0.5, 1e4);
    tau = std::min(tau, 1e14);
    state = next;
    slope = next_slope;
    result.residual = residual;
  }
  result.converged = result.residual <= options.tolerance;
  result.state = state.col(0);
  if (result.state.allFinite()) {
    field.jacobian(result.state, 0, jacobian);
    result.spectral_abscissa = jacobian.eigenvalues().real().maxCoeff();
  }
  return result;
}

double spectral_abscissa(VectorField<double>& field, const Vector& parameters, const ConditionInputs& condition,
                         const Vector& state) {
  field.bind(parameters, {&condition, 1});
  Matrix jacobian(field.genes(), field.genes());
  field.jacobian(state, 0, jacobian);
  return jacobian.eigenvalues().real().maxCoeff();
}

}  // namespace groundwork::dynamics
