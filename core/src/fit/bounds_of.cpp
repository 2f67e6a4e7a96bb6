#include "bounds_of.hpp"

#include <cmath>
#include <map>

#include "groundwork/base/special.hpp"
#include "groundwork/measurement/count_noise.hpp"

namespace groundwork::fit {
namespace {

bool clamped(const TrainingData& data, const screen::Condition& condition, Index gene) {
  for (const auto& edit : condition.edits) {
    const EditEntry* entry = data.edits.find(edit.name);
    if (entry && entry->input < 0 && entry->target == gene) return true;
  }
  return false;
}

}  // namespace

std::vector<Bound> bounds_of(const ObjectiveParts& parts, const Problem& problem, const TrainingData& data,
                             const std::vector<int>& rows, const std::vector<int>& conditions) {
  std::vector<Bound> out;
  if (data.levels.limit.size() == 0) return out;
  const double at_limit = trigamma(1 / measurement::LevelsOptions{}.largest_theta);
  const auto condition_of = [&](std::size_t i) { return conditions[static_cast<std::size_t>(parts.rows.state[i])]; };
  std::vector<std::size_t> controls;
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (problem.is_control(condition_of(i))) controls.push_back(i);

  for (std::size_t i = 0; i < rows.size(); ++i) {
    const int c = condition_of(i);
    const auto r = static_cast<Index>(rows[i]);
    if (problem.is_control(c)) continue;
    const auto& condition = problem.conditions[static_cast<std::size_t>(c)];
    const double time = problem.time[static_cast<std::size_t>(c)];
    for (Index g = 0; g < data.levels.x.rows(); ++g) {
      if (data.levels.trust(g, r) != screen::Trust::censored || !std::isfinite(data.levels.limit(g, r))) continue;
      if (clamped(data, condition, g)) continue;
      // Of every control condition of the batch: Σ 1/v and Σ x/v.
      std::map<int, std::pair<double, double>> sums;
      for (const std::size_t k : controls) {
        const auto& other = problem.conditions[static_cast<std::size_t>(condition_of(k))];
        const double v = parts.rows.variance(g, static_cast<Index>(k));
        if (data.levels.rows[static_cast<std::size_t>(rows[k])].batch !=
                data.levels.rows[static_cast<std::size_t>(r)].batch ||
            other.medium != condition.medium || parts.rows.level[k] != parts.rows.level[i] || !std::isfinite(v))
          continue;
        auto& [weight, sum] = sums[parts.rows.state[k]];
        weight += 1 / v;
        sum += parts.rows.x(g, static_cast<Index>(k)) / v;
      }
      int reference = -1;
      for (const auto& [state, own] : sums) {
        const double other = problem.time[static_cast<std::size_t>(conditions[static_cast<std::size_t>(state)])];
        if (other == time) {
          reference = state;
          break;
        }
        if (!problem.differentiating && (reference < 0 || own.first > sums[reference].first)) reference = state;
      }
      if (reference < 0) continue;
      const auto [weight, sum] = sums[reference];
      const double variance = at_limit + data.variances.group(g) + problem.options.discrepancy + 1 / weight;
      out.push_back({g, parts.rows.state[i], reference, data.levels.limit(g, r) - sum / weight, std::sqrt(variance)});
    }
  }
  return out;
}

}  // namespace groundwork::fit
