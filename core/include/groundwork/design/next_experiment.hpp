#pragma once

#include <vector>

#include "groundwork/base/matrix.hpp"

namespace groundwork::design {

/**
 * Experiments that could be run next, and what is to be predicted, under a normal posterior. A block: `genes` rows and
 * columns of the covariance; candidates first, then targets.
 */
struct Prospects {
  Matrix covariance;  ///< of what is predicted: (candidates + targets) · genes square, units of the effects squared
  Vector noise;       ///< genes: variance of measuring a candidate once; not finite or 0 = that gene is not measured
  Index genes = 0, candidates = 0, targets = 0;
};

/** What one experiment by itself would tell. */
struct ExperimentValue {
  double information = 0;  ///< nats, about all parameters: ½ log det(1 + R^−½ Q R^−½)
  double spread = 0;       ///< root mean variance over genes of what is predicted of it now, units of the effects
  double target = 0;       ///< mean variance over targets and genes afterwards; NaN without targets
};
std::vector<ExperimentValue> value_of_each(const Prospects&);

/** Mean variance over targets and genes as it is; NaN without targets. */
double target_variance(const Prospects&);

struct ChosenExperiments {
  std::vector<int> chosen;    ///< candidates, in the order of choice
  std::vector<double> gains;  ///< of each, given those before it: nats; with targets the fall of target_variance
  double value = 0;           ///< of all together
  /**
   * What no choice of as many exceeds, since information is submodular (Krause and Guestrin 2005): the smaller of the
   * sum of the `count` largest values alone, and of `value` and the `count` largest gains that are left. NaN for
   * targets, where that does not hold.
   */
  double bound = 0;
};

/** The value of candidates together, as ChosenExperiments::value; a candidate may be named more than once. */
double value_together(const Prospects&, const std::vector<int>& candidates);

/**
 * The `count` experiments that tell most together: about the parameters (D-optimal in the sense of Bayes), or with
 * targets about those (the mean posterior variance, A-optimal). Greedily, and then by exchange until nothing gains,
 * where the covariance has at most 1,500 rows; ties go to the first. `repeats`: a candidate may be chosen more than
 * once. Throws `next.count` where there are fewer candidates.
 */
ChosenExperiments choose_experiments(const Prospects&, int count, bool repeats);

}  // namespace groundwork::design
