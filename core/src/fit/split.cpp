#include "groundwork/fit/split.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "groundwork/base/error.hpp"
#include "groundwork/base/words.hpp"

namespace groundwork::fit {
namespace {

constexpr std::uint64_t split_stream = 101;

std::vector<std::string> held_out_edits(const std::vector<std::string>& known,
                                        const std::vector<std::string>& speakable, const FitOptions& options) {
  if (!options.held_out.empty()) {
    for (const auto& name : options.held_out)
      if (!contains(known, name))
        throw Error("split.holdout", "The held-out edit \"" + name + "\" is not in the screen" +
                                         near_matches(name, known) + "; its edits are " + joined(known) + ".");
    if (options.held_out.size() >= known.size())
      throw Error("split.holdout",
                  "All " + std::to_string(known.size()) + " edits are held out; nothing is left to train on.",
                  "Hold out fewer edits.");
    return options.held_out;
  }
  std::vector<std::string> candidates;
  for (const auto& name : known)
    if (contains(speakable, name)) candidates.push_back(name);
  if (candidates.size() < 4) candidates = known;
  Random random = Random::stream(options.seed, split_stream);
  std::vector<std::string> chosen;
  for (const std::size_t i : draw_part(candidates.size(), options.holdout, random)) chosen.push_back(candidates[i]);
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

std::vector<double> held_out_times(const std::vector<double>& known, const FitOptions& options) {
  if (!options.held_out_times.empty()) {
    std::vector<double> chosen;
    for (const double t : options.held_out_times) {
      const auto found = std::find_if(known.begin(), known.end(), [&](double k) { return std::abs(k - t) < 1e-6; });
      if (found == known.end())
        throw Error("split.holdout", "The held-out time " + significant(t) + " d is not in the screen.",
                    "Times after the edit are compared in days; 0 cannot be held out.");
      chosen.push_back(*found);
    }
    if (chosen.size() >= known.size())
      throw Error("split.holdout", "All times are held out; nothing is left to train on.", "Hold out fewer times.");
    return chosen;
  }
  std::vector<double> candidates = known;
  if (candidates.size() >= 3) candidates = {known.begin() + 1, known.end() - 1};
  Random random = Random::stream(options.seed, split_stream);
  std::size_t count = static_cast<std::size_t>(std::lround(options.holdout * static_cast<double>(known.size())));
  count = std::clamp<std::size_t>(count, 1, candidates.size());
  const auto order = random.permutation(candidates.size());
  std::vector<double> chosen;
  for (std::size_t i = 0; i < count; ++i) chosen.push_back(candidates[order[i]]);
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

}  // namespace

std::vector<std::size_t> draw_part(std::size_t n, double share, Random& random) {
  if (n < 2) return {};
  auto order = random.permutation(n);
  const auto count = static_cast<std::size_t>(std::ceil(share * static_cast<double>(n)));
  order.resize(std::clamp<std::size_t>(count, 1, n - 1));
  return order;
}

std::vector<std::string> edits_in(const std::vector<screen::Condition>& conditions) {
  std::set<std::string> names;
  for (const auto& condition : conditions)
    for (const auto& edit : condition.edits) names.insert(edit.name);
  return {names.begin(), names.end()};
}

Split split_conditions(const std::vector<screen::Condition>& conditions, const std::vector<std::string>& speakable,
                       const FitOptions& options) {
  Split split;
  split.kind = options.split;
  split.held_out.assign(conditions.size(), 0);
  if (options.split == SplitKind::perturbation) {
    const auto known = edits_in(conditions);
    if (known.size() < 2)
      throw Error(
          "split.perturbation",
          "A split by perturbation needs at least 2 edits; the screen has " + std::to_string(known.size()) + ".",
          "Leave the split out, or split by time.");
    split.edits = held_out_edits(known, speakable, options);
    for (std::size_t c = 0; c < conditions.size(); ++c)
      for (const auto& edit : conditions[c].edits)
        if (contains(split.edits, edit.name)) split.held_out[c] = 1;
    bool any = false;
    for (std::size_t c = 0; c < conditions.size(); ++c)
      any = any || (!conditions[c].is_control() && !split.held_out[c]);
    if (!any)
      throw Error("split.holdout", "Every edited condition contains a held-out edit; nothing is left to train on.",
                  "Hold out fewer edits.");
  } else if (options.split == SplitKind::combination) {
    bool pairs = false, singles = false;
    for (std::size_t c = 0; c < conditions.size(); ++c) {
      split.held_out[c] = conditions[c].edits.size() > 1 ? 1 : 0;
      pairs = pairs || conditions[c].edits.size() > 1;
      singles = singles || conditions[c].edits.size() == 1;
    }
    if (!pairs || !singles)
      throw Error(
          "split.combination",
          std::string("A split by combination trains on single edits and predicts conditions of several; the "
                      "screen has no condition of ") +
              (pairs ? "a single edit." : "several edits."),
          pairs ? "Split by perturbation." : "Split by perturbation, or name the separator of pairs when summarising.");
  } else if (options.split == SplitKind::time) {
    std::set<double> times;
    for (const auto& condition : conditions)
      if (condition.has_time() && condition.time > 0) times.insert(condition.time);
    if (times.size() < 2)
      throw Error(
          "split.time",
          "A split by time needs at least 2 times after 0; the screen has " + std::to_string(times.size()) + ".",
          "Split by perturbation, or name the time column when summarising.");
    split.times = held_out_times({times.begin(), times.end()}, options);
    for (std::size_t c = 0; c < conditions.size(); ++c)
      if (conditions[c].has_time() && contains(split.times, conditions[c].time)) split.held_out[c] = 1;
  }
  return split;
}

Index batch_column_of(const StateSource& source, const std::string& name) {
  const auto in_use = [&](std::size_t f) {
    std::set<int> levels;
    for (const auto& row : source.rows) levels.insert(row.batch[f]);
    return levels.size();
  };
  std::vector<std::string> names;
  for (const auto& level : source.batches) names.push_back(level.name);
  for (std::size_t f = 0; f < names.size(); ++f) {
    if (!name.empty() && names[f] != name) continue;
    if (in_use(f) >= 2) return static_cast<Index>(f);
    if (!name.empty())
      throw Error("split.batch", "The batch column \"" + name + "\" has one batch; a split by batch needs two.",
                  "Split by perturbation, or name another batch column.");
  }
  if (!name.empty())
    throw Error("split.batch",
                "The screen has no batch column \"" + name + "\"" + near_matches(name, names) +
                    (names.empty() ? "; it has none." : "; it has " + joined(names) + "."),
                "Batch columns are named when summarising.");
  throw Error("split.batch",
              names.empty() ? "A split by batch needs a batch column; the screen has none."
                            : "A split by batch needs two batches; the screen has one.",
              "Split by perturbation, or name the batch columns when summarising.");
}

Split split_of(const StateSource& source, const std::vector<std::string>& speakable, const FitOptions& options) {
  if (options.split != SplitKind::batch) return split_conditions(source.conditions, speakable, options);
  Split split;
  split.kind = options.split;
  split.held_out.assign(source.conditions.size(), 0);
  split.batch_column = batch_column_of(source, options.batch_level);
  const auto& column = source.batches[static_cast<std::size_t>(split.batch_column)];
  split.level = column.name;
  split.held_out_batch.assign(column.levels.size(), 0);
  std::set<int> used;
  for (const auto& row : source.rows) used.insert(row.batch[static_cast<std::size_t>(split.batch_column)]);
  const std::vector<int> levels(used.begin(), used.end());
  std::vector<std::string> known;
  for (const int level : levels) known.push_back(column.levels[static_cast<std::size_t>(level)]);
  split.batches = options.held_out;
  if (split.batches.empty()) {
    Random random = Random::stream(options.seed, split_stream);
    for (const std::size_t i : draw_part(known.size(), options.holdout, random)) split.batches.push_back(known[i]);
    std::sort(split.batches.begin(), split.batches.end());
  }
  for (const auto& name : split.batches) {
    const auto found = std::find(known.begin(), known.end(), name);
    if (found == known.end())
      throw Error("split.holdout", "The held-out batch \"" + name + "\" is not in the column \"" + column.name + "\"" +
                                       near_matches(name, known) + "; its batches are " + joined(known) + ".");
    split.held_out_batch[static_cast<std::size_t>(levels[static_cast<std::size_t>(found - known.begin())])] = 1;
  }
  if (split.batches.size() >= known.size())
    throw Error("split.holdout",
                "All " + std::to_string(known.size()) + " batches are held out; nothing is left to train on.",
                "Hold out fewer batches.");
  return split;
}

std::vector<int> rows_for(const StateSource& source, const Split& split, bool held_out) {
  std::vector<int> rows;
  for (std::size_t r = 0; r < source.rows.size(); ++r) {
    const auto& row = source.rows[r];
    const auto c = static_cast<std::size_t>(row.condition);
    bool taken;
    if (split.kind == SplitKind::none) {
      taken = true;
    } else if (split.kind == SplitKind::batch) {
      const auto level = static_cast<std::size_t>(row.batch[static_cast<std::size_t>(split.batch_column)]);
      taken = (split.held_out_batch[level] != 0) == held_out;
    } else if (source.conditions[c].is_control()) {
      // The held-out half serves the targets at every time; the training half never leaves its side of a split by time.
      taken = row.half < 0 ? held_out || !split.held_out[c]
              : held_out   ? row.half == 1
                           : row.half == 0 && !split.held_out[c];
    } else {
      taken = (split.held_out[c] != 0) == held_out;
    }
    if (taken) rows.push_back(static_cast<int>(r));
  }
  return rows;
}

}  // namespace groundwork::fit
