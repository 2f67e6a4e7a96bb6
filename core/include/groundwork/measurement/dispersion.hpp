#pragma once

#include "groundwork/base/matrix.hpp"
#include "groundwork/screen/screen.hpp"

namespace groundwork::measurement {

/** Overdispersion of the counts of each gene: a cell of size ℓ has mean μℓ and variance μℓ + φ(μℓ)². */
struct Dispersion {
  Vector rate;      ///< genes: μ, pooled over the groups used; 0 where nothing was counted
  Vector raw;       ///< genes: moment estimate of φ, may be negative; NaN where not estimable (no counts, one cell)
  Vector trend;     ///< genes: φ expected at that rate; 0 where no gene is estimable
  Vector shrunken;  ///< genes: what to use, ≥ 0
};

/**
 * φ of every gene from the moments of y/ℓ within groups: E s² = μ mean(1/ℓ) + φ μ², pooled over control groups (over
 * all groups where the screen has no controls), then shrunken to its trend over genes in proportion to its sampling
 * variance. The trend is a running weighted median over log μ. A gene more than two standard deviations above it keeps
 * its own estimate, as in Love, Huber and Anders (2014).
 */
Dispersion dispersion_of(const screen::Screen&);

}  // namespace groundwork::measurement
