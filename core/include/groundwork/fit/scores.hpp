#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "groundwork/base/matrix.hpp"

namespace groundwork::fit {

/** What is scored: genes × conditions each; NaN in `observed` is left out everywhere. */
struct ScoredEffects {
  Matrix observed;
  Matrix variance;  ///< of observed
  Matrix shared;    ///< its part that train and test share
  Vector mean;      ///< genes: mean effect of the training conditions
};

struct Score {
  std::string name;
  double mse = 0;     ///< mean over conditions of the mean square error over genes
  double mse_se = 0;  ///< standard error over conditions; NaN with one
  double relative_to_no_change = 0;
  double difference = 0;                           ///< mean over conditions of MSE − that of no change
  double difference_low = 0, difference_high = 0;  ///< 95 % t interval, paired over conditions; NaN with one
  double pearson_delta = 0;    ///< mean over conditions, over genes; NaN where the prediction is constant
  double pearson_vs_mean = 0;  ///< the same after taking the mean training effect off both sides
  double centroid_rank =
      0;  ///< mean share of the other conditions' observations nearer to the prediction: 0 best, .5 chance
  Vector per_condition;  ///< mean square error of each condition; NaN where nothing was observed
};

/** Ties of the centroid rank are broken at random by `tie_seed`. */
Score score_of(const std::string& name, const Matrix& predicted, const ScoredEffects& effects, std::uint64_t tie_seed);

/** What noise alone leaves (docs/model.md, "Evaluation"). */
struct Limits {
  double floor = 0;        ///< mean variance of the observed effects: the least expected MSE
  double shared = 0;       ///< mean of the shared part: a gain over no change below this proves nothing
  double signal = 0;       ///< mean square of the observed effects − floor, ≥ 0
  double correlation = 0;  ///< √(signal/(signal + floor)): the ceiling of a correlation over genes and conditions
  Vector floor_by_gene;
};
Limits limits_of(const ScoredEffects& effects);

}  // namespace groundwork::fit
