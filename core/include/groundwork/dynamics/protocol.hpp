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
 * The states of a batch of columns at `times` (days since the start of the stage, as for integrate()), exact to
 * rounding for `linear` (Method::exponential), to the tolerance of the step control otherwise.
 */
std::vector<Matrix> through_stage(VectorField<double>& field, const Vector& parameters,
                                  std::span<const ConditionInputs> conditions, std::span<const double> times,
                                  const Matrix& initial, const AdaptiveOptions& options = {});

/** What acts during one stage, a column each: for instance edited cells, and unedited ones in the same medium. */
struct StageColumns {
  std::vector<ConditionInputs> conditions;
  double duration = 0;  ///< days, ≥ 0
};

/** A batch of columns along the stages of a protocol. */
struct Course {
  std::vector<double> times;   ///< days since the start of the first stage, increasing; the first is 0
  std::vector<Index> ends;     ///< of each stage, the place of its end in `times`
  std::vector<Matrix> states;  ///< genes × columns, one a time
};

/**
 * The composition F[S] ∘ … ∘ F[1], read at 0, at the end of every stage and at about `points` times in between, evenly
 * within a stage and at least `points` over all stages together. `initial`: genes × columns. Throws as evolve() does.
 */
Course follow(VectorField<double>& field, const Vector& parameters, std::span<const StageColumns> stages,
              const Matrix& initial, int points, const AdaptiveOptions& options = {});

/** The end of follow() without the way there: genes × columns. */
Matrix carry_through(VectorField<double>& field, const Vector& parameters, std::span<const StageColumns> stages,
                     const Matrix& initial, const AdaptiveOptions& options = {});

/**
 * x(T) = F[m_S, p_S, Δt_S] ∘ … ∘ F[m_1, p_1, Δt_1] x_0, with F by through_stage(). Throws `protocol.duration` when a
 * duration is not a number of days from 0 on, and what integrate() throws.
 */
Vector evolve(VectorField<double>& field, const Vector& parameters, const Protocol& protocol, const Vector& initial,
              const AdaptiveOptions& options = {});

/** ‖evolve(first, second) − evolve(second, first)‖₂: how much the order of the two stages matters from `initial`. */
double commutator(VectorField<double>& field, const Vector& parameters, const Stage& first, const Stage& second,
                  const Vector& initial, const AdaptiveOptions& options = {});

}  // namespace groundwork::dynamics
