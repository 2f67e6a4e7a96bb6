#include "groundwork/fit/inner.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "groundwork/base/random.hpp"

namespace groundwork::fit {
namespace {

using Folds = std::vector<std::vector<char>>;

constexpr std::uint64_t inner_stream = 203;
constexpr std::size_t most_folds = 4;

const screen::Condition& condition_of(const Problem& problem, const screen::LevelRow& row) {
  return problem.conditions[static_cast<std::size_t>(row.condition)];
}

/** Deals the units to the folds in random order; `rows_of(unit)` tells which rows go with it. */
template <typename Unit, typename Concerns>
Folds deal(const Problem& problem, const std::vector<Unit>& units, std::size_t folds, Random& random,
           Concerns concerns) {
  const auto& rows = problem.training.levels.rows;
  Folds out(std::min(folds, units.size()), std::vector<char>(rows.size(), 0));
  if (out.empty()) return out;
  const auto order = random.permutation(units.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    for (std::size_t r = 0; r < rows.size(); ++r)
      if (concerns(units[order[i]], rows[r])) out[i % out.size()][r] = 1;
  return out;
}

Folds by_edit(const Problem& problem, const std::vector<std::string>& edits, Random& random) {
  return deal(problem, edits, most_folds, random, [&](const std::string& name, const screen::LevelRow& row) {
    const auto& own = condition_of(problem, row).edits;
    return std::any_of(own.begin(), own.end(), [&](const screen::Edit& edit) { return edit.name == name; });
  });
}

Folds by_time(const Problem& problem, Random& random) {
  std::set<double> times;
  for (const auto& row : problem.training.levels.rows) {
    const double t = problem.time[static_cast<std::size_t>(row.condition)];
    if (t > 0) times.insert(t);
  }
  std::vector<double> units(times.begin(), times.end());
  if (units.size() < 2) return {};
  if (units.size() > 2) units = {units.begin() + 1, units.end() - 1};
  return deal(problem, units, most_folds, random, [&](double time, const screen::LevelRow& row) {
    return problem.time[static_cast<std::size_t>(row.condition)] == time;
  });
}

Folds by_row(const Problem& problem, Random& random) {
  const auto& rows = problem.training.levels.rows;
  std::map<std::string, std::vector<std::size_t>> of_edits;
  for (std::size_t r = 0; r < rows.size(); ++r)
    if (!problem.is_control(rows[r].condition)) of_edits[edits_label(condition_of(problem, rows[r]))].push_back(r);
  constexpr std::size_t folds = 5;
  Folds out(folds, std::vector<char>(rows.size(), 0));
  std::size_t next = 0;
  // Rows of one edit go to different folds, so that some of them always stay.
  for (const auto& [label, own] : of_edits) {
    if (own.size() < 2) continue;
    for (const std::size_t i : random.permutation(own.size())) out[next++ % folds][own[i]] = 1;
  }
  return out;
}

/** Whether some edits have rows in several batches, so that a row can be set aside while its edit stays. */
bool repeated(const Problem& problem) {
  std::map<std::string, int> rows;
  for (const auto& row : problem.training.levels.rows)
    if (!problem.is_control(row.condition) && ++rows[edits_label(condition_of(problem, row))] > 1) return true;
  return false;
}

}  // namespace

std::vector<std::vector<char>> inner_folds(const Problem& problem, std::uint64_t seed) {
  Random random = Random::stream(seed, inner_stream);
  std::vector<std::string> any, clamped;
  for (const auto& edit : problem.training.edits.edits) {
    if (!edit.trained) continue;
    any.push_back(edit.name);
    if (edit.input < 0) clamped.push_back(edit.name);
  }
  Folds folds;
  if (any.empty() || problem.split.kind == SplitKind::time)
    folds = by_time(problem, random);
  else if (problem.split.kind == SplitKind::batch && repeated(problem))
    folds = by_row(problem, random);
  else if (clamped.size() >= 4)
    folds = by_edit(problem, clamped, random);
  else if (problem.split.kind == SplitKind::perturbation && any.size() >= 3)
    folds = by_edit(problem, any, random);
  else
    folds = by_row(problem, random);

  // A fold must set something aside, and leave controls and something to learn from.
  std::erase_if(folds, [&](const std::vector<char>& fold) {
    bool aside = false, edited = any.empty(), control = false;
    for (std::size_t r = 0; r < fold.size(); ++r) {
      if (fold[r])
        aside = true;
      else
        (problem.is_control(problem.training.levels.rows[r].condition) ? control : edited) = true;
    }
    return !(aside && edited && control);
  });
  return folds;
}

}  // namespace groundwork::fit
