#pragma once

#include "groundwork/dynamics/vector_field.hpp"

namespace groundwork::dynamics {

struct SteadyStateOptions {
  double tolerance = 1e-11;  ///< largest |f| over genes, 1/day
  int max_iterations = 200;
};

struct SteadyState {
  Vector state;         ///< δ, one a gene
  double residual = 0;  ///< largest |f| at `state`
  bool converged = false;
  int iterations = 0;
  double spectral_abscissa = 0;  ///< largest real part of the Jacobian's eigenvalues, 1/day; stable if negative
};

/**
 * The steady state that Newton's method reaches from `start` (empty: the control, δ = 0). Steps are damped by
 * pseudo-transient continuation (Kelley and Keyes 1998): (I/τ − J) Δ = f with τ growing as |f| falls, which follows the
 * flow at first and is Newton's method at the end. Not converged is reported, not thrown: a field need not have one.
 */
SteadyState find_steady_state(VectorField<double>& field, const Vector& parameters, const ConditionInputs& condition,
                              const SteadyStateOptions& options = {}, const Vector& start = Vector());

/** Largest real part of the Jacobian's eigenvalues at `state`, 1/day. */
double spectral_abscissa(VectorField<double>& field, const Vector& parameters, const ConditionInputs& condition,
                         const Vector& state);

}  // namespace groundwork::dynamics
