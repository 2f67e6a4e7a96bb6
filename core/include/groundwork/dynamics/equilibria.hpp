#pragma once

#include <span>
#include <vector>

#include "groundwork/dynamics/vector_field.hpp"

namespace groundwork::dynamics {

/**
 * Steady states of a batch of conditions with their derivative: end states that training can be fitted to. Each is
 * followed from the control by continuation in the strength of its edits (κ^s and s · dose, s from 0 to 1), so that it
 * is the one that a growing edit leads to; at every s Newton's method is damped by pseudo-transient continuation as in
 * find_steady_state(). Later calls start from the states of the call before while the conditions stay the same.
 */
template <typename S>
class Equilibria {
 public:
  using ConstVector = typename VectorField<S>::ConstVector;
  using MutableVector = typename VectorField<S>::MutableVector;

  /** `field` must outlive this. */
  explicit Equilibria(VectorField<S>& field) : field_(field) {}

  /** False where some column has no steady state that is reached: see failed(). */
  bool solve(const ConstVector& parameters, std::span<const ConditionInputs> conditions);
  /** δ at rest, genes × conditions. */
  const MatrixOf<S>& states() const { return states_; }
  /** Column without a steady state in the last solve(), −1 if none. */
  Index failed() const { return failed_; }

  /**
   * gradient += adjoint · ∂states/∂parameters by the implicit function theorem: f(δ, θ) = 0 gives
   * ∂δ/∂θ = −J⁻¹ ∂f/∂θ. Needs a solve() that was true, with the field still bound by it.
   */
  void backward(const MatrixOf<S>& adjoint, MutableVector gradient);

 private:
  /** Newton's method for the bound conditions from states_; false when a column does not arrive. */
  bool newton();
  bool follow(const ConstVector& parameters);
  std::vector<ConditionInputs> weakened(double strength, const ConstVector& parameters) const;

  VectorField<S>& field_;
  std::vector<ConditionInputs> conditions_;
  MatrixOf<S> states_, next_, slope_, next_slope_, jacobian_, solution_;
  std::vector<S> record_;
  Index failed_ = -1;
  bool warm_ = false;
};

extern template class Equilibria<float>;
extern template class Equilibria<double>;

}  // namespace groundwork::dynamics
