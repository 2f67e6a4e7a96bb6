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
 * A flow that can be read at any time up to its end: the steps of Dormand and Prince's embedded 5(4) pair (1980) with
 * the pair's own interpolant of order 4 between them (Hairer, Nørsett and Wanner II.6), whose error is of the size that
 * the tolerance asks for.
 */
class DenseFlow {
 public:
  /** genes × conditions at time t; throws `flow.times` outside [0, end()]. */
  Matrix at(double t) const;
  double end() const { return steps_.empty() ? 0 : steps_.back().start + steps_.back().length; }
  std::size_t steps() const { return steps_.size(); }

  /** One step: δ(start + θ length) = a + θ (b + (1 − θ)(c + θ (d + (1 − θ) e))). */
  struct Step {
    double start = 0, length = 0;
    Matrix a, b, c, d, e;
    Matrix at(double t) const;
  };

 private:
  friend DenseFlow dense_flow(VectorField<double>&, const Vector&, std::span<const ConditionInputs>, double,
                              const AdaptiveOptions&, const Matrix&);
  Matrix initial_;
  std::vector<Step> steps_;
};

/**
 * Integrates from 0 to `end` days with step control, for prediction. All columns share the step, which the worst one
 * sets. `initial` as in Flow::forward. Throws `flow.diverged` naming condition and time when a state leaves the finite
 * numbers or the step vanishes, `flow.times` when `end` is no time.
 */
DenseFlow dense_flow(VectorField<double>& field, const Vector& parameters, std::span<const ConditionInputs> conditions,
                     double end, const AdaptiveOptions& options = {}, const Matrix& initial = Matrix());

/** The same, read at `times` (days, ≥ 0, strictly increasing): one pass, whose steps the times between do not shorten.
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
