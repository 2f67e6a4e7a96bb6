#include "groundwork/fit/novelty.hpp"

#include <algorithm>
#include <map>

#include "groundwork/base/random.hpp"
#include "groundwork/fit/split.hpp"

namespace groundwork::fit {
namespace {

constexpr std::uint64_t imitation_stream = 231;
constexpr std::size_t label_folds = 5, combination_folds = 6, edit_folds = 12;

bool carries(const screen::Condition& condition, const std::string& name) {
  return std::any_of(condition.edits.begin(), condition.edits.end(), [&](const auto& e) { return e.name == name; });
}

}  // namespace

std::string name_of(Novelty kind) {
  switch (kind) {
    case Novelty::familiar:
      return "familiar";
    case Novelty::new_together:
      return "new_together";
    case Novelty::unseen_clamp:
      return "unseen_clamp";
    case Novelty::unseen_input:
      return "unseen_input";
  }
  return "";
}

std::string words_of(Novelty kind) {
  switch (kind) {
    case Novelty::familiar:
      return "new conditions of trained edits";
    case Novelty::new_together:
      return "combinations with an edit that was trained alone only";
    case Novelty::unseen_clamp:
      return "unseen edits whose target is modelled";
    case Novelty::unseen_input:
      return "unseen edits or inputs without a modelled target";
  }
  return "";
}

void Experience::add(const screen::Condition& condition) {
  for (const auto& edit : condition.edits) {
    seen.insert(edit.name);
    if (condition.edits.size() > 1) together.insert(edit.name);
  }
}

Novelty Experience::novelty_of(const screen::Condition& condition, const EditModel& model) const {
  bool clamp = false, alone = false;
  for (const auto& edit : condition.edits) {
    if (!seen.contains(edit.name)) {
      const bool modelled = model.clamps && model.modality != screen::Modality::drug &&
                            std::find(model.genes.begin(), model.genes.end(), edit.name) != model.genes.end();
      if (!modelled) return Novelty::unseen_input;
      clamp = true;
    }
    alone = alone || !together.contains(edit.name);
  }
  if (clamp) return Novelty::unseen_clamp;
  return condition.edits.size() > 1 && alone ? Novelty::new_together : Novelty::familiar;
}

std::vector<std::vector<char>> imitations(const std::vector<screen::Condition>& conditions, std::uint64_t seed) {
  std::vector<std::string> labels;
  std::map<std::string, std::set<std::string>> labels_of_edit;
  Experience all;
  for (const auto& condition : conditions) {
    labels.push_back(edits_label(condition));
    all.add(condition);
    for (const auto& edit : condition.edits) labels_of_edit[edit.name].insert(labels.back());
  }
  const std::vector<std::string> units = [&] {
    const std::set<std::string> distinct(labels.begin(), labels.end());
    return std::vector<std::string>(distinct.begin(), distinct.end());
  }();
  Random random = Random::stream(seed, imitation_stream);
  std::vector<std::vector<char>> folds;
  const auto keep = [&](const std::vector<char>& out) {
    std::set<std::string> left;
    for (std::size_t i = 0; i < labels.size(); ++i)
      if (!out[i]) left.insert(labels[i]);
    if (left.size() >= 2 && std::find(out.begin(), out.end(), 1) != out.end()) folds.push_back(out);
  };

  const auto order = random.permutation(units.size());
  const std::size_t count = std::min(label_folds, units.size());
  for (std::size_t f = 0; f < count; ++f) {
    std::vector<char> out(conditions.size(), 0);
    for (std::size_t k = f; k < units.size(); k += count)
      for (std::size_t i = 0; i < labels.size(); ++i)
        if (labels[i] == units[order[k]]) out[i] = 1;
    keep(out);
  }

  std::vector<std::string> combined, repeated;
  for (const auto& [name, own] : labels_of_edit) {
    if (own.size() < 2) continue;
    repeated.push_back(name);
    bool alone = false;
    for (const auto& condition : conditions) alone = alone || (condition.edits.size() == 1 && carries(condition, name));
    if (alone && all.together.contains(name)) combined.push_back(name);
  }
  const auto leave = [&](const std::vector<std::string>& names, std::size_t most, bool only_combinations) {
    const auto dealt = random.permutation(names.size());
    for (std::size_t f = 0; f < std::min(most, names.size()); ++f) {
      std::vector<char> out(conditions.size(), 0);
      for (std::size_t i = 0; i < conditions.size(); ++i)
        if (carries(conditions[i], names[dealt[f]]) && (!only_combinations || conditions[i].edits.size() > 1))
          out[i] = 1;
      keep(out);
    }
  };
  leave(combined, combination_folds, true);
  leave(repeated, edit_folds, false);
  return folds;
}

}  // namespace groundwork::fit
