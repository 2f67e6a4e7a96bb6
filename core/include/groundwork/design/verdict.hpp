#pragma once

#include <string>
#include <vector>

#include "groundwork/design/plan.hpp"

namespace groundwork::design {

/** What a plan amounts to, over all its contrasts. */
struct PlanSummary {
  std::size_t contrasts = 0, estimable = 0;
  double median_se = 0, largest_se = 0, smallest_se = 0;  ///< over estimable contrasts; NaN without any
  std::size_t typical = 0;                                ///< the estimable contrast with the median standard error
};

PlanSummary summarise(Plan&);

/**
 * The answer in plain sentences, most important first: what can be estimated and how well, what cannot and what would
 * help, whether the layout can judge its own error, batches without controls, labels that were read as nested.
 */
std::vector<std::string> verdict_of(Plan&);

}  // namespace groundwork::design
