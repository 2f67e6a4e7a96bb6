#include "exact_levels.hpp"

#include <algorithm>

namespace groundwork::fit {

void pin_exact_levels(ObjectiveParts& parts, const Problem& problem, const TrainingData& data,
                      const std::vector<int>& rows, const std::vector<int>& conditions) {
  LossRows& out = parts.rows;
  const Index genes = out.x.rows();
  int state = -1;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Index r = rows[i], column = static_cast<Index>(i);
    if (!(data.levels.variance.col(r).array() == 0).any()) continue;
    const auto place = static_cast<std::size_t>(out.state[i]);
    if (parts.trajectories.places[place].trajectory < 0) continue;  // the level alone already
    const auto& condition = problem.conditions[static_cast<std::size_t>(conditions[place])];
    const bool pins = !problem.differentiating && condition.medium == data.edits.media.front();
    if (pins) {
      if (state < 0) {
        state = out.states++;
        parts.trajectories.places.emplace_back();
      }
      out.x.conservativeResize(Eigen::NoChange, out.x.cols() + 1);
      out.variance.conservativeResize(Eigen::NoChange, out.variance.cols() + 1);
      out.x.rightCols(1) = out.x.col(column);
      out.variance.rightCols(1) = out.variance.col(column);
      for (auto& batch : out.batch) batch.push_back(batch[i]);
      out.state.push_back(state);
      out.level.push_back(out.level[i]);
    }
    for (Index g = 0; g < genes; ++g)
      if (data.levels.variance(g, r) == 0)
        out.variance(g, column) =
            std::max(out.variance(g, column), data.variances.group(g) + problem.options.discrepancy);
  }
}

}  // namespace groundwork::fit
