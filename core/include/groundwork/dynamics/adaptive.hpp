#pragma once

#include <span>
#include <vector>

#include "groundwork/dynamics/vector_field.hpp"

namespace groundwork::dynamics {

struct AdaptiveOptions {
  double relative = 1e-8;  ///< of the state
  double absolute = 1e-10;
  Index max_steps = 100000;
};

/**
 * States at `times` (days, ≥ 0, strictly increasing) by Dormand and Prince's embedded 5(4) pair (1980) with step
 * control; for prediction. All columns share the step, which the worst one sets. `initial` as in Flow::forward.
 * Throws `flow.diverged` naming condition and time when a state leaves the finite numbers or the step vanishes.
 */
std::vector<Matrix> integrate(VectorField<double>& field, const Vector& parameters,
                              std::span<const ConditionInputs> conditions, std::span<const double> times,
                              const AdaptiveOptions& options = {}, const Matrix& initial = Matrix());

/**
 * The same for an affine field (`linear`) in closed form, by the exponential of the augmented matrix
 * [J f(0); 0 0] t of each condition. Throws `flow.not_affine` for any other field.
 */
std::vector<Matrix> closed_form(VectorField<double>& field, const Vector& parameters,
                                std::span<const ConditionInputs> conditions, std::span<const double> times,
                                const Matrix& initial = Matrix());

/** closed_form() where the field has one, integrate() otherwise. */
std::vector<Matrix> predict_states(VectorField<double>& field, const Vector& parameters,
                                   std::span<const ConditionInputs> conditions, std::span<const double> times,
                                   const AdaptiveOptions& options = {}, const Matrix& initial = Matrix());

}  // namespace groundwork::dynamics
