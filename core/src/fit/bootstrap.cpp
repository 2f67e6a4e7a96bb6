#include "groundwork/fit/bootstrap.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "groundwork/base/error.hpp"
#include "groundwork/base/random.hpp"

namespace groundwork::fit {
namespace {

constexpr std::uint64_t bootstrap_stream = 205;
constexpr int most_draws = 1000;

/** Conditions in every batch of a level. */
std::map<int, std::set<int>> conditions_by_batch(const screen::Levels& levels, std::size_t level) {
  std::map<int, std::set<int>> out;
  for (const auto& row : levels.rows) out[row.batch[level]].insert(row.condition);
  return out;
}

std::vector<int> draw(const std::map<int, std::set<int>>& held, const std::vector<int>& always, std::uint64_t seed) {
  std::vector<int> batches;
  std::set<int> all;
  for (const auto& [batch, conditions] : held) {
    batches.push_back(batch);
    all.insert(conditions.begin(), conditions.end());
  }
  Random random = Random::stream(seed, bootstrap_stream);
  for (int k = 0; k < most_draws; ++k) {
    std::vector<int> drawn = always;
    while (drawn.size() < batches.size()) drawn.push_back(batches[random.below(batches.size())]);
    std::set<int> present;
    for (const int batch : drawn) present.insert(held.at(batch).begin(), held.at(batch).end());
    if (present.size() < all.size()) continue;
    std::sort(drawn.begin(), drawn.end());
    return drawn;
  }
  return batches;
}

}  // namespace

Resample resample_batches(const TrainingData& data, std::uint64_t seed) {
  const screen::Levels& levels = data.levels;
  std::size_t level = 0;
  std::map<int, std::set<int>> held;
  for (; level < levels.batches.size(); ++level)
    if (held = conditions_by_batch(levels, level); held.size() >= 2) break;
  if (level == levels.batches.size())
    throw Error("fit.bootstrap", "A bootstrap draws batches, and the training rows are of a single one.",
                "Leave the bootstrap out, or name a batch column when summarising.");
  std::map<int, int> holders;
  for (const auto& [batch, conditions] : held)
    for (const int c : conditions) ++holders[c];
  std::vector<int> always;
  for (const auto& [batch, conditions] : held)
    if (std::any_of(conditions.begin(), conditions.end(), [&](int c) { return holders[c] == 1; }))
      always.push_back(batch);
  if (always.size() == held.size())
    throw Error("fit.bootstrap",
                "A bootstrap draws batches, and every \"" + levels.batches[level].name +
                    "\" holds a condition that no other does: leaving one out would lose a condition.",
                "Leave the bootstrap out; seeds alone then make the spread.");

  Resample out{data, {}};
  const std::vector<int> drawn = draw(held, always, seed);
  std::vector<Index> columns;
  out.data.levels.rows.clear();
  for (auto& batch : out.data.levels.batches) batch.levels.clear();
  // A batch gets a number of its own at every draw, and so does what is nested in it; coarser levels stay shared.
  std::map<std::pair<std::size_t, std::vector<int>>, int> numbers;
  for (std::size_t k = 0; k < drawn.size(); ++k) {
    out.batches.push_back(levels.batches[level].levels[static_cast<std::size_t>(drawn[k])]);
    for (std::size_t r = 0; r < levels.rows.size(); ++r) {
      if (levels.rows[r].batch[level] != drawn[k]) continue;
      screen::LevelRow row = levels.rows[r];
      for (std::size_t f = 0; f < row.batch.size(); ++f) {
        auto& names = out.data.levels.batches[f].levels;
        const int was = row.batch[f], draw_number = f < level ? -1 : static_cast<int>(k);
        const auto [at, fresh] = numbers.try_emplace({f, {draw_number, was}}, static_cast<int>(names.size()));
        if (fresh) names.push_back(levels.batches[f].levels[static_cast<std::size_t>(was)]);
        row.batch[f] = at->second;
      }
      out.data.levels.rows.push_back(std::move(row));
      columns.push_back(static_cast<Index>(r));
    }
  }
  out.data.levels.x = levels.x(Eigen::all, columns);
  out.data.levels.variance = levels.variance(Eigen::all, columns);
  out.data.levels.trust = levels.trust(Eigen::all, columns);
  if (levels.limit.size() > 0) out.data.levels.limit = levels.limit(Eigen::all, columns);
  return out;
}

}  // namespace groundwork::fit
