#pragma once

#include <span>
#include <string>

#include "groundwork/base/error.hpp"
#include "groundwork/base/matrix.hpp"
#include "groundwork/dynamics/inputs.hpp"

/** What fixed-step and adaptive flows check alike. */
namespace groundwork::dynamics {

/** Throws `flow.times` unless the times are finite, ≥ 0 and strictly increasing. */
void require_times(std::span<const double> times);

/** Throws `flow.diverged` naming the condition of a column and the time in days. */
[[noreturn]] void refuse_divergence(std::span<const ConditionInputs> conditions, Index column, double time);

/** First column with an infinite or NaN entry, −1 without. */
template <typename S>
Index first_not_finite(const MatrixOf<S>& state) {
  for (Index j = 0; j < state.cols(); ++j)
    if (!state.col(j).allFinite()) return j;
  return -1;
}

/** The initial states: zero when `initial` is empty, its one column for all, or as given. Throws `flow.initial`. */
template <typename S>
void start_state(const MatrixOf<S>& initial, Index genes, Index columns, MatrixOf<S>& state) {
  if (initial.size() == 0) {
    state.setZero(genes, columns);
  } else if (initial.rows() == genes && initial.cols() == columns) {
    state = initial;
  } else if (initial.rows() == genes && initial.cols() == 1) {
    state = initial.replicate(1, columns);
  } else {
    throw Error("flow.initial",
                "The initial state is " + std::to_string(initial.rows()) + " × " + std::to_string(initial.cols()) +
                    "; expected " + std::to_string(genes) + " genes × 1 or " + std::to_string(columns) + " conditions.",
                "Give one column for all conditions or one each.");
  }
}

}  // namespace groundwork::dynamics
