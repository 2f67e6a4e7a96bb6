#include "groundwork/fit/folds.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "groundwork/base/error.hpp"
#include "groundwork/base/words.hpp"
#include "groundwork/fit/split.hpp"

namespace groundwork::fit {
namespace {

constexpr std::uint64_t fold_stream = 301;

/** Indices 0 … n−1 in random order, dealt in turn to the folds and sorted within each. */
std::vector<std::vector<std::size_t>> deal(std::size_t units, const FoldOptions& options) {
  const std::size_t count =
      options.count == 0 ? units : std::min(units, static_cast<std::size_t>(std::max(options.count, 1)));
  std::vector<std::vector<std::size_t>> folds(count);
  Random random = Random::stream(options.seed, fold_stream);
  const auto order = random.permutation(units);
  for (std::size_t i = 0; i < units; ++i) folds[i % count].push_back(order[i]);
  for (auto& fold : folds) std::sort(fold.begin(), fold.end());
  return folds;
}

std::vector<std::string> chosen_of(const std::vector<std::string>& known, const FoldOptions& options,
                                   const std::string& what) {
  for (const auto& name : options.candidates)
    if (!contains(known, name))
      throw Error("split.holdout", "The held-out " + what + " \"" + name + "\" is not in the screen" +
                                       near_matches(name, known) + "; it has " + joined(known) + ".");
  return options.candidates;
}

/** Edits whose target is expressed reliably by the controls that train: judged without a single edited cell. */
std::vector<std::string> speakable_edits(const StateSource& source, const std::vector<std::string>& known) {
  std::vector<int> controls;
  for (std::size_t r = 0; r < source.rows.size(); ++r)
    if (source.conditions[static_cast<std::size_t>(source.rows[r].condition)].is_control() && source.rows[r].half != 1)
      controls.push_back(static_cast<int>(r));
  if (controls.empty()) return {};
  std::set<std::string> reliable;
  for (const int g : source.reliable_genes(controls)) reliable.insert(source.genes[static_cast<std::size_t>(g)]);
  std::vector<std::string> out;
  for (const auto& name : known)
    if (reliable.contains(name)) out.push_back(name);
  return out;
}

std::vector<std::string> edit_units(const StateSource& source, const FoldOptions& options, FoldPlan& plan) {
  const auto known = edits_in(source.conditions);
  if (known.size() < 2)
    throw Error("split.perturbation",
                "Folds by perturbation need at least 2 edits; the screen has " + std::to_string(known.size()) + ".",
                "Split by time or by batch.");
  if (!options.candidates.empty()) return chosen_of(known, options, "edit");
  if (source.modality == screen::Modality::drug) return known;
  const auto speakable = speakable_edits(source, known);
  if (speakable.size() == known.size()) return known;
  if (speakable.size() < 4) {
    plan.notes.push_back(
        "The target of " + std::to_string(speakable.size()) + " of " + std::to_string(known.size()) +
        " edits is measured well enough to be clamped: models can say little about most unseen edits.");
    return known;
  }
  std::vector<std::string> rest;
  for (const auto& name : known)
    if (!contains(speakable, name)) rest.push_back(name);
  plan.notes.push_back("Held out in turn are the " + std::to_string(speakable.size()) +
                       " edits whose target is measured; no model can speak about the others unseen, and they train in "
                       "every fold: " +
                       joined(rest) + ".");
  return speakable;
}

std::vector<double> time_units(const StateSource& source) {
  std::set<double> found;
  for (const auto& condition : source.conditions)
    if (condition.has_time() && condition.time > 0) found.insert(condition.time);
  if (found.size() < 2)
    throw Error("split.time",
                "Folds by time need at least 2 times after 0; the screen has " + std::to_string(found.size()) + ".",
                "Split by perturbation or by batch.");
  std::vector<double> times(found.begin(), found.end());
  if (times.size() >= 3) times = {times.begin() + 1, times.end() - 1};
  return times;
}

}  // namespace

FoldPlan plan_folds(const StateSource& source, const FoldOptions& options) {
  if (options.count < 0 || options.count > 10000)
    throw Error("folds.count", "The number of folds is " + std::to_string(options.count) + "; expected 2 or more.");
  FoldPlan plan;
  plan.kind = options.kind;
  if (!options.candidates.empty() && options.kind != SplitKind::perturbation && options.kind != SplitKind::batch)
    throw Error("split.holdout", "Candidates to hold out can be named for folds by perturbation or by batch only.",
                "Leave them out.");
  const auto add = [&](Holdout holdout) {
    plan.folds.push_back({static_cast<int>(plan.holdouts.size()), holdout.names});
    plan.holdouts.push_back(std::move(holdout));
  };
  const auto add_names = [&](const std::vector<std::string>& units) {
    for (const auto& fold : deal(units.size(), options)) {
      Holdout holdout;
      for (const std::size_t i : fold) holdout.names.push_back(units[i]);
      add(std::move(holdout));
    }
  };
  switch (options.kind) {
    case SplitKind::none:
      throw Error("split.unknown", "A comparison needs a split: perturbation, combination, time or batch.");
    case SplitKind::perturbation:
      add_names(edit_units(source, options, plan));
      break;
    case SplitKind::time: {
      const auto units = time_units(source);
      for (const auto& fold : deal(units.size(), options)) {
        Holdout holdout;
        for (const std::size_t i : fold) {
          holdout.times.push_back(units[i]);
          holdout.names.push_back(significant(units[i]) + " d");
        }
        add(std::move(holdout));
      }
      break;
    }
    case SplitKind::batch: {
      const auto column = static_cast<std::size_t>(batch_column_of(source, options.batch_level));
      plan.level = source.batches[column].name;
      std::set<int> used;
      for (const auto& row : source.rows) used.insert(row.batch[column]);
      std::vector<std::string> units;
      for (const int level : used) units.push_back(source.batches[column].levels[static_cast<std::size_t>(level)]);
      add_names(options.candidates.empty() ? units : chosen_of(units, options, "batch"));
      break;
    }
    case SplitKind::combination: {
      FitOptions whole;
      whole.split = SplitKind::combination;
      const Split split = split_conditions(source.conditions, {}, whole);
      std::set<std::string> labels;
      for (std::size_t c = 0; c < source.conditions.size(); ++c)
        if (split.held_out[c]) labels.insert(edits_label(source.conditions[c]));
      const std::vector<std::string> units(labels.begin(), labels.end());
      plan.holdouts.push_back({units, {}});
      for (const auto& fold : deal(units.size(), options)) {
        FoldPlan::Fold own;
        for (const std::size_t i : fold) own.labels.push_back(units[i]);
        plan.folds.push_back(std::move(own));
      }
      break;
    }
  }
  if (plan.kind != SplitKind::combination && plan.folds.size() == 1 && options.count == 1)
    throw Error("folds.count", "One fold would hold out everything at once; expected 2 or more.",
                "Leave the number of folds out for 5.");
  if (plan.folds.size() == 1)
    plan.notes.push_back("There is one fold: scores have no interval, and no difference can be told from chance.");
  return plan;
}

FitOptions with_holdout(FitOptions options, const FoldPlan& plan, int holdout) {
  const Holdout& out = plan.holdouts[static_cast<std::size_t>(holdout)];
  options.split = plan.kind;
  options.held_out.clear();
  options.held_out_times.clear();
  options.batch_level = plan.kind == SplitKind::batch ? plan.level : "";
  if (plan.kind == SplitKind::time)
    options.held_out_times = out.times;
  else if (plan.kind != SplitKind::combination)
    options.held_out = out.names;
  return options;
}

}  // namespace groundwork::fit
