#pragma once

#include <string>
#include <vector>

#include "groundwork/fit/objective.hpp"

namespace groundwork::fit {

/**
 * Gauss and Newton's curvature of N · value / 2 at z, the prior apart: Jᵀ V⁻¹ J with J the derivative of
 * Objective::outputs() by differences (1e-5 relative). Costs a flow a parameter.
 */
Matrix data_curvature(Objective<double>& objective, const Vector& z);

/** How well a parameter is known at a minimum of the objective. */
struct Interval {
  std::string block;  ///< of the layout
  Index row = 0, col = 0;
  std::string quantity;                 ///< "gamma", "alpha", "epsilon", "kappa" (natural scale), else the block's name
  double value = 0, low = 0, high = 0;  ///< 95 % posterior interval; of positive quantities from that of the logarithm
  double prior_low = 0, prior_high = 0;  ///< the same before any data; infinite under a flat prior
  double learned = 0;                    ///< 1 − posterior variance / prior variance: 0 = nothing came from the data
  bool determined = false;               ///< learned ≥ 0.5
};

/**
 * Coefficients of dynamics::structural_coefficients() at the unedited steady state in the baseline medium, genes acted
 * on × genes acting, by the posterior to first order (the derivative of a coefficient by differences).
 */
struct EdgeIntervals {
  Matrix value, sd;  ///< NaN in the row of a gene that has no equation
  Matrix learned;    ///< 1 − posterior variance / prior variance, as of a parameter
};

/** An edge is told by the data from this share learned on, like a parameter. */
inline constexpr double least_learned = 0.5;

/**
 * Intervals from the posterior that is normal with the inverse of Gauss and Newton's curvature: right at a minimum,
 * for parameters in which the predictions are nearly linear over the interval.
 */
struct Intervals {
  std::vector<Interval> list;
  /** Curvature by the data along the principal directions in units of the prior's, decreasing; below 1 the prior says
   * more than the data: a sloppy direction. */
  std::vector<double> directions;
  int determined = 0;  ///< directions above 1
  /** Of the structural model that the field implies at rest; no genes where unedited cells have none. */
  EdgeIntervals edges;
  std::string reason;  ///< why there are none; empty where there are
};

/** Most parameters for which intervals are computed, and entries of W, A and B listed. */
inline constexpr Index most_interval_parameters = 600, most_listed_weights = 400;

Intervals intervals_at(Objective<double>& objective, const dynamics::VectorField<double>& field, const Vector& z);

}  // namespace groundwork::fit
