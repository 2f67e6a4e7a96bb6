#include "divergence.hpp"

#include <cmath>

#include "groundwork/base/words.hpp"

namespace groundwork::dynamics {

void require_times(std::span<const double> times) {
  double before = -1;
  for (double t : times) {
    if (std::isfinite(t) && t >= 0 && t > before) {
      before = t;
      continue;
    }
    throw Error("flow.times",
                "Times of a flow are days since the edit, at least 0 and strictly increasing; found " +
                    std::to_string(t) + (before >= 0 ? " after " + std::to_string(before) : "") + ".",
                "Sort the times and drop the repeated ones.");
  }
}

void refuse_divergence(std::span<const ConditionInputs> conditions, Index column, double time) {
  std::string label = "condition " + std::to_string(column + 1);
  if (column >= 0 && column < static_cast<Index>(conditions.size())) {
    const std::string& given = conditions[static_cast<std::size_t>(column)].label;
    if (!given.empty()) label = "'" + given + "'";
  }
  const std::string days = significant(time, 4);
  throw Error("flow.diverged",
              "The predicted state of " + label + " leaves the finite numbers before day " + days + ".",
              "Use a smaller learning rate or step, a stronger penalty, or a centred decay model.");
}

}  // namespace groundwork::dynamics
