#pragma once

#include <vector>

#include "groundwork/dynamics/steady_state.hpp"

namespace groundwork::dynamics {

/** One of the steady states of a condition. */
struct RestPoint {
  Vector state;         ///< δ
  double abscissa = 0;  ///< 1/day; stable where negative
  int starts = 0;       ///< of the starts, those that arrived here
  int first = 0;        ///< the first of them
  bool stable() const { return abscissa < 0; }
};

struct RestPoints {
  std::vector<RestPoint> list;  ///< in the order in which starts found them; states a `same` apart are one
  int failed = 0;               ///< starts from which Newton's method did not arrive
};

/**
 * Steady states of one condition that find_steady_state() reaches from the columns of `starts` (genes × starts). Two
 * states are the same where no gene differs by more than `same` · (1 + its size). Which there are is a property of the
 * model; that no other was found from these starts is no proof that there is none.
 */
RestPoints rest_points(VectorField<double>& field, const Vector& parameters, const ConditionInputs& condition,
                       const Matrix& starts, double same = 1e-5);

}  // namespace groundwork::dynamics
