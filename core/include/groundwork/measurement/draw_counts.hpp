#pragma once

#include <cstdint>
#include <span>

#include "groundwork/base/matrix.hpp"
#include "groundwork/base/random.hpp"

namespace groundwork::measurement {

/** How counts scatter around their expectation; one entry a gene (docs/model.md, "From counts to states"). */
struct CountLaw {
  Vector dispersion;  ///< φ ≥ 0: Var y = λ + φ λ²; 0 is Poisson
  Vector dropout;     ///< π in [0, 1): probability that a count is lost whole; empty: none
};

/**
 * One cell's counts: y_i ~ NegBin(size · mean_i, φ_i), then 0 with probability π_i.
 * `mean` is UMI a cell of size 1 (≥ 0, one a gene), `size` the cell's ℓ > 0; `counts` has one place a gene.
 */
void draw_counts(const Vector& mean, double size, const CountLaw& law, Random& random, std::span<std::int32_t> counts);

/** The size of a cell: gamma with mean 1 and the given coefficient of variation; exactly 1 for cv = 0. */
double draw_size(double cv, Random& random);

/** A share in (0, 1): beta with the given mean and standard deviation; the mean itself for sd = 0. Needs sd² < mean (1
 * − mean). */
double draw_share(double mean, double sd, Random& random);

}  // namespace groundwork::measurement
