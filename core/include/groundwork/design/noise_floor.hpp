#pragma once

#include "groundwork/base/matrix.hpp"
#include "groundwork/design/plan.hpp"

namespace groundwork::design {

/**
 * What the noise of a layout leaves to a model trained and scored on it (error analysis, "Loss and time"): for a
 * prediction that did not see the held-out value, E‖x̂ − x̄‖² = ‖x̂ − x‖² + tr Var(x̄), so no model gets below
 * tr Var(x̄). Per gene of the plan's variances.
 */
struct NoiseFloor {
  double effect = 0;       ///< median over contrasts: the floor of the squared error of a measured effect
  double other_batch = 0;  ///< + 2 s_b² per group: an effect against controls of another batch; ∞ with fixed batches
  double reference = 0;    ///< squared error of "no change" where effects have variance σ²: σ² + effect
  double ceiling = 0;      ///< correlation that a perfect model reaches: √(σ²/(σ² + effect))
};

/**
 * `effect_variance` σ²: variance of the true log fold changes over genes and perturbations, > 0 (`design.effects`).
 * Contrasts that are not estimable are left out; without any, everything is NaN.
 */
NoiseFloor noise_floor(Plan&, double effect_variance);

/** Correlation of a perfect model with values of true variance σ² and measurement variance v: √(σ²/(σ² + v)). */
double correlation_ceiling(double effect_variance, double noise_variance);

/**
 * Errors in variables: a decay rate fitted from a start that was itself measured with reliability κ = σ²/(σ² + noise)
 * comes out as α + ln(1/κ)/t, worst for early times. Taking the start from other cells removes it.
 */
double apparent_decay(double rate, double time, double reliability);

}  // namespace groundwork::design
