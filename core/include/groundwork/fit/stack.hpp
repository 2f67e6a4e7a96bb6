#pragma once

#include "groundwork/base/matrix.hpp"

namespace groundwork::fit {

/**
 * Weights ≥ 0 with sum 1 that minimise wᵀ Q w, Q the mean products of the candidates' errors on conditions that they
 * were not trained on (Breiman 1996, stacked regressions; van der Laan et al. 2007). By exponentiated gradients from
 * equal weights; a candidate whose error is not finite gets none.
 */
Vector stacking_weights(const Matrix& products);

/** A stack beside its best baseline on the same units. */
struct Gain {
  double mean = 0;  ///< mean over units of error − error of the baseline; negative: better
  double se = 0;    ///< its standard error; infinite with fewer than 3 units
  Index units = 0;
  /** Whether the one-sided 95 % interval (t over units) lies below 0. */
  bool convinces() const;
};
Gain gain_of(const Vector& error, const Vector& baseline);

}  // namespace groundwork::fit
