#pragma once

#include "groundwork/base/matrix.hpp"

namespace groundwork::dynamics {

/**
 * How many cells of one edit each compartment holds: dN/dt = (diag(g) + Q − diag(Q 1))ᵀ N, with growth g (1/day; births
 * less deaths) and rates Q (1/day) of moving from the row's compartment to the column's (framework, in vivo).
 */
struct AbundanceRates {
  Vector growth;      ///< compartments
  Matrix transition;  ///< compartments × compartments, ≥ 0, zero on the diagonal
};

/** (diag(g) + Q − diag(Q 1))ᵀ. Throws `abundance.rates` for shapes that do not fit, or for rates that no cells have. */
Matrix abundance_generator(const AbundanceRates&);

/** Cells in each compartment after `days`, by the matrix exponential: exact. */
Vector abundance_after(const AbundanceRates&, const Vector& cells, double days);

}  // namespace groundwork::dynamics
