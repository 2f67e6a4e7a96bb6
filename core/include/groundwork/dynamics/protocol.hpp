#pragma once

#include <vector>

#include "groundwork/dynamics/adaptive.hpp"

namespace groundwork::dynamics {

/** A medium for some days. Edits and inputs added at its start persist into the later stages (docs/model.md, "The
 * operator"). */
struct Stage {
  Index medium = 0;
  std::vector<Clamp> clamps;     ///< added; a clamp of the same gene and kind replaces the older one
  std::vector<InputDose> doses;  ///< added; another dose of the same input replaces the older one
  double duration = 0;           ///< days, ≥ 0
};

using Protocol = std::vector<Stage>;

/** What acts during each stage: the edits of the earlier stages and its own. */
std::vector<ConditionInputs> conditions_of(const Protocol& protocol);

/**
 * x(T) = F[m_S, p_S, Δt_S] ∘ … ∘ F[m_1, p_1, Δt_1] x_0, with F by predict_states(). Throws `protocol.duration` when a
 * duration is negative, and what predict_states() throws.
 */
Vector evolve(VectorField<double>& field, const Vector& parameters, const Protocol& protocol, const Vector& initial,
              const AdaptiveOptions& options = {});

/** ‖evolve(first, second) − evolve(second, first)‖₂: how much the order of the two stages matters from `initial`. */
double commutator(VectorField<double>& field, const Vector& parameters, const Stage& first, const Stage& second,
                  const Vector& initial, const AdaptiveOptions& options = {});

}  // namespace groundwork::dynamics
