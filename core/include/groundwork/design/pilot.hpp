#pragma once

#include <limits>
#include <string>
#include <vector>

#include "groundwork/design/plan.hpp"

namespace groundwork::design {

/** How well a layout would know one variance, if it came out at the value that is assumed. */
struct VarianceInterval {
  std::string name;          ///< a batch level, or "sg2"
  double value = 0;          ///< assumed
  double df = 0;             ///< degrees of freedom of its estimate
  double noise = 0;          ///< what else is in the mean square that it is estimated from: (value + noise) χ²/df
  double low = 0, high = 0;  ///< confidence interval; NaN where the layout cannot estimate it
  std::string reason;        ///< why not; "" where it can
};

/**
 * Intervals of the random level variances, coarse to fine, and of s_g² under the given assumptions. The estimate θ̂ of a
 * variance behaves as (θ + n) χ²_d/d − n: d counts what is left to judge it by (for s_g² groups − conditions − batches
 * + components, for a level its groups less those above it, in each connected part), and n is such that the variance of
 * θ̂, 2(θ + n)²/d, is the inverse of the REML information. In complete blocks of equal groups that is exact for s_g²,
 * with n = s_w²/cells, and Searle's approximation for s_b². `genes`: as many independent genes share the variance, d
 * times as large.
 */
std::vector<VarianceInterval> variance_intervals(const Layout&, const Assumptions&, double confidence,
                                                 double genes = 1);

struct PilotQuestion {
  double confidence = 0.95;
  double factor = 2;                                         ///< known within: high/value and value/low at most this
  double genes = 1;                                          ///< independent genes that share one variance
  double effect = std::numeric_limits<double>::quiet_NaN();  ///< log fold change; NaN: what the plan detects
  std::vector<int> sizes;  ///< pilots to show, in batches; empty: a handful up to what is needed
  int most = 400;          ///< batches; more are not looked at
};

/** A pilot of so many batches, and what it leaves open about the plan. */
struct PilotSize {
  int batches = 0;
  double cells = 0;
  std::vector<VarianceInterval> variances;
  /** Of the plan's typical contrast with every variance at its low and at its high end; NaN where not known. */
  double power_least = 0, power_most = 0;
  double mdfc_least = 0, mdfc_most = 0;  ///< fold changes
};

struct PilotAnswer {
  double effect = 0;               ///< log fold change that power is about
  double power = 0;                ///< of the plan at the assumed variances
  std::vector<std::string> names;  ///< of the variances, as in PilotSize
  std::vector<int> needed;         ///< batches until each is known within the factor; −1: more than `most`; 0: never
  std::vector<std::string> reasons;  ///< why never; "" otherwise
  std::vector<PilotSize> sizes;
};

/**
 * Pilots are the first batches of the plan's own layout, which is repeated (as new groups of its coarsest level) where
 * more are asked for. The assumptions are put back. Throws `pilot.…`.
 */
PilotAnswer pilot_for(Plan&, const PilotQuestion&);

/** The first `batches` batches of the layout, repeated without end. */
Layout repeated_layout(const Layout&, int batches);

}  // namespace groundwork::design
